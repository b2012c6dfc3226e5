"""The webhook inbox: store what Connect says, apply it later, and let nothing it says twice or late do harm."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from esign.docusign import connect
from esign.docusign.answers import EnvelopeUpdate, parse_uuid
from esign.envelopes.updates import apply_update
from esign.models import Envelope, WebhookMessage
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

EVENT_STATUS = {
    "envelope-sent": "sent",
    "envelope-resent": "sent",
    "envelope-delivered": "delivered",
    "envelope-completed": "completed",
    "envelope-declined": "declined",
    "envelope-voided": "voided",
}
# Docusign's clock and ours may differ so much.
AHEAD = timedelta(minutes=5)
Outcome = WebhookMessage.Outcome


def receive(body: bytes, headers: dict[str, str]) -> WebhookMessage | None:
    """Verify and store one message. None: it was stored before. Raises UnsignedMessage or UnreadableMessage."""
    keys = connect.verify(body, headers, settings.DOCUSIGN_CONNECT_KEYS)
    message = connect.parse(body)
    own = parse_uuid(settings.DOCUSIGN_ACCOUNT_ID)
    bound = [key.account_id or own for key in keys]
    if message.account_id is not None and not any(one in (None, message.account_id) for one in bound):
        raise connect.UnsignedMessage("The key that signed this message belongs to another account.")
    reach("delivery-verified")
    try:
        with transaction.atomic():
            delivery = WebhookMessage.objects.create(
                digest=message.digest,
                body=message.body,
                event=message.event,
                docusign_id=message.envelope_id,
                generated_at=_believable(message.generated_at),
            )
    except IntegrityError:
        WebhookMessage.objects.filter(digest=message.digest).update(times_received=F("times_received") + 1)
        return None
    reach("delivery-stored", delivery_id=delivery.pk)
    return delivery


def _believable(at: datetime | None) -> datetime | None:
    """A time that lies ahead would make every true update after it look late. It counts as the time of arrival."""
    now = timezone.now()
    return now if at is not None and at > now + AHEAD else at


def apply_message(pk: int) -> Envelope | None:
    """Apply one message that waits, in the same transaction that marks it. None: nothing came of it.

    An error is kept on the row, where the admin shows it and can have it applied again.
    """
    try:
        with transaction.atomic():
            delivery = WebhookMessage.objects.select_for_update(no_key=True).get(pk=pk)
            if delivery.outcome != Outcome.WAITING:
                return None  # another worker was faster
            envelope = _apply(delivery)
            reach("delivery-applying", delivery_id=pk)
    except SoftTimeLimitExceeded:  # the worker's time is up, which says nothing of the message: it still waits
        raise
    except (
        OperationalError,
        InterfaceError,
    ) as error:  # busy, deadlocked, away: it waits, the sweeper enqueues it again
        logger.warning("Connect delivery %s waits for the database: %s", pk, error)
        return None
    except Exception as error:  # whatever one message does, it must not stop the others; the row keeps the cause
        logger.exception("Connect delivery %s cannot be applied", pk)
        WebhookMessage.objects.filter(pk=pk).update(outcome=Outcome.FAILED, error=f"{type(error).__name__}: {error}")
        return None
    reach("delivery-applied", delivery_id=pk)
    return envelope


def _apply(delivery: WebhookMessage) -> Envelope | None:
    message = replace(connect.read(delivery.body), generated_at=delivery.generated_at)
    update = message.envelope or _update_from_event(message)
    if update is None or update.envelope_id != message.envelope_id:
        _mark(delivery, Outcome.IGNORED, None)
        return None
    envelope = _envelope_of(message.envelope_id, update)
    if envelope is None:
        _mark(delivery, Outcome.PARKED, None)
        return None
    account = envelope.connection.account_id
    if account and str(message.account_id) != account.lower():  # also one that names no account
        _mark(delivery, Outcome.IGNORED, envelope)
        return None
    changed = apply_update(envelope.pk, update, generated_at=message.generated_at)
    _mark(delivery, Outcome.APPLIED if changed else Outcome.STALE, envelope)
    return envelope


def _update_from_event(message: connect.Message) -> EnvelopeUpdate | None:
    """Without a summary the event's name still tells the envelope's status."""
    status = EVENT_STATUS.get(message.event)
    if status is None or message.envelope_id is None:
        return None
    return EnvelopeUpdate(message.envelope_id, status, changed_at=message.generated_at)


def _envelope_of(docusign_id: UUID, update: EnvelopeUpdate) -> Envelope | None:
    """By Docusign's id, or by ours: the message may be the answer that we lost."""
    envelopes = Envelope.objects.select_related("connection")
    known = envelopes.filter(docusign_id=docusign_id).first()
    if known is not None or update.our_id is None:
        return known
    return envelopes.filter(pk=update.our_id).first()


def _mark(delivery: WebhookMessage, outcome: str, envelope: Envelope | None) -> None:
    delivery.outcome, delivery.envelope, delivery.applied_at, delivery.error = outcome, envelope, timezone.now(), ""
    delivery.save(update_fields=["outcome", "envelope", "applied_at", "error"])


def waiting() -> list[int]:
    """Messages to apply: not yet applied, in the order of their own time."""
    rows = WebhookMessage.objects.filter(outcome=Outcome.WAITING)
    return list(rows.order_by(F("generated_at").asc(nulls_last=True), "pk").values_list("pk", flat=True)[:500])


def unpark() -> int:
    """Messages that came before we knew their envelope's id wait again to be applied. Returns how many."""
    known = Envelope.objects.filter(docusign_id__isnull=False).values("docusign_id")
    return WebhookMessage.objects.filter(outcome=Outcome.PARKED, docusign_id__in=known).update(outcome=Outcome.WAITING)


def replay(start: datetime, end: datetime) -> list[int]:
    """Put every message of a period back to waiting, to be applied again. Returns their keys in order."""
    period = WebhookMessage.objects.filter(received_at__range=(start, end))
    period.update(outcome=Outcome.WAITING)
    return list(period.order_by("generated_at", "pk").values_list("pk", flat=True))
