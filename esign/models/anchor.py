"""What keeps a chain of evidence from being rewritten: signed heads, and anchors that are kept outside."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone


class EvidenceAnchor(models.Model):
    """The heads of all chains that grew within an hour, in one signed statement that names the anchor before it.

    A copy is kept outside of the database (STORAGES["anchors"]); `kept_at` is when it got there.
    """

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField(default=timezone.now)
    last_event_id = models.BigIntegerField(help_text="Events up to this one were looked at.")
    statement = models.TextField(help_text="Canonical JSON (RFC 8785).")
    sha256 = models.CharField(max_length=64)
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=100, help_text="Ed25519 over the statement, base64.")
    kept_at = models.DateTimeField(null=True, blank=True, db_index=True)

    objects: ClassVar[models.Manager[EvidenceAnchor]] = models.Manager()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"Anchor {self.number}"


class AnchoredHead(models.Model):
    """The last event of one lease at the time of an anchor."""

    anchor = models.ForeignKey(EvidenceAnchor, on_delete=models.PROTECT, related_name="heads")
    lease = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, related_name="anchored_heads")
    number = models.PositiveIntegerField(help_text="Of the event in its lease's chain.")
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lease", "number"], name="one_anchored_head_per_event")]

    def __str__(self) -> str:
        return f"Event {self.number} of {self.lease}"
