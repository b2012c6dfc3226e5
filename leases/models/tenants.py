"""The people who rent, or who vouch for those who do."""

from django.core.exceptions import ValidationError
from django.db import models
from phonenumber_field.modelfields import PhoneNumberField
from simple_history.models import HistoricalRecords

from leases.languages import ENGLISH, LANGUAGES
from leases.models.fields import validate_visible


class Channel(models.TextChoices):
    """How a person wants to be asked for a signature."""

    PORTAL = "portal", "Signing portal"
    EMAIL = "email", "E-mail"
    SMS = "sms", "Text message"


class Tenant(models.Model):
    """A person who signs as tenant or guarantor. Co-tenants may share one e-mail address.

    The name may be longer than the 100 characters Docusign allows a signer: a contract needs the whole of it.
    """

    name = models.CharField("full legal name", max_length=200, validators=[validate_visible])
    email = models.EmailField("e-mail", max_length=100, blank=True, db_index=True)
    phone = PhoneNumberField(blank=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, default=ENGLISH)
    preferred_channel = models.CharField(max_length=10, choices=Channel, default=Channel.PORTAL)
    emergency_contact = models.CharField(max_length=200, blank=True, help_text="Whom to call, and who that is.")
    emergency_phone = models.CharField(max_length=50, blank=True, help_text="As the tenant wrote it.")
    vehicle = models.CharField(max_length=200, blank=True)
    vehicle_plate = models.CharField("license plate", max_length=30, blank=True)
    mailing_address = models.CharField(max_length=500, blank=True, help_text="Where letters go, if not to the unit.")

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "pk"]
        permissions = [
            ("export_tenant", "Can export all tenants"),
            ("erase_tenant", "Can erase the personal data of a tenant"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.preferred_channel == Channel.SMS and not self.phone:
            raise ValidationError({"phone": "Signing by text message needs a phone number."})
        if self.preferred_channel != Channel.SMS and not self.email:
            raise ValidationError(
                {"email": f"Signing by {self.get_preferred_channel_display()} needs an e-mail address."}
            )
