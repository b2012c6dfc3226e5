"""The ways in which a step with a list ends. Every write is made only while the claim is still ours."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from esign.docusign import DocusignError, DocusignNotFound
from esign.docusign.bulk import BulkClient
from esign.envelopes.updates import ORPHAN_WAIT
from esign.models import BulkSend, BulkState, Envelope, OrphanDraft, State

logger = logging.getLogger(__name__)

FIRST_LOOK = timedelta(seconds=15)  # at Docusign's queue
MOST_TIMES = 5  # that a list is made; then its copies go by themselves


def keep(bulk: BulkSend, **changes: Any) -> bool:
    """The step is done, and the next may be taken at once. False: the claim was lost."""
    return _give_back(bulk, **{"due_at": timezone.now(), "attempt": 0, "last_error": "", **changes})


def back_to_ready(bulk: BulkSend, **changes: Any) -> bool:
    """Nothing was sent: the copies wait for the next request."""
    with transaction.atomic():
        kept = _give_back(bulk, **changes)
        _at_docusign_by_no_id(bulk).update(state=State.READY, updated_at=timezone.now())
        transaction.set_rollback(not kept)
    return kept


def go_alone(bulk: BulkSend, client: BulkClient, why: str) -> bool:
    """Docusign does not take the list, or it is not worth one: each envelope goes by itself."""
    if why:
        logger.warning("%s goes one by one: %s", bulk, why)
    now = timezone.now()
    held = BulkSend.objects.filter(pk=bulk.pk, claim_token=bulk.claim_token)
    with transaction.atomic():
        freed = _at_docusign_by_no_id(bulk).update(state=State.READY, bulk_send=None, due_at=now, updated_at=now)
        kept = held.update(state=BulkState.SETTLED, failed=freed, last_error=why)
        transaction.set_rollback(not kept)
    return bool(kept) and finish(bulk, client)


def make_again(bulk: BulkSend, client: BulkClient) -> bool:
    """The list no longer fits its envelopes, or is gone: another is made. The old one is never sent."""
    if bulk.made >= MOST_TIMES:
        return go_alone(bulk, client, f"Its list was made {bulk.made} times and could not be sent.")
    with suppress(DocusignError):
        tidy_up(bulk, client)
    return back_to_ready(
        bulk,
        state=BulkState.MAKING,
        made=F("made") + 1,
        docusign_list_id=None,
        docusign_draft_id=None,
        fenced_at=None,
        may_repeat=False,
        due_at=timezone.now(),
        attempt=0,
    )


def finish(bulk: BulkSend, client: BulkClient) -> bool:
    """Nothing is left to do for its envelopes: tidy up and close it."""
    tidy_up(bulk, client)
    _give_back(bulk, state=BulkState.SETTLED, done_at=timezone.now())
    return False


def tidy_up(bulk: BulkSend, client: BulkClient) -> None:
    """Delete the list, and have the draft deleted a day later: Docusign would keep both."""
    if bulk.docusign_list_id is not None and bulk.fenced_at is None:
        with suppress(DocusignNotFound):
            client.delete_list(bulk.docusign_list_id)
    if bulk.docusign_draft_id is not None:
        OrphanDraft.objects.get_or_create(
            docusign_id=bulk.docusign_draft_id,
            defaults={"connection": bulk.connection, "due_at": timezone.now() + ORPHAN_WAIT},
        )


def _at_docusign_by_no_id(bulk: BulkSend) -> Any:
    return Envelope.objects.filter(bulk_send=bulk, state__in=(State.READY, State.SENDING), docusign_id__isnull=True)


def _give_back(bulk: BulkSend, **changes: Any) -> bool:
    assert bulk.claim_token is not None
    return BulkSend.give_back(bulk.pk, bulk.claim_token, **changes)
