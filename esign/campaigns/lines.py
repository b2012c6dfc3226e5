"""Work on one line of a campaign: what its kind asks for, once, by the same path as a single one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext

from django.db import transaction
from django.utils import timezone

from esign.campaigns import acts_on_many, by_notice, offers, sending, steering
from esign.envelopes.action_rules import ActionRefused, DocusignAway
from esign.envelopes.compose import CannotCompose
from esign.models import BatchLine, CampaignKind, Envelope
from leases.errors import LeaseError
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

Status = BatchLine.Status

# What is sent for a line, by kind: it answers the envelope that a worker goes on with.
PREPARE: dict[CampaignKind, Callable[[BatchLine], Envelope]] = {
    CampaignKind.RENEWAL: offers.prepare,
    CampaignKind.LEASE: sending.prepare,
    CampaignKind.RENT_CHANGE: by_notice.prepare,
    CampaignKind.GENERAL: by_notice.prepare,
    CampaignKind.VACATE: by_notice.prepare,
}


def prepare(line_id: int) -> Envelope | None:
    """Work on one line, if no other worker has it. Answers the envelope with which a worker goes on.

    What cannot be done is skipped, with the reason on the line. Any other failure is kept and the line tried again.
    """
    line = BatchLine(pk=line_id)
    if not line.claim(reads=("batch__started_by", "lease__unit__property__owner", "offer")):
        return None
    if not line.batch.is_running:
        _let_go(line)
        return None
    reach("line-claimed", line_id=line.pk)
    try:
        return _act(line) if line.batch.sort.is_act else _send(line)
    except steering.NotYet as reason:
        line.wait_until(reason.until, reason)
    except DocusignAway as away:
        line.wait_until(away.retry_at, away)
    except acts_on_many.TryAgain as unsure:
        line.retry_later(unsure)
    except (CannotCompose, LeaseError, ActionRefused) as refusal:
        _end(line, Status.SKIPPED, reason=str(refusal))
    except Exception as error:  # of whatever kind, it must not be lost with the task
        logger.exception("line %s of %s could not be prepared", line.pk, line.batch)
        line.retry_later(f"{type(error).__name__}: {error}")
    return None


def _let_go(line: BatchLine) -> None:
    """The run was paused or cancelled before the claim: another worker may have the line later."""
    if line.claim_token is not None:
        BatchLine.give_back(line.pk, line.claim_token)


def _send(line: BatchLine) -> Envelope:
    envelope = PREPARE[line.batch.sort](line)
    _end(line, Status.PREPARED)
    return envelope


def _act(line: BatchLine) -> Envelope | None:
    """Do something to the envelope of this line."""
    kind = line.batch.sort
    with transaction.atomic() if kind in acts_on_many.ONLY_ROWS else nullcontext():
        said = acts_on_many.act(line)
        reach("act-done", line_id=line.pk)
        if not _end(line, Status.PREPARED, reason=said) and kind in acts_on_many.ONLY_ROWS:
            transaction.set_rollback(True)  # another worker has the line, and does it
            return None
    return line.envelope if kind in acts_on_many.GOES_ON else None


def _end(line: BatchLine, status: BatchLine.Status, *, reason: str = "") -> bool:
    """The line is done. False: another worker has taken it over meanwhile, and nothing is written."""
    if line.claim_token is None:
        return False
    now = timezone.now()
    what = {"status": status, "reason": reason, "last_error": "", "updated_at": now}
    return BatchLine.give_back(line.pk, line.claim_token, done_at=now, **what)
