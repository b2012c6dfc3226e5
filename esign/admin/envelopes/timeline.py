"""One envelope's story: what people did, what was mailed, and beneath it every call and every message of Docusign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from esign.envelopes.status import Tone
from esign.models import DocumentOpening, DocusignCall, Envelope, OutgoingMail, Reminder, WebhookMessage
from esign.models.correction import before_later_corrections

# The events that change how things stand; all others are told without colour.
TONES = {
    "envelope.sent": Tone.WORKING,
    "envelope.signed": Tone.GOOD,
    "envelope.completed": Tone.GOOD,
    "lease.executed": Tone.GOOD,
    "envelope.declined": Tone.BAD,
    "envelope.unreachable": Tone.BAD,
    "envelope.not-counted": Tone.BAD,
    "envelope.seal_broken": Tone.BAD,
    "lease.not_executed": Tone.BAD,
    "envelope.voided": Tone.OVER,
    "envelope.void_asked": Tone.WARNING,
    "envelope.not_replaced": Tone.WARNING,
}


@dataclass(frozen=True)
class Entry:
    """One line. `machine` lines are hidden until somebody wants them."""

    at: datetime
    text: str
    who: str = ""
    tone: str = ""
    detail: str = ""
    machine: bool = False


def timeline(envelope: Envelope) -> list[Entry]:
    """Everything we know to have happened, the latest first."""
    entries = [
        *_events(envelope),
        *(
            entry
            for mail in envelope.mails.select_related("signer").prefetch_related("signer__corrections")
            for entry in _mail(mail)
        ),
        *(_opening(one) for one in DocumentOpening.objects.filter(document__envelope=envelope)),
        *(_reminder(reminder) for reminder in envelope.reminders.filter(outcome="").select_related("asked_by")),
        *(_call(call) for call in envelope.calls.all()),
        *(_delivery(delivery) for delivery in envelope.webhook_messages.defer("body")),
    ]
    return sorted(entries, key=lambda entry: (entry.at, not entry.machine), reverse=True)


def _events(envelope: Envelope) -> Iterator[Entry]:
    for event in envelope.audit_events.order_by("number"):
        yield Entry(event.at, event.text, event.actor, TONES.get(event.kind, ""))


def _mail(mail: OutgoingMail) -> Iterator[Entry]:
    what, to = mail.get_kind_display(), mail.to or _name_and_address(mail)
    if mail.done_at:
        yield Entry(mail.done_at, f"We mailed {what} to {to}.", "system", Tone.WORKING)
    elif mail.last_error:
        text = f"Our mail with {what} to {to} did not go out. It is tried again."
        yield Entry(mail.due_at, text, "system", Tone.WARNING, mail.last_error)
    elif mail.keeps_hours and mail.due_at > timezone.now():
        yield Entry(mail.due_at, f"Our mail with {what} to {to} goes out then: its campaign has hours.", "system")


def _name_and_address(mail: OutgoingMail) -> str:
    """Whom the mail was for, as the signer was called and reached when it went out."""
    if mail.signer is None:
        return "no one"
    at = mail.done_at or timezone.now()
    return " at ".join(before_later_corrections(mail.signer, one, at) for one in ("name", "email"))


def _opening(opening: DocumentOpening) -> Entry:
    where = f" from {opening.ip}" if opening.ip else ""
    return Entry(opening.at, f"Opened “{opening.document}” here{where}.", opening.who, machine=True)


def _reminder(reminder: Reminder) -> Entry:
    """Its outcome, once known, is an event; without one a process died between the row and the answer."""
    text = "A reminder was asked for. Whether it went out is not known, so there is no second one that day."
    return Entry(reminder.asked_at, text, str(reminder.asked_by or "system"), Tone.WARNING)


def _call(call: DocusignCall) -> Entry:
    tone = {"ok": "", "refused": Tone.BAD, "unknown": Tone.WARNING}[call.outcome]
    detail = [f"HTTP {call.status}" if call.status else "no answer", call.error_code, call.message]
    detail += [f"{call.duration_ms} ms", f"trace {call.trace_token}" if call.trace_token else ""]
    return Entry(
        call.started_at,
        f"We called {call.operation}: {call.get_outcome_display().lower()}.",
        "worker",
        tone,
        " · ".join(filter(None, detail)),
        machine=True,
    )


def _delivery(delivery: WebhookMessage) -> Entry:
    times = f" It came {delivery.times_received} times." if delivery.times_received > 1 else ""
    text = f"Docusign told us “{delivery.event}”: {delivery.get_outcome_display().lower()}.{times}"
    tone = Tone.BAD if delivery.outcome == WebhookMessage.Outcome.FAILED else ""
    return Entry(delivery.received_at, text, "Connect", tone, delivery.error, machine=True)
