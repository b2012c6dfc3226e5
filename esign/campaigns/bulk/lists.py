"""Carry a list as far as it goes now. Any worker may, at any time, any number of times: the row decides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from esign.campaigns.bulk import outcomes, sending, settling
from esign.docusign import DocusignError, NothingDone
from esign.docusign.budget import Lane
from esign.docusign.bulk import BulkClient
from esign.models import BatchLine, BulkSend, BulkState
from esign.models.bulk import BEFORE_SENDING, WITH_DOCUSIGN

logger = logging.getLogger(__name__)

MOST_STEPS = 12
AT_A_TIME = 20  # lists that one tick enqueues

Step = Callable[[BulkSend, BulkClient], bool]
STEPS: Mapping[str, Step] = {
    BulkState.MAKING: sending.make,
    BulkState.LISTED: sending.send,
    BulkState.SENDING: settling.settle_send,
    BulkState.SENT: settling.settle_copies,
    BulkState.SETTLED: outcomes.finish,
}


def movable() -> QuerySet[BulkSend]:
    """Lists that a worker can move now. Those with Docusign are settled, whatever became of their campaign."""
    to_be_prepared = BatchLine.objects.open().filter(batch=OuterRef("batch"), due_at__lte=timezone.now())
    complete = Q(closed_at__isnull=False) | Q(Q(batch__done_at__isnull=False) & ~Exists(to_be_prepared))
    released = Q(batch__approved_at__isnull=False, batch__paused_at__isnull=True, batch__released_at__isnull=False)
    over = Q(batch__cancelled_at__isnull=False)
    to_send = Q(state__in=BEFORE_SENDING) & (over | (released & complete))
    to_settle = Q(state__in=(*WITH_DOCUSIGN, BulkState.SETTLED))
    return BulkSend.objects.due().filter(to_send | to_settle)


def due() -> list[int]:
    """What a tick enqueues: what waits longest first."""
    return list(movable().order_by("due_at", "pk").values_list("pk", flat=True)[:AT_A_TIME])


def advance(bulk_id: int) -> BulkSend | None:
    """Carry a list as far as it will go now, and return it; what cannot go now waits for its `due_at`."""
    rows = BulkSend.objects.filter(pk=bulk_id).select_related("batch", "connection")
    for _ in range(MOST_STEPS):
        bulk = movable().filter(pk=bulk_id).first()
        if bulk is None or not bulk.claim() or not _take(bulk):
            break
    return rows.first()


def _take(bulk: BulkSend) -> bool:
    """One step with a list that is claimed. True: another can follow at once."""
    client = BulkClient(bulk.connection, lane=Lane.CAMPAIGN)
    try:
        return STEPS[bulk.state](bulk, client)
    except NothingDone as error:
        bulk.wait_until(error.retry_at, error)
    except DocusignError as error:
        bulk.retry_later(error)
    except Exception as error:  # of whatever kind, it must not be lost with the task
        logger.exception("%s could not be moved on", bulk)
        bulk.retry_later(f"{type(error).__name__}: {error}")
    return False
