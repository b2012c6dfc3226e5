"""Our own mails: each is queued as a row and sent once."""

from __future__ import annotations

import hashlib
import logging
import re
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.headerregistry import Address
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from esign.mail.codes import code_of
from esign.mail.links import GOOD_FOR, portal_link
from esign.mail.wording import text_of
from esign.models import Envelope, MailKind, OutgoingMail, Signer
from esign.models.jobs import Job
from esign.models.signer import DONE
from leases.languages import ENGLISH

logger = logging.getLogger(__name__)

CLAIM = timedelta(minutes=2)
AT_MOST_AT_ONCE = 200
# Kinds that ask somebody to sign: pointless, and confusing, once there is nothing to sign any more.
ASKING = (MailKind.INVITATION, MailKind.REMINDER, MailKind.EXPIRING)
BLANK_LINES = re.compile(r"\n\s*\n")
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
    if (begin := waits_until(mail)) is not None:
        mail.wait_until(begin, "")
        return False
    return deliver(mail, mail.key, lambda: compose(mail))


def deliver(mail: Job, key: str, write: Callable[[], EmailMessage]) -> bool:
    """Write and send one mail that is claimed. False: it did not go out, and its row says why and when it is tried."""
    try:
        message = write()
    except Exception as error:  # one mail that cannot be written must not hold up all others; the row keeps the cause
        logger.exception("mail %s cannot be written", key)
        mail.wait_until(timezone.now() + BROKEN_MAIL_WAIT, _in_words(error))
        return False
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("mail %s cannot be sent yet: %s", key, error)
        mail.retry_later(_in_words(error), longest=LONGEST_WAIT)
        return False
    return mail.finish()


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def is_pointless(mail: OutgoingMail) -> bool:
    """A request to sign, or a code, that lay here too long: the person has signed since, or the time is over."""
    if mail.kind == MailKind.CODE:
        return not mail.code.is_open
    if mail.kind not in ASKING or mail.signer is None:
        return False
    withdrawn = not mail.envelope.is_with_signers or mail.envelope.cancel_asked_at is not None
    return withdrawn or mail.signer.status in DONE


def waits_until(mail: OutgoingMail) -> datetime | None:
    """When the sending hours of its envelope begin; None: it may go out now."""
    now, hours = timezone.now(), mail.envelope.hours if mail.keeps_hours else None
    if hours is None or hours.allow(now):
        return None
    return hours.next_allowed(now) or now + BROKEN_MAIL_WAIT


def compose(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The mail as it will be sent: the text of its kind in the frame of templates/emails/, as plain text and as HTML.

    Raises ValueError when there is no one, or no address, to send it to, or when no text has this kind.
    """
    signer = mail.signer
    to = mail.to or (signer.present_email if signer else "")
    if signer is None or not to:
        raise ValueError(f"mail {mail.key} has no one to go to")
    kind = MailKind(mail.kind)
    name = "" if kind == MailKind.OWNER_TOLD else signer.name
    with translation.override(signer.language if name else ENGLISH):
        text = text_of(kind, mail.envelope, signer)
        facts = _facts(mail.envelope, signer)
        if kind == MailKind.CODE:
            facts["code"] = code_of(mail.code)
        subject = " ".join((str(text.subject) % facts).split())
        frame = {
            "name": name,
            "language": translation.get_language(),
            "subject": subject,
            "text": text,
            "heading": str(text.heading) % facts,
            "paragraphs": [str(paragraph) % facts for paragraph in text.body],
            "html_paragraphs": [_as_html(str(paragraph), facts) for paragraph in text.body],
            # A link opens what the signer may see: it goes to their own address and to no other.
            "link": "" if mail.to or not text.button else portal_link(signer),
            "link_days": GOOD_FOR.days,
            "company_name": settings.COMPANY_NAME,
            "support_email": settings.SUPPORT_EMAIL,
        }
        plain = render_to_string("emails/mail.txt", frame)
        html = render_to_string("emails/mail.html", frame)
    message = EmailMultiAlternatives(
        subject,
        BLANK_LINES.sub("\n\n", plain).strip(),
        to=[address_line(name, to)],
        headers=headers(mail.key, mail.kind),
    )
    message.attach_alternative(html, "text/html")
    return message


def _facts(envelope: Envelope, signer: Signer) -> dict[str, str]:
    """What the sentences of a mail may name, in the language that is active."""
    premises = envelope.terms["premises"]
    facts = {
        "place": f"{premises['property']} {premises['unit']}",
        "lease_number": envelope.terms["number"],
        "signer": signer.name,
        "role": signer.get_role_display().lower(),
        "support_email": settings.SUPPORT_EMAIL,
    }
    if envelope.expires_at is not None:
        day = timezone.localtime(envelope.expires_at, ZoneInfo(premises["time_zone"]))
        facts["day"] = date_format(day, "DATE_FORMAT")
    return facts


def _as_html(sentence: str, facts: dict[str, str]) -> SafeString:
    """The sentence with its place and day in bold and our address as a link; every fact is escaped."""
    marked: dict[str, str] = {name: escape(value) for name, value in facts.items()}
    for name in ("place", "day"):
        if name in facts:
            marked[name] = format_html("<strong>{}</strong>", facts[name])
    marked["support_email"] = format_html('<a href="mailto:{0}">{0}</a>', facts["support_email"])
    return mark_safe(escape(sentence) % marked)  # noqa: S308  # the sentence and every fact were escaped above


def address_line(name: str, email: str) -> str:
    """Co-tenants share addresses: the name says whom the mail is for."""
    return str(Address(display_name=" ".join(name.split()), addr_spec=email))


def headers(key: str, kind: str) -> dict[str, str]:
    """The same row has the same id, so a mail that had to be sent twice can be shown once."""
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return {
        "Message-ID": f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Mail-Kind": kind,
    }
