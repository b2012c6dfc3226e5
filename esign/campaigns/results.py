"""What came of a run so far: its lines counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from esign.campaigns.steering import UNSENT
from esign.envelopes.status.explanation import BEFORE_SIGNERS
from esign.models import Batch, BatchLine, BulkState, State
from esign.models.envelope import ENDED, WITH_SIGNERS
from leases.models import LeaseParty

LATELY = timedelta(minutes=10)

Status = BatchLine.Status
NOT_LEFT_OUT = ~Q(status=Status.CANCELLED)
ENDED_AND_WANTED = Q(done_at__isnull=False) & NOT_LEFT_OUT
STUMBLING = Q(done_at__isnull=True) & ~Q(last_error="")
LIST_STUCK = Q(envelope__state=State.SENDING, envelope__bulk_send__state=BulkState.NEEDS_ATTENTION)
ATTENTION = Q(envelope__state=State.NEEDS_ATTENTION) | LIST_STUCK
CAME_TO_NOTHING = Q(envelope__state__in=ENDED) & NOT_LEFT_OUT


# --- counting ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How many lines of a run stand where, and when it last moved.

    `open` lines wait for a worker, and `stumbling` ones of them have failed before. `unsent` ones have an envelope that
    is on its way to the signers, and those of them that are `ready` can be read before they are released.
    `prepared_lately`: lines that were done in the last ten minutes.
    """

    leases: int
    planned: int
    doubtful: int
    prepared: int
    skipped: int
    left_out: int
    open: int
    stumbling: int
    to_stage: int
    unsent: int
    ready: int
    sent: int
    prepared_lately: int
    out: int
    signed: int
    came_to_nothing: int
    attention: int
    line_done_at: datetime | None
    drafted_at: datetime | None
    sent_at: datetime | None
    next_line_at: datetime | None
    next_envelope_at: datetime | None

    @property
    def failed(self) -> int:
        """For a reason of ours, or because Docusign refuses: a person has to look."""
        return self.stumbling + self.attention

    @property
    def done(self) -> int:
        """Lines of which nothing is left to do before the signers act."""
        return self.leases - self.open - self.unsent

    @property
    def moved_at(self) -> datetime | None:
        """When a worker was last done with something of it."""
        return max(filter(None, (self.line_done_at, self.drafted_at, self.sent_at)), default=None)


COUNTED = {
    "leases": Q(),
    "planned": Q(status=Status.PLANNED),
    "doubtful": Q(status=Status.PLANNED) & ~Q(foretold=""),
    "prepared": Q(status=Status.PREPARED),
    "skipped": Q(status=Status.SKIPPED),
    "left_out": Q(status=Status.CANCELLED),
    "open": Q(done_at__isnull=True),
    "stumbling": STUMBLING,
}
COUNTED_BY_ENVELOPE = {
    "to_stage": Q(envelope__state__in=(State.READY, State.CREATING)) & ENDED_AND_WANTED,
    "unsent": Q(envelope__state__in=BEFORE_SIGNERS) & ENDED_AND_WANTED & ~LIST_STUCK,
    "ready": UNSENT,
    "sent": Q(envelope__sent_at__isnull=False),
    "out": Q(envelope__state__in=WITH_SIGNERS),
    "signed": Q(envelope__state=State.COMPLETED),
    "came_to_nothing": CAME_TO_NOTHING,
    "attention": ATTENTION,
}


def tally(batch: Batch) -> Tally:
    """The lines of one run, counted. One statement."""
    counts = COUNTED | COUNTED_BY_ENVELOPE | {"prepared_lately": Q(done_at__gte=timezone.now() - LATELY)}
    if batch.sort.is_act:  # its envelopes were sent by others
        counts |= dict.fromkeys(COUNTED_BY_ENVELOPE, Q(pk__isnull=True))
    found = batch.lines.aggregate(
        **{name: Count("pk", filter=which) for name, which in counts.items()},
        line_done_at=Max("done_at"),
        drafted_at=Max("envelope__drafted_at"),
        sent_at=Max("envelope__sent_at"),
        next_line_at=Min("due_at", filter=Q(done_at__isnull=True)),
        next_envelope_at=Min("envelope__due_at", filter=counts["unsent"]),
    )
    return Tally(**found)


def is_done(batch: Batch, counts: Tally) -> bool:
    """Every line has its result, and nothing of the run is still to be sent."""
    return batch.is_planned and not counts.open and not counts.unsent


@dataclass(frozen=True)
class RunTotals:
    """One run in the list of runs."""

    leases: int = 0
    prepared: int = 0
    skipped: int = 0
    signed: int = 0


def totals_of(batches: Collection[Batch]) -> dict[int, RunTotals]:
    """The runs of one page of a list, counted; one without lines is left out. One statement."""
    names = ("leases", "prepared", "skipped", "signed")
    counts = {name: Count("pk", filter=(COUNTED | COUNTED_BY_ENVELOPE)[name]) for name in names}
    lines: Any = BatchLine.objects.filter(batch__in=[batch.pk for batch in batches]).order_by()
    rows = lines.values("batch").annotate(**counts)
    return {row["batch"]: RunTotals(*(row[name] for name in names)) for row in rows}


# --- what a plan comes to ---------------------------------------------------------------------------------


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
    waiting = batch.lines.filter(status=Status.PLANNED)
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
    counted: Any = (
        lines.order_by()
        .values(home=F("lease__unit__property"), name=F("lease__unit__property__name"))
        .annotate(
            leases=Count("pk"),
            offered=Count("pk", filter=COUNTED_BY_ENVELOPE["sent"]),
            signed=Count("pk", filter=COUNTED_BY_ENVELOPE["signed"]),
            skipped=Count("pk", filter=COUNTED["skipped"]),
            left_out=Count("pk", filter=COUNTED["left_out"]),
        )
        .order_by("name", "home")
    )
    columns = ("name", "leases", "offered", "signed", "skipped", "left_out")
    return [PropertyTotals(*(row[column] for column in columns)) for row in counted]


# --- finding ----------------------------------------------------------------------------------------------


def found(lines: QuerySet[BatchLine], words: str) -> QuerySet[BatchLine]:
    """Lines of leases with this in their number, their unit, their property or a tenant's name."""
    wanted = words.strip()
    if not wanted:
        return lines
    by_lease = Q(lease__number__icontains=wanted) | Q(lease__unit__number__icontains=wanted)
    by_place = Q(lease__unit__property__name__icontains=wanted)
    # The people of these lines alone are read: the same words may name thousands of others.
    named = LeaseParty.objects.filter(lease__in=lines.order_by().values("lease"), tenant__name__icontains=wanted)
    return lines.filter(by_lease | by_place | Q(lease__in=named.values("lease")))
