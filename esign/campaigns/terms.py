"""On which terms a campaign offers a renewal or changes a rent, for one lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from esign.models import Batch, BatchLine, BatchRule
from leases.errors import CannotRenew
from leases.models import IncreaseKind, Lease
from leases.renewals import Increase, new_rent

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class OfferTerms:
    """`term_months` None is month to month; `rounding` in dollars; `cap` in per cent over the rent before."""

    term_months: int | None
    increase: Increase
    rounding: Decimal
    cap: Decimal | None


def terms_of(contents: BatchRule | Batch, lease: Lease, line: BatchLine | None = None) -> OfferTerms:
    """The campaign's own terms or the property's, and over both what staff chose for this lease.

    Raises CannotRenew if the market rent is wanted and not known.
    """
    home = lease.unit.property
    if contents.own_terms:
        months, rounding, cap = contents.term_months, contents.rounding, contents.cap_percent
        increase = Increase(IncreaseKind(contents.increase_kind), contents.increase)
    else:
        months, rounding, cap = home.renewal_term_months, home.renewal_rounding, home.renewal_cap_percent
        increase = Increase(IncreaseKind(home.renewal_increase_kind), home.renewal_increase)
    if contents.own_terms and contents.market_steps:
        increase = _towards_market(contents.market_steps, lease)
    if line is not None and line.term_chosen is not None:
        months = line.term_chosen
    if line is not None and line.rent_chosen is not None:
        increase, rounding, cap = _to_exactly(line.rent_chosen, lease), Decimal("0.01"), None
    return OfferTerms(months, increase, rounding, cap)


def rent_before(lease: Lease) -> Decimal:
    """What is paid on the last day before the renewal would begin."""
    return lease.rent_on(lease.end_date or lease.unit.property.today())


def planned_rent(contents: BatchRule | Batch, lease: Lease, line: BatchLine | None = None) -> Decimal:
    """The new monthly rent in dollars, as `offer_renewal` would compute it. Raises CannotRenew."""
    terms = terms_of(contents, lease, line)
    return new_rent(
        rent_before(lease),
        terms.increase,
        market_rent=lease.unit.market_rent,
        rounding=terms.rounding,
        cap=terms.cap,
    )


def notice_effective(contents: BatchRule | Batch) -> date:
    """The first day of what a notice announces, counted from the day of the run; for a rule, from today."""
    day = contents.day if isinstance(contents, Batch) else timezone.localdate()
    return contents.effective or day + timedelta(days=contents.effective_after_days)


def _to_exactly(rent: Decimal, lease: Lease) -> Increase:
    return Increase(IncreaseKind.FLAT, rent - rent_before(lease))


def _towards_market(steps: Sequence[Sequence[object]], lease: Lease) -> Increase:
    """By the first step whose gap is not smaller than what is left to the market rent, and never beyond it."""
    market, now = lease.unit.market_rent, rent_before(lease)
    if market is None:
        raise CannotRenew("The unit has no market rent; fill it in or choose another kind of increase.")
    gap = max(Decimal(0), (market - now) * HUNDRED / now) if now else Decimal(0)
    table = sorted((Decimal(str(up_to)), Decimal(str(by))) for up_to, by in steps)
    by = next((by for up_to, by in table if gap <= up_to), table[-1][1])
    return Increase(IncreaseKind.PERCENT, min(by, gap))
