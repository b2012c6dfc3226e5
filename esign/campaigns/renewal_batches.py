"""Scheduled batches: find the leases that are due, prepare each by the same path as a single one.

Nothing is offered twice for one (rule, lease, end of term), whether beat enqueues twice, stood still for two days or a
worker died in the middle: the line is unique, a lease has one live renewal, and a renewal one live envelope.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from esign.envelopes.compose import CannotCompose
from esign.envelopes.freeze import freeze
from esign.models import Batch, BatchLine, BatchRule, Envelope, Purpose
from esign.models.envelope import LIVE
from leases.errors import LeaseError
from leases.models import Lease
from leases.renewals import due_for_renewal, offer_usual_renewal

logger = logging.getLogger(__name__)

Status = BatchLine.Status


def run_due_rules(today: date | None = None) -> Iterator[UUID]:
    """Run every active rule for today. Yields the envelopes to enqueue, as they are frozen."""
    for rule in BatchRule.objects.filter(is_active=True):
        yield from run_rule(rule, today or timezone.localdate())


def run_rule(rule: BatchRule, today: date) -> Iterator[UUID]:
    """Plan what is due and not yet planned, then prepare every line that still waits, of this run or an earlier one."""
    plan_batch(rule, today)
    for line in rule.lines.filter(status=Status.PLANNED).select_related("lease", "offer").order_by("pk"):
        if (envelope := prepare_line(line)) is not None:
            yield envelope.pk


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
        )
        batch.planned_at = timezone.now()
        batch.save(update_fields=["planned_at"])
    return batch


def prepare_line(line: BatchLine) -> Envelope | None:
    """Offer the renewal and freeze its envelope. What cannot be sent is skipped, with the reason on the line."""
    try:
        offer = line.offer or _offer(line)
        envelope = _envelope_of(offer) or freeze(offer, Purpose.RENEWAL, in_campaign=True)
    except (CannotCompose, LeaseError) as error:
        _write(line, Status.SKIPPED, reason=str(error))
        return None
    _write(line, Status.PREPARED, envelope=envelope)
    return envelope


def _offer(line: BatchLine) -> Lease:
    """The draft renewal, made once: offer and line are written together."""
    try:
        with transaction.atomic():
            offer = offer_usual_renewal(line.lease)
            line.offer = offer
            line.save(update_fields=["offer", "updated_at"])
            return offer
    except IntegrityError as error:
        raise CannotCompose(["Another renewal of this lease was made at the same moment. Look at it."]) from error


def _envelope_of(offer: Lease) -> Envelope | None:
    """A run that died after preparing left the envelope behind: it is the one to go on with."""
    return Envelope.objects.filter(lease=offer, purpose=Purpose.RENEWAL, state__in=LIVE).first()


def _write(line: BatchLine, status: BatchLine.Status, *, reason: str = "", envelope: Envelope | None = None) -> None:
    line.status, line.reason, line.envelope = status, reason, envelope
    line.save(update_fields=["status", "reason", "envelope", "updated_at"])
