"""Mails to members of staff about their own work, each queued as a row and sent once."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage

from esign.mail.outbox import AT_MOST_AT_ONCE, CLAIM, address_line, deliver, headers
from esign.models import StaffMail


def can_be_mailed(user: User) -> bool:
    """They work here, and their record has an address."""
    return user.is_active and bool(user.email)


def queue(user: User, subject: str, text: str, *, once: str) -> None:
    """Queue one mail. The same `once` is queued only once."""
    mail = {"user": user, "subject": " ".join(subject.split())[:200], "text": text}
    StaffMail.objects.get_or_create(key=once, defaults=mail)


def are_due() -> bool:
    return StaffMail.objects.due().exists()


def send_due() -> int:
    """Send the queued mails that are due. Returns how many went out."""
    due = StaffMail.objects.due().order_by("due_at")
    return sum(_send(pk) for pk in list(due.values_list("pk", flat=True)[:AT_MOST_AT_ONCE]))


def _send(pk: int) -> bool:
    mail = StaffMail(pk=pk)
    return mail.claim(CLAIM) and deliver(mail, mail.key, lambda: compose(mail))


def compose(mail: StaffMail) -> EmailMessage:
    """The mail as it will be sent. Raises ValueError when the person has no address, or has left."""
    user = mail.user
    if not can_be_mailed(user):
        raise ValueError(f"{user} has no e-mail address, or may not sign in any more")
    name = user.get_full_name() or user.get_username()
    text = f"Hello {name},\n\n{mail.text}\n\n{settings.COMPANY_NAME}\n"
    return EmailMessage(mail.subject, text, to=[address_line(name, user.email)], headers=headers(mail.key, "staff"))
