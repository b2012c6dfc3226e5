"""Renewals: which leases are due for one, at what rent, and the draft that offers it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from leases.dates import long_day
from leases.errors import AlreadyRenewed, CannotRenew
from leases.models import Addendum, IncreaseKind, Lease, LeaseParty, Property, RentStep
from leases.models.numbers import next_lease_number
from leases.models.protected import named_errors
from leases.models.reading import remember
from leases.status import LeaseStatus

CENT = Decimal("0.01")
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Increase:
    """How the rent rises:

    by dollars, by per cent, or to the unit's market rent (`amount` is then not used).
    """

    kind: IncreaseKind
    amount: Decimal = Decimal(0)


def last_day_of_term(start: date, months: int) -> date:
    """January 1 and 12 months give December 31; January 31 and 1 month give February 28 (or 29)."""
    same_day = start + relativedelta(months=months)
    return same_day - timedelta(days=1) if same_day.day == start.day else same_day


def new_rent(
    rent: Decimal,
    increase: Increase,
    *,
    market_rent: Decimal | None = None,
    rounding: Decimal = Decimal(1),
    cap: Decimal | None = None,
) -> Decimal:
    """The monthly rent of a renewal, in dollars.

    Rounded to a multiple of `rounding` dollars, half up; never above `rent` raised by `cap` per cent, not
    even by rounding. Raises CannotRenew if the market rent is wanted and not known.
    """
    match increase.kind:
        case IncreaseKind.FLAT:
            wanted = rent + increase.amount
        case IncreaseKind.PERCENT:
            wanted = rent * (HUNDRED + increase.amount) / HUNDRED
        case IncreaseKind.MARKET:
            if market_rent is None:
                raise CannotRenew("The unit has no market rent; fill it in or choose another kind of increase.")
            wanted = market_rent
    rounded = _to_multiple(wanted, rounding, ROUND_HALF_UP)
    if cap is None:
        return rounded
    limit = (rent * (HUNDRED + cap) / HUNDRED).quantize(CENT, ROUND_DOWN)
    if rounded <= limit:
        return rounded
    below = _to_multiple(limit, rounding, ROUND_DOWN)
    return below if below >= rent else limit


def _to_multiple(amount: Decimal, step: Decimal, how: str) -> Decimal:
    return ((amount / step).quantize(Decimal(1), how) * step).quantize(CENT)


def offer_renewal(
    lease: Lease,
    *,
    term_months: int | None,
    increase: Increase,
    rounding: Decimal = Decimal(1),
    cap: Decimal | None = None,
    start: date | None = None,
    also: Callable[[Lease], object] | None = None,
) -> Lease:
    """Draft the lease that follows this one: same unit, parties and addenda, new term and rent.

    `term_months` None offers month to month. `start` is needed only where the lease has no last day ahead;
    otherwise the new one starts the day after it. `rounding` is in dollars, `cap` in per cent over the rent
    of the last day. A rent step comes along at the same distance from the start and with the same difference
    from the rent, if the new term is long enough. `also` writes what belongs to the draft, in the same transaction.
    Raises CannotRenew: only an active lease without a successor can be renewed.
    """
    try:
        with named_errors():
            lease = Lease.objects.with_terms().locked(lease.pk)
            first_day = _first_day_of_renewal(lease, start)
            rent = new_rent(
                lease.rent_on(first_day - timedelta(days=1)),
                increase,
                market_rent=lease.unit.market_rent,
                rounding=rounding,
                cap=cap,
            )
            last_day = last_day_of_term(first_day, term_months) if term_months is not None else None
            successor = _carry_over(lease, first_day, last_day, rent)
            if also is not None:
                also(successor)
            return successor
    except AlreadyRenewed as refusal:
        if (following := lease.successor) is None:
            raise
        raise AlreadyRenewed(f"Lease {lease.number} already has a renewal: {following.number}.") from refusal


def offer_usual_renewal(
    lease: Lease, *, start: date | None = None, also: Callable[[Lease], object] | None = None
) -> Lease:
    """Draft the renewal that the property offers unless staff choose otherwise. See `offer_renewal`."""
    home = lease.unit.property
    return offer_renewal(
        lease,
        term_months=home.renewal_term_months,
        increase=Increase(IncreaseKind(home.renewal_increase_kind), home.renewal_increase),
        rounding=home.renewal_rounding,
        cap=home.renewal_cap_percent,
        start=start,
        also=also,
    )


def _first_day_of_renewal(lease: Lease, start: date | None) -> date:
    if lease.status != LeaseStatus.ACTIVE:
        stage = lease.get_status_display().lower()
        raise CannotRenew(f"Lease {lease.number} is {stage}; only an active lease can be renewed.")
    today = lease.unit.property.today()
    if not lease.is_month_to_month and lease.end_date is not None:
        earliest = lease.end_date + timedelta(days=1)
        if start not in (None, earliest):
            end = long_day(lease.end_date)
            raise CannotRenew(f"Lease {lease.number} runs until {end}; its renewal starts the day after.")
        return earliest
    if start is None:
        raise CannotRenew(f"Lease {lease.number} runs month to month; say on which day its renewal starts.")
    if start <= max(today, lease.start_date):
        raise CannotRenew("A renewal of a month-to-month lease has to start after today.")
    return start


def _carry_over(lease: Lease, first_day: date, last_day: date | None, rent: Decimal) -> Lease:
    """The lease once more with its parts, for another term. It is returned as `with_terms` would read it.

    Each kind of row is written in one statement and its history in another, however many there are. The caller has the
    lock of the lease, and names what the database refuses.
    """
    successor = Lease(
        number=next_lease_number(timezone.localdate().year),
        unit=lease.unit,
        previous_lease=lease,
        start_date=first_day,
        end_date=last_day,
        rent=rent,
        deposit=lease.deposit,
        due_day=lease.due_day,
        late_fee=lease.late_fee,
        late_fee_after_days=lease.late_fee_after_days,
        pets=lease.pets,
        parking_spaces=lease.parking_spaces,
    )
    bulk_create_with_history([successor], Lease)
    parties = [
        LeaseParty(
            lease=successor, tenant=party.tenant, role=party.role, order=party.order, is_primary=party.is_primary
        )
        for party in lease.parties.all()
    ]
    addenda = [
        Addendum(lease=successor, kind=addendum.kind, title=addendum.title, terms=addendum.terms)
        for addendum in lease.addenda.all()
    ]
    steps = [_carried(step, lease, successor) for step in lease.rent_steps.all()]
    remember(successor, "parties", bulk_create_with_history(parties, LeaseParty))
    remember(successor, "addenda", bulk_create_with_history(addenda, Addendum))
    within = [step for step in steps if step.is_within_term]
    remember(successor, "rent_steps", bulk_create_with_history(within, RentStep))
    if tags := list(lease.tags.all()):
        successor.tags.add(*tags)
    return successor


def _carried(step: RentStep, lease: Lease, successor: Lease) -> RentStep:
    months = (step.from_date.year - lease.start_date.year) * 12 + step.from_date.month - lease.start_date.month
    amount = max(Decimal(0), successor.rent + step.amount - lease.rent)
    return RentStep(lease=successor, from_date=successor.start_date + relativedelta(months=months), amount=amount)


def due_for_renewal(on: date, days_before_end: int, properties: Iterable[Property] | None = None) -> QuerySet[Lease]:
    """Active leases that end within so many days from `on` and have no renewal yet, soonest first.

    A window and not a single day: anyone who asks after two days of silence still finds every lease.
    """
    successors = Lease.objects.filter(previous_lease=OuterRef("pk")).exclude(status=LeaseStatus.CANCELLED)
    leases = Lease.objects.filter(
        ~Exists(successors),
        status=LeaseStatus.ACTIVE,
        rolled_over_on__isnull=True,
        end_date__gte=on,
        end_date__lte=on + timedelta(days=days_before_end),
    )
    if properties is not None:
        leases = leases.filter(unit__property__in=properties)
    return leases.select_related("unit__property__owner").order_by("end_date", "number")
