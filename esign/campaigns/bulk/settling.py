"""What became of a list: whether Docusign took it, and of each of its copies."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from esign.campaigns.bulk.outcomes import FIRST_LOOK, finish, go_alone, keep, make_again
from esign.docusign import DocusignNotFound
from esign.docusign.answers import EnvelopeUpdate
from esign.docusign.bulk import BatchStatus, BulkClient
from esign.envelopes.updates import apply_update
from esign.models import BulkSend, BulkState, Envelope, State
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

# Between two looks for a request whose answer was lost: Docusign does not say how late its lists may be.
LOOK_AGAIN_AFTER = timedelta(minutes=15)
CLOCKS_APART = timedelta(days=1)  # Docusign's clock and ours, more than amply
LONGEST_PAUSE = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=3)  # the queue is empty and Docusign still shows fewer copies than it sent
PIECE = 250  # copies that one claim writes: some seconds of one worker
NEVER_OUT = ("created", "deleted")


# --- a request whose outcome is unknown -------------------------------------------------------------------


def settle_send(bulk: BulkSend, client: BulkClient) -> bool:
    """SENDING with a claim run out: look by name, then by custom field. Nothing is repeated without a person."""
    batches = client.find_batches(bulk.key, _since(bulk))
    reach("bulk-looked-up", bulk_id=bulk.pk)
    if len(batches) > 1:
        logger.critical("%s is at Docusign %s times: %s", bulk, len(batches), batches)
    if batches:
        return keep(bulk, state=BulkState.SENT, docusign_batch_id=batches[0])
    if _some_are_there(bulk, client):
        return _look_later(bulk, "Docusign sends its copies, and does not show their batch yet.")
    if bulk.fenced_at is None:
        return _fence(bulk, client)
    if bulk.batch.cancelled_at is not None:
        return go_alone(bulk, client, "")  # to be cancelled, each by itself
    if bulk.may_repeat:
        return make_again(bulk, client)
    return _stop(
        bulk,
        "Docusign did not answer the request to send it, and shows neither a batch nor a copy of it. Look in Docusign "
        f"for a batch named “{bulk.name_at_docusign}”. If there is none, press “Try again…”: it is looked for once "
        "more, and then sent.",
    )


def _some_are_there(bulk: BulkSend, client: BulkClient) -> bool:
    """Connect has told of a copy, or a search finds one."""
    if bulk.envelopes.filter(docusign_id__isnull=False).exists():
        return True
    ours = set(bulk.envelopes.values_list("pk", flat=True))
    return any(update.our_id in ours for update in client.copies(bulk.key, _since(bulk)).envelopes)


def _fence(bulk: BulkSend, client: BulkClient) -> bool:
    """Nothing is found yet. Delete the list, so that the request is refused if it comes late, and look once more."""
    assert bulk.docusign_list_id is not None
    with suppress(DocusignNotFound):
        client.delete_list(bulk.docusign_list_id)
    reach("bulk-fenced", bulk_id=bulk.pk)
    now = timezone.now()
    words = "Docusign did not answer, and nothing of it is there yet. We look once more by ourselves."
    keep(bulk, fenced_at=now, due_at=now + LOOK_AGAIN_AFTER, last_error=words)
    return False


def _since(bulk: BulkSend) -> datetime:
    return (bulk.asked_at or bulk.created_at) - CLOCKS_APART


# --- the copies -------------------------------------------------------------------------------------------


def settle_copies(bulk: BulkSend, client: BulkClient) -> bool:
    """SENT -> SETTLED once Docusign's queue is empty: every copy is written, and what was not sent goes by itself."""
    assert bulk.docusign_batch_id is not None
    status = client.batch_status(bulk.docusign_batch_id)
    reach("bulk-status", bulk_id=bulk.pk)
    BulkSend.objects.filter(pk=bulk.pk).update(sent=status.sent, failed=status.failed)
    if status.queued:
        return _look_later(bulk, "")
    unsettled = bulk.envelopes.filter(state=State.SENDING)
    if unsettled.exists():
        shown = _apply_what_is_shown(bulk, client)
        if shown is None:
            return keep(bulk)
        if shown < status.sent:
            return _look_later(bulk, f"Docusign has sent {status.sent} copies, and shows {shown} of them yet.")
    return _free_the_rest(bulk, client, status)


def _apply_what_is_shown(bulk: BulkSend, client: BulkClient) -> int | None:
    """Write what Docusign shows of copies that no message told of. How many are out; None: one piece is written."""
    ours = {pk: (state, known) for pk, state, known in bulk.envelopes.values_list("pk", "state", "docusign_id")}
    out: set[UUID] = set()
    written, start = 0, 0
    while True:
        asked_at = timezone.now()
        page = client.copies(bulk.key, _since(bulk), start)
        for update in page.envelopes:
            if update.our_id is None or update.our_id not in ours:
                continue
            if update.status not in NEVER_OUT:
                out.add(update.our_id)
            state, known = ours[update.our_id]
            if state == State.SENDING and (known is None or update.status not in NEVER_OUT):
                if written >= PIECE:
                    return None
                written += _write(update.our_id, update, asked_at)
        if page.next_position is None:
            return len(out)
        start = page.next_position


def _write(envelope_id: UUID, update: EnvelopeUpdate, asked_at: datetime) -> bool:
    try:
        changed = apply_update(envelope_id, update, asked_at=asked_at)
    except Exception:  # whatever is wrong with one row, the others are still written; the log has the cause
        logger.exception("what Docusign says of envelope %s cannot be written", envelope_id)
        return False
    reach("bulk-copy-settled", envelope_id=envelope_id)
    return changed


def _free_the_rest(bulk: BulkSend, client: BulkClient, status: BatchStatus) -> bool:
    """Docusign's queue is empty, and what it sent is written. A draft that it left is sent by its id, as any other."""
    now = timezone.now()
    why = {error.emails: error.message for error in status.errors}
    with transaction.atomic():
        rest = list(bulk.envelopes.filter(state=State.SENDING).prefetch_related("signers"))
        for envelope in rest:
            said = why.get(frozenset(signer.email.casefold() for signer in envelope.signers.all()), "no reason given")
            Envelope.objects.filter(pk=envelope.pk, state=State.SENDING).update(
                state=State.SENDING if envelope.docusign_id else State.READY,
                bulk_send=None,
                due_at=now,
                updated_at=now,
                problem=f"Docusign did not send it in bulk: {said}",
                next_step="Nothing to do: it is sent by itself.",
            )
        held = BulkSend.objects.filter(pk=bulk.pk, claim_token=bulk.claim_token)
        kept = held.update(state=BulkState.SETTLED, failed=len(rest), last_error="")
        transaction.set_rollback(not kept)
    reach("bulk-settled", bulk_id=bulk.pk)
    return bool(kept) and finish(bulk, client)


def _look_later(bulk: BulkSend, words: str) -> bool:
    """Look again, each time a little later. What stays unclear for hours is for a person."""
    now = timezone.now()
    waited = now - (bulk.asked_at or now)
    if words and waited > GIVE_UP_AFTER and not bulk.may_repeat:
        return _stop(bulk, f"{words} Look for it in Docusign, then press “Try again…”.")
    pause = min(max(FIRST_LOOK, waited / 2), LONGEST_PAUSE)
    keep(bulk, due_at=now + pause, last_error=words)
    return False


def _stop(bulk: BulkSend, words: str) -> bool:
    logger.error("%s needs attention: %s", bulk, words)
    keep(bulk, state=BulkState.NEEDS_ATTENTION, last_error=words)
    return False
