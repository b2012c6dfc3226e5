"""Where requests come in: reads the body, runs the call in a thread, and does to the connection what a fault says."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from docusign_emulator.rest import pipeline
from docusign_emulator.rest.call import Reply
from docusign_emulator.rest.pipeline import Incoming, Outcome
from docusign_emulator.runtime.runtime import Running

log = logging.getLogger("docusign_emulator")
MAX_REQUEST_BYTES = 35_651_584


async def api(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI application for everything an integration calls."""
    request = Request(scope, receive)
    running: Running = request.app.state.running
    try:
        body = await _body(request)
    except ClientDisconnect:
        return
    if body is None:
        answer = {"errorCode": "REQUEST_ENTITY_TOO_LARGE", "message": "A request may have 35651584 bytes."}
        await _send(Reply(answer, 413), scope, receive, send)
        return
    incoming = Incoming(
        method=request.method,
        path=request.url.path,
        query=dict(request.query_params),
        headers={key.lower(): value for key, value in request.headers.items()},
        body=body,
        base_url=f"{request.url.scheme}://{request.url.netloc}",
    )
    rule = await run_in_threadpool(pipeline.strike, running, incoming)
    if rule and rule["action"] == "slow":
        await asyncio.sleep(float(rule.get("delay", 1)))
    try:
        outcome = await run_in_threadpool(partial(pipeline.perform, running, incoming, rule))
    except Exception:  # a mistake of the emulator's: the caller gets an answer of the usual form, the log the story
        log.exception("%s %s went wrong.", incoming.method, incoming.path)
        outcome = Outcome(Reply({"errorCode": "UNSPECIFIED_ERROR", "message": "The emulator stumbled."}, 500), {})
    await _answer(outcome, scope, receive, send)


async def _body(request: Request) -> bytes | None:
    """The body, or None when it is larger than Docusign takes."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MAX_REQUEST_BYTES:
        return None
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_REQUEST_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


async def _answer(outcome: Outcome, scope: Scope, receive: Receive, send: Send) -> None:
    how = outcome.connection
    if how.get("hang") and await _hung_up(float(how["hang"]), receive):
        return
    if how.get("reset"):
        _break(receive, reset=True)
        return
    if how.get("cut"):
        await _cut(outcome.reply, receive, send)
        return
    await _send(outcome.reply, scope, receive, send)


async def _send(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    response = Response(reply.encoded(), reply.status, reply.headers, media_type=None)
    if reply.body is not None:
        response.headers["content-type"] = reply.content_type
    await response(scope, receive, send)


async def _hung_up(seconds: float, receive: Receive) -> bool:
    """Say nothing for so long; true when the client went away meanwhile."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return True
    return False


async def _cut(reply: Reply, receive: Receive, send: Send) -> None:
    """Promise the whole body, send half of it, hang up."""
    body = reply.encoded()
    headers = {**reply.headers, "content-type": reply.content_type, "content-length": str(max(2, len(body)))}
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(key.lower().encode(), value.encode("latin-1")) for key, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body[: len(body) // 2] or b" ", "more_body": True})
    _break(receive, reset=False)


def _break(receive: Receive, *, reset: bool) -> None:
    """Close the connection under the request: with RST, or after what was sent.

    ASGI has no word for it, so this reaches for uvicorn's transport, which `receive` belongs to.
    """
    transport: Any = receive.__self__.transport  # type: ignore[attr-defined]  # a bound method of uvicorn's cycle
    if not reset:
        transport.close()
        return
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
