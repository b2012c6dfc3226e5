"""One emulator for the tests of its rooms, emptied before each; its answers are held against the description."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from docusign_emulator.tests import contract, papers
from docusign_emulator.tests.browser import browser_type_launch_args, new_visitor
from docusign_emulator.tests.server import Emulator, emulator

__all__ = ["browser_type_launch_args", "new_visitor"]

# A busy machine is no failure: examples have no deadline, and making them may take its time. The seed is fixed, so
# that a change is judged by the change; `make fuzz` draws new examples each time.
_SLOW = [HealthCheck.too_slow]
hypothesis_settings.register_profile("fixed", deadline=None, suppress_health_check=_SLOW, derandomize=True)
hypothesis_settings.register_profile("random", deadline=None, suppress_health_check=_SLOW, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


Json = dict[str, Any]


class Api:
    """The REST API, as the service user (or another) calls it.

    Every JSON answer, and every request that is accepted, is held against Docusign's description, and
    every answer against the emulator's own.
    """

    def __init__(self, docusign: Emulator, user_id: str | None = None) -> None:
        self.docusign = docusign
        self.account_id: str = docusign.credentials["account_id"]
        self.user_id: str = user_id or docusign.credentials["user_id"]
        self._token = ""
        self.last_headers: dict[str, str] = {}

    @property
    def token(self) -> str:
        if not self._token:
            answer = ask_for_token(self.docusign, sub=self.user_id)
            assert "access_token" in answer, answer
            self._token = str(answer["access_token"])
        return self._token

    def raw(self, method: str, path: str, body: Any = None, *, headers: Json | None = None, **query: Any) -> Any:
        """The answer as it came."""
        url = f"/restapi/v2.1/accounts/{self.account_id}{path}" + (f"?{urlencode(query)}" if query else "")
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | (headers or {})
        answer = self.docusign.http(method, url, body=data, headers=given)
        self.last_headers = {key.lower(): value for key, value in answer.headers.items()}
        return answer

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, headers: Json | None = None, **query: Any
    ) -> Json:
        """The JSON answered with status `expect`."""
        found = self.sloppy(method, path, body, expect=expect, headers=headers, **query)
        if expect < 400:
            contract.check_request(method, f"/restapi/v2.1/accounts/{self.account_id}{path}", body)
        return found

    def sloppy(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, headers: Json | None = None, **query: Any
    ) -> Json:
        """The same of a request that is not as described, such as strangers' code sends."""
        answer = self.raw(method, path, body, headers=headers, **query)
        found: Json = json.loads(answer.data)
        assert answer.status == expect, f"{method} {path}: {answer.status} {found}"
        called = f"/restapi/v2.1/accounts/{self.account_id}{path}"
        contract.check_answer(method, called, answer.status, found)
        contract.check_shape(method, called, answer.status, found)
        return found

    def get(self, path: str, **query: Any) -> Json:
        return self.call("GET", path, **query)

    def refused(self, method: str, path: str, body: Any = None, *, status: int = 400, **query: Any) -> str:
        """The errorCode of a call that must be refused with `status`."""
        return str(self.call(method, path, body, expect=status, **query)["errorCode"])

    def create(self, definition: Json | None = None, **more: Any) -> str:
        """Create an envelope and answer its id."""
        body = papers.envelope(**more) if definition is None else definition
        return str(self.call("POST", "/envelopes", body, expect=201)["envelopeId"])

    def envelope(self, envelope_id: str, **query: Any) -> Json:
        return self.get(f"/envelopes/{envelope_id}", **query)

    def status(self, envelope_id: str) -> str:
        return str(self.envelope(envelope_id)["status"])

    def recipient(self, envelope_id: str, recipient_id: str, *, tabs: bool = False) -> Json:
        lists = self.get(f"/envelopes/{envelope_id}/recipients", include_tabs="true" if tabs else "false")
        everyone = [one for people in lists.values() if isinstance(people, list) for one in people]
        return next(one for one in everyone if one["recipientId"] == recipient_id)

    def pdf(self, envelope_id: str, document: str = "combined", **query: Any) -> bytes:
        answer = self.raw("GET", f"/envelopes/{envelope_id}/documents/{document}", **query)
        assert answer.status == 200, answer.data[:300]
        data: bytes = answer.data
        return data

    def act(self, envelope_id: str, recipient_id: str, action: str = "sign", **more: Any) -> Json:
        body = {"envelopeId": envelope_id, "recipientId": recipient_id, "action": action} | more
        return self.docusign.control("POST", "recipients/act", body)

    def complete(self, envelope_id: str) -> None:
        """Have everyone do their part, in their order."""
        while self.status(envelope_id) in ("sent", "delivered"):
            lists = self.get(f"/envelopes/{envelope_id}/recipients")
            everyone = [one for people in lists.values() if isinstance(people, list) for one in people]
            waiting = [one for one in everyone if one["status"] in ("sent", "delivered")]
            assert waiting, f"nothing is left to sign in {envelope_id}"
            for person in waiting:
                self.act(envelope_id, person["recipientId"])


def assertion(docusign: Emulator, *, key: str | bytes | None = None, **claims: Any) -> str:
    """A JWT as the service signs it, with any claim changed; a claim of None is left out."""
    credentials = docusign.credentials
    now = int(time.time())
    given = {
        "iss": credentials["integration_key"],
        "sub": credentials["user_id"],
        "aud": credentials["oauth_base"].removeprefix("http://"),
        "iat": now,
        "exp": now + 3600,
        "scope": "signature impersonation",
    } | claims
    payload = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(payload, key or Path(credentials["private_key_file"]).read_bytes(), algorithm="RS256")


def ask_for_token(docusign: Emulator, *, key: str | bytes | None = None, **claims: Any) -> Json:
    """The answer to a JWT grant."""
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": assertion(docusign, key=key, **claims),
    }
    return post_form(docusign, form)


def post_form(docusign: Emulator, form: dict[str, str], *, basic: tuple[str, str] | None = None) -> Json:
    """The answer of /oauth/token; `status` tells how it was answered."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if basic:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    answer = docusign.http("POST", "/oauth/token", body=urlencode(form), headers=headers)
    found: Json = json.loads(answer.data)
    return found | {"status": answer.status}


@dataclass
class Received:
    """One webhook as it arrived."""

    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


@dataclass
class Listener:
    """The application's webhook: keeps what comes, answers what it is told to."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)  # for the next messages; 200 when empty

    @property
    def events(self) -> list[str]:
        return [one.json["event"] for one in self.received]

    def wait_for(self, count: int, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < deadline, f"{len(self.received)} of {count} messages came: {self.events}"
            time.sleep(0.02)


@pytest.fixture(scope="session")
def own_docusign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("core"), tls=True) as running:
        yield running


@pytest.fixture
def docusign(own_docusign: Emulator) -> Emulator:
    """An emulator with nothing in it but its account."""
    own_docusign.control("POST", "reset")
    own_docusign.control("PUT", "limits", {"hourly": 100_000, "burst": 100_000})
    return own_docusign


@pytest.fixture
def api(docusign: Emulator) -> Iterator[Api]:
    """The REST API as the service user; calls the emulator does not know fail the test."""
    yield Api(docusign)
    unknown = docusign.control("GET", "unhandled")["unhandled"]
    assert not unknown, f"the emulator does not know {unknown}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    kept = Listener("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.received.append(Received(body, {key.lower(): value for key, value in self.headers.items()}))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/connect"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    for received in kept.received:
        contract.check_message(received.json)
