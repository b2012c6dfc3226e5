"""The signing page of the emulator, used by a person without a screen."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import urllib3


class SigningPage:
    """Opened by a one-time address; each way out answers the address that Docusign sends the browser to."""

    def __init__(self, address: str) -> None:
        self._http = urllib3.PoolManager(retries=False)
        answer = self._http.request("GET", address, redirect=False)
        assert answer.status == 302, answer.data
        self.opened_at = urljoin(address, answer.headers["Location"])
        self.is_open = urlsplit(self.opened_at).path.startswith("/signing/session/")

    def state(self) -> Any:
        return self._http.request("GET", f"{self.opened_at}/state").json()

    def sign(self) -> str:
        self._post("consent")
        person = self.state()["recipient"]
        signature = {"name": person["name"], "initials": person["initials"], "style": "script"}
        return self._post("finish", {"signature": signature, "values": {}})

    def decline(self, reason: str) -> str:
        return self._post("decline", {"reason": reason})

    def later(self) -> str:
        return self._post("later")

    def _post(self, action: str, body: dict[str, Any] | None = None) -> str:
        answer = self._http.request("POST", f"{self.opened_at}/{action}", json=body or {})
        assert answer.status == 200, answer.data
        return str(answer.json().get("redirect", ""))
