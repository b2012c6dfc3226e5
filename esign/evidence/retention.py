"""Personal data that serves no purpose any more goes, kind by kind, after the days that the settings give it.

Leases, their signatures, documents and evidence are not among them: those are kept as long as the lease is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from esign.models import DocumentOpening, DocusignCall, FormAnswer, OutgoingMail, StaffMail, WebhookMessage

logger = logging.getLogger(__name__)

AT_ONCE = 1_000
SECONDS_EACH = 30.0  # of one kind in one night; what is left is for the next


@dataclass(frozen=True)
class Kind:
    """`name` is the key of settings.RETENTION_DAYS; `older` finds the rows that are older than a moment."""

    name: str
    older: Callable[[datetime], QuerySet[Any]]


Outcome = WebhookMessage.Outcome
KINDS = (
    Kind(
        "webhook_messages",
        lambda before: WebhookMessage.objects.filter(received_at__lt=before).exclude(outcome=Outcome.WAITING),
    ),
    Kind("docusign_calls", lambda before: DocusignCall.objects.filter(started_at__lt=before)),
    Kind("mails", lambda before: OutgoingMail.objects.filter(done_at__lt=before)),
    Kind("mails", lambda before: StaffMail.objects.filter(done_at__lt=before)),
    Kind("document_openings", lambda before: DocumentOpening.objects.filter(at__lt=before)),
    Kind("form_answers", lambda before: FormAnswer.objects.filter(decided_at__lt=before)),
    Kind("sign_in_tries", lambda before: AccessAttempt.objects.filter(attempt_time__lt=before)),
    Kind("sign_in_tries", lambda before: AccessFailureLog.objects.filter(attempt_time__lt=before)),
    Kind("sign_in_tries", lambda before: AccessLog.objects.filter(attempt_time__lt=before)),
)


def forget_old() -> dict[str, int]:
    """Delete what is older than its days, in small pieces. Returns how many rows of each kind. 0 days: for ever."""
    forgotten: dict[str, int] = {}
    for kind in KINDS:
        days = settings.RETENTION_DAYS[kind.name]
        if days:
            count = _delete(kind.older(timezone.now() - timedelta(days=days)))
            forgotten[kind.name] = forgotten.get(kind.name, 0) + count
    logger.info("what is too old was deleted: %s", forgotten)
    return forgotten


def _delete(rows: QuerySet[Any]) -> int:
    ends_at, total = time.monotonic() + SECONDS_EACH, 0
    while time.monotonic() < ends_at:
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not pks:
            break
        count, _ = rows.model._default_manager.filter(pk__in=pks).delete()
        total += count
    return total
