"""What staff may do with an envelope by a button: remind, void, try again, release.

Each function looks at the row as it is now, does its deed once, and answers in a sentence; what cannot be done
raises `ActionRefused` with the reason and changes nothing. `objection` says beforehand which buttons make sense.
The caller rings for the envelope afterwards (`esign.tasks.ring`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import get_text_list

from esign.docusign import DocusignClient, DocusignRefused, DocusignUnknown, NothingDone
from esign.docusign.budget import Lane
from esign.mail.queue import queue_mail
from esign.models import AuditEvent, Channel, Envelope, Reminder, Signer, State, whose_turn
from esign.models.envelope import FINAL, WITH_SIGNERS
from esign.models.signer import TOLD_BY_DOCUSIGN, SignerStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_REASON = 200  # Docusign's limit for voidedReason


class Button(StrEnum):
    """What a person can do with one envelope."""

    RESEND = "resend"
    TRY_AGAIN = "try-again"
    RELEASE = "release"
    VOID = "void"


class ActionRefused(Exception):
    """Nothing was changed. The message tells the office why, and what to do instead."""


class DocusignAway(ActionRefused):
    """Docusign cannot be asked now, for this envelope or any other: no use in going on with the next."""


@dataclass(frozen=True)
class Outcome:
    """What was done, as a sentence. `sure` is False when Docusign's answer never came."""

    text: str
    sure: bool = True


def objection(envelope: Envelope, button: Button, *, today: date | None = None) -> str:
    """Why this button cannot be pressed for this envelope now; empty when it can."""
    match button:
        case Button.RESEND:
            return _objection_to_resend(envelope, today or timezone.localdate())
        case Button.TRY_AGAIN:
            if envelope.state != State.NEEDS_ATTENTION:
                return f"{_is(envelope)}; only what needs attention can be tried again."
            return ""
        case Button.RELEASE:
            if not envelope.hold_draft or envelope.state != State.DRAFTED:
                return f"{_is(envelope)}; only a draft that is held back can be released."
            return _objection_while_cancelling(envelope)
        case Button.VOID:
            if envelope.state in FINAL:
                return f"{_is(envelope)}; that is final and cannot be voided."
            return _objection_while_cancelling(envelope)


def _objection_to_resend(envelope: Envelope, today: date) -> str:
    if envelope.state not in WITH_SIGNERS:
        why = "that is final" if envelope.state in FINAL else "nobody has been asked to sign yet"
        return f"{_is(envelope)}: {why}, so there is nobody to remind."
    if cancelling := _objection_while_cancelling(envelope):
        return cancelling
    if any(reminder.day == today for reminder in envelope.reminders.all()):
        return f"{envelope}: the signers were reminded today already. Once a day is enough; try tomorrow."
    return ""


def _objection_while_cancelling(envelope: Envelope) -> str:
    return f"{envelope} is being cancelled already." if envelope.cancel_asked_at else ""


def _is(envelope: Envelope) -> str:
    return f"{envelope} is in the state “{envelope.get_state_display().lower()}”"


def _refuse_if(why: str) -> None:
    if why:
        raise ActionRefused(why)


def resend(envelope: Envelope, by: User | None = None) -> Outcome:
    """Ask those whose turn it is once more: Docusign's people by Docusign, our portal's by our own mail.

    The day's `Reminder` is committed before the call, so that whatever dies afterwards, nobody is reminded
    twice a day. Only when Docusign certainly did nothing is the day given back. Raises ActionRefused.
    https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/update/
    """
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, Button.RESEND))
    waiting = whose_turn(envelope.signers.all())
    if not waiting:
        raise ActionRefused(f"{envelope}: everybody has acted; Docusign's news is on its way.")
    in_portal, by_docusign = asked_by(waiting)
    if not (in_portal or by_docusign):
        raise ActionRefused(f"{envelope}: {_names(waiting)} will sign at the office, so no mail can remind them.")
    reminder = _take_the_day(envelope, by)
    sure = _resend_by_docusign(envelope, reminder) if by_docusign else True
    with transaction.atomic():
        for signer in in_portal:
            queue_mail(envelope, "reminder", signer, once=str(reminder.day))
        names = _names([*in_portal, *by_docusign])
        text = (
            f"Reminded {names}."
            if sure
            else f"Docusign did not answer. {_names(by_docusign)} may have been reminded; it is not asked again today."
        )
        reminder.outcome = text[:200]
        reminder.save(update_fields=["outcome"])
        AuditEvent.record(
            envelope.lease,
            "envelope.reminded",
            f"{text} ({envelope})",
            actor=str(by or "system"),
            envelope=envelope,
            key=f"{envelope.pk}:reminded:{reminder.day}",
        )
    return Outcome(f"{envelope}: {text}", sure)


