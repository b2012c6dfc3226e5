"""What signers filled in: the job of reading it, and each answer until the office has decided about it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from esign.models.envelope import Envelope
from esign.models.jobs import Job
from esign.models.signer import Signer


class FormDataJob(Job):
    """Read the form data of one completed envelope, with one call."""

    envelope = models.OneToOneField(Envelope, on_delete=models.CASCADE, related_name="form_data_job")

    class Meta:
        indexes = [models.Index(fields=["done_at", "due_at"], name="form_data_due")]

    def __str__(self) -> str:
        return f"Form data of {self.envelope}"

    @classmethod
    def order(cls, envelope: Envelope) -> None:
        """Order the reading if the documents have a field that a signer can fill in; else the call would be wasted."""
        if envelope.filled_in_by_signers():
            cls.objects.get_or_create(envelope=envelope)


class FormAnswerQuerySet(models.QuerySet["FormAnswer"]):
    def open(self) -> FormAnswerQuerySet:
        return self.filter(decision="")


class FormAnswer(models.Model):
    """One field that a signer filled in. A proposal only: nothing of ours changes until somebody accepts it."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", "Taken over"
        NOTED = "noted", "Kept as a note"
        DISMISSED = "dismissed", "Dismissed"

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="form_answers")
    signer = models.ForeignKey(Signer, on_delete=models.CASCADE, related_name="form_answers")
    label = models.CharField(max_length=40, help_text="The field's name in the document template.")
    value = models.CharField(max_length=500)
    read_at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    objects: ClassVar[FormAnswerQuerySet] = FormAnswerQuerySet.as_manager()  # type: ignore[assignment]  # as_manager() is typed as Manager

    class Meta:
        ordering = ["envelope", "signer", "label"]
        constraints = [
            models.UniqueConstraint(fields=["envelope", "signer", "label"], name="one_answer_per_field"),
        ]
        permissions = [("decide_formanswer", "Can decide about what signers filled in")]

    def __str__(self) -> str:
        return f"{self.title} of {self.signer.name}"

    @property
    def title(self) -> str:
        """The field's name in words: vehicle_plate becomes Vehicle plate."""
        return self.label.replace("_", " ").capitalize()
