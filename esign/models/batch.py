"""Scheduled batches: a rule that finds leases, its runs, and one line per lease."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from esign.models.envelope import Envelope


class BatchRule(models.Model):
    """A renewal offer so many days before the end. What is offered is a setting of each property."""

    name = models.CharField(max_length=120, unique=True)
    is_active = models.BooleanField(default=False, help_text="Only active rules run on schedule.")
    days_before_end = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    properties = models.ManyToManyField("leases.Property", blank=True, help_text="None chosen: all properties.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Batch(models.Model):
    """One run of a rule on one day: beat may enqueue it twice, the day runs once."""

    rule = models.ForeignKey(BatchRule, on_delete=models.PROTECT, related_name="batches")
    day = models.DateField()
    started_at = models.DateTimeField(default=timezone.now)
    planned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-day", "-started_at"]
        constraints = [models.UniqueConstraint(fields=["rule", "day"], name="one_batch_per_rule_and_day")]

    def __str__(self) -> str:
        return f"{self.rule.name}, {self.day}"


class BatchLine(models.Model):
    """One lease of a run. (rule, lease, end of term) is unique: an offer goes out once, whatever beat does."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        PREPARED = "prepared", "Prepared"
        SKIPPED = "skipped", "Skipped"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="lines")
    rule = models.ForeignKey(BatchRule, on_delete=models.PROTECT, related_name="lines")
    lease = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, related_name="batch_lines")
    term_end = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    reason = models.TextField(blank=True)
    offer = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_lines")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["batch", "id"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "lease", "term_end"], name="one_offer_per_rule_lease_and_term")
        ]

    def __str__(self) -> str:
        return f"{self.lease}: {self.get_status_display().lower()}"
