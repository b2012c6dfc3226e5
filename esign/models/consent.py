"""Our own record that a person agreed to sign electronically, before Docusign asks the same."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from esign.models.signer import Signer


class ElectronicConsent(models.Model):
    """One person's consent for one envelope: which text, when, from where. Never changed or deleted."""

    signer = models.ForeignKey(Signer, on_delete=models.PROTECT, related_name="consents")
    version = models.CharField(max_length=20, help_text="Version of the disclosure.")
    language = models.CharField(max_length=5)
    text_sha256 = models.CharField(max_length=64, help_text="Of the text as it was shown.")
    given_at = models.DateTimeField(default=timezone.now)
    ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["signer", "version"], name="one_consent_per_version")]

    def __str__(self) -> str:
        return f"Consent of {self.signer.name} to version {self.version}"