def asked_by(signers: list[Signer]) -> tuple[list[Signer], list[Signer]]:
    """(whom we mail ourselves, whom Docusign writes to). Who signs at the office is in neither."""
    ours = [signer for signer in signers if signer.channel == Channel.PORTAL]
    return ours, [signer for signer in signers if signer.channel in TOLD_BY_DOCUSIGN]


def _take_the_day(envelope: Envelope, by: User | None) -> Reminder:
    try:
        # Durable: the row has to be on disk before Docusign is asked, or a crash could remind twice.
        with transaction.atomic(durable=True):
            return Reminder.objects.create(envelope=envelope, day=timezone.localdate(), asked_by=by)
    except IntegrityError:
        raise ActionRefused(f"{envelope}: somebody reminded the signers a moment ago.") from None


def _resend_by_docusign(envelope: Envelope, reminder: Reminder) -> bool:
    """False: nobody knows whether Docusign did it. Raises ActionRefused when it certainly did not."""
    try:
        DocusignClient(envelope.connection, lane=Lane.INTERACTIVE).resend(envelope)
    except NothingDone as error:
        reminder.delete()
        raise DocusignAway(f"{envelope}: nobody was reminded. {error}") from error
    except DocusignRefused as error:
        reminder.delete()
        raise ActionRefused(f"{envelope}: nobody was reminded. {error}") from error
    except DocusignUnknown:
        return False
    return True


def void(envelope: Envelope, reason: str, by: User | None = None) -> Outcome:
    """Record that this must not be signed any more; a worker carries it out and looks that it is done.

    `reason` goes to those whom Docusign asked to sign. Raises ActionRefused.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ActionRefused("Say why: the signers whom Docusign asked will read it.")
    if len(reason) > MAX_REASON:
        raise ActionRefused(f"Docusign takes at most {MAX_REASON} characters for the reason; this has {len(reason)}.")
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, Button.VOID))
    was_out = envelope.state in WITH_SIGNERS
    with transaction.atomic():
        if not envelope.ask_to_cancel(reason=reason, by=by):
            raise ActionRefused(
                objection(envelope, Button.VOID) or f"{envelope} has just changed. Look at it once more."
            )
        AuditEvent.record(
            envelope.lease,
            "envelope.void_asked",
            f"{envelope} is to be voided: {reason}",
            actor=str(by or "system"),
            envelope=envelope,
            key=f"{envelope.pk}:void-asked",
        )
    return Outcome(
        f"{envelope}: Docusign is asked to void it now."
        if was_out
        else f"{envelope}: it will not be sent. What was drafted is thrown away."
    )


def told_of_a_void(envelope: Envelope) -> tuple[list[Signer], list[Signer]]:
    """(whom Docusign mails, whom it does not, since they sign in our portal or here): people who were asked already."""
    if envelope.state not in WITH_SIGNERS:
        return [], []
    asked = [signer for signer in envelope.signers.all() if signer.status != SignerStatus.CREATED]
    _, by_docusign = asked_by(asked)
    return by_docusign, [signer for signer in asked if signer not in by_docusign]


def try_again(envelope: Envelope, by: User | None = None) -> Outcome:
    """From “needs attention” back into the flow; what is at Docusign is looked at first. Raises ActionRefused."""
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, Button.TRY_AGAIN))
    problem = envelope.problem
    with transaction.atomic():
        if not envelope.try_again():
            raise ActionRefused(f"{envelope} has just changed. Look at it once more.")
        AuditEvent.record(
            envelope.lease,
            "envelope.tried_again",
            f"{envelope} is tried again.",
            actor=str(by or "system"),
            envelope=envelope,
            after=problem,
        )
    return Outcome(f"{envelope}: it is tried again now.")


def release(envelope: Envelope, by: User | None = None) -> Outcome:
    """Let a draft that was held back go out. Raises ActionRefused."""
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, Button.RELEASE))
    now: datetime = timezone.now()
    with transaction.atomic():
        held = Envelope.objects.filter(pk=envelope.pk, state=State.DRAFTED, hold_draft=True)
        if not held.filter(cancel_asked_at__isnull=True).update(hold_draft=False, due_at=now, updated_at=now):
            raise ActionRefused(f"{envelope} has just changed. Look at it once more.")
        AuditEvent.record(
            envelope.lease,
            "envelope.released",
            f"{envelope} was released.",
            actor=str(by or "system"),
            envelope=envelope,
            key=f"{envelope.pk}:released",
        )
    envelope.refresh_from_db()
    return Outcome(f"{envelope}: it goes out now.")


def _names(signers: list[Signer]) -> str:
    return str(get_text_list([signer.name for signer in signers], "and"))
