"""A list on its way to Docusign: made, tested, and sent by one request."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from esign.campaigns.bulk.outcomes import FIRST_LOOK, back_to_ready, finish, go_alone, keep, make_again
from esign.docusign import DocusignNotFound, DocusignRefused, DocusignUnknown, NothingDone, monthly_cap
from esign.docusign.bulk import BulkClient
from esign.models import Batch, BulkSend, BulkState, DocusignConnection, Envelope, State
from esign.models.bulk import MOST_QUEUED, TOO_FEW, WITH_DOCUSIGN
from esign.models.jobs import unclaimed
from esign.models.sending_hours import SendingHours
from propertyapp.milestones import reach

ROOM_AFTER = timedelta(minutes=1)


def make(bulk: BulkSend, client: BulkClient) -> bool:
    """MAKING -> LISTED, by one call at a time; none of them mails anyone. True: more can be done now."""
    if bulk.batch.cancelled_at is not None:
        return finish(bulk, client)
    try:
        if bulk.docusign_list_id is None:
            return _make_list(bulk, client)
        if bulk.docusign_draft_id is None:
            return _make_source(bulk, client)
        return _test(bulk, client)
    except DocusignNotFound:
        return make_again(bulk, client)  # someone deleted it at Docusign
    except DocusignRefused as refusal:
        return go_alone(bulk, client, str(refusal))


def _make_list(bulk: BulkSend, client: BulkClient) -> bool:
    copies = _close(bulk)
    if len(copies) <= TOO_FEW:
        return go_alone(bulk, client, "")
    if bulk.attempt:  # a list that an answer was lost of
        for stray in client.find_lists(bulk.name_at_docusign):
            with suppress(DocusignNotFound):
                client.delete_list(stray)
    list_id = client.make_list(bulk.name_at_docusign, copies)
    reach("bulk-listed", bulk_id=bulk.pk)
    return keep(bulk, docusign_list_id=list_id)


def _close(bulk: BulkSend) -> list[Envelope]:
    """No more envelopes join; the copies are those that are still wanted."""
    with transaction.atomic():
        Batch.objects.select_for_update(no_key=True).get(pk=bulk.batch_id)
        wanted = Envelope.objects.filter(bulk_send=bulk, state=State.READY, cancel_asked_at__isnull=True)
        copies = list(wanted.select_related("lease").prefetch_related("signers").order_by("created_at", "pk"))
        BulkSend.objects.filter(pk=bulk.pk).update(closed_at=bulk.closed_at or timezone.now(), size=len(copies))
    return copies


def _make_source(bulk: BulkSend, client: BulkClient) -> bool:
    assert bulk.docusign_list_id is not None
    like = Envelope.objects.filter(bulk_send=bulk).select_related("lease", "connection").order_by("pk").first()
    assert like is not None
    found: list[UUID] = client.find_sources(bulk.transaction_id) if bulk.attempt else []
    source_id = found[0] if found else client.make_source(like, bulk.key, bulk.transaction_id, bulk.docusign_list_id)
    reach("bulk-drafted", bulk_id=bulk.pk)
    return keep(bulk, docusign_draft_id=source_id)


def _test(bulk: BulkSend, client: BulkClient) -> bool:
    assert bulk.docusign_list_id is not None and bulk.docusign_draft_id is not None
    objections = client.objections(bulk.docusign_list_id, bulk.docusign_draft_id, bulk.name_at_docusign)
    reach("bulk-tested", bulk_id=bulk.pk)
    if objections:
        return go_alone(bulk, client, " ".join(objections))
    return keep(bulk, state=BulkState.LISTED)


# --- the request that sends -------------------------------------------------------------------------------


def send(bulk: BulkSend, client: BulkClient) -> bool:
    """LISTED -> SENT, once it may be: the run is released, its hours have begun, queue and month have places."""
    if bulk.batch.cancelled_at is not None:
        return finish(bulk, client)
    if not _has_room(bulk):
        bulk.wait_until(timezone.now() + ROOM_AFTER, f"Docusign's queue holds {MOST_QUEUED} envelopes of an account.")
        return False
    hours = _hours_of(bulk)
    if hours is not None and not hours.allow(timezone.now()):
        return _wait_for_hours(bulk, client, hours)
    try:
        with monthly_cap.place(bulk.connection, bulk.size):
            begun = _begin(bulk)
    except monthly_cap.CapReached as reached:
        return go_alone(bulk, client, f"The plan allows {reached.use.left} more envelopes this month.")
    if begun is None:
        return False
    return _request(bulk, client) if begun else make_again(bulk, client)


def _request(bulk: BulkSend, client: BulkClient) -> bool:
    """The one request that mails people. A lost answer leaves the claim until it expires."""
    reach("bulk-claimed", bulk_id=bulk.pk)
    assert bulk.docusign_list_id is not None and bulk.docusign_draft_id is not None
    try:
        batch_id = client.send_list(bulk.docusign_list_id, bulk.docusign_draft_id, bulk.name_at_docusign)
    except NothingDone as error:
        back_to_ready(bulk, state=BulkState.LISTED, due_at=error.retry_at, last_error=str(error))
        return False
    except DocusignNotFound:
        return make_again(bulk, client)
    except DocusignRefused as refusal:
        return go_alone(bulk, client, str(refusal))
    except DocusignUnknown as unknown:
        held = BulkSend.objects.filter(pk=bulk.pk, claim_token=bulk.claim_token)
        held.update(attempt=F("attempt") + 1, last_error=str(unknown))
        return False
    reach("bulk-answered", bulk_id=bulk.pk)
    return keep(bulk, state=BulkState.SENT, docusign_batch_id=batch_id, due_at=timezone.now() + FIRST_LOOK)


def _hours_of(bulk: BulkSend) -> SendingHours | None:
    """All its envelopes have the same."""
    one = Envelope.objects.filter(bulk_send=bulk, state=State.READY).first()
    return one.hours if one is not None else None


def _wait_for_hours(bulk: BulkSend, client: BulkClient, hours: SendingHours) -> bool:
    """Outside of its campaign's hours: list and envelopes are due again when they begin."""
    now = timezone.now()
    begin = hours.next_allowed(now)
    if begin is None:
        return go_alone(bulk, client, "The hours of its campaign never come.")
    why = f"It waits until {hours.moment(begin)} because of the campaign's hours."
    if bulk.wait_until(begin, why):
        waiting = Envelope.objects.filter(bulk_send=bulk, state=State.READY, cancel_asked_at__isnull=True)
        waiting.update(due_at=begin, updated_at=now)
    return False


