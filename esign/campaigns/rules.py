"""Which leases a rule finds on a day, and what for: the occasion, which is the end of the term or the day itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Value

from esign.models import BatchLine, BatchRule, CampaignKind
from leases.models import Lease, Property
from leases.status import LeaseStatus
from leases.tagging import leases_with

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


def next_day(rule: BatchRule, today: date) -> date | None:
    """When a rule by the calendar has its next day; None: there is none, or it goes by the end of each lease."""
    if rule.timing == Timing.BEFORE_END or rule.day is None:
        return None
    day = rule.day if rule.day > today else _occasion(rule, today + timedelta(days=366))
    return day if day is not None and day > today else None


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
        return _for(leases, Value(day, DateField())).none()
    # A lease that began after the day was agreed on since, and waits for the next.
    return _for(leases.filter(start_date__lte=occasion), Value(occasion, DateField()))


def _for(leases: QuerySet[Any], occasion: Any) -> QuerySet[Any]:
    dated: QuerySet[Any] = leases.annotate(occasion=occasion)
    return dated


def _chosen(rule: BatchRule, leases: QuerySet[Lease]) -> QuerySet[Lease]:
    """Of the portfolios or properties, the tags and the tenancy that the rule is for."""
    portfolios, properties, tags = rule.portfolios.all(), rule.properties.all(), rule.tags.all()
    if portfolios.exists() or properties.exists():
        in_portfolios = Q(portfolios__in=portfolios) | Q(owner__portfolios__in=portfolios)
        homes = Property.objects.filter(in_portfolios | Q(pk__in=properties.values("pk")))
        leases = leases.filter(unit__property__in=homes.order_by().values("pk"))
    if tags.exists():
        leases = leases.filter(leases_with(tags))
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
