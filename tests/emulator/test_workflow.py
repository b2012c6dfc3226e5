"""Pauses in the routing: until resumed, for a while, until the day of sending."""

from __future__ import annotations

from typing import Any

from tests.emulator import papers
from tests.emulator.conftest import Api, Json
from tests.emulator.server import Emulator

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


def test_a_delay_lets_go_by_itself(api: Api, docusign: Emulator) -> None:
    delay = {"rules": [{"delay": "0.02:00:00"}]}
    envelope_id = api.create(recipients=PEOPLE, workflow=pause_before_landlord(delayedRouting=delay))
    api.act(envelope_id, "1")
    docusign.control("POST", "clock/advance", {"hours": 1})
    assert api.recipient(envelope_id, "2")["status"] == "created"
    docusign.control("POST", "clock/advance", {"hours": 2})
    assert api.recipient(envelope_id, "2")["status"] == "sent"


def test_a_scheduled_envelope_invites_nobody_before_its_day(api: Api, docusign: Emulator) -> None:
    workflow = {"scheduledSending": {"rules": [{"delay": "3.00:00:00"}]}}
    envelope_id = api.create(recipients=PEOPLE, workflow=workflow)
    assert docusign.control("GET", "mail")["mail"] == []
    docusign.control("POST", "clock/advance", {"days": 3, "minutes": 1})
    assert api.recipient(envelope_id, "1")["status"] == "sent"


def test_a_delay_that_is_none_is_refused(api: Api) -> None:
    body = papers.envelope(recipients=PEOPLE, workflow={"scheduledSending": {"rules": [{"delay": "soon"}]}})
    assert api.refused("POST", "/envelopes", body) == "INVALID_REQUEST_PARAMETER"
