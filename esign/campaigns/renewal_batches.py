"""Scheduled batches: find the leases that are due, and prepare each by the same path as a single one.

Planning writes one line for each lease. A line is a job: any worker claims it, a worker that dies loses the claim,
and the sweep finds it again. Nothing is offered twice for one (rule, lease, end of term), whether beat enqueues twice,
stood still for two days or a worker died in the middle: the line is unique, a lease has one live renewal, and a renewal
one live envelope.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from esign.envelopes.compose import CannotCompose
from esign.envelopes.freeze import freeze
from esign.models import Batch, BatchLine, BatchRule, Envelope, Purpose, State
from esign.models.envelope import LIVE, WITH_SIGNERS
from esign.models.jobs import unclaimed
from leases.errors import LeaseError
from leases.models import Lease
from leases.renewals import due_for_renewal, offer_usual_renewal
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

Status = BatchLine.Status
BEFORE_SENDING = (State.READY, State.CREATING, State.DRAFTED)
WHY_CANCELLED = "The campaign was cancelled before this was sent."


# --- planning ---------------------------------------------------------------------------------------------


def plan_due_rules(today: date | None = None) -> None:
    """Plan every active rule for today. What one rule stumbles over is kept with it, and the others have their turn."""
    for rule in BatchRule.objects.filter(is_active=True):
        try:
            plan_batch(rule, today or timezone.localdate())
        except Exception as error:  # of whatever kind, it is this rule's alone
            logger.exception("the rule %s could not be planned", rule)
            BatchRule.objects.filter(pk=rule.pk).update(last_error=f"{type(error).__name__}: {error}")
        else:
            BatchRule.objects.filter(pk=rule.pk).exclude(last_error="").update(last_error="")


def plan_batch(rule: BatchRule, today: date) -> Batch | None:
    """Write one line for each lease that is due for this rule and has none. None: nothing new is due."""
    due = due_for_renewal(today, rule.days_before_end, rule.properties.all() or None)
    planned = set(rule.lines.values_list("lease_id", "term_end"))
    fresh = [lease for lease in due if (lease.pk, lease.end_date) not in planned]
    if not fresh:
        return None
    with transaction.atomic():
        batch, _ = Batch.objects.get_or_create(rule=rule, day=today)
        BatchLine.objects.bulk_create(
            [
                BatchLine(batch=batch, rule=rule, lease=lease, term_end=lease.end_date)
                for lease in fresh
                if lease.end_date
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        batch.planned_at = timezone.now()
        batch.save(update_fields=["planned_at"])
    return batch


# --- preparing --------------------------------------------------------------------------------------------


def prepare(line_id: int) -> Envelope | None:
    """Prepare one line, if no other worker has it. Offers the renewal and freezes its envelope.

    What cannot be sent is skipped, with the reason on the line. Any other failure is kept and the line tried again.
    """
    line = BatchLine.objects.due().filter(pk=line_id).select_related("batch", "lease", "offer").first()
    if line is None or not line.claim():
        return None
    reach("line-claimed", line_id=line.pk)
    try:
        offer = line.offer or _offer(line)
        reach("offer-made", line_id=line.pk)
        envelope = _envelope_of(offer) or freeze(offer, Purpose.RENEWAL, in_campaign=True)
        reach("offer-frozen", line_id=line.pk)
    except (CannotCompose, LeaseError) as refusal:
        _end(line, Status.SKIPPED, reason=str(refusal))
        return None
    except Exception as error:  # of whatever kind, it must not be lost with the task
        logger.exception("line %s of %s could not be prepared", line.pk, line.batch)
        line.retry_later(f"{type(error).__name__}: {error}")
        return None
    _end(line, Status.PREPARED, envelope=envelope)
    batch = Batch.objects.get(pk=line.batch_id)
    if batch.is_running:
        return envelope
    _stop_sending(batch)  # it was paused or cancelled while the line was prepared
    return envelope if batch.cancelled_at else None


def _offer(line: BatchLine) -> Lease:
    """The draft renewal, made once: offer and line are written together."""
    try:
        with transaction.atomic():
            offer = offer_usual_renewal(line.lease)
            BatchLine.objects.filter(pk=line.pk).update(offer=offer, updated_at=timezone.now())
            return offer
    except IntegrityError as error:
        raise CannotCompose(["Another renewal of this lease was made at the same moment. Look at it."]) from error


def _envelope_of(offer: Lease) -> Envelope | None:
    """A run that died after preparing left the envelope behind: it is the one to go on with."""
    return Envelope.objects.filter(lease=offer, purpose=Purpose.RENEWAL, state__in=LIVE).first()


def _end(line: BatchLine, status: BatchLine.Status, *, reason: str = "", envelope: Envelope | None = None) -> None:
    """The line is done; nothing is written when another worker has taken it over meanwhile."""
    if line.claim_token is not None:
        now = timezone.now()
        what = {"status": status, "reason": reason, "envelope": envelope, "updated_at": now}
        BatchLine.give_back(line.pk, line.claim_token, done_at=now, last_error="", **what)


# --- pausing, resuming, cancelling ------------------------------------------------------------------------


def pause(batch: Batch, by: User) -> bool:
    """Nothing more of this run is prepared or sent until it is resumed. False: it is not running.

    Drafts may still be staged at Docusign, where no one is mailed. A call that sends at this moment is not called back.
    """
    now = timezone.now()
    paused = Batch.objects.filter(pk=batch.pk, paused_at__isnull=True, cancelled_at__isnull=True)
    if not paused.update(paused_at=now, changed_by=by):
        return False
    batch.refresh_from_db()
    _stop_sending(batch)
    return True


def resume(batch: Batch, by: User) -> bool:
    """What was paused goes on. False: it is not paused."""
    if not Batch.objects.filter(pk=batch.pk, paused_at__isnull=False, cancelled_at__isnull=True).update(
        paused_at=None, changed_by=by
    ):
        return False
    held = _of(batch).filter(hold_draft=True, state__in=BEFORE_SENDING)
    held.update(hold_draft=False, due_at=timezone.now(), updated_at=timezone.now())
    return True


def cancel(batch: Batch, by: User) -> int | None:
    """End this run for good: lines that wait are cancelled, and what was not sent will not be. None: it has ended.

    Answers how many envelopes are out and stay out: those are for staff to void.
    """
    now = timezone.now()
    if not Batch.objects.filter(pk=batch.pk, cancelled_at__isnull=True).update(cancelled_at=now, changed_by=by):
        return None
    batch.refresh_from_db()
    close_cancelled_lines()
    _stop_sending(batch)
    return int(_of(batch).filter(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True).count())


def try_skipped_again(batch: Batch) -> int:
    """Lines that were skipped wait for a worker once more. Answers how many."""
    again = batch.lines.filter(status=Status.SKIPPED)
    now = timezone.now()
    return again.update(status=Status.PLANNED, reason="", done_at=None, due_at=now, attempt=0, updated_at=now)


def close_cancelled_lines() -> None:
    """Lines of cancelled runs that no worker holds any more are cancelled too."""
    now = timezone.now()
    BatchLine.objects.open().filter(unclaimed(now), batch__cancelled_at__isnull=False).update(
        status=Status.CANCELLED, reason="The campaign was cancelled.", done_at=now, updated_at=now
    )


def _stop_sending(batch: Batch) -> None:
    """What no signer has yet stays where it is: held back while paused, thrown away once cancelled."""
    now = timezone.now()
    if batch.cancelled_at is not None:
        waiting = _of(batch).filter(state__in=(*BEFORE_SENDING, State.SENDING), cancel_asked_at__isnull=True)
        waiting.update(
            cancel_asked_at=now, cancel_asked_by=batch.changed_by, void_reason=WHY_CANCELLED, due_at=now, updated_at=now
        )
    elif batch.paused_at is not None:
        _of(batch).filter(state__in=BEFORE_SENDING, hold_draft=False).update(hold_draft=True, updated_at=now)


def _of(batch: Batch) -> QuerySet[Any]:
    return Envelope.objects.filter(pk__in=batch.lines.filter(envelope__isnull=False).values("envelope_id"))
