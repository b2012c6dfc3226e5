"""Reminders and warnings for those who sign in our portal. Docusign does the same for those it writes to.

Nothing is remembered beside the mails themselves: which reminder is due follows from the times on the envelope, and
each is queued under its own number, so a tick that comes twice, late or not at all does no harm.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from esign.mail.queue import queue_mail
from esign.models import Channel, Envelope, MailKind, Signer, whose_turn
from esign.models.envelope import WITH_SIGNERS


def queue_due_reminders(now: datetime | None = None) -> int:
    """Queue what is due now. Returns how many people had something due."""
    now = now or timezone.now()
    out = Envelope.objects.filter(
        state__in=WITH_SIGNERS, cancel_asked_at__isnull=True, sent_at__isnull=False, signers__channel=Channel.PORTAL
    ).distinct()
    counted = 0
    for envelope in out.prefetch_related("signers", "reminders").iterator(chunk_size=500):
        if not envelope.may_mail_at(now):
            continue  # a later tick queues what is due then, once
        for signer in whose_turn(envelope.signers.all()):
            if signer.channel == Channel.PORTAL:
                counted += _promise(envelope, signer, now)
    return counted


def _promise(envelope: Envelope, signer: Signer, now: datetime) -> bool:
    if is_to_be_warned(envelope, now):
        # One mail a day is enough: near the end the warning is the reminder.
        queue_mail(envelope, MailKind.EXPIRING, signer, once=str(envelope.expires_after_days), keeps_hours=True)
        return True
    if envelope.expires_at is not None and envelope.expires_at <= now:
        return False  # over; Docusign's message about it is on its way
    number = reminder_due(envelope, signer, now)
    reminded_by_hand = any(reminder.day == timezone.localdate(now) for reminder in envelope.reminders.all())
    if not number or reminded_by_hand:
        return False
    queue_mail(envelope, MailKind.REMINDER, signer, once=f"auto{number}", keeps_hours=True)
    return True


def is_to_be_warned(envelope: Envelope, now: datetime) -> bool:
    """Whether the end is near enough to say so."""
    ends = envelope.expires_at
    if ends is None or not envelope.warn_before_days:
        return False
    return ends - timedelta(days=envelope.warn_before_days) <= now < ends


def reminder_due(envelope: Envelope, signer: Signer, now: datetime) -> int:
    """The number of the latest reminder that is due to this signer, counted from when their turn came; 0 for none."""
    began = signer.sent_at or envelope.sent_at
    if began is None or not envelope.remind_after_days:
        return 0
    days = (now - began).days - envelope.remind_after_days
    if days < 0:
        return 0
    return 1 + (days // envelope.remind_every_days if envelope.remind_every_days else 0)
