"""The columns of a lease, and what each row must hold by itself.

What a lease does is in `leases.models.lease`.
"""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from leases.models.fields import MoneyField, not_negative
from leases.models.places import Unit
from leases.models.protected import ProtectedModel
from leases.status import LIVE, SIGNED, LeaseStatus


class LeaseTerms(ProtectedModel):
    """What a person agrees to. The database refuses to change these columns once the lease has gone out."""

    number = models.CharField(max_length=20, unique=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="leases")
    start_date = models.DateField("first day")
    end_date = models.DateField("last day", null=True, blank=True, help_text="Leave empty for month to month.")
    rent = MoneyField("monthly rent", help_text="At the start. Later rents are rent steps.")
    deposit = MoneyField("security deposit", default=Decimal(0))
    due_day = models.PositiveSmallIntegerField(
        "rent due on day", default=1, validators=[MinValueValidator(1), MaxValueValidator(28)]
    )
    late_fee = MoneyField(default=Decimal(0))
    late_fee_after_days = models.PositiveSmallIntegerField(
        "late fee after days", default=5, validators=[MaxValueValidator(28)]
    )
    pets = models.PositiveSmallIntegerField(default=0, help_text="How many. More than none asks for a pet addendum.")
    parking_spaces = models.PositiveSmallIntegerField(
        default=0, help_text="How many. More than none asks for a parking addendum."
    )
    previous_lease = models.ForeignKey(
        "leases.Lease",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="successors",
        help_text="The lease that this one renews.",
    )

    class Meta:
        abstract = True


class LeaseStage(models.Model):
    """How far the lease has come and the proof for it.

    Only the lifecycle methods of Lease write these columns.
    """

    status = models.CharField(
        max_length=20, choices=LeaseStatus, default=LeaseStatus.DRAFT, editable=False, db_index=True
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    status_reason = models.TextField("reason", blank=True, editable=False)

    sent_at = models.DateTimeField(null=True, editable=False)
    # The terms as they went out, word for word: later corrections of names or addresses do not reach them.
    sent_terms = models.JSONField(null=True, editable=False)
    sent_terms_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    executed_at = models.DateTimeField(null=True, editable=False)
    executed_version = models.PositiveIntegerField(null=True, editable=False)
    executed_terms_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    activated_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    rolled_over_on = models.DateField("month to month since", null=True, editable=False)
    # The last day on which no other lease may have the unit; null means no end in sight.
    holds_unit_until = models.DateField(null=True, editable=False)

    class Meta:
        abstract = True


LEASE_CONSTRAINTS = [
    models.CheckConstraint(
        condition=Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
        name="lease_dates_in_order",
        violation_error_message="The last day cannot come before the first day.",
    ),
    models.CheckConstraint(
        condition=Q(due_day__gte=1, due_day__lte=28),
        name="lease_due_day_from_1_to_28",
        violation_error_message="Rent can be due on day 1 to 28, days that every month has.",
    ),
    *not_negative("rent", "deposit", "late_fee", table="lease"),
    models.UniqueConstraint(
        fields=["previous_lease"],
        condition=~Q(status=LeaseStatus.CANCELLED),
        name="lease_one_live_successor",
        violation_error_message="The previous lease already has a renewal.",
    ),
    models.CheckConstraint(condition=~Q(previous_lease=F("id")), name="lease_does_not_renew_itself"),
    models.CheckConstraint(condition=Q(version__gte=1), name="lease_version_from_1"),
    models.CheckConstraint(condition=Q(status__in=LeaseStatus.values), name="lease_status_is_known"),
    models.CheckConstraint(
        condition=~Q(status__in=SIGNED)
        | (
            Q(
                executed_version__isnull=False,
                executed_version=F("version"),
                executed_at__isnull=False,
            )
            & ~Q(executed_terms_sha256="")
            & Q(executed_terms_sha256=F("sent_terms_sha256"))
        ),
        name="lease_signed_in_this_version",
    ),
    models.CheckConstraint(
        condition=~Q(status__in=[LeaseStatus.OUT_FOR_SIGNATURE, *SIGNED])
        | (Q(sent_terms__isnull=False, sent_at__isnull=False) & ~Q(sent_terms_sha256="")),
        name="lease_that_went_out_keeps_its_terms",
    ),
    models.CheckConstraint(
        condition=~Q(status__in=LIVE)
        | Q(end_date__isnull=True)
        | Q(rolled_over_on__isnull=False)
        | Q(holds_unit_until__isnull=False, holds_unit_until=F("end_date")),
        name="lease_holds_its_unit_to_the_end",
    ),
]
