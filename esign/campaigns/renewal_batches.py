"""Scheduled batches: find the leases that are due, and prepare each by the same path as a single one.

Planning writes one line for each lease. A line is a job: any worker claims it, a worker that dies loses the claim,
and the sweep finds it again. Nothing is offered twice for one (rule, lease, end of term), whether beat enqueues twice,
stood still for two days or a worker died in the middle: the line is unique, a lease has one live renewal, and a renewal
one live envelope.
"""

from __future__ import annotations

import logging
from datetime import date
from functools import partial

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from esign.campaigns import steering
from esign.envelopes.compose import CannotCompose
from esign.envelopes.freeze import freeze
from esign.models import Batch, BatchLine, BatchRule, Envelope, Purpose
from esign.models.envelope import LIVE
from leases.errors import LeaseError
from leases.models import Lease
from leases.renewals import due_for_renewal, offer_usual_renewal
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

Status = BatchLine.Status


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


def plan_batch(rule: BatchRule, today: date, by: User | None = None) -> Batch | None:
    """Write one line for each lease that is due for this rule and has none. None: nothing new is due.

    A run that has to be looked at waits for its release, also when leases were added to one that was released.
    """
    due = due_for_renewal(today, rule.days_before_end, rule.properties.all() or None)
    planned = set(rule.lines.values_list("lease_id", "term_end"))
    fresh = [lease for lease in due if (lease.pk, lease.end_date) not in planned]
    if not fresh:
        return None
    with transaction.atomic():
        batch, _ = Batch.objects.get_or_create(rule=rule, day=today, defaults={"started_by": by})
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
        batch.release_at = None
        batch.released_at = None if rule.waits_for_release or batch.needs_two_people else batch.planned_at
        batch.save(update_fields=["planned_at", "released_at", "release_at"])
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
        adopt = partial(steering.adopt, line)
        envelope = _envelope_of(offer) or freeze(offer, Purpose.RENEWAL, in_campaign=True, also=adopt)
        reach("offer-frozen", line_id=line.pk)
    except (CannotCompose, LeaseError) as refusal:
        _end(line, Status.SKIPPED, reason=str(refusal))
        return None
    except Exception as error:  # of whatever kind, it must not be lost with the task
        logger.exception("line %s of %s could not be prepared", line.pk, line.batch)
        line.retry_later(f"{type(error).__name__}: {error}")
        return None
    _end(line, Status.PREPARED)
    return envelope


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
    """A worker that died after freezing left the envelope behind: it is the one to go on with."""
    return Envelope.objects.filter(lease=offer, purpose=Purpose.RENEWAL, state__in=LIVE).first()


def _end(line: BatchLine, status: BatchLine.Status, *, reason: str = "") -> None:
    """The line is done; nothing is written when another worker has taken it over meanwhile."""
    if line.claim_token is not None:
        now = timezone.now()
        what = {"status": status, "reason": reason, "last_error": "", "updated_at": now}
        BatchLine.give_back(line.pk, line.claim_token, done_at=now, **what)
