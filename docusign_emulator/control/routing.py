"""How a control call becomes a function call: JSON in, JSON out, refusals in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.runtime.runtime import Running
from docusign_emulator.signing.sessions import NotYet

Work = Callable[[Running, Request, Json], Any]


class Refused(Exception):
    """The control call cannot be done; the message says why."""


def endpoint(work: Work) -> Callable[[Request], Any]:
    """The route of one control call."""

    async def endpoint(request: Request) -> Response:
        if request.client is None or not ip_address(request.client.host).is_loopback:
            return JSONResponse({"error": "The control API is only for this machine."}, 403)
        raw = await request.body()
        try:
            body: Any = json.loads(raw) if raw.strip() else {}
            if not isinstance(body, dict):
                raise Refused("The body is a JSON object.")
            return JSONResponse(await run_in_threadpool(work, request.app.state.running, request, body))
        except json.JSONDecodeError:
            return JSONResponse({"error": "The body is not JSON."}, 400)
        except (Refused, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)
        except ApiError as error:
            return JSONResponse({"error": error.message, "errorCode": error.error_code}, 409)
        except NotYet as problem:
            return JSONResponse({"error": problem.message, "problems": problem.problems}, 409)

    return endpoint


def newest(request: Request) -> int | None:
    """`last` of the query: that many of the newest; None for all."""
    wanted = request.query_params.get("last", "")
    return int(wanted) if wanted.isdecimal() else None
