"""What a campaign sends, to whom, on which terms and when: the contents that a rule gives to each of its runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from esign.models.envelope import Purpose
from esign.models.signer import Channel
from esign.models.signing_times import MAX_DAYS, SigningTimes
from leases.dates import long_day
from leases.models.places import IncreaseKind

MAX_NOTICE = 5_000
# A window has to be wide enough for the ticks that look for what is due.
SHORTEST_WINDOW = timedelta(hours=1)


class CampaignKind(models.TextChoices):
    """What is done to each lease of a campaign."""

    RENEWAL = "renewal", "Renewal offer"
    RENT_CHANGE = "rent_change", "Change of rent"
    GENERAL = "general", "General notice or house rules"
    VACATE = "vacate", "Notice to vacate"
    LEASE = "lease", "Send for signature"
    REMIND = "remind", "Remind the signers"
    EXTEND = "extend", "Give more time"
    VOID = "void", "Void"
    REPLACE = "replace", "Replace by a new revision"
    DOWNLOAD = "download", "Fetch the signed documents"

    @property
    def is_notice(self) -> bool:
        return self in NOTICES

    @property
    def is_act(self) -> bool:
        """It does something to an envelope that is there already."""
        return self in ACTS


NOTICES = (CampaignKind.RENT_CHANGE, CampaignKind.GENERAL, CampaignKind.VACATE)
ACTS = (
    CampaignKind.REMIND,
    CampaignKind.EXTEND,
    CampaignKind.VOID,
    CampaignKind.REPLACE,
    CampaignKind.DOWNLOAD,
)
# What a rule may do by itself, and a notice to vacate may not.
OF_RULES = (CampaignKind.RENEWAL, CampaignKind.RENT_CHANGE, CampaignKind.GENERAL)


class CampaignContents(models.Model):
    """What is sent, on which terms, how and when. A run gets a copy when it is planned, and keeps it."""

    kind = models.CharField(max_length=12, choices=CampaignKind, default=CampaignKind.RENEWAL)

    # --- terms
    own_terms = models.BooleanField(
        "Terms of its own", default=False, help_text="Otherwise each property's own terms of renewal hold."
    )
    term_months = models.PositiveSmallIntegerField(
        "term in months",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="Empty: month to month.",
    )
    increase_kind = models.CharField("increase", max_length=10, choices=IncreaseKind, default=IncreaseKind.PERCENT)
    increase = models.DecimalField(
        "by",
        max_digits=8,
        decimal_places=2,
        default=Decimal("3.00"),
        help_text="Dollars or per cent, as chosen above. Not used for market rent.",
    )
    rounding = models.DecimalField(
        "rounded to a multiple of",
        max_digits=6,
        decimal_places=2,
        default=Decimal("5.00"),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="Dollars.",
    )
    cap_percent = models.DecimalField(
        "at most, in per cent",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="The rent never rises by more than this. Leave empty for no limit.",
    )
    market_steps = models.JSONField(
        "steps towards the market rent",
        default=list,
        blank=True,
        help_text="Pairs [gap, increase], in per cent: how much the rent rises for a gap of up to so much. The last "
        "step holds for larger gaps too. Without steps the rent rises to the market rent at once.",
    )

    # --- notices
    text = models.TextField("text or reason", blank=True, max_length=MAX_NOTICE)
    acknowledge = models.BooleanField(
        "Tenants sign that they received it", default=False, help_text="Otherwise they only have to open it."
    )
    effective = models.DateField(null=True, blank=True, help_text="First day of what the notice announces.")
    effective_after_days = models.PositiveSmallIntegerField(
        default=30, help_text="Where no day is given: so many days after the run was planned."
    )

    # --- how and when
    channel = models.CharField(
        "tenants are asked", max_length=10, choices=Channel, blank=True, help_text="Empty: as each tenant prefers."
    )
    message = models.TextField(blank=True, max_length=10_000, help_text="In the mail that asks to sign.")
    expire_after_days = models.PositiveIntegerField(
        "expires after",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_DAYS)],
        help_text="Days. Empty: as the signing times say.",
    )
    remind_after_days = models.PositiveIntegerField(
        "first reminder after", null=True, blank=True, validators=[MaxValueValidator(MAX_DAYS)],
        help_text="Days. 0: no reminders. Empty: as the signing times say.",
    )  # fmt: skip
    remind_every_days = models.PositiveIntegerField(
        "then every", null=True, blank=True, validators=[MaxValueValidator(MAX_DAYS)],
        help_text="Days. 0: only the first reminder. Empty: as the signing times say.",
    )  # fmt: skip
    send_from = models.TimeField("not before", null=True, blank=True, help_text="Time of day at the property.")
    send_until = models.TimeField("not after", null=True, blank=True, help_text="Time of day at the property.")
    send_weekdays = models.CharField(
        "on weekdays",
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^[1-7]*$", "Use digits: 1 is Monday, 7 is Sunday.")],
        help_text="1 is Monday, 7 is Sunday. Empty: every day.",
    )
    skip_holidays = models.BooleanField("not on public holidays", default=False)

    class Meta:
        abstract = True

    @classmethod
    def columns(cls) -> list[str]:
        """The names of what is copied from a rule to its run."""
        return [field.name for field in CampaignContents._meta.get_fields()]

    @property
    def sort(self) -> CampaignKind:
        """The kind, as a member of the enumeration."""
        return CampaignKind(self.kind)


class BatchRule(CampaignContents):
    """Finds the leases for which something is due, day by day, and gives each run what to send."""

    class Timing(models.TextChoices):
        BEFORE_END = "before_end", "Before the term ends"
        EVERY_YEAR = "every_year", "Every year on one day"
        ONCE = "once", "Once, on one day"

    class Tenancy(models.TextChoices):
        ANY = "", "Any lease in force"
        FIXED = "fixed", "Leases with a last day"
        MONTH_TO_MONTH = "monthly", "Leases month to month"

    name = models.CharField(max_length=120, unique=True)
    is_active = models.BooleanField(default=False, help_text="Only active rules run on schedule.")
    timing = models.CharField(max_length=12, choices=Timing, default=Timing.BEFORE_END)
    days_before_end = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    day = models.DateField(null=True, blank=True, help_text="For “every year” and “once”.")
    portfolios = models.ManyToManyField(
        "leases.Portfolio", blank=True, related_name="+", help_text="All properties in these, later ones too."
    )
    properties = models.ManyToManyField(
        "leases.Property", blank=True, help_text="Beside those of the portfolios. Neither chosen: all properties."
    )
    tags = models.ManyToManyField(
        "leases.Tag", blank=True, help_text="Only leases with one of these, at the lease or at its property."
    )
    tenancy = models.CharField("lease", max_length=8, choices=Tenancy, blank=True, default=Tenancy.ANY)
    excluded = models.ManyToManyField(
        "leases.Lease", blank=True, related_name="+", help_text="Leases that this rule leaves alone."
    )
    needs_approval = models.BooleanField(
        "Plan waits for approval", default=False, help_text="Nothing is prepared before someone approves the plan."
    )
    waits_for_release = models.BooleanField(
        "Look before it is sent",
        default=False,
        help_text="A run prepares its envelopes, and mails no one before someone has looked at them and releases it.",
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True, editable=False, help_text="Why it could not plan the last time.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def due_in_words(self) -> str:
        """When something becomes due, as a list shows it."""
        if self.timing == self.Timing.BEFORE_END:
            return f"{self.days_before_end} days before the end"
        if self.day is None:
            return "No day is given"
        is_yearly = self.timing == self.Timing.EVERY_YEAR
        return f"Every year on {self.day:%B} {self.day.day}" if is_yearly else f"Once, on {long_day(self.day)}"

    def clean(self) -> None:
        """What contradicts itself is refused at the field where it can be put right."""
        found = {name: why for name, why in (*self._objections(), *self._objections_to_times()) if why}
        if found:
            raise ValidationError(found)

    def _objections(self) -> Iterator[tuple[str, str]]:
        """For each field what is wrong with it, if anything."""
        timing, kind = self.Timing(self.timing), self.sort
        by_the_end, changes_rent = timing == self.Timing.BEFORE_END, kind == CampaignKind.RENT_CHANGE
        if kind not in OF_RULES:
            yield "kind", "No rule may do this by itself. Do it by hand."
        if kind == CampaignKind.RENEWAL and not by_the_end:
            yield "timing", "A renewal is offered before the term ends. Choose “Before the term ends”."
        if by_the_end and self.tenancy == self.Tenancy.MONTH_TO_MONTH:
            yield "tenancy", "Leases month to month have no end to count from. Choose other leases, or another day."
        if not by_the_end and self.day is None:
            yield "day", "Say on which day."
        if changes_rent and not self.own_terms:
            yield "own_terms", "A change of rent needs terms of its own: tick this, and say how the rent changes."
        if changes_rent and self.increase_kind != IncreaseKind.MARKET and not self.increase:
            yield "increase", "Say by how much the rent changes."
        if self.own_terms and self.increase_kind == IncreaseKind.PERCENT and self.increase <= -100:
            yield "increase", "The rent would fall to nothing."
        if kind == CampaignKind.GENERAL and not self.text.strip():
            yield "text", "Write what the notice says."
        if self.effective and self.day and self.effective < self.day:
            yield "effective", "It cannot take effect before the rule has its day."

    def _objections_to_times(self) -> Iterator[tuple[str, str]]:
        begin = timedelta(hours=self.send_from.hour, minutes=self.send_from.minute) if self.send_from else timedelta()
        end = timedelta(hours=24)
        if self.send_until:
            end = timedelta(hours=self.send_until.hour, minutes=self.send_until.minute)
        if end - begin < SHORTEST_WINDOW:
            yield "send_until", "This has to be at least one hour after “not before”, on the same day."
        if self.expire_after_days is None:
            return
        warning = SigningTimes.of(Purpose.NOTICE if self.sort.is_notice else Purpose.RENEWAL).warn_before_days
        if self.expire_after_days <= warning:
            yield (
                "expire_after_days",
                f"Tenants are warned {warning} days before the end (see “Signing times”), so choose more days.",
            )
        if self.remind_after_days is not None and self.remind_after_days >= self.expire_after_days:
            yield "remind_after_days", "The first reminder would come when it has expired."
