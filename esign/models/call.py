"""Every call to Docusign, and drafts that no row owns any more."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from esign.models.connection import DocusignConnection
from esign.models.envelope import Envelope


class DocusignCall(models.Model):
    """One call as it went, signing in included. Rows are added, never changed (`esign.models.triggers`)."""

    class Outcome(models.TextChoices):
        OK = "ok", "Done"
        REFUSED = "refused", "Refused"
        UNKNOWN = "unknown", "Unknown"

    connection = models.ForeignKey(DocusignConnection, on_delete=models.CASCADE, related_name="calls")
    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, null=True, blank=True, related_name="calls")
    operation = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    status = models.PositiveIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=80, blank=True)
    message = models.CharField(max_length=300, blank=True)
    trace_token = models.CharField(max_length=80, blank=True)
    docusign_id = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = "Docusign call"
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["envelope", "-started_at"], name="call_by_envelope"),
            models.Index(fields=["started_at"], name="call_started"),
        ]

    def __str__(self) -> str:
        return f"{self.operation}: {self.get_outcome_display().lower()}"

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return {self.Outcome.OK: "good", self.Outcome.REFUSED: "bad"}.get(self.Outcome(self.outcome), "warning")


class OrphanDraft(models.Model):
    """A draft at Docusign that came of an answer we never got, and that no row will ever send."""

    connection = models.ForeignKey(DocusignConnection, on_delete=models.CASCADE, related_name="orphans")
    docusign_id = models.UUIDField(unique=True)
    envelope = models.ForeignKey(Envelope, on_delete=models.SET_NULL, null=True, blank=True, related_name="orphans")
    found_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(help_text="When it goes into Docusign's recycle bin.")
    deleted_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["-found_at"]

    def __str__(self) -> str:
        return f"Orphan draft {self.docusign_id}"
