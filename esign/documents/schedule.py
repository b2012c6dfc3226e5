"""When which rent is due: the schedule that a lease prints and both sides sign.

Rent is for a month that runs from one due day to the day before the next. The first and the last month are
charged by the day where the lease does not cover them whole, and so are months in which the rent changes: each
day costs its month's rent divided by the days of that month. Amounts are dollars, rounded to cents half up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
MONTHS_SHOWN_WITHOUT_END = 12
MAX_MONTHS = 240


@dataclass(frozen=True)
class Rate:
    """The monthly rent from a day on."""

    from_day: date
    monthly: Decimal


@dataclass(frozen=True)
class Payment:
    """One row of the schedule: what is due on `due` for the days `first` to `last`, both included."""

    number: int
    first: date
    last: date
    due: date
    amount: Decimal
    days: int
    full_days: int

    @property
    def is_prorated(self) -> bool:
        """True when the lease covers only a part of this month."""
        return self.days < self.full_days


def rent_schedule(start: date, end: date | None, due_day: int, rates: Sequence[Rate]) -> list[Payment]:
    """Every payment of the term, or the first year's where the lease has no end.

    `rates` begins with the rent at `start` and is ordered by day; `due_day` is from 1 to 28. Raises ValueError
    for an end before the start or a term of more than twenty years.
    """
    if end is not None and end < start:
        raise ValueError("The last day cannot come before the first day.")
    payments: list[Payment] = []
    opens = _due_on_or_before(start, due_day)
    while True:
        closes = _next_month(opens) - timedelta(days=1)
        first, last = max(opens, start), min(closes, end or closes)
        payments.append(
            Payment(
                number=len(payments) + 1,
                first=first,
                last=last,
                due=first,
                amount=_rent_between(first, last, opens, closes, rates),
                days=(last - first).days + 1,
                full_days=(closes - opens).days + 1,
            )
        )
        opens = _next_month(opens)
        if (end is not None and opens > end) or (end is None and len(payments) == MONTHS_SHOWN_WITHOUT_END):
            return payments
        if len(payments) == MAX_MONTHS:
            raise ValueError("A lease of more than twenty years has no schedule.")


def prorated(monthly: Decimal, payment: Payment) -> Decimal:
    """A monthly charge for the days of one payment."""
    return (monthly * payment.days / payment.full_days).quantize(CENT, rounding=ROUND_HALF_UP)


def next_due(day: date, due_day: int) -> date:
    """The first due day on or after `day`."""
    before = _due_on_or_before(day, due_day)
    return before if before == day else _next_month(before)


def _due_on_or_before(start: date, due_day: int) -> date:
    if start.day >= due_day:
        return start.replace(day=due_day)
    return (start.replace(day=1) - timedelta(days=1)).replace(day=due_day)


def _next_month(day: date) -> date:
    return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)


def _rent_between(first: date, last: date, opens: date, closes: date, rates: Sequence[Rate]) -> Decimal:
    full_days = (closes - opens).days + 1
    total = Decimal(0)
    for rate, following in zip(rates, [*rates[1:], None], strict=True):
        begins = max(first, rate.from_day) if rate is not rates[0] else first
        ends = min(last, following.from_day - timedelta(days=1)) if following else last
        days = (ends - begins).days + 1
        if days > 0:
            total += rate.monthly * days / full_days
    return total.quantize(CENT, rounding=ROUND_HALF_UP)
