"""Codes by which a person at the portal shows that they read their mail now."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils import timezone

from esign.models.mail import OutgoingMail
from esign.models.signer import Signer

GOOD_FOR = timedelta(minutes=10)
TRIES = 5


class PortalCode(models.Model):
    """One code that was mailed. The code itself is not kept: `esign.mail.codes` works it out from the row."""

    mail = models.OneToOneField(OutgoingMail, on_delete=models.CASCADE, related_name="code")
    signer = models.ForeignKey(Signer, on_delete=models.CASCADE, related_name="codes")
    created_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["signer", "created_at"], name="codes_of_signer")]

    def __str__(self) -> str:
        return f"Code for {self.signer.name} of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.tries < TRIES and timezone.now() - self.created_at < GOOD_FOR
