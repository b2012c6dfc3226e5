"""Text messages: to whom they go, and how many of them."""

from __future__ import annotations

from typing import Any

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator


def texted(id: str, **more: Any) -> Json:
    number = {"countryCode": "1", "number": f"41555501{int(id):02}"}
    by_text = [{"secondaryDeliveryMethod": "SMS", "phoneNumber": number}]
    return papers.signer(id, f"Tenant{id} Lee", anchor="/tenant/", additionalNotifications=by_text, **more)


def texts(docusign: Emulator, envelope_id: str) -> list[str]:
    sent = docusign.control("GET", f"mail?envelopeId={envelope_id}")["mail"]
    return [one["kind"] for one in sent if one["channel"] == "sms"]


def test_ten_people_of_an_envelope_are_told_by_text(api: Api, docusign: Emulator) -> None:
    ten = [texted(str(n)) for n in range(1, 11)]
    envelope_id = api.create(recipients={"signers": ten})
    assert texts(docusign, envelope_id) == ["invitation"] * 10
    body = papers.envelope(recipients={"signers": [*ten, texted("11")]})
    assert api.refused("POST", "/envelopes", body) == "INVALID_REQUEST_PARAMETER"


def test_an_agent_is_not_told_by_text(api: Api) -> None:
    agent = {key: value for key, value in texted("1").items() if key != "tabs"}
    signer = papers.signer("2", "Larry Landlord", order=2, anchor="/landlord/")
    body = papers.envelope(recipients={"agents": [agent], "signers": [signer]})
    assert api.refused("POST", "/envelopes", body) == "INVALID_REQUEST_PARAMETER"


def test_one_reminder_goes_out_by_text_and_the_others_by_mail(api: Api, docusign: Emulator) -> None:
    reminders = {"reminderEnabled": "true", "reminderDelay": "1", "reminderFrequency": "1"}
    envelope_id = api.create(recipients={"signers": [texted("1")]}, notification={"reminders": reminders})
    docusign.control("POST", "clock/advance", {"days": 4})
    assert texts(docusign, envelope_id) == ["invitation", "reminder"]
    sent = docusign.control("GET", f"mail?envelopeId={envelope_id}")["mail"]
    assert [one["kind"] for one in sent if one["channel"] == "email"].count("reminder") >= 3


def test_an_envelope_has_fifty_texts(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create(recipients={"signers": [texted(str(n)) for n in range(1, 11)]})
    for _ in range(5):
        api.call("PUT", f"/envelopes/{envelope_id}", {}, resend_envelope="true")
    assert len(texts(docusign, envelope_id)) == 50
