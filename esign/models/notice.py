"""What a notice says, beside the envelope that carries it."""

from __future__ import annotations

from django.db import models

from esign.models.envelope import Envelope
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
