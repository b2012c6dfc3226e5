"""What came of a run: how fast it goes, when it will be done, and every lease as a line of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from esign.envelopes.status.explanation import BEFORE_SIGNERS
from esign.models import Batch, BatchLine, State

HEADER = (
    "Lease", "Property", "Unit", "Tenants", "For", "Line", "Why", "Rent now", "Offer", "New rent", "From", "Envelope",
    "Sent", "Signed",
)  # fmt: skip
PACE_OVER = timedelta(minutes=10)
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Pace:
    """How a run goes. `left`: leases that have no offer out yet; `a_minute`: offers that went out lately, a minute.

    `done_at` is None while that cannot be told.
    """

    left: int
    a_minute: float
    done_at: datetime | None


def pace(batch: Batch) -> Pace:
    """From the offers of the last ten minutes, or since the run began if that is less. Two statements."""
    now = timezone.now()
    begun = max(batch.approved_at or batch.started_at, now - PACE_OVER)
    unsent = Q(status=BatchLine.Status.PLANNED) | Q(envelope__state__in=BEFORE_SIGNERS)
    left = batch.lines.filter(unsent).count()
    sent = batch.lines.filter(envelope__sent_at__gte=begun).count()
    minutes = max((now - begun) / timedelta(minutes=1), 1 / 60)
    a_minute = sent / minutes
    known = batch.is_running and left and sent
    return Pace(left, a_minute, now + timedelta(minutes=left / a_minute) if known else None)


@dataclass(frozen=True)
class PlanTotals:
    """What a plan comes to. `doubtful`: leases that would be skipped as things stand; rents in dollars a month."""

    leases: int
    doubtful: int
    rent_now: Decimal
    rent_planned: Decimal

    @property
    def increase(self) -> Decimal:
        """In per cent."""
        return (self.rent_planned - self.rent_now) * 100 / self.rent_now if self.rent_now else Decimal(0)


def plan_totals(batch: Batch) -> PlanTotals:
    """Of the lines that wait to be prepared. One statement."""
    waiting = batch.lines.filter(status=BatchLine.Status.PLANNED)
    sums = waiting.aggregate(
        leases=Count("pk"),
        doubtful=Count("pk", filter=~Q(foretold="")),
        rent_now=Sum("rent_now", filter=Q(foretold="", rent_planned__isnull=False)),
        rent_planned=Sum("rent_planned", filter=Q(foretold="")),
    )
    none = Decimal(0)
    return PlanTotals(sums["leases"], sums["doubtful"], sums["rent_now"] or none, sums["rent_planned"] or none)


@dataclass(frozen=True)
class PropertyTotals:
    """How many leases of one property stand where. `offered`: the offer is out, or was."""

    name: str
    leases: int
    offered: int
    signed: int
    skipped: int
    left_out: int


def by_property(lines: QuerySet[BatchLine]) -> list[PropertyTotals]:
    """The lines counted for each property, by name. One statement."""
    status = BatchLine.Status
    counted: Any = (
        lines.order_by()
        .values(home=F("lease__unit__property"), name=F("lease__unit__property__name"))
        .annotate(
            leases=Count("pk"),
            offered=Count("pk", filter=Q(envelope__sent_at__isnull=False)),
            signed=Count("pk", filter=Q(envelope__state=State.COMPLETED)),
            skipped=Count("pk", filter=Q(status=status.SKIPPED)),
            left_out=Count("pk", filter=Q(status=status.CANCELLED)),
        )
        .order_by("name", "home")
    )
    columns = ("name", "leases", "offered", "signed", "skipped", "left_out")
    return [PropertyTotals(*(row[column] for column in columns)) for row in counted]


def found(lines: QuerySet[BatchLine], words: str) -> QuerySet[BatchLine]:
    """Lines of leases with this in their number, their unit, their property or a tenant's name."""
    if not words.strip():
        return lines
    wanted = words.strip()
    by_lease = Q(lease__number__icontains=wanted) | Q(lease__unit__number__icontains=wanted)
    by_name = Q(lease__unit__property__name__icontains=wanted) | Q(lease__parties__tenant__name__icontains=wanted)
    return lines.filter(pk__in=lines.filter(by_lease | by_name).values("pk"))


def as_csv(lines: QuerySet[BatchLine]) -> Iterator[str]:
    """The lines as a file, a piece at a time."""
    yield _written(HEADER)
    shown = lines.select_related("lease__unit__property", "offer", "envelope")
    for line in shown.prefetch_related("lease__parties__tenant").iterator(chunk_size=500):
        yield _written(_cells(line))


def _cells(line: BatchLine) -> Iterable[object]:
    lease, offer, envelope = line.lease, line.offer, line.envelope
    home = lease.unit.property
    tenants = [party.tenant.name for party in lease.parties.all() if party.role == "tenant"]
    return (
        lease.number,
        home.name,
        lease.unit.number,
        ", ".join(tenants),
        line.occasion,
        line.get_status_display(),
        line.reason or line.last_error or line.foretold,
        line.rent_now,
        offer.number if offer else "",
        offer.rent if offer else line.rent_planned,
        offer.start_date if offer else "",
        envelope.get_state_display() if envelope else "",
        envelope.sent_at if envelope else "",
        envelope.completed_at if envelope else "",
    )


def _written(cells: Iterable[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_cell(one) for one in cells])
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(" ", "minutes")
    if isinstance(value, date | Decimal):
        return str(value)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