def _begin(bulk: BulkSend) -> bool | None:
    """Write that the request goes out. False: an envelope has left the list. None: it may not go out now.

    The run is locked: who cancels or pauses it does so before this, or finds the list under way.
    """
    now = timezone.now()
    with transaction.atomic():
        batch = Batch.objects.select_for_update(no_key=True).get(pk=bulk.batch_id)
        if not batch.may_send:
            bulk.wait_until(now, "")
            return None
        ready = Envelope.objects.filter(unclaimed(now), bulk_send=bulk, state=State.READY, cancel_asked_at__isnull=True)
        moved = ready.update(state=State.SENDING, call_started_at=now, updated_at=now)
        held = BulkSend.objects.filter(pk=bulk.pk, claim_token=bulk.claim_token, state=BulkState.LISTED)
        is_ours = bool(held.update(state=BulkState.SENDING, asked_at=bulk.asked_at or now))
        transaction.set_rollback(not is_ours or moved != bulk.size)
    if not is_ours:
        return None
    return moved == bulk.size


def _has_room(bulk: BulkSend) -> bool:
    """Whether its copies fit in the account's queue, as far as we know what is in there."""
    account = bulk.connection.account_id
    same = DocusignConnection.objects.filter(account_id=account) if account else [bulk.connection]
    under_way = BulkSend.objects.filter(connection__in=same, state__in=WITH_DOCUSIGN)
    queued = under_way.aggregate(copies=Sum(F("size") - F("sent") - F("failed")))["copies"] or 0
    return queued + bulk.size <= MOST_QUEUED
