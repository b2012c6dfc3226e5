"""What staff can do with an envelope, and why not now. Read from rows; nothing is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils import timezone

from esign.models import Envelope, State
from esign.models.correction import ONE_PERSON
from esign.models.envelope import FINAL, WITH_SIGNERS


class EnvelopeAction(StrEnum):
    """What a person can do with one envelope."""

    RESEND = "resend"
    TRY_AGAIN = "try-again"
    RELEASE = "release"
    VOID = "void"
    CONFIRM_SIGNERS = "confirm-signers"


class ActionRefused(Exception):
    """Nothing was changed. The message tells the office why, and what to do instead."""


class DocusignAway(ActionRefused):
    """Docusign cannot be asked now, for this envelope or any other: so the caller stops here, until `retry_at`."""

    def __init__(self, message: str, *, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at


@dataclass(frozen=True)
class ActionResult:
    """What was done, as a sentence. `sure` is False when Docusign's answer never came."""

    text: str
    sure: bool = True


def objection(envelope: Envelope, action: EnvelopeAction, *, today: date | None = None) -> str:
    """Why this action cannot be done to this envelope now; empty when it can."""
    match action:
        case EnvelopeAction.RESEND:
            return _objection_to_resend(envelope, today or timezone.localdate())
        case EnvelopeAction.TRY_AGAIN:
            if envelope.state != State.NEEDS_ATTENTION:
                return f"{_is(envelope)}; only what needs attention can be tried again."
            return ""
        case EnvelopeAction.RELEASE:
            if not envelope.hold_draft or envelope.state != State.DRAFTED:
                return f"{_is(envelope)}; only a draft that is held back can be released."
            return _objection_while_cancelling(envelope)
        case EnvelopeAction.VOID:
            if envelope.state in FINAL:
                return f"{_is(envelope)}; that is final and cannot be voided."
            return _objection_while_cancelling(envelope)
        case EnvelopeAction.CONFIRM_SIGNERS:
            if envelope.state == State.COMPLETED and envelope.problem == ONE_PERSON:
                return ""
            return f"{_is(envelope)}; its signers need no confirmation."


def _objection_to_resend(envelope: Envelope, today: date) -> str:
    if envelope.state not in WITH_SIGNERS:
        why = "that is final" if envelope.state in FINAL else "it has not been sent yet"
        return f"{_is(envelope)}: {why}, so no signer can be reminded."
    if cancelling := _objection_while_cancelling(envelope):
        return cancelling
    if any(reminder.day == today for reminder in envelope.reminders.all()):
        return f"{envelope}: the signers were reminded today already. Once a day is enough; try tomorrow."
    return ""


def _objection_while_cancelling(envelope: Envelope) -> str:
    return f"{envelope} is being cancelled already." if envelope.cancel_asked_at else ""


def _is(envelope: Envelope) -> str:
    return f"{envelope} is in the state “{envelope.get_state_display().lower()}”"
