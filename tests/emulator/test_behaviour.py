"""What we rely on of Docusign, asked of the emulator and, with keys in the environment, of a real developer account.

DOCUSIGN_LIVE=1 with DOCUSIGN_LIVE_INTEGRATION_KEY, _USER_ID, _ACCOUNT_ID, _PRIVATE_KEY_FILE runs the same tests
against account-d.docusign.com; without them that half is skipped. Nothing here uses the emulator's control API.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
import urllib3

from tests.emulator import contract, papers
from tests.emulator.conftest import Json
from tests.emulator.server import Emulator

LIVE = os.environ.get("DOCUSIGN_LIVE") == "1"


@dataclass
class Docusign:
    """A Docusign, whichever it is."""

    oauth: str
    account_id: str
    integration_key: str
    user_id: str
    key: bytes
    token: str = ""
    base: str = ""

    def sign_in(self) -> None:
        now = int(time.time())
        claims = {
            "iss": self.integration_key,
            "sub": self.user_id,
            "aud": self.oauth.partition("://")[2],
            "iat": now,
            "exp": now + 3600,
            "scope": "signature impersonation",
        }
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": jwt.encode(claims, self.key, algorithm="RS256"),
        }
        granted = self._send("POST", f"{self.oauth}/oauth/token", form=form)
        self.token = granted[1]["access_token"]
        accounts = self._send("GET", f"{self.oauth}/oauth/userinfo")[1]["accounts"]
        own = next(one for one in accounts if one["account_id"] == self.account_id)
        self.base = f"{own['base_uri']}/restapi/v2.1/accounts/{self.account_id}"

    def call(self, method: str, path: str, body: Json | None = None, **query: str) -> tuple[int, Json]:
        url = self.base + path + (f"?{urlencode(query)}" if query else "")
        return self._send(method, url, body)

    def create(self, **more: Any) -> str:
        status, made = self.call("POST", "/envelopes", papers.envelope(**more))
        assert status == 201, made
        return str(made["envelopeId"])

    def _send(
        self, method: str, url: str, body: Json | None = None, *, form: dict[str, str] | None = None
    ) -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = None
        if form is not None:
            data, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        answer = urllib3.request(method, url, body=data, headers=headers, timeout=60, retries=False)
        found: Json = json.loads(answer.data or b"{}")
        return answer.status, found


@pytest.fixture(params=["emulator", "live"])
def somewhere(request: pytest.FixtureRequest) -> Iterator[Docusign]:
    if request.param == "live":
        if not LIVE:
            pytest.skip("DOCUSIGN_LIVE is not set: no real developer account is asked")
        names = ("ACCOUNT_ID", "INTEGRATION_KEY", "USER_ID", "PRIVATE_KEY_FILE")
        account_id, integration_key, user_id, key_file = (os.environ[f"DOCUSIGN_LIVE_{name}"] for name in names)
        oauth = os.environ.get("DOCUSIGN_LIVE_OAUTH", "https://account-d.docusign.com")
        made = Docusign(oauth, account_id, integration_key, user_id, Path(key_file).read_bytes())
    else:
        emulator: Emulator = request.getfixturevalue("docusign")
        known = emulator.credentials
        key = Path(known["private_key_file"]).read_bytes()
        made = Docusign(emulator.base, known["account_id"], known["integration_key"], known["user_id"], key)
    made.sign_in()
    yield made


def test_a_draft_is_found_by_its_transaction_and_only_as_a_draft(somewhere: Docusign) -> None:
    transaction = str(uuid.uuid4())
    envelope_id = somewhere.create(status="created", transactionId=transaction)
    _, found = somewhere.call("GET", "/envelopes", transaction_ids=transaction)
    assert [one["envelopeId"] for one in found["envelopeTransactionStatuses"]] == [envelope_id]
    _, found = somewhere.call("GET", "/envelopes", transaction_ids=transaction, status="created")
    assert [one["envelopeId"] for one in found.get("envelopes", [])] == [envelope_id]


def test_an_envelope_has_the_shape_described(somewhere: Docusign) -> None:
    envelope_id = somewhere.create(status="created")
    status, envelope = somewhere.call("GET", f"/envelopes/{envelope_id}", include="recipients,tabs,custom_fields")
    assert status == 200
    contract.check_answer("GET", f"/restapi/v2.1/accounts/a/envelopes/{envelope_id}", status, envelope)


def test_a_missing_anchor_is_refused(somewhere: Docusign) -> None:
    person = papers.signer("1", "Tina Tenant", anchor="/nowhere-at-all/")
    status, refusal = somewhere.call("POST", "/envelopes", papers.envelope(recipients={"signers": [person]}))
    assert (status, refusal["errorCode"]) == (400, "ANCHOR_TAB_STRING_NOT_FOUND")


def test_a_draft_cannot_be_voided(somewhere: Docusign) -> None:
    envelope_id = somewhere.create(status="created")
    body = {"status": "voided", "voidedReason": "Test"}
    status, refusal = somewhere.call("PUT", f"/envelopes/{envelope_id}", body)
    assert (status, refusal["errorCode"]) == (400, "ENVELOPE_CANNOT_VOID_INVALID_STATE")


def test_a_view_is_only_for_the_very_recipient(somewhere: Docusign) -> None:
    envelope_id = somewhere.create()
    ask = {"authenticationMethod": "None", "returnUrl": "https://people.example/back", "userName": "Tina Tenant"}
    ask |= {"email": "tina@people.example", "clientUserId": "somebody-else"}
    status, refusal = somewhere.call("POST", f"/envelopes/{envelope_id}/views/recipient", ask)
    assert (status, refusal["errorCode"]) == (400, "UNKNOWN_ENVELOPE_RECIPIENT")
    status, view = somewhere.call(
        "POST", f"/envelopes/{envelope_id}/views/recipient", ask | {"clientUserId": "tenant-1"}
    )
    assert status == 201
    assert view["url"].startswith("http")
    somewhere.call("PUT", f"/envelopes/{envelope_id}", {"status": "voided", "voidedReason": "Test"})


def test_a_sent_envelope_is_voided_once(somewhere: Docusign) -> None:
    envelope_id = somewhere.create()
    body = {"status": "voided", "voidedReason": "Test"}
    assert somewhere.call("PUT", f"/envelopes/{envelope_id}", body)[0] == 200
    status, refusal = somewhere.call("PUT", f"/envelopes/{envelope_id}", body)
    assert (status, refusal["errorCode"]) == (400, "ENVELOPE_CANNOT_VOID_INVALID_STATE")
