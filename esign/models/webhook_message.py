"""What Docusign Connect told us, kept as it came, and how far our own looking has got."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from esign.models.connection import DocusignConnection
from esign.models.envelope import Envelope


class WebhookMessage(models.Model):
    """One verified webhook body. Stored first, applied by a worker, replayable for ever."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting to be applied"
        APPLIED = "applied", "Applied"
        STALE = "stale", "Nothing new"
        PARKED = "parked", "No such envelope here (yet)"
        IGNORED = "ignored", "Not for us"
        FAILED = "failed", "Failed"

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the message without its retry count.")
    body = models.JSONField()
    event = models.CharField(max_length=60, db_index=True)
    docusign_id = models.UUIDField(null=True, blank=True, db_index=True)
    envelope = models.ForeignKey(
        Envelope, on_delete=models.SET_NULL, null=True, blank=True, related_name="webhook_messages"
    )
    generated_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    times_received = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.WAITING, db_index=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = "Connect delivery"
        verbose_name_plural = "Connect deliveries"
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["received_at"], name="message_received")]

    def __str__(self) -> str:
        return f"{self.event} ({self.get_outcome_display().lower()})"


class SyncWatermark(models.Model):
    """Up to which of Docusign's own times we have read the changes of an account."""

    connection = models.OneToOneField(DocusignConnection, on_delete=models.CASCADE, related_name="watermark")
    read_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.connection}: read until {self.read_until}"
