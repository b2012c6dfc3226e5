"""Campaigns: a run for many leases, of a rule or by hand, and one line for each lease."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from esign.models.batch_rule import BatchRule, CampaignContents, CampaignKind
from esign.models.envelope import Envelope
from esign.models.jobs import Job, JobQuerySet
from esign.models.signer import Channel

if TYPE_CHECKING:
    from django.contrib.auth.models import User
# What reaches no one new and can be set right again: one person may do it to any number.
BY_ONE_PERSON = (CampaignKind.REMIND, CampaignKind.EXTEND, CampaignKind.DOWNLOAD)


class Batch(CampaignContents, Job):
    """One run: of a rule on one day, or of what staff chose by hand.

    As a job it is planned: workers write its lines in pieces, until it is done. Beat may enqueue a rule twice, the day
    runs once.
    """

    rule = models.ForeignKey(BatchRule, on_delete=models.PROTECT, null=True, blank=True, related_name="batches")
    key = models.UUIDField(
        null=True, blank=True, unique=True, help_text="Of the form that staff started it from: pressed twice, one run."
    )
    acts_on = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="acts", help_text="The run it was for."
    )
    properties = models.ManyToManyField(
        "leases.Property", blank=True, related_name="+", help_text="Of a run by hand: where its leases are."
    )
    title = models.CharField(max_length=140)
    day = models.DateField()
    started_at = models.DateTimeField(default=timezone.now)
    template_texts = models.JSONField(
        default=list, help_text="The published template texts (their keys) when it was planned: it keeps to these."
    )
    in_bulk = models.BooleanField(default=False, help_text="Docusign's Bulk Send sends it, where that is possible.")
    way = models.TextField(blank=True, help_text="Why it goes in bulk or one by one, and what that costs.")
    approved_at = models.DateTimeField(null=True, blank=True, help_text="Nothing is prepared before this.")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    holds_for_release = models.BooleanField(default=False, help_text="An approval does not release it.")
    paused_at = models.DateTimeField(null=True, blank=True, help_text="Nothing is prepared or sent while it is paused.")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True, help_text="No one is mailed before this.")
    release_at = models.DateTimeField(null=True, blank=True, help_text="When it releases itself.")
    release_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    until = models.DateField(null=True, blank=True, help_text="Of “give more time”: the last day to sign.")
    told_done_at = models.DateTimeField(null=True, blank=True, help_text="When its approver was told that it is done.")
    told_stuck_at = models.DateTimeField(null=True, blank=True, help_text="When they were told that it is stuck.")
    look_at = models.DateTimeField(
        null=True, blank=True, help_text="When the sweep next looks whether it is done or stuck. Empty: never."
    )
    still_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when nothing of it has moved, though it could have."
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-day", "-started_at"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="batch_to_plan"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="batch_to_look_at"),
        ]
        constraints = [models.UniqueConstraint(fields=["rule", "day"], name="one_batch_per_rule_and_day")]

    def __str__(self) -> str:
        return f"{self.title}, {self.day}"

    @property
    def is_planned(self) -> bool:
        """Every lease that was due has its line."""
        return self.done_at is not None

    @property
    def is_running(self) -> bool:
        """Workers may prepare its lines, and stage drafts at Docusign, where no one is mailed."""
        return self.approved_at is not None and self.paused_at is None and self.cancelled_at is None

    @property
    def may_send(self) -> bool:
        """Workers may mail people as well."""
        return self.is_running and self.released_at is not None

    @property
    def waits_for_approval(self) -> bool:
        return self.is_planned and self.approved_at is None and self.cancelled_at is None

    @property
    def waits_for_release(self) -> bool:
        return (
            not self.sort.is_act
            and self.approved_at is not None
            and self.released_at is None
            and self.cancelled_at is None
        )

    @property
    def needs_two_people(self) -> bool:
        """It is so large that who started it may not release it as well (CAMPAIGN_SECOND_PERSON_ABOVE)."""
        most = settings.CAMPAIGN_SECOND_PERSON_ABOVE
        return bool(most) and self.sort not in BY_ONE_PERSON and self.lines.count() > most

    @property
    def who_is_told(self) -> User | None:
        """Who gets a mail when it is done or stuck: who approved it, else who released it, else who started it."""
        return self.approved_by or self.release_asked_by or self.started_by

    def objection_to_approval(self, by: AbstractBaseUser) -> str:
        """Why this person cannot approve its plan; empty if they can."""
        if self.cancelled_at is not None:
            return "This run was cancelled."
        if not self.is_planned:
            return "The workers are still planning it. Wait until every lease has its line."
        if self.approved_at is not None:
            return "It is approved already."
        return self._objection_to_one_person(by, "approve")

    def objection_to_release(self, by: AbstractBaseUser) -> str:
        """Why this person cannot release it; empty if they can."""
        if self.cancelled_at is not None:
            return "This run was cancelled."
        if self.released_at is not None:
            return "It is released already."
        if self.approved_at is None:
            return "Its plan is not approved yet. Approve it first."
        return self._objection_to_one_person(by, "release")

    def _objection_to_one_person(self, by: AbstractBaseUser, what: str) -> str:
        if self.started_by_id != by.pk or not self.needs_two_people:
            return ""
        most = settings.CAMPAIGN_SECOND_PERSON_ABOVE
        return f"You started this run, and it has more than {most} leases: a colleague has to {what} it."

    @property
    def moved_at(self) -> datetime | None:
        """When a worker last was done with one of its lines."""
        last: datetime | None = self.lines.aggregate(last=models.Max("done_at"))["last"]
        return last


class BatchLineQuerySet(JobQuerySet):
    """Lines by what is left to do."""

    def due(self) -> BatchLineQuerySet:
        """Lines that a worker can take now: of runs that are approved, and neither paused nor cancelled."""
        return (
            super()
            .due()
            .filter(batch__approved_at__isnull=False, batch__paused_at__isnull=True, batch__cancelled_at__isnull=True)
        )


class BatchLine(Job):
    """One lease of a run, and a job of its own: claimed by one worker, tried again, resumed by the sweep.

    (rule, lease, occasion) is unique: an offer goes out once, whatever beat does.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        PREPARED = "prepared", "Prepared"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="lines")
    rule = models.ForeignKey(BatchRule, on_delete=models.PROTECT, null=True, blank=True, related_name="lines")
    lease = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, related_name="batch_lines")
    occasion = models.DateField(null=True, blank=True, help_text="The end of the term, or the day, that it is for.")
    key = models.UUIDField(unique=True, default=uuid.uuid4, help_text="Of the notice that it gives.")
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    reason = models.TextField(blank=True)
    foretold = models.TextField(blank=True, help_text="Why it would be skipped, as things stood when it was planned.")
    take_care = models.TextField(blank=True, help_text="What staff should know, and what keeps nothing from going out.")
    rent_now = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True, help_text="When planned.")
    rent_planned = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    # What staff chose for this lease alone.
    rent_chosen = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    term_chosen = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Months.")
    channel_chosen = models.CharField(max_length=10, choices=Channel, blank=True)
    offer = models.ForeignKey("leases.Lease", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, null=True, blank=True, related_name="batch_lines")
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[BatchLineQuerySet] = BatchLineQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        ordering = ["batch", "id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="batch_line_due"),
            models.Index(fields=["rule", "due_at"], condition=Q(status="skipped"), name="batch_line_skipped"),
            models.Index(fields=["batch", "status"], name="batch_line_status"),
            models.Index(fields=["batch", "done_at"], name="batch_line_done"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["rule", "lease", "occasion"], name="one_line_per_rule_lease_and_occasion"),
            models.UniqueConstraint(
                fields=["batch", "lease"],
                condition=Q(envelope__isnull=True),
                name="one_line_without_envelope_per_batch_and_lease",
            ),
            models.UniqueConstraint(
                fields=["batch", "envelope"],
                condition=Q(envelope__isnull=False),
                name="one_line_per_batch_and_envelope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease}: {self.get_status_display().lower()}"

    @property
    def status_of_act(self) -> str:
        """The status in the words of a run that does something to envelopes."""
        words = {self.Status.PLANNED: "Waiting", self.Status.PREPARED: "Done"}
        return words.get(self.Status(self.status), self.get_status_display())
