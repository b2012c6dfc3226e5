"""The rent schedule that both sides sign."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.documents.schedule import Rate, next_due, rent_schedule

RENT = Decimal("3100.00")


def test_a_lease_from_the_first_has_one_full_payment_a_month() -> None:
    payments = rent_schedule(date(2026, 3, 1), date(2027, 2, 28), 1, [Rate(date(2026, 3, 1), RENT)])
    assert len(payments) == 12
    assert {payment.amount for payment in payments} == {RENT}
    assert not any(payment.is_prorated for payment in payments)


def test_the_first_month_is_charged_by_the_day_from_the_day_the_tenant_moves_in() -> None:
    first, second, *_ = rent_schedule(date(2026, 3, 10), date(2026, 6, 30), 1, [Rate(date(2026, 3, 10), RENT)])
    assert (first.first, first.last, first.due) == (date(2026, 3, 10), date(2026, 3, 31), date(2026, 3, 10))
    assert first.is_prorated
    assert first.amount == Decimal("2200.00"), "22 of 31 days"
    assert (second.first, second.amount) == (date(2026, 4, 1), RENT)


def test_the_last_month_is_charged_by_the_day_when_the_lease_ends_within_it() -> None:
    *_, last = rent_schedule(date(2026, 3, 1), date(2026, 6, 15), 1, [Rate(date(2026, 3, 1), RENT)])
    assert last.is_prorated
    assert last.amount == Decimal("1550.00"), "15 of 30 days"


def test_a_rent_step_within_a_month_is_charged_from_its_day() -> None:
    rates = [Rate(date(2026, 3, 1), Decimal(3000)), Rate(date(2026, 4, 16), Decimal(3300))]
    _, april, may = rent_schedule(date(2026, 3, 1), date(2026, 5, 31), 1, rates)
    assert april.amount == Decimal("3150.00")
    assert may.amount == Decimal("3300.00")


def test_a_month_to_month_lease_shows_its_first_year() -> None:
    assert len(rent_schedule(date(2026, 3, 1), None, 1, [Rate(date(2026, 3, 1), RENT)])) == 12


def test_rent_due_on_the_fifteenth_runs_from_the_fifteenth() -> None:
    first, second, *_ = rent_schedule(date(2026, 1, 15), date(2026, 12, 14), 15, [Rate(date(2026, 1, 15), RENT)])
    assert (first.first, first.last) == (date(2026, 1, 15), date(2026, 2, 14))
    assert second.due == date(2026, 2, 15)


def test_the_next_due_day() -> None:
    assert next_due(date(2026, 9, 1), 1) == date(2026, 9, 1)
    assert next_due(date(2026, 9, 2), 1) == date(2026, 10, 1)
    assert next_due(date(2026, 12, 20), 5) == date(2027, 1, 5)


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="before"):
        rent_schedule(date(2026, 3, 2), date(2026, 3, 1), 1, [Rate(date(2026, 3, 2), RENT)])


@given(
    start=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    days=st.integers(0, 1500),
    due_day=st.integers(1, 28),
    cents=st.integers(0, 2_000_000),
)
def test_every_day_of_a_term_is_charged_once(start: date, days: int, due_day: int, cents: int) -> None:
    end, monthly = start + timedelta(days=days), Decimal(cents) / 100
    payments = rent_schedule(start, end, due_day, [Rate(start, monthly)])
    assert payments[0].first == start
    assert payments[-1].last == end
    assert all(after.first == before.last + timedelta(days=1) for before, after in pairwise(payments))
    assert all(payment.due.day == due_day for payment in payments[1:])
    assert sum(payment.days for payment in payments) == days + 1
    assert all(payment.amount == monthly for payment in payments if not payment.is_prorated)
    assert all(0 <= payment.amount <= monthly for payment in payments)
