"""Reminders and expiry: an envelope's notification settings, and the days they come due.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from docusign_emulator.envelopes.model import IN_PROGRESS, Envelope
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

ACCOUNT_DEFAULTS: Json = {
    "reminders": {"reminderEnabled": "false", "reminderDelay": "0", "reminderFrequency": "0"},
    "expirations": {"expireEnabled": "true", "expireAfter": "120", "expireWarn": "0"},
}
MAX_DAYS = 999


def from_wire(given: Any) -> Json:
    """Settings of one envelope, the account's where the sender gave none. Raises ApiError for days that are none."""
    given = given or {}
    if not isinstance(given, dict):
        raise invalid_parameter("notification is not an object.")
    settings: Json = {"useAccountDefaults": formats.flag(formats.truth(given.get("useAccountDefaults")))}
    defaults_only = formats.truth(given.get("useAccountDefaults"))
    reminders = {} if defaults_only else formats.child(given, "reminders")
    expirations = {} if defaults_only else formats.child(given, "expirations")
    if not formats.truth(expirations.get("expireEnabled")):
        expirations = {}  # expireAfter counts only when enabled; else the account's expiry holds
    settings["reminders"] = ACCOUNT_DEFAULTS["reminders"] | formats.stringified(reminders)
    settings["expirations"] = ACCOUNT_DEFAULTS["expirations"] | formats.stringified(expirations)
    for group, names in (
        ("reminders", ("reminderDelay", "reminderFrequency", "maximumReminderCount")),
        ("expirations", ("expireAfter", "expireWarn")),
    ):
        for name in names:
            _days(settings[group].get(name), name)
    return settings


def schedule(store: Store, envelope: Envelope) -> None:
    """Plan everything that comes due by itself, counted from the sending (or from now when changed later)."""
    store.unplan(envelope.id, "reminder", "expiry_warning", "expiry")
    if envelope.status not in IN_PROGRESS or not envelope.sent_at:
        return
    sent = formats.moment(envelope.sent_at)
    expirations = envelope.notification["expirations"]
    expires = sent + timedelta(days=_days(expirations["expireAfter"], "expireAfter"))
    envelope.expires_at = formats.stamp(expires)
    store.plan(envelope.expires_at, "expiry", envelope_id=envelope.id)
    warn = _days(expirations.get("expireWarn"), "expireWarn")
    if warn:
        store.plan(formats.stamp(expires - timedelta(days=warn)), "expiry_warning", envelope_id=envelope.id)
    reminders = envelope.notification["reminders"]
    if formats.truth(reminders["reminderEnabled"]):
        first = sent + timedelta(days=_days(reminders["reminderDelay"], "reminderDelay"))
        store.plan(formats.stamp(first), "reminder", {"n": 1}, envelope_id=envelope.id)


def next_reminder(store: Store, envelope: Envelope, sent_at: str, number: int) -> None:
    """After one reminder, plan the next: none without a frequency, or when the most allowed have gone out."""
    reminders = envelope.notification["reminders"]
    every = _days(reminders.get("reminderFrequency"), "reminderFrequency")
    most = _days(reminders.get("maximumReminderCount"), "maximumReminderCount")
    if every and not (most and number >= most):
        at = formats.stamp(formats.moment(sent_at) + timedelta(days=every))
        store.plan(at, "reminder", {"n": number + 1}, envelope_id=envelope.id)


def _days(value: Any, name: str) -> int:
    try:
        days = formats.integer(value, 0)
    except ValueError as error:
        raise invalid_parameter(f"{name} is not a number of days.") from error
    if not 0 <= days <= MAX_DAYS:
        raise invalid_parameter(f"{name} must be between 0 and {MAX_DAYS}.")
    return days
