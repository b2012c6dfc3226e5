"""The clock: it goes forward only, and what falls due on the way happens in its order."""

from __future__ import annotations

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json, Listener
from docusign_emulator.tests.server import Emulator

LANDLORD = {"signers": [papers.signer("1", "Larry Landlord", anchor="/landlord/")]}


def advance(docusign: Emulator, **by: float) -> list[Json]:
    return list(docusign.control("POST", "clock/advance", by)["events"])


def notification(**groups: Json) -> Json:
    return {"useAccountDefaults": "false"} | groups


def test_reminders_go_out_on_their_days_until_the_most_allowed(api: Api, docusign: Emulator) -> None:
    reminders = {
        "reminderEnabled": "true",
        "reminderDelay": "3",
        "reminderFrequency": "2",
        "maximumReminderCount": "2",
    }
    api.create(recipients=LANDLORD, notification=notification(reminders=reminders))
    advance(docusign, days=2, hours=23)
    assert kinds(docusign) == ["invitation"]
    advance(docusign, days=10)
    assert kinds(docusign) == ["invitation", "reminder", "reminder"]


def test_a_lease_no_one_signs_expires_after_a_warning(api: Api, docusign: Emulator) -> None:
    expirations = {"expireEnabled": "true", "expireAfter": "10", "expireWarn": "3"}
    envelope_id = api.create(recipients=LANDLORD, notification=notification(expirations=expirations))
    happened = [one["kind"] for one in advance(docusign, days=11)]
    assert happened == ["expiry_warning", "expiry"]
    envelope = api.envelope(envelope_id)
    assert (envelope["status"], envelope["voidedReason"]) == ("voided", "Envelope has expired.")
    assert kinds(docusign) == ["invitation", "expiry_warning", "expired"]


def test_without_an_expiry_of_its_own_the_accounts_counts(api: Api, docusign: Emulator) -> None:
    ignored = {"expireEnabled": "false", "expireAfter": "2"}
    envelope_id = api.create(recipients=LANDLORD, notification=notification(expirations=ignored))
    advance(docusign, days=119)
    assert api.status(envelope_id) == "sent"
    advance(docusign, days=2)
    assert api.status(envelope_id) == "voided"


def test_a_completed_lease_neither_reminds_nor_expires(api: Api, docusign: Emulator) -> None:
    reminders = {"reminderEnabled": "true", "reminderDelay": "1", "reminderFrequency": "1"}
    envelope_id = api.create(recipients=LANDLORD, notification=notification(reminders=reminders))
    api.complete(envelope_id)
    assert advance(docusign, days=200) == []
    assert api.status(envelope_id) == "completed"


def test_what_happens_is_stamped_with_its_own_time(api: Api, docusign: Emulator, listener: Listener) -> None:
    hook = {"url": listener.url, "events": ["envelope-voided"], "requireAcknowledgment": "true"}
    expirations = {"expireEnabled": "true", "expireAfter": "10", "expireWarn": "0"}
    envelope_id = api.create(
        recipients=LANDLORD, notification=notification(expirations=expirations), eventNotification=hook
    )
    advance(docusign, days=30)
    listener.wait_for(1)
    envelope = api.envelope(envelope_id)
    assert envelope["voidedDateTime"][:13] == envelope["expireDateTime"][:13]
    assert listener.received[0].json["generatedDateTime"][:13] == envelope["expireDateTime"][:13]


def test_the_clock_does_not_go_back(docusign: Emulator) -> None:
    assert "forward" in docusign.control("POST", "clock/advance", {"days": -1}, expect=400)["error"]
    before = docusign.control("GET", "clock")["now"]
    advance(docusign, days=5)
    assert docusign.control("GET", "clock")["now"] > before
    docusign.control("POST", "reset")
    assert docusign.control("GET", "clock")["offsetSeconds"] == 0


def kinds(docusign: Emulator) -> list[str]:
    return [mail["kind"] for mail in docusign.control("GET", "mail?to=larry")["mail"]]
