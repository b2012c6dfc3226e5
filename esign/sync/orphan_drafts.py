"""Drafts at Docusign that no envelope of ours needs: they are deleted, but only after a while and a last look."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from esign.docusign import DocusignClient, DocusignError, DocusignNotFound
from esign.docusign.budget import Lane
from esign.models import DocusignConnection, Envelope, OrphanDraft


def delete_orphan_drafts(connection: DocusignConnection) -> int:
    """Move orphan drafts to Docusign's recycle bin once they have waited long enough. Returns how many."""
    due = connection.orphans.filter(deleted_at__isnull=True, due_at__lte=timezone.now()).select_related("envelope")
    client = DocusignClient(connection, lane=Lane.SYNC)
    return sum(_delete(client, orphan) for orphan in due[:100])


def _delete(client: DocusignClient, orphan: OrphanDraft) -> bool:
    """Only what no row owns, and only while its row has another id or will not be sent any more."""
    envelope = orphan.envelope
    if Envelope.objects.filter(docusign_id=orphan.docusign_id).exists():
        orphan.delete()
        return False
    if envelope is not None and envelope.docusign_id is None and envelope.is_live:
        return False
    try:
        if envelope is not None and client.get_envelope(envelope, orphan.docusign_id).status != "created":
            orphan.last_error = "This is no draft (any more). Look at it in Docusign."
            orphan.due_at = timezone.now() + timedelta(days=1)
            orphan.save()
            return False
        client.delete_draft(orphan.docusign_id, envelope)
    except DocusignNotFound:
        pass
    except DocusignError as error:
        orphan.last_error, orphan.due_at = str(error), timezone.now() + timedelta(hours=1)
        orphan.save()
        return False
    orphan.deleted_at, orphan.last_error = timezone.now(), ""
    orphan.save()
    return True
