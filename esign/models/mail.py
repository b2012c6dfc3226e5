"""Mails of our own, each sent once, and reminders, at most one a day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from esign.models.envelope import Envelope
from esign.models.jobs import Job
from esign.models.signer import Signer


class MailKind(models.TextChoices):
    """What a mail of ours is for; the labels finish the sentence "We mailed …". The texts are in `mail.wording`."""

    INVITATION = "invitation", "the invitation"
    REMINDER = "reminder", "a reminder"
    EXPIRING = "expiring", "a warning that the time runs out"
    COMPLETED = "completed", "the finished documents"
    WITHDRAWN = "withdrawn", "word that there is nothing to do any more"
    LINK = "link", "a new link"
    CODE = "code", "a code"
    ADDRESS_CHANGED = "address_changed", "word of a changed address to the old one"
    OWNER_TOLD = "owner_told", "word of a changed address to the owner"


class OutgoingMail(Job):
    """A mail to send. The unique key makes queueing it twice the same as queueing it once."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=30, choices=MailKind.choices)
    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="mails")
    signer = models.ForeignKey(Signer, on_delete=models.CASCADE, null=True, blank=True, related_name="mails")
    to = models.EmailField(max_length=100, blank=True, help_text="Where it goes instead of the signer's own address.")
    keeps_hours = models.BooleanField(
        default=False, help_text="It goes out by itself, so only within the sending hours of its envelope."
    )

    class Meta:
        indexes = [models.Index(fields=["done_at", "due_at"], name="mail_due")]

    def __str__(self) -> str:
        return self.key


class StaffMail(Job):
    """A mail to a member of staff, whose address is asked for when it is sent. The key makes it one mail."""

    key = models.CharField(max_length=120, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="staff_mail_due")]

    def __str__(self) -> str:
        return self.key


class Reminder(models.Model):
    """Staff asked Docusign to remind the signers. The row is committed before the call: at most once a day."""

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="reminders")
    day = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["envelope", "day"], name="one_reminder_a_day")]

    def __str__(self) -> str:
        return f"Reminder of {self.day} for {self.envelope}"
