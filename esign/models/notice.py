"""What a notice says, beside the envelope that carries it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from esign.models.envelope import Envelope
from esign.models.jobs import Job
from leases.dates import long_day


class Notice(models.Model):
    """One notice under one lease. The form's key keeps a button that is pressed twice from sending it twice."""

    class Kind(models.TextChoices):
        RENT_CHANGE = "rent_change", "Change of rent"
        VACATE = "vacate", "Notice to vacate"
        GENERAL = "general", "General notice"

    envelope = models.OneToOneField(Envelope, on_delete=models.CASCADE, related_name="notice")
    key = models.UUIDField(unique=True, help_text="Of the form that it was sent from.")
    kind = models.CharField(max_length=20, choices=Kind)
    effective = models.DateField(help_text="First day of the new rent, or last day of the tenancy.")
    current_rent = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    new_rent = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    reason = models.TextField(blank=True)  # of a general notice its whole text
    acknowledged = models.BooleanField(default=False, help_text="The tenants sign that they received it.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        day = long_day(self.effective)
        if self.kind == self.Kind.RENT_CHANGE:
            return f"Change of rent to ${self.new_rent:,.2f} from {day}"
        if self.kind == self.Kind.GENERAL:
            return f"General notice from {day}"
        return f"Notice to vacate by {day}"


class NoticeJob(Job):
    """Give one notice under one lease, as one of many. Staff asked for it; a worker composes and freezes it.

    A lease has at most one open job for each kind and day. `key` becomes the key of the notice, so a job that is
    carried out twice makes one notice.
    """

    lease = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, related_name="notice_jobs")
    key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=20, choices=Notice.Kind)
    effective = models.DateField()
    new_rent = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    reason = models.TextField(blank=True)
    acknowledge = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    refusal = models.TextField(blank=True, help_text="Why the notice cannot be given.")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["done_at", "due_at"], name="notice_job_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "kind", "effective"],
                condition=Q(done_at__isnull=True),
                name="one_open_notice_job_per_lease_kind_and_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} under {self.lease}, {self.effective}"
