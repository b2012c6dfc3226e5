"""How long people have to sign, and when they are reminded: one row per purpose, changed by the office."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from esign.models.envelope import Purpose

# Docusign's own bounds: https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
MAX_DAYS = 999


class SigningTimes(models.Model):
    """Times of one purpose, in days from the sending. An envelope keeps those it was prepared with."""

    purpose = models.CharField(max_length=10, choices=Purpose, unique=True)
    expire_after_days = models.PositiveIntegerField(
        "expires after",
        default=120,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS)],
        help_text="Days after the sending. What is not signed by then cannot be signed any more.",
    )
    warn_before_days = models.PositiveIntegerField(
        "warning before",
        default=5,
        validators=[MaxValueValidator(MAX_DAYS)],
        help_text="Days before it expires on which those who have not signed are told. 0: no warning.",
    )
    remind_after_days = models.PositiveIntegerField(
        "first reminder after",
        default=3,
        validators=[MaxValueValidator(MAX_DAYS)],
        help_text="Days after the sending. 0: no reminders by themselves.",
    )
    remind_every_days = models.PositiveIntegerField(
        "then every", default=3, validators=[MaxValueValidator(MAX_DAYS)], help_text="Days. 0: only the first reminder."
    )

    class Meta:
        ordering = ["purpose"]
        verbose_name = verbose_name_plural = "signing times"

    def __str__(self) -> str:
        return f"Signing times of a {self.get_purpose_display().lower()}"

    def clean(self) -> None:
        if self.warn_before_days >= self.expire_after_days:
            raise ValidationError({"warn_before_days": "The warning has to come before the end."})

    @classmethod
    def of(cls, purpose: str) -> SigningTimes:
        """The row of this purpose, or the usual times where the office has set none."""
        return cls.objects.filter(purpose=purpose).first() or cls(purpose=purpose)
