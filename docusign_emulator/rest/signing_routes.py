"""The HTTP of a signing session; the rules are in `signing`, the HTML in `pages`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.signing import identity_checks, session_actions, sessions
from docusign_emulator.storage.store import Store

COOKIE = "ds_signing"


async def start(request: Request) -> Response:
    return await opened(request, sessions.start, request.query_params.get("t", ""), "/signing/session")


async def start_from_mail(request: Request) -> Response:
    return await opened(request, sessions.start_from_mail, request.query_params.get("k", ""), "/signing/session")


async def state(request: Request) -> Response:
    return await done(request, lambda store, sid, _: session_actions.state(store, sid))


async def consent(request: Request) -> Response:
    return await done(request, lambda store, sid, _: session_actions.consent(store, sid))


async def finish(request: Request) -> Response:
    return await done(request, session_actions.finish)


async def decline(request: Request) -> Response:
    return await done(
        request, lambda store, sid, body: session_actions.decline(store, sid, str(body.get("reason") or ""))
    )


async def later(request: Request) -> Response:
    return await done(request, lambda store, sid, _: session_actions.later(store, sid))


async def access_code(request: Request) -> Response:
    return await done(
        request, lambda store, sid, body: identity_checks.access_code(store, sid, str(body.get("code") or ""))
    )


async def send_phone_code(request: Request) -> Response:
    def work(store: Store, sid: str, body: Json) -> Json:
        number, way = str(body.get("number", "")), str(body.get("way") or "sms")
        return identity_checks.send_code(store, sid, number=number, way=way)

    return await done(request, work)


async def phone_code(request: Request) -> Response:
    return await done(
        request, lambda store, sid, body: identity_checks.phone_code(store, sid, str(body.get("code") or ""))
    )


async def identity(request: Request) -> Response:
    return await done(
        request, lambda store, sid, body: identity_checks.identity(store, sid, passed=bool(body.get("passed")))
    )


async def reassign(request: Request) -> Response:
    return await done(request, session_actions.reassign)


async def document(request: Request) -> Response:
    store: Store = request.app.state.store

    def work() -> Response:
        with store.transaction():
            try:
                pdf = session_actions.document_pdf(
                    store, request.path_params["sid"], request.path_params["document_id"]
                )
            except (sessions.SessionGone, sessions.NotYet, KeyError):
                return JSONResponse({"message": "There is no such document in this session."}, 404)
        return Response(pdf, media_type="application/pdf")

    return await run_in_threadpool(work)


async def opened(request: Request, opening: Callable[[Store, str], str], secret: str, under: str) -> Response:
    store: Store = request.app.state.store

    def work() -> Response:
        with store.transaction():
            try:
                sid = opening(store, secret)
            except sessions.SessionGone as gone:
                return RedirectResponse(gone.redirect, 302)
        response = RedirectResponse(f"{under}/{sid}", 302)
        response.set_cookie(COOKIE, sid, httponly=True, samesite="lax", path=under)
        return response

    return await run_in_threadpool(work)


async def done(request: Request, work: Callable[[Store, str, Json], Json]) -> Response:
    """Run one step of the session. 410 with `redirect` when it is over, 422 with `problems` when it is not enough."""
    store: Store = request.app.state.store
    body = await _body(request)
    if body is None:
        return JSONResponse({"message": "The request is no JSON object."}, 400)

    def run() -> Response:
        try:
            with store.transaction():
                try:
                    return JSONResponse(work(store, request.path_params["sid"], body))
                except sessions.SessionGone as gone:  # inside: that it ended is kept
                    return JSONResponse({"event": gone.event, "redirect": gone.redirect}, 410)
        except sessions.NotYet as problem:
            told = {"message": problem.message, "problems": problem.problems, "payment": problem.payment}
            return JSONResponse(told, 422)
        except ApiError as error:
            return JSONResponse({"message": error.message, "problems": {}}, 422)

    return await run_in_threadpool(run)


async def _body(request: Request) -> Json | None:
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        body: Any = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


_SESSION = "/signing/session/{sid}"
routes = [
    Route("/signing/start", start),
    Route("/signing/mail", start_from_mail),
    Route(f"{_SESSION}/state", state),
    Route(f"{_SESSION}/documents/{{document_id}}", document),
    *(
        Route(f"{_SESSION}/{name}", endpoint, methods=["POST"])
        for name, endpoint in (
            ("consent", consent),
            ("finish", finish),
            ("decline", decline),
            ("later", later),
            ("access-code", access_code),
            ("phone-code/send", send_phone_code),
            ("phone-code", phone_code),
            ("identity", identity),
            ("reassign", reassign),
        )
    ),
]
