"""Leases start, end or go on month to month on the property's own day."""

from datetime import date

import pytest
import time_machine
from django.conf import settings

from leases.calendar import transition_leases_by_date
from leases.models import Lease, LeaseStatus
from leases.renewals import offer_usual_renewal
from tests.factories import LeaseFactory, PropertyFactory, bring_to

pytestmark = pytest.mark.django_db
YEAR = {"start_date": date(2026, 1, 1), "end_date": date(2026, 12, 31)}


@pytest.fixture(autouse=True)
def _autumn() -> object:
    with time_machine.travel("2026-11-02T12:00:00Z", tick=False) as clock:
        yield clock


def stage(lease: Lease) -> str:
    lease.refresh_from_db()
    return lease.status


def test_leases_start_when_the_day_reaches_their_time_zone() -> None:
    east = LeaseFactory(
        unit__property=PropertyFactory(time_zone="America/New_York"), start_date=date(2027, 1, 1), stage="executed"
    )
    west = LeaseFactory(
        unit__property=PropertyFactory(time_zone="America/Los_Angeles"), start_date=date(2027, 1, 1), stage="executed"
    )
    with time_machine.travel("2027-01-01T05:30:00Z"):  # half past midnight in New York
        assert transition_leases_by_date().activated == [east]
        assert transition_leases_by_date().activated == []
    assert (stage(east), stage(west)) == ("active", "executed")
    with time_machine.travel("2027-01-01T08:30:00Z"):
        assert transition_leases_by_date().activated == [west]


def test_a_lease_that_missed_its_day_starts_at_the_next_turn() -> None:
    lease = LeaseFactory(start_date=date(2026, 11, 20), stage="executed")
    with time_machine.travel("2026-11-24T12:00:00Z"):
        transition_leases_by_date()
    assert stage(lease) == "active"


def test_nothing_but_an_executed_lease_starts_by_the_calendar() -> None:
    leases = [LeaseFactory(stage=name) for name in ("draft", "out_for_signature", "cancelled")]
    report = transition_leases_by_date()
    assert (report.activated, report.problems) == ([], [])
    assert [stage(lease) for lease in leases] == ["draft", "out_for_signature", "cancelled"]


def test_a_lease_lasts_through_its_last_day() -> None:
    lease = LeaseFactory(**YEAR, unit__property=PropertyFactory(at_term_end="end"), stage="active")
    with time_machine.travel("2027-01-01T07:30:00Z"):  # still December 31 in Oakland
        assert transition_leases_by_date().ended == []
    with time_machine.travel("2027-01-01T08:30:00Z"):
        assert transition_leases_by_date().ended == [lease]
    assert stage(lease) == "ended"


def test_where_the_property_says_so_a_lease_goes_on_month_to_month() -> None:
    lease = LeaseFactory(**YEAR, stage="active")
    with time_machine.travel("2027-01-05T12:00:00Z"):
        assert transition_leases_by_date().rolled_over == [lease]
        assert transition_leases_by_date().rolled_over == []
    assert stage(lease) == "active"
    assert lease.rolled_over_on == date(2027, 1, 1)
    assert lease.end_date == date(2026, 12, 31), "what was signed stays as it was signed"


def test_a_lease_ends_after_all_if_its_unit_is_promised_to_somebody_else() -> None:
    lease = LeaseFactory(**YEAR, stage="active")
    newcomer = LeaseFactory(unit=lease.unit, start_date=date(2027, 1, 1), stage="executed")
    with time_machine.travel("2027-01-05T12:00:00Z"):
        report = transition_leases_by_date()
    assert (report.ended, report.activated, report.problems) == ([lease], [newcomer], [])
    assert (stage(lease), stage(newcomer)) == ("ended", "active")


def test_a_signed_renewal_takes_over_without_a_gap() -> None:
    lease = LeaseFactory(**YEAR, stage="active")
    renewal = bring_to(offer_usual_renewal(lease), "executed")
    with time_machine.travel("2027-01-01T12:00:00Z"):
        report = transition_leases_by_date()
    assert (report.activated, report.ended, report.rolled_over) == ([renewal], [], [])
    assert (stage(lease), stage(renewal)) == ("renewed", "active")


def test_a_renewal_that_is_signed_late_finds_the_old_lease_month_to_month() -> None:
    lease = LeaseFactory(**YEAR, stage="active")
    renewal = bring_to(offer_usual_renewal(lease), "out_for_signature")
    with time_machine.travel("2027-01-05T12:00:00Z"):
        assert transition_leases_by_date().rolled_over == [lease]
    assert stage(lease) == LeaseStatus.ACTIVE
    assert lease.holds_unit_until == date(2026, 12, 31), "from January on the unit is kept for the renewal"
    renewal.refresh_from_db()
    assert renewal.status == LeaseStatus.OUT_FOR_SIGNATURE


def test_the_daily_clock_is_a_task_of_leases_alone() -> None:
    schedule = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert "leases.tasks.apply_calendar" in schedule
