"""Which leases a rule finds on a day, and what for: the occasion, which is the end of the term or the day itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Value

from esign.models import BatchLine, BatchRule, CampaignKind
from leases.models import Lease
from leases.status import LeaseStatus

# Beat may have slept, and a rule may be made late: what was due so long ago is still done.
GRACE = timedelta(days=30)

Timing = BatchRule.Timing
Tenancy = BatchRule.Tenancy


def due(rule: BatchRule, day: date) -> QuerySet[Any]:
    """Leases for which the rule has something to do on this day and has no line yet, each with its `occasion`."""
    return _without_a_line(rule, _found(rule, day, day))


def becoming_due(rule: BatchRule, day: date, days: int) -> QuerySet[Any]:
    """Leases for which something becomes due after this day, within so many days; soonest first."""
    until = day + timedelta(days=days)
    ahead = _without_a_line(rule, _found(rule, day, until))
    if rule.timing == Timing.BEFORE_END:
        ahead = ahead.filter(end_date__gt=day + timedelta(days=rule.days_before_end))
    elif (occasion := _occasion(rule, until)) is None or occasion <= day:
        return ahead.none()
    return ahead.order_by("occasion", "pk")


def due_on(rule: BatchRule, occasion: date) -> date:
    """The day on which a run does what is for this occasion."""
    return occasion - timedelta(days=rule.days_before_end) if rule.timing == Timing.BEFORE_END else occasion


def _found(rule: BatchRule, day: date, until: date) -> QuerySet[Any]:
    """With an occasion that is due on `day` or becomes due by `until`."""
    leases: QuerySet[Any] = _chosen(rule, Lease.objects.filter(status=LeaseStatus.ACTIVE))
    if rule.sort == CampaignKind.RENEWAL:
        successors = Lease.objects.filter(previous_lease=OuterRef("pk")).exclude(status=LeaseStatus.CANCELLED)
        leases = leases.filter(~Exists(successors))
    if rule.timing == Timing.BEFORE_END:
        last = until + timedelta(days=rule.days_before_end)
        ending = leases.filter(rolled_over_on__isnull=True, end_date__gte=day, end_date__lte=last)
        return _for(ending, F("end_date"))
    occasion = _occasion(rule, until)
    if occasion is None or occasion < day - GRACE:
        return leases.none()
    return _for(leases, Value(occasion, DateField()))


def _for(leases: QuerySet[Any], occasion: Any) -> QuerySet[Any]:
    dated: QuerySet[Any] = leases.annotate(occasion=occasion)
    return dated


def _chosen(rule: BatchRule, leases: QuerySet[Lease]) -> QuerySet[Lease]:
    """Of the properties, the tags and the tenancy that the rule is for."""
    if rule.properties.exists():
        leases = leases.filter(unit__property__in=rule.properties.all())
    if rule.tags.exists():
        tags = rule.tags.all()
        leases = leases.filter(
            Q(pk__in=Lease.tags.through._default_manager.filter(tag__in=tags).values("lease"))
            | Q(unit__property__tags__in=tags)
        ).distinct()
    if rule.tenancy == Tenancy.FIXED:
        leases = leases.filter(end_date__isnull=False, rolled_over_on__isnull=True)
    elif rule.tenancy == Tenancy.MONTH_TO_MONTH:
        leases = leases.filter(Q(end_date__isnull=True) | Q(rolled_over_on__isnull=False))
    return leases.exclude(pk__in=rule.excluded.values("pk"))


def _occasion(rule: BatchRule, until: date) -> date | None:
    """The latest day of a rule by the calendar that is not after `until`; None where none has come."""
    if rule.day is None or rule.day > until:
        return None
    if rule.timing == Timing.ONCE:
        return rule.day
    years = until.year if _in_year(rule.day, until.year) <= until else until.year - 1
    return _in_year(rule.day, years)


def _in_year(day: date, year: int) -> date:
    """The same day of that year; February 29 becomes 28 where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _without_a_line(rule: BatchRule, leases: QuerySet[Any]) -> QuerySet[Any]:
    lines = BatchLine.objects.filter(rule=rule, lease=OuterRef("pk"), occasion=OuterRef("occasion"))
    without: QuerySet[Any] = leases.filter(~Exists(lines))
    return without
