"""The parts of a workflow by their own addresses, and the parts of a template that an envelope has too."""

from __future__ import annotations

from pathlib import Path

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.coverage import of_the_emulator
from docusign_emulator.tests.sdk_description import every_operation
from docusign_emulator.tests.server import Emulator

PAUSE = {"action": "pause_before", "triggerOnItem": "routing_order", "itemId": "2"}


def template(api: Api) -> str:
    roles = {"signers": [{"recipientId": "1", "roleName": "tenant"}, {"recipientId": "2", "roleName": "landlord"}]}
    body = {"name": "Rules", "emailSubject": "Rules", "documents": [papers.document()], "recipients": roles}
    return str(api.call("POST", "/templates", body, expect=201)["templateId"])


@pytest.fixture(params=["envelopes", "templates"])
def place(request: pytest.FixtureRequest, api: Api) -> str:
    """A draft, or a template."""
    made = api.create(status="created") if request.param == "envelopes" else template(api)
    return f"/{request.param}/{made}"


def test_steps_are_added_changed_and_taken_away(api: Api, place: str) -> None:
    assert api.get(f"{place}/workflow") == {"workflowSteps": []}
    step = api.call("POST", f"{place}/workflow/steps", PAUSE, expect=201)["workflowStepId"]
    assert api.get(f"{place}/workflow/steps/{step}")["itemId"] == "2"
    api.call("PUT", f"{place}/workflow/steps/{step}", {"itemId": "3"})
    assert [one["itemId"] for one in api.get(f"{place}/workflow")["workflowSteps"]] == ["3"]
    api.call("DELETE", f"{place}/workflow/steps/{step}")
    assert api.get(f"{place}/workflow")["workflowSteps"] == []
    assert api.refused("GET", f"{place}/workflow/steps/{step}", status=404) == "RESOURCE_NOT_FOUND"


def test_when_it_is_sent_and_how_long_a_step_waits(api: Api, place: str) -> None:
    later = {"rules": [{"resumeDate": "2030-01-01T00:00:00Z"}]}
    api.call("PUT", f"{place}/workflow/scheduledSending", later)
    assert api.get(f"{place}/workflow/scheduledSending") == later
    api.call("DELETE", f"{place}/workflow/scheduledSending")
    assert api.get(f"{place}/workflow/scheduledSending") == {"rules": []}

    step = api.call("POST", f"{place}/workflow/steps", PAUSE, expect=201)["workflowStepId"]
    delay = {"rules": [{"delay": "1.00:00:00"}]}
    api.call("PUT", f"{place}/workflow/steps/{step}/delayedRouting", delay)
    assert api.get(f"{place}/workflow/steps/{step}/delayedRouting") == delay
    assert api.refused("PUT", f"{place}/workflow/steps/{step}/delayedRouting", {"rules": [{"delay": "soon"}]})
    api.call("DELETE", f"{place}/workflow/steps/{step}/delayedRouting")
    api.call("DELETE", f"{place}/workflow")
    assert api.get(f"{place}/workflow") == {"workflowSteps": []}


def test_a_step_put_in_before_its_turn_holds_the_envelope_and_lets_it_go_on(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.call("POST", f"/envelopes/{envelope_id}/workflow/steps", PAUSE, expect=201)
    api.act(envelope_id, "1")
    assert api.get(f"/envelopes/{envelope_id}/workflow")["workflowStatus"] == "paused"
    assert api.recipient(envelope_id, "2")["status"] == "created"

    api.call("PUT", f"/envelopes/{envelope_id}/workflow", {"workflowStatus": "in_progress"})
    assert api.recipient(envelope_id, "2")["status"] == "sent"


def test_email_settings_are_kept(api: Api) -> None:
    settings = f"/envelopes/{api.create(status='created')}/email_settings"
    api.call("POST", settings, {"replyEmailAddressOverride": "office@juniper.example"}, expect=201)
    api.call("PUT", settings, {"replyEmailNameOverride": "The office"})
    both = {"replyEmailAddressOverride": "office@juniper.example", "replyEmailNameOverride": "The office"}
    assert api.get(settings) == both
    assert api.call("DELETE", settings) == both
    assert api.get(settings) == {}


def test_a_template_has_a_lock_fields_and_reminders_of_its_own(api: Api) -> None:
    place = f"/templates/{template(api)}"
    lock = api.call("POST", f"{place}/lock", {"lockDurationInSeconds": "60"}, expect=201)
    assert api.get(f"{place}/lock")["lockToken"] == lock["lockToken"]
    field = {"textCustomFields": [{"name": "lease", "value": "L-1"}]}
    assert api.refused("POST", f"{place}/custom_fields", field) == "EDIT_LOCK_NOT_LOCK_OWNER"
    api.call("DELETE", f"{place}/lock", headers={"X-DocuSign-Edit": f'{{"LockToken": "{lock["lockToken"]}"}}'})

    made = api.call("POST", f"{place}/custom_fields", field, expect=201)["textCustomFields"][0]
    api.call("PUT", f"{place}/custom_fields", {"textCustomFields": [made | {"value": "L-2"}]})
    assert api.get(f"{place}/custom_fields")["textCustomFields"][0]["value"] == "L-2"
    api.call("DELETE", f"{place}/custom_fields", {"textCustomFields": [{"fieldId": made["fieldId"]}]})
    assert api.get(f"{place}/custom_fields")["textCustomFields"] == []

    reminders = {"reminderEnabled": "true", "reminderDelay": "2", "reminderFrequency": "2"}
    api.call("PUT", f"{place}/notification", {"useAccountDefaults": "false", "reminders": reminders})
    assert api.get(f"{place}/notification")["reminders"]["reminderDelay"] == "2"


def test_people_and_tabs_of_a_template_are_changed_and_taken_away(api: Api) -> None:
    place = f"/templates/{template(api)}"
    here = {"documentId": "1", "pageNumber": "1", "xPosition": "10", "yPosition": "10"}
    tabs = api.call("POST", f"{place}/recipients/1/tabs", {"signHereTabs": [here]}, expect=201)
    tab = tabs["signHereTabs"][0]["tabId"]
    api.call("PUT", f"{place}/recipients/1/tabs", {"signHereTabs": [{"tabId": tab, "xPosition": "20"}]})
    assert api.get(f"{place}/recipients/1/tabs")["signHereTabs"][0]["xPosition"] == "20"
    api.call("DELETE", f"{place}/recipients/1/tabs", {"signHereTabs": [{"tabId": tab}]})
    assert api.get(f"{place}/recipients/1/tabs") == {}

    api.call("DELETE", f"{place}/recipients/2")
    assert [one["recipientId"] for one in api.get(f"{place}/recipients")["signers"]] == ["1"]
    api.call("DELETE", f"{place}/recipients", {"signers": [{"recipientId": "1"}]})
    assert api.get(f"{place}/recipients")["signers"] == []


def test_the_coverage_is_what_the_documentation_says() -> None:
    whole = every_operation()
    told = (Path(__file__).parents[1] / "FIDELITY.md").read_text()
    assert f"{len(whole.keys() & of_the_emulator())} of {len(whole)}" in told
