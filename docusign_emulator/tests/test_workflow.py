"""Pauses in the routing: until resumed, for a while, until the day of sending."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator

PEOPLE = {
    "signers": [
        papers.signer("1", "Tina Tenant", anchor="/tenant/"),
        papers.signer("2", "Larry Landlord", order=2, anchor="/landlord/"),
    ]
}


def pause_before_landlord(**more: Any) -> Json:
    step = {"action": "pause_before", "triggerOnItem": "routing_order", "itemId": "2"} | more
    return {"workflowSteps": [step]}


def test_a_paused_envelope_waits_until_it_is_resumed(api: Api) -> None:
    envelope_id = api.create(recipients=PEOPLE, workflow=pause_before_landlord())
    api.act(envelope_id, "1")
    assert api.recipient(envelope_id, "2")["status"] == "created"
    api.call("PUT", f"/envelopes/{envelope_id}", {"workflow": {"workflowStatus": "in_progress"}})
    assert api.recipient(envelope_id, "2")["status"] == "sent"


def test_resuming_with_a_resend_invites_the_next_once(api: Api, docusign: Emulator) -> None:
    """As the vendor's example does it."""
    envelope_id = api.create(recipients=PEOPLE, workflow=pause_before_landlord())
    api.act(envelope_id, "1")
    body = {"workflow": {"workflowStatus": "in_progress"}}
    api.call("PUT", f"/envelopes/{envelope_id}", body, resend_envelope="true")
    assert api.recipient(envelope_id, "2")["status"] == "sent"
    told = docusign.control("GET", "mail?to=larry@people.example")["mail"]
    assert [one["kind"] for one in told] == ["invitation"]


def test_a_delay_lets_go_by_itself(api: Api, docusign: Emulator) -> None:
    delay = {"rules": [{"delay": "0.02:00:00"}]}
    envelope_id = api.create(recipients=PEOPLE, workflow=pause_before_landlord(delayedRouting=delay))
    api.act(envelope_id, "1")
    docusign.control("POST", "clock/advance", {"hours": 1})
    assert api.recipient(envelope_id, "2")["status"] == "created"
    docusign.control("POST", "clock/advance", {"hours": 2})
    assert api.recipient(envelope_id, "2")["status"] == "sent"


def test_a_scheduled_envelope_invites_no_one_before_its_day(api: Api, docusign: Emulator) -> None:
    workflow = {"scheduledSending": {"rules": [{"delay": "3.00:00:00"}]}}
    envelope_id = api.create(recipients=PEOPLE, workflow=workflow)
    assert docusign.control("GET", "mail")["mail"] == []
    docusign.control("POST", "clock/advance", {"days": 3, "minutes": 1})
    assert api.recipient(envelope_id, "1")["status"] == "sent"


@pytest.mark.parametrize(("ticked", "next_one"), [("false", "Manager"), ("true", "Director")])
def test_the_next_signer_depends_on_a_box_ticked_before(api: Api, ticked: str, next_one: str) -> None:
    recipients: Json = {"signers": [{**one} for one in PEOPLE["signers"]]}
    place = {"documentId": "1", "pageNumber": "1", "xPosition": "50", "yPosition": "50"}
    recipients["signers"][0]["tabs"] = recipients["signers"][0]["tabs"] | {
        "checkboxTabs": [place | {"tabLabel": "big", "selected": "false"}]
    }
    envelope_id = api.create(recipients=recipients, workflow=conditional())
    api.act(envelope_id, "1", values={"big": ticked})
    landlord = api.recipient(envelope_id, "2")
    assert (landlord["status"], landlord["name"]) == ("sent", next_one)
    assert landlord["email"] == f"{next_one.lower()}@people.example"


def test_it_waits_for_the_sender_when_no_condition_holds(api: Api) -> None:
    envelope_id = api.create(recipients=PEOPLE, workflow=conditional())
    api.act(envelope_id, "1")
    assert api.recipient(envelope_id, "2")["status"] == "created"


def conditional() -> Json:
    """Recipient 2 is the manager, or the director when the box named big is ticked."""
    people = [
        {"recipientLabel": name.lower(), "name": name, "email": f"{name.lower()}@people.example"}
        for name in ("Manager", "Director")
    ]
    asked = {"scope": "tabs", "recipientId": "1", "tabLabel": "big", "tabType": "checkbox", "operator": "equals"}
    conditions = [
        {"order": "1", "recipientLabel": "manager", "filters": [asked | {"value": "false"}]},
        {"order": "2", "recipientLabel": "director", "filters": [asked | {"value": "true"}]},
    ]
    group = {"groupName": "Approver", "recipients": people}
    rule = {"recipientId": "2", "order": "0", "recipientGroup": group, "conditions": conditions}
    return pause_before_landlord(recipientRouting={"rules": {"conditionalRecipients": [rule]}})


@pytest.mark.parametrize(
    ("workflow", "code"),
    [
        ({"scheduledSending": {"rules": [{"delay": "soon"}]}}, "INVALID_REQUEST_PARAMETER"),
        (pause_before_landlord(delayedRouting={"rules": [{"delay": "soon"}]}), "INVALID_REQUEST_PARAMETER"),
        (pause_before_landlord(recipientRouting={"rules": {"conditionalRecipients": "all"}}), "INVALID_REQUEST_BODY"),
    ],
)
def test_a_step_that_cannot_be_read_is_refused_when_it_is_sent(api: Api, workflow: Json, code: str) -> None:
    assert api.refused("POST", "/envelopes", papers.envelope(recipients=PEOPLE, workflow=workflow)) == code
