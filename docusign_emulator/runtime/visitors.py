"""Who may ask: programs of this machine, by a name of this machine.

A web page in the developer's browser runs on this machine too. It could reach the emulator by a name of its own that
points here (DNS rebinding), or post a form to the control API from another site. Both are refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CONTROL = "/_emulator/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnVisitors:
    """Answers 400 to a host that was not named with `--allow-host`, 403 to another site's page that steers."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str] = ()) -> None:
        self.app = app
        self.hosts = LOOPBACK | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = (urlsplit(f"//{host}").hostname or "").lower()
        if name not in self.hosts and not name.endswith(".localhost"):
            hint = f"The emulator is not known as {name or 'no host'!r}. Start it with --allow-host {name or 'NAME'}."
            return JSONResponse({"error": hint}, 400)
        steers = scope["path"].startswith(CONTROL) and scope["method"] not in SAFE
        origin = headers.get("origin")
        if steers and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return JSONResponse({"error": f"A page of {origin} may not steer the emulator."}, 403)
        return None
