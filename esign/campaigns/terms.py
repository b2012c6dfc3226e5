"""On which terms a campaign offers a renewal or changes a rent, for one lease."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from django.utils import timezone

from esign.campaigns.market_steps import Steps, increase_for
from esign.models import Batch, BatchLine, BatchRule, CampaignKind
from leases.errors import CannotRenew
from leases.models import IncreaseKind, Lease
from leases.renewals import CENT, HUNDRED, Increase, new_rent

# Rounded up to this, a gap in per cent leads back to the market rent to the cent.
FINE = Decimal("1e-12")


@dataclass(frozen=True)
class OfferTerms:
    """`term_months` None is month to month; `rounding` in dollars; `cap` in per cent over the rent before."""

    term_months: int | None
    increase: Increase
    rounding: Decimal
    cap: Decimal | None


def terms_of(
    contents: BatchRule | Batch, lease: Lease, line: BatchLine | None = None, on: date | None = None
) -> OfferTerms:
    """The campaign's own terms or the property's, and over both what staff chose for this lease.

    `on` is the day of the run, where it is not today. Raises CannotRenew if the market rent is wanted and not known.
    """
    home = lease.unit.property
    if contents.own_terms:
        increase = Increase(IncreaseKind(contents.increase_kind), contents.increase)
        terms = OfferTerms(contents.term_months, increase, contents.rounding, contents.cap_percent)
        if contents.market_steps and increase.kind == IncreaseKind.MARKET:
            terms = _towards_market(contents.market_steps, terms, lease, rent_before(contents, lease, on))
    else:
        increase = Increase(IncreaseKind(home.renewal_increase_kind), home.renewal_increase)
        terms = OfferTerms(home.renewal_term_months, increase, home.renewal_rounding, home.renewal_cap_percent)
    if line is not None and line.term_chosen is not None:
        terms = replace(terms, term_months=line.term_chosen)
    if line is not None and line.rent_chosen is not None:
        terms = _to_exactly(line.rent_chosen, terms, rent_before(contents, lease, on))
    return terms


def rent_before(contents: BatchRule | Batch, lease: Lease, on: date | None = None) -> Decimal:
    """What is paid on the last day before the new rent would begin."""
    if contents.sort == CampaignKind.RENT_CHANGE:
        return lease.rent_on(max(lease.start_date, notice_effective(contents, on) - timedelta(days=1)))
    return lease.rent_on(lease.end_date or lease.unit.property.today())


def planned_rent(
    contents: BatchRule | Batch, lease: Lease, line: BatchLine | None = None, on: date | None = None
) -> Decimal:
    """The new monthly rent in dollars, as `offer_renewal` would compute it. Raises CannotRenew."""
    terms = terms_of(contents, lease, line, on)
    return new_rent(
        rent_before(contents, lease, on),
        terms.increase,
        market_rent=lease.unit.market_rent,
        rounding=terms.rounding,
        cap=terms.cap,
    )


def notice_effective(contents: BatchRule | Batch, on: date | None = None) -> date:
    """The first day of what a notice announces, counted from the day of the run; for a rule, from `on` or today."""
    day = contents.day if isinstance(contents, Batch) else on or timezone.localdate()
    return contents.effective or day + timedelta(days=contents.effective_after_days)


def _to_exactly(rent: Decimal, terms: OfferTerms, before: Decimal) -> OfferTerms:
    return OfferTerms(terms.term_months, Increase(IncreaseKind.FLAT, rent - before), CENT, None)


def _towards_market(steps: Steps, terms: OfferTerms, lease: Lease, rent: Decimal) -> OfferTerms:
    """By the step for what is left to the market rent; rounding leads neither beyond it nor below the rent of now."""
    market = lease.unit.market_rent
    if market is None:
        raise CannotRenew("The unit has no market rent; fill it in or choose another kind of increase.")
    if market <= rent or not rent:
        return _to_exactly(rent, terms, rent)
    gap = ((market - rent) * HUNDRED / rent).quantize(FINE, ROUND_CEILING)
    cap = gap if terms.cap is None else min(terms.cap, gap)
    wanted = new_rent(rent, Increase(IncreaseKind.PERCENT, increase_for(gap, steps)), rounding=terms.rounding, cap=cap)
    return _to_exactly(max(wanted, rent), terms, rent)
