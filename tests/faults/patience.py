"""Waiting without waiting: claims run out and due times come by moving them, not by sleeping."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from esign.docusign import shared_redis
from esign.envelopes import dispatch
from esign.models import DocusignConnection, DownloadJob, Envelope, OrphanDraft

LONG_AGO = timedelta(days=2)


def let_time_pass() -> None:
    """Everything that waits for a time has waited long enough; the budget's windows and the breaker are new."""
    Envelope.objects.filter(claim_until__isnull=False).update(claim_until=F("claim_until") - LONG_AGO)
    Envelope.objects.update(due_at=F("due_at") - LONG_AGO)
    DownloadJob.objects.update(due_at=F("due_at") - LONG_AGO)
    DownloadJob.objects.filter(claim_until__isnull=False).update(claim_until=F("claim_until") - LONG_AGO)
    OrphanDraft.objects.update(due_at=F("due_at") - LONG_AGO)
    DocusignConnection.objects.filter(paused_until__isnull=False).update(paused_until=timezone.now() - LONG_AGO)
    redis = shared_redis.redis()
    for key in redis.scan_iter("docusign:{*"):
        redis.delete(key)


def carry(envelopes: Iterable[Envelope], *, rounds: int = 12) -> None:
    """Advance each envelope until none is left before the signers, letting time pass between the rounds."""
    ids = [envelope.pk for envelope in envelopes]
    for _ in range(rounds):
        for pk in ids:
            dispatch.advance(pk)
        let_time_pass()
        if not Envelope.objects.due().exists():
            return
