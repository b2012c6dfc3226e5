"""Our own mails: each is queued as a row and sent once."""

from __future__ import annotations

import hashlib
import logging
import smtplib
from datetime import timedelta
from email.headerregistry import Address
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from esign.mail.links import GOOD_FOR, portal_link
from esign.models import OutgoingMail
from esign.models.signer import DONE
from leases.languages import ENGLISH

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)
AT_MOST_AT_ONCE = 200
TO_OWNER = "owner_told"
# Kinds that ask somebody to sign: pointless, and confusing, once there is nothing to sign any more.
ASKING = ("invitation", "reminder", "expiring")
BROKEN_MAIL_WAIT = timedelta(days=1)
LONGEST_WAIT = timedelta(hours=2)


def send_due(*, envelope_id: UUID | None = None) -> int:
    """Send the queued mails that are due. Returns how many went out."""
    due = OutgoingMail.objects.due()
    if envelope_id is not None:
        due = due.filter(envelope_id=envelope_id)
    return sum(_send(pk) for pk in list(due.order_by("pk").values_list("pk", flat=True)[:AT_MOST_AT_ONCE]))


def _send(pk: int) -> bool:
    """Claim the mail before sending it: a worker that dies in between delays the mail, and at worst repeats it once."""
    mail = OutgoingMail(pk=pk)
    if not mail.claim(CLAIM):
        return False
    if is_pointless(mail):
        logger.info("mail %s is not needed any more", mail.key)
        mail.delete()
        return False
    try:
        message = compose(mail)
    except Exception as error:  # one mail that cannot be written must not hold up all others; the row keeps the cause
        logger.exception("mail %s cannot be written", mail.key)
        mail.wait_until(timezone.now() + BROKEN_MAIL_WAIT, _in_words(error))
        return False
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("mail %s cannot be sent yet: %s", mail.key, error)
        mail.retry_later(_in_words(error), longest=LONGEST_WAIT)
        return False
    return mail.finish()


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def is_pointless(mail: OutgoingMail) -> bool:
    """A request to sign that lay here too long: the person has signed since, or the envelope is over."""
    if mail.kind not in ASKING or mail.signer is None:
        return False
    withdrawn = not mail.envelope.is_with_signers or mail.envelope.cancel_asked_at is not None
    return withdrawn or mail.signer.status in DONE


def compose(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The mail as it will be sent: subject on the first line of the text template, an HTML part beside it.

    Raises ValueError when there is no one, or no address, to send it to.
    """
    signer = mail.signer
    to = mail.to or (signer.email if signer else "")
    if signer is None or not to:
        raise ValueError(f"mail {mail.key} has no one to go to")
    to_owner = mail.kind == TO_OWNER
    premises = mail.envelope.terms["premises"]
    facts = {
        "signer": signer,
        "envelope": mail.envelope,
        "purpose": mail.envelope.purpose,
        "only_reads": not signer.must_sign,
        "place": f"{premises['property']} {premises['unit']}",
        "lease_number": mail.envelope.terms["number"],
        # A link opens what the signer may see: it goes to their own address and to no other.
        "link": "" if mail.to else portal_link(signer),
        "link_days": GOOD_FOR.days,
        "company_name": settings.COMPANY_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    with translation.override(ENGLISH if to_owner else signer.language):
        facts["language"] = translation.get_language()
        subject, _, text = render_to_string(f"emails/{mail.kind}.txt", facts).strip().partition("\n")
        html = render_to_string(f"emails/{mail.kind}.html", {**facts, "subject": subject})
    message = EmailMultiAlternatives(
        " ".join(subject.split()),
        text.strip(),
        to=[_address_line("" if to_owner else signer.name, to)],
        headers=_headers(mail),
    )
    message.attach_alternative(html, "text/html")
    return message


def _address_line(name: str, email: str) -> str:
    """Co-tenants share addresses: the name says whom the mail is for."""
    return str(Address(display_name=" ".join(name.split()), addr_spec=email))


def _headers(mail: OutgoingMail) -> dict[str, str]:
    """The same row has the same id, so a mail that had to be sent twice can be shown once."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return {
        "Message-ID": f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:40]}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Mail-Kind": mail.kind,
    }
