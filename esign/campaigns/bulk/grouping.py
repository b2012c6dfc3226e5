"""Which envelopes of a run go in one list: those that differ only in their people, subject and lease."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from esign.models import Batch, BulkSend, Channel, Envelope
from esign.models.bulk import MOST_COPIES
from leases.canonical import sha256_of


def join(batch: Batch, envelope: Envelope) -> None:
    """Put an envelope that was just frozen into an open list of its run, if it can go by one.

    Belongs into the transaction that freezes it, with the run locked: then no worker closes the list meanwhile.
    """
    if not batch.in_bulk or (mark := fingerprint_of(envelope)) is None:
        return
    lists = BulkSend.objects.filter(batch=batch, fingerprint=mark, closed_at__isnull=True, done_at__isnull=True)
    bulk = lists.filter(size__lt=MOST_COPIES).order_by("pk").first() or _open(batch, envelope, mark)
    full = {"closed_at": timezone.now()} if bulk.size + 1 >= MOST_COPIES else {}
    BulkSend.objects.filter(pk=bulk.pk).update(size=F("size") + 1, **full)
    Envelope.objects.filter(pk=envelope.pk).update(bulk_send=bulk)
    envelope.bulk_send = bulk


def _open(batch: Batch, envelope: Envelope, mark: str) -> BulkSend:
    bulk = BulkSend(batch=batch, connection=envelope.connection, fingerprint=mark)
    bulk.name = f"PropertyApp {bulk.key}"
    bulk.save()
    return bulk


def fingerprint_of(envelope: Envelope) -> str | None:
    """Of all that a list fixes for its copies. None: someone signs in the portal, or is checked before it opens."""
    people = list(envelope.signers.all())
    if not all(one.channel == Channel.EMAIL and _is_plain(one.note, one.sealed_access_code) for one in people):
        return None
    if any(one.phone_check for one in people) or envelope.riders.exists():
        return None
    times = (
        envelope.expires_after_days,
        envelope.warn_before_days,
        envelope.remind_after_days,
        envelope.remind_every_days,
    )
    return sha256_of(
        {
            "connection": envelope.connection_id,
            "message": envelope.message,
            "times": list(times),
            "hours": envelope.sending_hours,
            "documents": [[one.document_id, one.name, one.sha256, one.tabs] for one in envelope.documents.all()],
            "people": [[one.recipient_id, one.key, one.role, one.routing_order, one.language] for one in people],
        }
    )


def _is_plain(*kept: str) -> bool:
    return not any(kept)
