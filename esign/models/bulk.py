"""Lists of Docusign's Bulk Send: many envelopes of a campaign that Docusign copies from one draft."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone

from esign.models.connection import DocusignConnection
from esign.models.jobs import Job, JobQuerySet

# Docusign's: https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/createbulksendrequest/
MOST_COPIES, MOST_QUEUED = 1000, 2000
# So few copies cost no more calls when each goes by itself.
TOO_FEW = 4


class BulkState(models.TextChoices):
    """Where a list stands. Comments say what moves it on."""

    MAKING = "making", "Being made"  # lines of the campaign join it; then a worker makes it at Docusign
    LISTED = "listed", "At Docusign"  # a worker has Docusign send it
    SENDING = "sending", "Sending"  # that request is out, or its outcome is unknown
    SENT = "sent", "Sent"  # Docusign's queue sends the copies
    SETTLED = "settled", "Settled"  # each copy went out, or goes by itself
    NEEDS_ATTENTION = "needs_attention", "Needs attention"  # a person decides


BEFORE_SENDING = (BulkState.MAKING, BulkState.LISTED)
WITH_DOCUSIGN = (BulkState.SENDING, BulkState.SENT)


class BulkSendQuerySet(JobQuerySet):
    def try_again(self) -> int:
        """What needs attention is looked for once more, and sent where it is not there. Answers how many lists."""
        known = When(docusign_batch_id__isnull=False, then=Value(BulkState.SENT))
        stuck = self.filter(state=BulkState.NEEDS_ATTENTION)
        back_to = Case(known, default=Value(BulkState.SENDING))
        return stuck.update(state=back_to, may_repeat=True, due_at=timezone.now(), attempt=0)


class BulkSend(Job):
    """One list: the envelopes of a run whose documents are the same, and their way through Bulk Send.

    As a job it is done when each of its envelopes is settled. `key` travels in every copy and in the names of list and
    batch, so an answer that was lost can be looked up.
    """

    batch = models.ForeignKey("esign.Batch", on_delete=models.PROTECT, related_name="bulk_sends")
    connection = models.ForeignKey(DocusignConnection, on_delete=models.PROTECT, related_name="bulk_sends")
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    name = models.CharField(max_length=100, unique=True, help_text="What it is called at Docusign.")
    fingerprint = models.CharField(max_length=64, help_text="Of all that its envelopes have in common.")
    state = models.CharField(max_length=16, choices=BulkState, default=BulkState.MAKING)
    size = models.PositiveIntegerField(default=0, help_text="Copies.")
    closed_at = models.DateTimeField(null=True, blank=True, help_text="No envelope joins it after this.")
    made = models.PositiveSmallIntegerField(default=1, help_text="How often it was made at Docusign.")
    docusign_list_id = models.UUIDField(null=True, blank=True)
    docusign_draft_id = models.UUIDField(null=True, blank=True, help_text="Of the draft that is copied.")
    docusign_batch_id = models.UUIDField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When Docusign was first asked to send it.")
    fenced_at = models.DateTimeField(
        null=True, blank=True, help_text="When its list was deleted, because an answer was lost and no batch was found."
    )
    may_repeat = models.BooleanField(default=False, help_text="A person has had it sent again if it is not there.")
    sent = models.PositiveIntegerField(default=0, help_text="Copies that Docusign sent.")
    failed = models.PositiveIntegerField(default=0, help_text="Copies that go by themselves instead.")
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[BulkSendQuerySet] = BulkSendQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        ordering = ["batch", "id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="bulk_send_due"),
            models.Index(fields=["batch", "fingerprint"], name="bulk_send_open"),
        ]

    def __str__(self) -> str:
        return f"Bulk Send {self.name}"

    @property
    def name_at_docusign(self) -> str:
        """Of the list and the batch: another one each time that the list is made."""
        return self.name if self.made == 1 else f"{self.name} ({self.made})"

    @property
    def transaction_id(self) -> uuid.UUID:
        """Of the draft that is copied."""
        return uuid.uuid5(self.key, str(self.made))
