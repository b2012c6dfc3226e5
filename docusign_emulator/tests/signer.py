"""A recipient of the tests: their link, their browser, and where it leads in the end."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator

BACK = "http://localhost:8000/portal/back/?lease=17"
TENANT = {
    "authenticationMethod": "None",
    "returnUrl": BACK,
    "clientUserId": "tenant-1",
    "userName": "Tina Tenant",
    "email": "tina@people.example",
}


class Session:
    """A browser's side of one signing session."""

    def __init__(self, docusign: Emulator, url: str) -> None:
        self.docusign = docusign
        answer = docusign.http("GET", url.removeprefix(docusign.base))
        assert answer.status == 302
        self.location = str(answer.headers["location"])

    def state(self) -> Json:
        return self._json("GET", "state", None, 200)

    def post(self, what: str, body: Json | None = None, *, expect: int = 200) -> Json:
        return self._json("POST", what, body or {}, expect)

    def sign(self, values: Json | None = None, **signature: Any) -> str:
        """Agree, sign, and answer where the browser goes."""
        self.post("consent")
        return str(self.post("finish", {"signature": signature, "values": values or {}})["redirect"])

    def tab(self, label: str) -> Json:
        return next(tab for tab in self.state()["tabs"] if tab["tabLabel"] == label)

    def _json(self, method: str, what: str, body: Json | None, expect: int) -> Json:
        data = None if body is None else json.dumps(body)
        answer = self.docusign.http(method, f"{self.location}/{what}", body=data)
        assert answer.status == expect, answer.data
        found: Json = json.loads(answer.data)
        return found


def view(api: Api, envelope_id: str, **more: str) -> str:
    """A fresh signing URL for the tenant."""
    body = TENANT | more
    return str(api.call("POST", f"/envelopes/{envelope_id}/views/recipient", body, expect=201)["url"])


def event_of(redirect: str) -> str:
    assert redirect.startswith(BACK)
    return parse_qs(urlsplit(redirect).query)["event"][0]
