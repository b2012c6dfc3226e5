"""Landlords and the people who sign for them."""

from django.db import models
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from leases.models.fields import validate_visible


class Owner(models.Model):
    """The landlord of one or more properties: a person or a company, with the person who signs for it."""

    legal_name = models.CharField(
        max_length=200, unique=True, validators=[validate_visible], help_text="As it must stand in a contract."
    )
    mailing_address = models.TextField(
        help_text="Where notices to the landlord go. One line for each line of the address."
    )
    email = models.EmailField("e-mail", max_length=100)
    phone = PhoneNumberField(blank=True)
    signatory_name = models.CharField(
        max_length=100, validators=[validate_visible], help_text="Who signs leases for this owner."
    )
    signatory_title = models.CharField(max_length=100, blank=True, help_text="For example: Managing member.")
    signatory_email = models.EmailField("signatory e-mail", max_length=100)
    copy_email = models.EmailField(
        "copies to",
        max_length=100,
        blank=True,
        help_text="Gets a copy of every signed lease. Leave empty for none.",
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["legal_name"]

    def __str__(self) -> str:
        return self.legal_name
