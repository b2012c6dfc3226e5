"""Carry a list as far as it goes now. Any worker may, at any time, any number of times: the row decides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from django.db.models import Case, Value, When
from django.utils import timezone

from esign.campaigns.bulk import outcomes, sending, settling
from esign.docusign import DocusignError, NothingDone
from esign.docusign.budget import Lane
from esign.docusign.bulk import BulkClient
from esign.models import Batch, BulkSend, BulkState

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


def due() -> list[int]:
    """Lists that a worker can move now, what waits longest first."""
    return list(BulkSend.objects.due().order_by("due_at", "pk").values_list("pk", flat=True)[:AT_A_TIME])


def advance(bulk_id: int) -> BulkSend | None:
    """Carry a list as far as it will go now, and return it; what cannot go now waits for its `due_at`."""
    rows = BulkSend.objects.filter(pk=bulk_id).select_related("batch", "connection")
    for _ in range(MOST_STEPS):
        bulk = BulkSend.objects.due().filter(pk=bulk_id).first()
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


def try_again(batch: Batch) -> int:
    """Lists that need attention are looked for once more, and sent where they are not there. Answers how many."""
    stuck = BulkSend.objects.filter(batch=batch, state=BulkState.NEEDS_ATTENTION)
    known = When(docusign_batch_id__isnull=False, then=Value(BulkState.SENT))
    back_to = Case(known, default=Value(BulkState.SENDING))
    return stuck.update(state=back_to, may_repeat=True, due_at=timezone.now(), attempt=0)
