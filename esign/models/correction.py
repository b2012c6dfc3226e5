"""Corrections of a signer after sending: written down before Docusign is asked, so that none is lost or hidden."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from esign.models.envelope import Envelope
from esign.models.signer import Signer

WORDS = {"name": "name", "email": "e-mail address", "phone": "phone number", "access_code": "access code"}


class Correction(models.Model):
    """One correction of one signer. `changes` maps a field to [before, after]; an access code is never in it."""

    class Outcome(models.TextChoices):
        ASKED = "asked", "Asked"  # the call is out, or its answer was lost
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    signer = models.ForeignKey(Signer, on_delete=models.CASCADE, related_name="corrections")
    changes = models.JSONField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.ASKED)
    said = models.CharField(max_length=500, blank=True, help_text="What came of it, in words.")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["-asked_at"], name="correction_latest")]

    def __str__(self) -> str:
        return f"Correction of {self.signer.name}"

    @property
    def what(self) -> str:
        """What was changed, in words."""
        return ", ".join(WORDS[field] for field in self.changes)


# Anyone who reads that mailbox or holds that phone can sign.
ADDRESSES = frozenset({"email", "phone"})


# On a completed envelope: its lease waits for a second person.
ONE_PERSON = (
    "Everyone signed, but the lease is not executed: one person changed the addresses of all signers, so a colleague "
    "has to confirm them first."
)
SECOND_PERSON = (
    "Call the signers at numbers you know already. If they signed, press “Confirm signers”; if not, call the owner."
)


def sole_corrector(envelope: Envelope) -> tuple[bool, int | None]:
    """(whether one person changed where every signer is asked, that person's id; None for one whose login is gone).

    Such a person could have signed for everyone, so somebody else looks before the signatures count.
    """
    signers = envelope.signers.who_sign().prefetch_related("corrections")
    correctors = [
        {
            correction.asked_by_id
            for correction in signer.corrections.all()
            if correction.outcome != Correction.Outcome.REFUSED and ADDRESSES & correction.changes.keys()
        }
        for signer in signers
    ]
    common = set.intersection(*correctors) if correctors else set()
    return (True, next(iter(common))) if common else (False, None)


def before_later_corrections(signer: Signer, field: str, at: datetime) -> str:
    """The name or address that this signer had at that time: what was mailed then went there, not where it goes now."""
    value: str = getattr(signer, field)
    for correction in signer.corrections.all():  # the latest first; may be prefetched
        if correction.outcome == Correction.Outcome.DONE and correction.asked_at > at and field in correction.changes:
            value = correction.changes[field][0]
    return value
