"""Looking for ourselves: webhooks alone are never enough.

Every quarter of an hour one list call per account reads all that changed since a watermark (with overlap),
drafts included; once a night envelopes that have long been silent are asked after together. No envelope is
ever polled by itself. https://developers.docusign.com/docs/esign-rest-api/esign101/rules-and-limits/
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from esign.docusign import DocusignClient
from esign.docusign.answers import CUSTOM_FIELD, ChangesPage, EnvelopeUpdate
from esign.docusign.budget import Lane
from esign.envelopes.updates import STATES, apply_update, note_orphan
from esign.models import DocusignConnection, Envelope, State, SyncWatermark
from esign.models.envelope import WITH_SIGNERS
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
FIRST_LOOK_BACK = timedelta(days=30)
SILENT = timedelta(hours=24)
MAX_PAGES = 50
PAGE = 1000


def read_changes(connection: DocusignConnection) -> set[UUID]:
    """Read all that changed at Docusign since last time. Returns our envelopes that changed.

    The watermark moves only when every page is written, and only to a time that Docusign or the start of
    this pass vouches for. Raises DocusignError when Docusign cannot be asked; the next pass reads it all.
    """
    client = DocusignClient(connection, lane=Lane.SYNC)
    started_at = timezone.now()
    watermark, _ = SyncWatermark.objects.get_or_create(
        connection=connection, defaults={"read_until": started_at - FIRST_LOOK_BACK}
    )
    since = watermark.read_until - OVERLAP
    changed: set[UUID] = set()
    reached: list[datetime] = []
    all_written = True
    # Leaving the status out hides drafts, so they are asked for in a pass of their own.
    for status in ("", "created"):
        start: int | None = 0
        for _ in range(MAX_PAGES):
            asked_at = timezone.now()
            page = client.list_changes(since, status=status, start=start or 0, count=PAGE)
            update, written = _apply_page(connection, page, asked_at)
            changed |= update
            all_written &= written
            reach("page-applied", connection_id=connection.pk)
            if start == 0:
                reached.append(page.as_of or asked_at)
            start = page.next_position
            if start is None:
                break
        else:  # more pages than one pass reads, the oldest change first: the next pass goes on from here
            reached.append(max((update.changed_at for update in page.envelopes if update.changed_at), default=since))
    if all_written:
        watermark.read_until, watermark.finished_at = min(reached), timezone.now()
        watermark.save()
    return changed


def unknown_envelopes(connection: DocusignConnection) -> list[EnvelopeUpdate]:
    """What carries our field, changed since the watermark, and belongs to no row: a restored backup can leave some.

    Raises DocusignError.
    """
    client = DocusignClient(connection, lane=Lane.SYNC)
    watermark = SyncWatermark.objects.filter(connection=connection).first()
    since = (watermark.read_until if watermark else timezone.now() - FIRST_LOOK_BACK) - OVERLAP
    found: list[EnvelopeUpdate] = []
    start: int | None = 0
    while start is not None:
        page = client.list_changes(since, start=start, count=PAGE)
        ours = _match(connection, page)
        found += [one for one in page.envelopes if CUSTOM_FIELD in one.custom_fields and one.envelope_id not in ours]
        start = page.next_position
    return found


def check_stale_envelopes(connection: DocusignConnection) -> set[UUID]:
    """Ask, in batches, for envelopes that are out and of which nothing was heard for a day."""
    quiet_since = timezone.now() - SILENT
    silent = connection.envelopes.filter(state__in=WITH_SIGNERS).filter(
        Q(heard_at__lt=quiet_since) | Q(heard_at__isnull=True, sent_at__lt=quiet_since)
    )
    ids = list(silent.values_list("docusign_id", flat=True))
    client = DocusignClient(connection, lane=Lane.SYNC)
    changed: set[UUID] = set()
    for start in range(0, len(ids), 500):
        asked_at = timezone.now()
        page = client.statuses(i for i in ids[start : start + 500] if i)
        changed |= _apply_page(connection, page, asked_at)[0]
    return changed


def _apply_page(connection: DocusignConnection, page: ChangesPage, asked_at: datetime) -> tuple[set[UUID], bool]:
    """Our envelopes that changed, and whether all were written: one that cannot be must not stop the others."""
    ours = _match(connection, page)
    changed = set()
    all_written = True
    for update in page.envelopes:
        envelope = ours.get(update.envelope_id)
        if envelope is None:
            continue
        try:
            if envelope.docusign_id and envelope.docusign_id != update.envelope_id:
                note_orphan(envelope, update)
            elif _tells_something(envelope, update) and apply_update(envelope.pk, update, asked_at=asked_at):
                changed.add(envelope.pk)
        except SoftTimeLimitExceeded:  # the pass is over, not this row; the watermark stays
            raise
        except Exception:  # whatever is wrong with one row, the others are still applied; the log has the cause
            logger.exception("what Docusign says of envelope %s cannot be written", envelope.pk)
            all_written = False
    return changed, all_written


def _match(connection: DocusignConnection, page: ChangesPage) -> dict[UUID, Envelope]:
    """Docusign's ids of a page -> our rows, by their id or by ours, in one query."""
    ids = [update.envelope_id for update in page.envelopes]
    own = {update.our_id: update.envelope_id for update in page.envelopes if update.our_id}
    rows = connection.envelopes.filter(Q(docusign_id__in=ids) | Q(pk__in=list(own))).select_related("connection")
    matched: dict[UUID, Envelope] = {}
    for row in rows.prefetch_related("signers"):
        if row.docusign_id in ids and row.docusign_id is not None:
            matched[row.docusign_id] = row
    for row in rows:
        for update in page.envelopes:
            if update.our_id == row.pk:
                matched.setdefault(update.envelope_id, row)
    return matched


def _tells_something(envelope: Envelope, update: EnvelopeUpdate) -> bool:
    """Whether applying it would change anything: a pass over thousands of known rows writes none of them."""
    if STATES.get(update.status) != envelope.state or update.status != envelope.docusign_status:
        return True
    known = {signer.recipient_id: str(signer.status) for signer in envelope.signers.all()}
    return any(
        known.get(r.recipient_id) not in (None, r.status, {"signed": "completed"}.get(r.status))
        for r in update.recipients
    )


def is_silent(connection: DocusignConnection) -> bool:
    """Envelopes are out, but no Connect message came for CONNECT_SILENT_HOURS: the webhook may be broken."""
    since = timezone.now() - timedelta(hours=settings.CONNECT_SILENT_HOURS)
    out = connection.envelopes.filter(state__in=[State.SENT, State.DELIVERED], sent_at__lt=since)
    return out.exists() and not connection.envelopes.filter(webhook_messages__received_at__gte=since).exists()
