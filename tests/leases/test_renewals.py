"""What a renewal costs, when it begins, and who may have one."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from leases import errors
from leases.models import IncreaseKind, Lease, LeaseStatus
from leases.renewals import (
    Increase,
    due_for_renewal,
    last_day_of_term,
    new_rent,
    offer_renewal,
    offer_usual_renewal,
)
from tests.factories import (
    AddendumFactory,
    LeaseFactory,
    PropertyFactory,
    RentStepFactory,
    bring_to,
)

FLAT, PERCENT, MARKET = IncreaseKind.FLAT, IncreaseKind.PERCENT, IncreaseKind.MARKET
dollars = st.decimals(min_value=1, max_value=20_000, places=2)


def increase(kind: IncreaseKind, amount: int | str = 0) -> Increase:
    return Increase(kind, Decimal(amount))


# --- rent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "rounding", "cap", "expected"),
    [
        (increase(FLAT, 60), "1", None, "2060.00"),
        (increase(PERCENT, 3), "1", None, "2060.00"),
        (increase(PERCENT, "3.4"), "5", None, "2070.00"),  # 2068 is nearer to 2070
        (increase(PERCENT, "3.1"), "5", None, "2060.00"),  # 2062 is nearer to 2060
        (increase(PERCENT, 10), "1", "5", "2100.00"),
        (increase(PERCENT, "4.9"), "25", "4.9", "2075.00"),  # rounding up to 2100 would pass the cap
        (increase(FLAT, 3), "50", "0.1", "2000.00"),
        (increase(MARKET), "1", None, "2150.00"),
        (increase(MARKET), "1", "5", "2100.00"),
    ],
)
def test_rent_of_a_renewal(by: Increase, rounding: str, cap: str | None, expected: str) -> None:
    rent = new_rent(
        Decimal(2000),
        by,
        market_rent=Decimal(2150),
        rounding=Decimal(rounding),
        cap=Decimal(cap) if cap else None,
    )
    assert rent == Decimal(expected)


@given(
    rent=dollars,
    kind=st.sampled_from(IncreaseKind),
    amount=st.decimals(min_value=0, max_value=500, places=2),
    market=dollars,
    rounding=st.sampled_from(["0.01", "1", "5", "10", "25", "100"]).map(Decimal),
    cap=st.decimals(min_value=0, max_value=50, places=2),
)
def test_no_rounding_passes_the_cap(
    rent: Decimal, kind: IncreaseKind, amount: Decimal, market: Decimal, rounding: Decimal, cap: Decimal
) -> None:
    capped = new_rent(rent, Increase(kind, amount), market_rent=market, rounding=rounding, cap=cap)
    assert capped <= rent * (100 + cap) / 100
    assert capped == capped.quantize(Decimal("0.01"))
    free = new_rent(rent, Increase(kind, amount), market_rent=market, rounding=rounding)
    assert free % rounding == 0
    assert capped <= max(free, rent)


def test_a_market_rent_that_no_one_knows_is_not_guessed() -> None:
    with pytest.raises(errors.CannotRenew, match="no market rent"):
        new_rent(Decimal(2000), increase(MARKET))


# --- dates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2027, 1, 1), 12, date(2027, 12, 31)),
        (date(2027, 3, 15), 6, date(2027, 9, 14)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 30), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_last_day_of_a_term(start: date, months: int, end: date) -> None:
    assert last_day_of_term(start, months) == end


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 120))
def test_a_term_is_as_long_as_it_says(start: date, months: int) -> None:
    end = last_day_of_term(start, months)
    assert start < end
    same_day = start + relativedelta(months=months)
    assert same_day - timedelta(days=1) <= end <= same_day


# --- offers -----------------------------------------------------------------------------------------------


@pytest.fixture
def lease(db: None) -> Lease:
    """Two tenants and a guarantor until December 31, 2026, with a pet and a raise in July; today is November 2."""
    with time_machine.travel("2026-11-02T12:00:00-08:00", tick=False):
        lease: Lease = LeaseFactory(
            tenants=2, guarantors=1, start_date=date(2026, 1, 1), end_date=date(2026, 12, 31), pets=1
        )
        AddendumFactory(lease=lease)
        RentStepFactory(lease=lease, from_date=date(2026, 7, 1), amount=Decimal(2100))
        return bring_to(lease, "active")


def test_a_renewal_starts_the_day_after_with_the_same_parties_and_addenda(lease: Lease) -> None:
    offered = offer_renewal(lease, term_months=12, increase=increase(PERCENT, 5), rounding=Decimal(5))
    renewal = Lease.objects.get(pk=offered.pk)
    assert offered.terms() == renewal.terms()
    assert (renewal.status, renewal.previous_lease) == (LeaseStatus.DRAFT, lease)
    assert (renewal.start_date, renewal.end_date) == (date(2027, 1, 1), date(2027, 12, 31))
    assert renewal.rent == Decimal(2205)  # from the rent of the last day, not of the first
    assert [(party.key, party.tenant_id, party.is_primary) for party in renewal.parties.all()] == [
        (party.key, party.tenant_id, party.is_primary) for party in lease.parties.all()
    ]
    assert [addendum.terms for addendum in renewal.addenda.all()] == [
        addendum.terms for addendum in lease.addenda.all()
    ]
    step = renewal.rent_steps.get()
    assert (step.from_date, step.amount) == (date(2027, 7, 1), Decimal(2305))
    assert renewal.problems() == []
    rows: list[Any] = [renewal, step, *renewal.parties.all(), *renewal.addenda.all()]
    assert [row.history.get().history_type for row in rows] == ["+"] * 6


def test_a_step_that_the_new_term_does_not_reach_is_left_out(lease: Lease) -> None:
    renewal = offer_renewal(lease, term_months=6, increase=increase(FLAT))
    assert not renewal.rent_steps.exists()


def test_the_usual_renewal_is_what_the_property_says(lease: Lease) -> None:
    home = lease.unit.property
    home.renewal_term_months, home.renewal_increase = 6, Decimal(10)
    home.renewal_cap_percent, home.renewal_rounding = Decimal(4), Decimal(10)
    home.save()
    renewal = offer_usual_renewal(lease)
    assert renewal.end_date == date(2027, 6, 30)
    assert renewal.rent == Decimal(2180)  # 4 per cent over 2,100 is 2,184


def test_a_lease_gets_one_renewal_at_a_time(lease: Lease) -> None:
    first = offer_usual_renewal(lease)
    with pytest.raises(errors.CannotRenew, match=first.number):
        offer_usual_renewal(lease)
    first.cancel("They want a shorter term.")
    assert offer_usual_renewal(lease).previous_lease == lease


@pytest.mark.parametrize("stage", ["draft", "out_for_signature", "executed", "ended", "cancelled"])
@pytest.mark.django_db
def test_only_an_active_lease_is_renewed(stage: str) -> None:
    with pytest.raises(errors.CannotRenew, match="only an active lease"):
        offer_usual_renewal(LeaseFactory(stage=stage))


def test_the_old_lease_becomes_renewed_when_the_new_one_starts(lease: Lease) -> None:
    renewal = offer_usual_renewal(lease)
    bring_to(renewal, "executed")
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.ACTIVE
    renewal.activate(on=renewal.start_date)
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.RENEWED
    assert lease.status_reason == f"Renewed by lease {renewal.number}."


def test_a_renewal_cannot_start_before_the_old_lease_is_over(lease: Lease) -> None:
    with pytest.raises(errors.CannotRenew, match="runs until December 31, 2026"):
        offer_renewal(lease, term_months=12, increase=increase(FLAT), start=date(2026, 12, 1))
    renewal = offer_usual_renewal(lease)
    renewal.start_date = date(2026, 12, 1)
    renewal.save()
    with pytest.raises(errors.LeaseIncomplete, match="has ended"):
        renewal.send_out()


# --- month to month -----------------------------------------------------------------------------------------


def test_a_month_to_month_lease_holds_its_unit_only_until_its_renewal(lease: Lease) -> None:
    with time_machine.travel("2027-01-10T12:00:00-08:00", tick=False):
        lease.roll_over()
        assert lease.is_month_to_month
        with pytest.raises(errors.CannotRenew, match="say on which day"):
            offer_usual_renewal(lease)
        renewal = offer_usual_renewal(lease, start=date(2027, 3, 1))
        renewal.send_out()
        lease.refresh_from_db()
        assert lease.holds_unit_until == date(2027, 2, 28)
        renewal.withdraw("Another term was wanted.")
        lease.refresh_from_db()
        assert lease.holds_unit_until is None


def test_a_lease_does_not_go_month_to_month_before_its_last_day_is_over(lease: Lease) -> None:
    with time_machine.travel("2026-12-31T23:00:00-08:00"), pytest.raises(errors.TooEarly):
        lease.roll_over()


# --- what is due ------------------------------------------------------------------------------------------


def test_what_is_due_is_a_window_so_that_two_silent_days_lose_nothing(lease: Lease) -> None:
    assert list(due_for_renewal(date(2026, 11, 2), 60)) == [lease]
    assert list(due_for_renewal(date(2026, 11, 1), 60)) == [lease]
    assert list(due_for_renewal(date(2026, 10, 31), 60)) == []
    assert list(due_for_renewal(date(2027, 1, 1), 60)) == []


def test_what_has_a_renewal_is_not_due_again(lease: Lease) -> None:
    renewal = offer_usual_renewal(lease)
    assert not due_for_renewal(date(2026, 11, 2), 60).exists()
    renewal.cancel("A mistake.")
    assert due_for_renewal(date(2026, 11, 2), 60).exists()


def test_what_is_due_can_be_asked_for_some_properties(lease: Lease) -> None:
    assert due_for_renewal(date(2026, 11, 2), 60, [lease.unit.property]).exists()
    assert not due_for_renewal(date(2026, 11, 2), 60, [PropertyFactory()]).exists()
