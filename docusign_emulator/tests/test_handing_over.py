"""A signer who is not the right person names somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json, Listener
from docusign_emulator.tests.server import Emulator
from docusign_emulator.tests.signer import Session, view

TOM = {"name": "Tom Tenant", "email": "tom@people.example", "reason": "I moved out"}
SMS: Json = {"idCheckConfigurationName": "SMS Auth $", "smsAuthentication": {"senderProvidedNumbers": ["+14155550123"]}}


def sent(api: Api, *, allowed: str = "true", person: Json | None = None, **more: Any) -> str:
    signers = [
        papers.signer("1", "Tina Tenant", anchor="/tenant/", **(person or {})),
        papers.signer("2", "Larry Landlord", order=2, anchor="/landlord/"),
    ]
    return api.create(recipients={"signers": signers}, allowReassign=allowed, **more)


def mails(docusign: Emulator, envelope_id: str) -> list[Json]:
    found: list[Json] = docusign.control("GET", f"mail?envelopeId={envelope_id}")["mail"]
    return found


def from_mail(docusign: Emulator, envelope_id: str) -> Session:
    return Session(docusign, mails(docusign, envelope_id)[0]["link"])


@pytest.mark.parametrize(
    ("person", "allowed", "can"), [({}, "true", True), ({}, "false", False), ({"clientUserId": "t"}, "true", False)]
)
def test_a_signer_hands_over_only_where_the_sender_lets_them(
    api: Api, docusign: Emulator, person: Json, allowed: str, can: bool
) -> None:
    envelope_id = sent(api, allowed=allowed, person=person)
    session = (
        Session(docusign, view(api, envelope_id, clientUserId="t")) if person else from_mail(docusign, envelope_id)
    )
    assert session.state()["canReassign"] is can
    session.post("reassign", TOM, expect=200 if can else 422)
    assert api.recipient(envelope_id, "1")["name"] == ("Tom Tenant" if can else "Tina Tenant")


def test_the_new_signer_signs_and_the_leaver_gets_a_copy(api: Api, docusign: Emulator, listener: Listener) -> None:
    told = {"url": listener.url, "events": ["recipient-reassign"], "eventData": {"version": "restv2.1"}}
    envelope_id = sent(api, eventNotification=told)
    session = from_mail(docusign, envelope_id)
    other_tab = from_mail(docusign, envelope_id)
    assert session.post("reassign", TOM)["redirect"] == "/signing/ended?event=reassigned"
    other_tab.post("consent", expect=410)

    tom = api.recipient(envelope_id, "1", tabs=True)
    assert (tom["name"], tom["email"], tom["status"]) == ("Tom Tenant", "tom@people.example", "sent")
    assert [tab["recipientId"] for tab in tom["tabs"]["signHereTabs"]] == ["1"]
    [tina] = api.get(f"/envelopes/{envelope_id}/recipients")["carbonCopies"]
    assert (tina["recipientId"], tina["name"], tina["status"]) == ("3", "Tina Tenant", "completed")
    mailed = [(one["kind"], one["to"]) for one in mails(docusign, envelope_id)[1:]]
    assert mailed == [("reassigned", "tom@people.example"), ("handed_over", "admin@property.example")]
    assert "I moved out" in mails(docusign, envelope_id)[-1]["body"]
    listener.wait_for(1)
    assert listener.received[0].json["data"]["recipientId"] == "1"

    assert from_mail(docusign, envelope_id).state()["readOnly"]  # the old link is a copy's now
    Session(docusign, mails(docusign, envelope_id)[1]["link"]).sign()
    api.act(envelope_id, "2")
    assert api.status(envelope_id) == "completed"
    completed = {one["to"] for one in mails(docusign, envelope_id) if one["kind"] == "completed"}
    assert {"tina@people.example", "tom@people.example"} <= completed


def test_who_keeps_the_recipient_id_is_a_switch(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"reassigned_recipient_id": "leaver"})
    envelope_id = sent(api)
    from_mail(docusign, envelope_id).post("reassign", TOM)
    tom = api.recipient(envelope_id, "3", tabs=True)
    assert (tom["name"], tom["recipientType"]) == ("Tom Tenant", "signer")
    assert [tab["recipientId"] for tab in tom["tabs"]["signHereTabs"]] == ["3"]
    assert api.recipient(envelope_id, "1")["recipientType"] == "carboncopy"
    assert from_mail(docusign, envelope_id).state()["readOnly"]
    Session(docusign, mails(docusign, envelope_id)[1]["link"]).sign()
    assert api.recipient(envelope_id, "3")["status"] == "completed"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"email": "tom"}, "email"),
        ({"email": "TINA@people.example"}, "email"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_handed_over(
    api: Api, docusign: Emulator, change: Json, wrong: str
) -> None:
    envelope_id = sent(api)
    session = from_mail(docusign, envelope_id)
    assert set(session.post("reassign", TOM | change, expect=422)["problems"]) == {wrong}
    assert api.recipient(envelope_id, "1")["name"] == "Tina Tenant"
    assert session.state()["canReassign"]


def test_the_leavers_phone_is_not_asked_of_the_new_signer(api: Api, docusign: Emulator) -> None:
    envelope_id = sent(api, person=SMS)
    api.act(envelope_id, "1", "reassign", **TOM)
    assert Session(docusign, mails(docusign, envelope_id)[-2]["link"]).state()["locked"] is None
    assert "smsAuthentication" not in api.recipient(envelope_id, "1")


def test_or_the_new_signers_phone_is_by_switch(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"reassigned_phone_check": "with_new_number"})
    envelope_id = sent(api, person=SMS)
    session = from_mail(docusign, envelope_id)
    session.post("phone-code/send", {"number": 0})
    session.post("phone-code", {"code": mails(docusign, envelope_id)[-1]["body"]})
    assert session.state()["reassignNeedsPhone"]
    assert set(session.post("reassign", TOM, expect=422)["problems"]) == {"phone"}
    session.post("reassign", TOM | {"phone": "+1 415 555 0188"})
    tom = Session(docusign, mails(docusign, envelope_id)[-2]["link"])
    assert tom.state()["check"]["numbers"] == ["••• ••• 0188"]
