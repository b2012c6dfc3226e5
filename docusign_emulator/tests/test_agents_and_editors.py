"""An agent, an intermediary or an editor says who the people after them are."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator
from docusign_emulator.tests.signer import Session

GIL: Json = {"recipientId": "1", "name": "Gil Between", "email": "gil@people.example", "routingOrder": "1"}
TINA: Json = {"recipientId": "2", "name": "Tina Tenant", "email": "tina@people.example"}


def no_one(id: str = "2", order: int = 2, **more: Any) -> Json:
    tabs = {"signHereTabs": [{"anchorString": "/tenant/"}]}
    return {"recipientId": id, "roleName": "tenant", "routingOrder": str(order), "tabs": tabs, **more}


def session_of(docusign: Emulator, envelope_id: str, to: str) -> Session:
    mails = docusign.control("GET", f"mail?envelopeId={envelope_id}&to={to}")["mail"]
    return Session(docusign, mails[-1]["link"])


@pytest.mark.parametrize("kind", ["agents", "intermediaries", "editors"])
def test_who_stands_between_names_the_tenant(api: Api, docusign: Emulator, kind: str) -> None:
    envelope_id = api.create(recipients={kind: [GIL], "signers": [no_one()]})
    gil = session_of(docusign, envelope_id, "gil@")
    [next_one] = gil.state()["people"]
    assert (next_one["recipientId"], next_one["name"], next_one["mayName"]) == ("2", "", True)
    assert set(gil.post("finish", {"people": []}, expect=422)["problems"]) == {"2"}
    bad = TINA | {"email": "tina"}
    assert "no e-mail address" in gil.post("finish", {"people": [bad]}, expect=422)["message"]
    assert api.recipient(envelope_id, "2")["status"] == "created"
    gil.post("finish", {"people": [TINA]})
    tina = api.recipient(envelope_id, "2")
    assert (tina["name"], tina["email"], tina["status"]) == ("Tina Tenant", "tina@people.example", "sent")
    session_of(docusign, envelope_id, "tina@").sign()
    assert api.status(envelope_id) == "completed"


@pytest.mark.parametrize(
    ("kind", "flags", "changed"),
    [
        ("agents", {}, False),
        ("agents", {"agentCanEditName": "true", "agentCanEditEmail": "true"}, True),
        ("editors", {}, True),
        ("intermediaries", {"agentCanEditName": "true", "agentCanEditEmail": "true"}, False),
    ],
)
def test_whom_the_sender_named_is_changed_only_by_who_may(
    api: Api, docusign: Emulator, kind: str, flags: Json, changed: bool
) -> None:
    known = no_one(name="Old Name", email="old@people.example", **flags)
    envelope_id = api.create(recipients={kind: [GIL], "signers": [known]})
    session_of(docusign, envelope_id, "gil@").post("finish", {"people": [TINA]})
    assert api.recipient(envelope_id, "2")["name"] == ("Tina Tenant" if changed else "Old Name")


def test_without_anybody_to_name_them_everyone_needs_a_name(api: Api) -> None:
    after = GIL | {"routingOrder": "3"}
    body = papers.envelope(recipients={"agents": [after], "signers": [no_one()]})
    assert api.refused("POST", "/envelopes", body) == "RECIPIENT_NAME_REQUIRED"


def test_a_later_agent_names_those_after_them(api: Api, docusign: Emulator) -> None:
    second = {"recipientId": "2", "roleName": "second agent", "routingOrder": "2"}
    envelope_id = api.create(recipients={"agents": [GIL, second], "signers": [no_one("3", 3)]})
    api.act(envelope_id, "1", people=[{"recipientId": "2", "name": "Ada Agent", "email": "ada@people.example"}])
    assert api.recipient(envelope_id, "2")["status"] == "sent"
    api.act(envelope_id, "2", people=[TINA | {"recipientId": "3"}])
    assert api.recipient(envelope_id, "3")["status"] == "sent"
