"""Our own mails: each promised by a row and sent once."""

from __future__ import annotations

import logging
import smtplib
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation

from esign.links import portal_link
from esign.models import OutgoingMail

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)


def send_due(*, envelope_id: UUID | None = None) -> int:
    """Send the promised mails that are due. Returns how many went out."""
    due = OutgoingMail.objects.filter(sent_at__isnull=True, due_at__lte=timezone.now())
    if envelope_id is not None:
        due = due.filter(envelope_id=envelope_id)
    return sum(_send(pk) for pk in due.order_by("pk").values_list("pk", flat=True)[:200])


def _send(pk: int) -> bool:
    """Claimed before it is sent: a worker that dies in between delays the mail, and at worst repeats it once."""
    now = timezone.now()
    free = OutgoingMail.objects.filter(
        Q(claim_until__isnull=True) | Q(claim_until__lt=now), pk=pk, sent_at__isnull=True
    )
    if not free.update(claim_until=now + CLAIM):
        return False
    mail = OutgoingMail.objects.select_related("envelope__lease__unit__property", "signer").get(pk=pk)
    try:
        compose(mail).send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("mail %s cannot be sent yet: %s", mail.key, error)
        OutgoingMail.objects.filter(pk=pk).update(
            claim_until=None,
            attempt=F("attempt") + 1,
            last_error=f"{type(error).__name__}: {error}"[:500],
            due_at=now + timedelta(minutes=min(2**mail.attempt, 120)),
        )
        return False
    OutgoingMail.objects.filter(pk=pk).update(sent_at=timezone.now(), claim_until=None, last_error="")
    return True


def compose(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The mail as it will be sent: subject on the first line of the text template, an HTML part beside it."""
    signer = mail.signer
    if signer is None:
        raise ValueError(f"mail {mail.key} has nobody to go to")
    facts = {
        "signer": signer,
        "envelope": mail.envelope,
        "lease": mail.envelope.lease,
        "unit": mail.envelope.lease.unit,
        "property": mail.envelope.lease.unit.property,
        "link": portal_link(signer),
        "company_name": settings.COMPANY_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    with translation.override(signer.language):
        subject, _, text = render_to_string(f"emails/{mail.kind}.txt", facts).strip().partition("\n")
        html = render_to_string(f"emails/{mail.kind}.html", facts)
    message = EmailMultiAlternatives(" ".join(subject.split()), text.strip(), to=[signer.email])
    message.attach_alternative(html, "text/html")
    return message
