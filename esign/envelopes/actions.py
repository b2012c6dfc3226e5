"""What staff can do with an envelope: remind, void, try again, release.

Each function reads the row as it is now, acts once, and answers in a sentence. If the action cannot be done, it raises
`ActionRefused` with the reason and changes nothing; `action_rules.objection` says so beforehand. The caller enqueues
the envelope afterwards (`esign.tasks.enqueue`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import get_text_list

from esign.docusign.budget import Lane
from esign.docusign.client import DocusignClient
from esign.docusign.errors import DocusignRefused, DocusignUnknown, NothingDone
from esign.envelopes.action_rules import (
    ActionRefused,
    ActionResult,
    DocusignAway,
    EnvelopeAction,
    objection,
)
from esign.envelopes.execution import execute
from esign.mail.queue import queue_mail
from esign.models import AuditEvent, Channel, Envelope, MailKind, Reminder, Signer, State, whose_turn
from esign.models.correction import ONE_PERSON, sole_corrector
from esign.models.envelope import WITH_SIGNERS
from esign.models.signer import TOLD_BY_DOCUSIGN, SignerStatus
from propertyapp.milestones import reach

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_REASON = 200  # Docusign's limit for voidedReason


def _refuse_if(why: str) -> None:
    if why:
        raise ActionRefused(why)


def resend(envelope: Envelope, by: User | None = None, *, lane: Lane = Lane.INTERACTIVE) -> ActionResult:
    """Ask those whose turn it is once more: Docusign's people by Docusign, our portal's by our own mail.

    The day's `Reminder` is committed before the call, so that, after any crash, no one is reminded
    twice a day. Only when Docusign certainly did nothing is the day given back. Raises ActionRefused.
    https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/update/
    """
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, EnvelopeAction.RESEND))
    waiting = whose_turn(envelope.signers.all())
    if not waiting:
        raise ActionRefused(f"{envelope}: everyone has acted; Docusign's message is on its way.")
    in_portal, by_docusign = asked_by(waiting)
    if not (in_portal or by_docusign):
        raise ActionRefused(f"{envelope}: {_names(waiting)} will sign at the office, so no mail can remind them.")
    reminder = _take_the_day(envelope, by)
    reach("reminder-kept", envelope_id=envelope.pk)
    sure = _resend_by_docusign(envelope, reminder, lane) if by_docusign else True
    reach("reminder-sent", envelope_id=envelope.pk)
    return _reminded(envelope, reminder, in_portal, by_docusign, sure=sure)


def reminded_since(envelope: Envelope, since: datetime, by: User | None) -> ActionResult | None:
    """What came of the reminder that this person asked for since then; None when there is none.

    Where a worker died over it, our own mails are queued now, each once. Docusign may have been asked and is not asked
    again.
    """
    reminder = envelope.reminders.filter(asked_at__gte=since, asked_by=by).first()
    if reminder is None or reminder.outcome:
        return ActionResult(f"{envelope}: {reminder.outcome}") if reminder else None
    in_portal, by_docusign = asked_by(whose_turn(envelope.signers.all()))
    return _reminded(envelope, reminder, in_portal, by_docusign, sure=not by_docusign)


def _reminded(
    envelope: Envelope, reminder: Reminder, in_portal: list[Signer], by_docusign: list[Signer], *, sure: bool
) -> ActionResult:
    by = reminder.asked_by
    with transaction.atomic():
        for signer in in_portal:
            queue_mail(envelope, MailKind.REMINDER, signer, once=str(reminder.day))
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
    return ActionResult(f"{envelope}: {text}", sure)


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


def _resend_by_docusign(envelope: Envelope, reminder: Reminder, lane: Lane) -> bool:
    """False: it is unknown whether Docusign did it. Raises ActionRefused when it certainly did not."""
    try:
        DocusignClient(envelope.connection, lane=lane).resend(envelope)
    except NothingDone as error:
        reminder.delete()
        raise DocusignAway(f"{envelope}: no one was reminded. {error}", retry_at=error.retry_at) from error
    except DocusignRefused as error:
        reminder.delete()
        raise ActionRefused(f"{envelope}: no one was reminded. {error}") from error
    except DocusignUnknown:
        return False
    return True


def void(envelope: Envelope, reason: str, by: User | None = None, *, is_one_of_many: bool = False) -> ActionResult:
    """Record that this must not be signed any more; a worker carries it out and looks that it is done.

    `reason` goes to those whom Docusign asked to sign. One of many waits behind what a single person asks for.
    Raises ActionRefused.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ActionRefused("Say why: the signers whom Docusign asked will read it.")
    if len(reason) > MAX_REASON:
        raise ActionRefused(f"Docusign takes at most {MAX_REASON} characters for the reason; this has {len(reason)}.")
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, EnvelopeAction.VOID))
    was_out = envelope.state in WITH_SIGNERS
    with transaction.atomic():
        if not envelope.ask_to_cancel(reason=reason, by=by, is_one_of_many=is_one_of_many):
            raise ActionRefused(
                objection(envelope, EnvelopeAction.VOID) or f"{envelope} has just changed. Look at it once more."
            )
        AuditEvent.record(
            envelope.lease,
            "envelope.void_asked",
            f"{envelope} is to be voided: {reason}",
            actor=str(by or "system"),
            envelope=envelope,
            key=f"{envelope.pk}:void-asked",
        )
    return ActionResult(
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


def try_again(envelope: Envelope, by: User | None = None) -> ActionResult:
    """From “needs attention” back into the flow; what is at Docusign is looked at first. Raises ActionRefused."""
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, EnvelopeAction.TRY_AGAIN))
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
    return ActionResult(f"{envelope}: it is tried again now.")


def release(envelope: Envelope, by: User | None = None) -> ActionResult:
    """Let a draft that was held back go out. Raises ActionRefused."""
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, EnvelopeAction.RELEASE))
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
    if envelope.hours is not None and not envelope.hours.allow(now):
        hours = envelope.hours.in_words
        return ActionResult(f"{envelope}: it goes out by itself. Its campaign mails people only {hours}.")
    return ActionResult(f"{envelope}: it goes out now.")


def confirm_signers(envelope: Envelope, by: User | None = None) -> ActionResult:
    """Let the signatures count though one person changed all addresses. Raises ActionRefused, for that person too."""
    envelope.refresh_from_db()
    _refuse_if(objection(envelope, EnvelopeAction.CONFIRM_SIGNERS))
    _, corrector = sole_corrector(envelope)
    if by is None or by.pk == corrector:
        raise ActionRefused(f"{envelope}: you changed these addresses yourself, so a colleague has to confirm them.")
    with transaction.atomic():
        waiting = Envelope.objects.filter(pk=envelope.pk, problem=ONE_PERSON)
        if not waiting.update(problem="", next_step=""):
            raise ActionRefused(f"{envelope} has just changed. Look at it once more.")
        AuditEvent.record(
            envelope.lease,
            "envelope.signers_confirmed",
            f"{by} confirmed the signers of {envelope}, whose addresses one person had changed.",
            actor=str(by),
            envelope=envelope,
            key=f"{envelope.pk}:signers-confirmed",
        )
        execute(envelope, confirmed=True)
    envelope.refresh_from_db()
    return ActionResult(f"{envelope}: the signers are confirmed. {envelope.problem}".strip())


def _names(signers: list[Signer]) -> str:
    return str(get_text_list([signer.name for signer in signers], "and"))
