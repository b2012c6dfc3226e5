"""What the calendar does to leases: they start, end, or go on month to month, on the property's own day."""

from dataclasses import dataclass, field

from leases.errors import LeaseError, UnitAlreadyLet
from leases.models import AtTermEnd, Lease, Property
from leases.status import LeaseStatus


@dataclass
class TransitionReport:
    """What one turn did. `problems` pairs a lease with the sentence that says why it stayed as it was."""

    activated: list[Lease] = field(default_factory=list)
    ended: list[Lease] = field(default_factory=list)
    rolled_over: list[Lease] = field(default_factory=list)
    problems: list[tuple[Lease, str]] = field(default_factory=list)


def transition_leases_by_date() -> TransitionReport:
    """Bring every lease to where the calendar says it is, each in a transaction of its own. Safe to repeat.

    Executed leases become active on their first day. Active leases past their last day end or go on month to
    month, as their property says. The day is that of the property's time zone.
    """
    report = TransitionReport()
    zones = Property.objects.order_by().values_list("time_zone", flat=True).distinct()
    todays = {zone: Property(time_zone=zone).today() for zone in zones}
    for zone, today in todays.items():
        here = Lease.objects.filter(unit__property__time_zone=zone).select_related("unit__property")
        for lease in here.filter(status=LeaseStatus.EXECUTED, start_date__lte=today).order_by("start_date"):
            try:
                lease.activate(on=today)
                report.activated.append(lease)
            except LeaseError as reason:
                report.problems.append((lease, str(reason)))
        past = here.filter(status=LeaseStatus.ACTIVE, end_date__lt=today, rolled_over_on__isnull=True)
        for lease in past.order_by("end_date"):
            _pass_last_day(lease, report)
    return report


def _pass_last_day(lease: Lease, report: TransitionReport) -> None:
    try:
        if lease.unit.property.at_term_end == AtTermEnd.ROLL_OVER:
            try:
                lease.roll_over()
                report.rolled_over.append(lease)
                return
            except UnitAlreadyLet:
                pass  # the unit is let to somebody else: then this lease ends as it says
        lease.end(on=lease.end_date, reason="Its term is over.")
        report.ended.append(lease)
    except LeaseError as reason:
        report.problems.append((lease, str(reason)))
