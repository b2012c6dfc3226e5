"""What a rule would do, before it does it: which leases are due, at what rent, and why some would be skipped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.utils import timezone

from esign.envelopes.compose import who_cannot_be_asked
from esign.models import BatchLine, BatchRule
from leases.errors import LeaseError
from leases.models import IncreaseKind, Lease
from leases.renewals import Increase, due_for_renewal, new_rent
from leases.signers import required_signers

PREVIEW_DAYS = 90


@dataclass(frozen=True)
class Due:
    """One lease that a run would offer a renewal to. With `problems` it would be skipped, as things stand.

    `now` and `rent` are dollars a month; `rent` is None when it cannot be told.
    """

    lease: Lease
    tenants: str
    now: Decimal
    rent: Decimal | None
    problems: tuple[str, ...] = ()


def becoming_due(rule: BatchRule) -> list[tuple[date, Due]]:
    """What becomes due after today and within the next 90 days, with the day; soonest first."""
    today = timezone.localdate()
    planned = set(rule.lines.values_list("lease_id", "term_end"))
    chosen = list(rule.properties.all()) or None
    ahead = due_for_renewal(today, rule.days_before_end + PREVIEW_DAYS, chosen)
    leases = ahead.filter(end_date__gt=today + timedelta(days=rule.days_before_end))
    return [
        (lease.end_date - timedelta(days=rule.days_before_end), _due(lease))
        for lease in _with_all_that_is_read(leases)
        if lease.end_date and (lease.pk, lease.end_date) not in planned
    ]


def due_now(rule: BatchRule) -> list[Due]:
    """What a run of this rule would prepare now: leases not planned before, and lines that an earlier run left."""
    planned = set(rule.lines.values_list("lease_id", "term_end"))
    left = rule.lines.filter(status=BatchLine.Status.PLANNED, batch__cancelled_at__isnull=True)
    waiting = set(left.values_list("lease_id", flat=True))
    chosen = list(rule.properties.all()) or None
    fresh = due_for_renewal(timezone.localdate(), rule.days_before_end, chosen)
    pks = [lease.pk for lease in fresh if (lease.pk, lease.end_date) not in planned]
    leases = Lease.objects.filter(Q(pk__in=pks) | Q(pk__in=waiting)).select_related("unit__property__owner")
    return [_due(lease) for lease in _with_all_that_is_read(leases).order_by("end_date")]


def _with_all_that_is_read(leases: QuerySet[Lease]) -> QuerySet[Lease]:
    return leases.prefetch_related("parties__tenant", "rent_steps", "addenda")


def _due(lease: Lease) -> Due:
    home = lease.unit.property
    tenants = ", ".join(party.tenant.name for party in lease.parties.all() if party.role == "tenant")
    signers = required_signers(lease, lease.parties.all())
    problems = [*lease.lacks(), *who_cannot_be_asked(lease, signers)]
    rent = None
    try:
        rent = new_rent(
            lease.rent_on(lease.end_date or timezone.localdate()),
            Increase(IncreaseKind(home.renewal_increase_kind), home.renewal_increase),
            market_rent=lease.unit.market_rent,
            rounding=home.renewal_rounding,
            cap=home.renewal_cap_percent,
        )
    except LeaseError as error:
        problems.append(str(error))
    return Due(lease, tenants, lease.rent_on(home.today()), rent, tuple(problems))
