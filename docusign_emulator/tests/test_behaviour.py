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

from docusign_emulator.tests import contract, papers
from docusign_emulator.tests.conftest import Json
from docusign_emulator.tests.server import Emulator

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

    def get(self, path: str, **query: str) -> Json:
        status, found = self.call("GET", path, None, **query)
        assert status == 200, found
        return found

    def void(self, envelope_id: str) -> None:
        """Leave no one waiting for a test."""
        self.call("PUT", f"/envelopes/{envelope_id}", {"status": "voided", "voidedReason": "Test"})

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
    somewhere.void(envelope_id)


def test_a_sent_envelope_is_voided_once(somewhere: Docusign) -> None:
    envelope_id = somewhere.create()
    body = {"status": "voided", "voidedReason": "Test"}
    assert somewhere.call("PUT", f"/envelopes/{envelope_id}", body)[0] == 200
    status, refusal = somewhere.call("PUT", f"/envelopes/{envelope_id}", body)
    assert (status, refusal["errorCode"]) == (400, "ENVELOPE_CANNOT_VOID_INVALID_STATE")


def test_any_status_leaves_drafts_out(somewhere: Docusign) -> None:
    transaction = str(uuid.uuid4())
    somewhere.create(status="created", transactionId=transaction)
    found = somewhere.get("/envelopes", transaction_ids=transaction, status="any")
    assert found.get("envelopes", []) == []


def test_a_draft_is_sent_by_its_id_and_stays_sent(somewhere: Docusign) -> None:
    envelope_id = somewhere.create(status="created")
    assert somewhere.call("PUT", f"/envelopes/{envelope_id}", {"status": "sent"})[0] == 200
    envelope = somewhere.get(f"/envelopes/{envelope_id}")
    assert envelope["status"] == "sent"
    assert envelope["sentDateTime"].endswith("Z")
    somewhere.void(envelope_id)


def test_the_second_signer_waits_for_the_first(somewhere: Docusign) -> None:
    envelope_id = somewhere.create()
    lists = somewhere.get(f"/envelopes/{envelope_id}/recipients")
    assert {one["recipientId"]: one["status"] for one in lists["signers"]}["1"] == "sent"
    assert lists["currentRoutingOrder"] == "1"
    somewhere.void(envelope_id)


def test_a_view_out_of_turn_is_refused(somewhere: Docusign) -> None:
    people = [
        papers.signer("1", "Tina Tenant", anchor="/tenant/", clientUserId="tenant-1"),
        papers.signer("2", "Larry Landlord", order=2, anchor="/landlord/", clientUserId="landlord-1"),
    ]
    envelope_id = somewhere.create(recipients={"signers": people})
    ask = {"authenticationMethod": "None", "returnUrl": "https://people.example/back", "userName": "Larry Landlord"}
    ask |= {"email": "larry@people.example", "clientUserId": "landlord-1"}
    status, refusal = somewhere.call("POST", f"/envelopes/{envelope_id}/views/recipient", ask)
    assert (status, refusal["errorCode"]) == (400, "RECIPIENT_NOT_IN_SEQUENCE")
    somewhere.void(envelope_id)


def test_tabs_in_a_recipient_update_are_ignored(somewhere: Docusign) -> None:
    envelope_id = somewhere.create(status="created")
    place = {"documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "72", "tabLabel": "extra"}
    body = {"signers": [{"recipientId": "1", "tabs": {"textTabs": [place]}}]}
    assert somewhere.call("PUT", f"/envelopes/{envelope_id}/recipients", body)[0] == 200
    assert not somewhere.get(f"/envelopes/{envelope_id}/recipients/1/tabs").get("textTabs")


def test_an_anchor_gives_a_tab_wherever_it_stands(somewhere: Docusign) -> None:
    documents = [papers.document("/tenant/", "/landlord/"), papers.document("/tenant/", id="2", name="Rules.pdf")]
    envelope_id = somewhere.create(status="created", documents=documents)
    tabs = somewhere.get(f"/envelopes/{envelope_id}/recipients/1/tabs")["signHereTabs"]
    assert sorted(one["documentId"] for one in tabs) == ["1", "2"]


def test_a_custom_field_is_searched_by(somewhere: Docusign) -> None:
    lease = str(uuid.uuid4())
    fields = {"textCustomFields": [{"name": "dispatch_id", "value": lease}]}
    envelope_id = somewhere.create(status="created", customFields=fields)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    found = somewhere.get("/envelopes", from_date=since, status="created", custom_field=f"dispatch_id={lease}")
    assert [one["envelopeId"] for one in found["envelopes"]] == [envelope_id]


def test_a_subject_over_a_hundred_characters_is_refused(somewhere: Docusign) -> None:
    status, _ = somewhere.call("POST", "/envelopes", papers.envelope(emailSubject="x" * 101))
    assert status == 400


def test_an_unknown_envelope_has_an_error_of_the_usual_form(somewhere: Docusign) -> None:
    path = "/envelopes/00000000-0000-4000-8000-000000000000"
    status, refusal = somewhere.call("GET", path)
    assert status in (400, 404)
    contract.check_answer("GET", f"/restapi/v2.1/accounts/a{path}", status, refusal)


def test_a_draft_goes_to_the_bin(somewhere: Docusign) -> None:
    envelope_id = somewhere.create(status="created")
    assert somewhere.call("PUT", "/folders/recyclebin", {"envelopeIds": [envelope_id]})[0] == 200
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600))
    drafts = somewhere.get("/envelopes", from_date=since, status="created").get("envelopes", [])
    assert envelope_id not in [one["envelopeId"] for one in drafts]
