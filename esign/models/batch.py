"""Scheduled batches: a rule that finds leases, its runs, and one line per lease."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from esign.models.envelope import Envelope
from esign.models.jobs import Job, JobQuerySet


class BatchRule(models.Model):
    """A renewal offer so many days before the end. What is offered is a setting of each property."""

    name = models.CharField(max_length=120, unique=True)
    is_active = models.BooleanField(default=False, help_text="Only active rules run on schedule.")
    days_before_end = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    properties = models.ManyToManyField("leases.Property", blank=True, help_text="None chosen: all properties.")
    waits_for_release = models.BooleanField(
        "Look before it is sent",
        default=False,
        help_text="A run prepares its envelopes, and mails no one before someone has looked at them and releases it.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True, editable=False, help_text="Why it could not plan the last time.")

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
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Nothing is prepared or sent while it is paused.")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True, help_text="No one is mailed before this.")
    release_at = models.DateTimeField(null=True, blank=True, help_text="When it releases itself.")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-day", "-started_at"]
        constraints = [models.UniqueConstraint(fields=["rule", "day"], name="one_batch_per_rule_and_day")]

    def __str__(self) -> str:
        return f"{self.rule.name}, {self.day}"

    @property
    def is_running(self) -> bool:
        """Workers may prepare its lines, and stage drafts at Docusign, where no one is mailed."""
        return self.paused_at is None and self.cancelled_at is None

    @property
    def may_send(self) -> bool:
        """Workers may mail people as well."""
        return self.is_running and self.released_at is not None

    @property
    def waits_for_release(self) -> bool:
        return self.released_at is None and self.cancelled_at is None

    @property
    def needs_two_people(self) -> bool:
        """It is so large that who started it may not release it as well (CAMPAIGN_SECOND_PERSON_ABOVE)."""
        most = settings.CAMPAIGN_SECOND_PERSON_ABOVE
        return bool(most) and self.lines.count() > most

    def objection_to_release(self, by: AbstractBaseUser) -> str:
        """Why this person cannot release it; empty if they can."""
        if self.cancelled_at is not None:
            return "This run was cancelled."
        if self.released_at is not None:
            return "It is released already."
        if self.started_by_id == by.pk and self.needs_two_people:
            return (
                f"You started this run, and it has more than {settings.CAMPAIGN_SECOND_PERSON_ABOVE} leases: "
                "a colleague has to release it."
            )
        return ""

    @property
    def moved_at(self) -> datetime | None:
        """When a worker last was done with one of its lines."""
        last: datetime | None = self.lines.aggregate(last=models.Max("done_at"))["last"]
        return last


class BatchLineQuerySet(JobQuerySet):
    """Lines by what is left to do."""

    def due(self) -> BatchLineQuerySet:
        """Lines that a worker can take now: of runs that are neither paused nor cancelled."""
        return super().due().filter(batch__paused_at__isnull=True, batch__cancelled_at__isnull=True)


class BatchLine(Job):
    """One lease of a run, and a job of its own: claimed by one worker, tried again, resumed by the sweep.

    (rule, lease, end of term) is unique: an offer goes out once, whatever beat does.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        PREPARED = "prepared", "Prepared"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="lines")
    rule = models.ForeignKey(BatchRule, on_delete=models.PROTECT, related_name="lines")
    lease = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, related_name="batch_lines")
    term_end = models.DateField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    reason = models.TextField(blank=True)
    offer = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_lines")
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[BatchLineQuerySet] = BatchLineQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        ordering = ["batch", "id"]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="batch_line_due")]
        constraints = [
            models.UniqueConstraint(fields=["rule", "lease", "term_end"], name="one_offer_per_rule_lease_and_term")
        ]

    def __str__(self) -> str:
        return f"{self.lease}: {self.get_status_display().lower()}"
