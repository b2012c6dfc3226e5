"""Properties and the units in them."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Length
from django.utils import timezone
from simple_history.models import HistoricalRecords

from leases.models.addenda import validate_addendum_kinds
from leases.models.fields import MAX_TEXT, MoneyField, not_negative
from leases.models.owners import Owner
from leases.models.tags import Tag


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is a time zone of the IANA database, such as America/Denver."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Use a name like America/Denver.")


class IncreaseKind(models.TextChoices):
    FLAT = "flat", "Fixed amount"
    PERCENT = "percent", "Per cent"
    MARKET = "market", "Market rent of the unit"


class AtTermEnd(models.TextChoices):
    """What happens on the last day of a lease that was not renewed."""

    ROLL_OVER = "roll_over", "Goes on month to month"
    END = "end", "Ends"


class Property(models.Model):
    """A building or a set of buildings at one address, with the rules its leases follow."""

    owner = models.ForeignKey(Owner, models.PROTECT, related_name="properties")
    name = models.CharField(max_length=100, unique=True)
    street = models.CharField(max_length=200)
    street2 = models.CharField("street, second line", max_length=200, blank=True)
    city = models.CharField(max_length=100)
    state = models.CharField(
        max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$", "Use two capital letters, like CA.")]
    )
    postal_code = models.CharField(
        max_length=10,
        validators=[RegexValidator(r"^\d{5}(-\d{4})?$", "Use a ZIP code, like 94110 or 94110-1234.")],
    )
    country = models.CharField(max_length=2, default="US")
    time_zone = models.CharField(
        max_length=50, validators=[validate_time_zone], help_text="For example: America/Denver."
    )
    jurisdiction = models.CharField(
        max_length=10,
        validators=[RegexValidator(r"^[A-Z]{2}-[A-Z0-9]{1,3}$", "Use country and state, like US-CA.")],
        help_text="Whose law applies, for example US-CA.",
    )
    year_built = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Homes built before 1978 need the lead paint disclosure.",
        validators=[MinValueValidator(1600), MaxValueValidator(2200)],
    )
    required_addenda = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_addendum_kinds],
        help_text="Kinds of addenda that every lease here must carry.",
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="properties")
    house_rules = models.TextField(blank=True, validators=[MaxLengthValidator(MAX_TEXT)])

    renewal_term_months = models.PositiveSmallIntegerField(
        "term in months", default=12, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    renewal_increase_kind = models.CharField(
        "increase", max_length=10, choices=IncreaseKind, default=IncreaseKind.PERCENT
    )
    renewal_increase = models.DecimalField(
        "by",
        max_digits=8,
        decimal_places=2,
        default=Decimal("3.00"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="Dollars or per cent, as chosen above. Not used for market rent.",
    )
    renewal_rounding = models.DecimalField(
        "rounded to a multiple of",
        max_digits=6,
        decimal_places=2,
        default=Decimal("5.00"),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="Dollars.",
    )
    renewal_cap_percent = models.DecimalField(
        "at most, in per cent",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="A renewal never raises the rent by more than this. Leave empty for no limit.",
    )
    at_term_end = models.CharField("when a term ends", max_length=10, choices=AtTermEnd, default=AtTermEnd.ROLL_OVER)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "properties"

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """The address on one line."""
        street = f"{self.street}, {self.street2}" if self.street2 else self.street
        return f"{street}, {self.city}, {self.state} {self.postal_code}"

    def today(self, now: datetime | None = None) -> date:
        """The calendar day at the property: a lease in Honolulu starts when Honolulu gets there."""
        return (now or timezone.now()).astimezone(ZoneInfo(self.time_zone)).date()


class Unit(models.Model):
    """What is let: an apartment or a house."""

    property = models.ForeignKey(Property, models.PROTECT, related_name="units")
    number = models.CharField(max_length=20)
    bedrooms = models.PositiveSmallIntegerField(default=1, help_text="0 for a studio.")
    bathrooms = models.DecimalField(max_digits=3, decimal_places=1, default=Decimal("1.0"))
    square_feet = models.PositiveIntegerField(null=True, blank=True)
    market_rent = MoneyField(null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["property__name", Length("number"), "number"]  # 2 comes before 11
        permissions = [("export_unit", "Can export all units")]
        constraints = [
            models.UniqueConstraint(
                fields=["property", "number"],
                name="unit_number_once_in_a_property",
                violation_error_message="This property already has a unit with this number.",
            ),
            *not_negative("market_rent", "bathrooms", table="unit"),
        ]

    def __str__(self) -> str:
        return f"{self.property.name} {self.number}"
