"""The HTTP of a sender's session; the rules are in `sending`, the HTML in `pages`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from docusign_emulator.rest.signing_routes import done, opened
from docusign_emulator.signing import sender_sessions


async def start(request: Request) -> Response:
    return await opened(request, sender_sessions.start, request.query_params.get("t", ""), "/sending")


async def state(request: Request) -> Response:
    return await done(request, lambda store, sid, _: sender_sessions.state(store, sid))


async def save(request: Request) -> Response:
    return await done(request, sender_sessions.save)


async def send(request: Request) -> Response:
    return await done(request, sender_sessions.send)


async def leave(request: Request) -> Response:
    return await done(
        request, lambda store, sid, body: sender_sessions.leave(store, sid, str(body.get("how") or "cancel"))
    )


routes = [
    Route("/sending/start", start),
    Route("/sending/{sid}/state", state),
    Route("/sending/{sid}/save", save, methods=["POST"]),
    Route("/sending/{sid}/send", send, methods=["POST"]),
    Route("/sending/{sid}/leave", leave, methods=["POST"]),
]
