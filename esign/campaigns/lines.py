"""Prepare one line of a campaign: what its kind asks for, once, by the same path as a single one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from esign.campaigns import by_notice, offers, sending, steering
from esign.envelopes.compose import CannotCompose
from esign.models import BatchLine, CampaignKind, Envelope
from leases.errors import LeaseError
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

Status = BatchLine.Status

# What is done for a line, by kind: it answers the envelope that a worker goes on with.
PREPARE: dict[CampaignKind, Callable[[BatchLine], Envelope]] = {
    CampaignKind.RENEWAL: offers.prepare,
    CampaignKind.LEASE: sending.prepare,
    CampaignKind.RENT_CHANGE: by_notice.prepare,
    CampaignKind.GENERAL: by_notice.prepare,
    CampaignKind.VACATE: by_notice.prepare,
}


def prepare(line_id: int) -> Envelope | None:
    """Prepare one line, if no other worker has it.

    What cannot be sent is skipped, with the reason on the line. Any other failure is kept and the line tried again.
    """
    lines = BatchLine.objects.due().filter(pk=line_id)
    line = lines.select_related("batch__started_by", "lease", "offer").first()
    if line is None or not line.claim():
        return None
    reach("line-claimed", line_id=line.pk)
    try:
        envelope = PREPARE[line.batch.sort](line)
    except steering.NotYet as reason:
        line.wait_until(timezone.now() + timedelta(seconds=30), reason)
        return None
    except (CannotCompose, LeaseError) as refusal:
        _end(line, Status.SKIPPED, reason=str(refusal))
        return None
    except Exception as error:  # of whatever kind, it must not be lost with the task
        logger.exception("line %s of %s could not be prepared", line.pk, line.batch)
        line.retry_later(f"{type(error).__name__}: {error}")
        return None
    _end(line, Status.PREPARED)
    return envelope


def _end(line: BatchLine, status: BatchLine.Status, *, reason: str = "") -> None:
    """The line is done; nothing is written when another worker has taken it over meanwhile."""
    if line.claim_token is not None:
        now = timezone.now()
        what = {"status": status, "reason": reason, "last_error": "", "updated_at": now}
        BatchLine.give_back(line.pk, line.claim_token, done_at=now, **what)
