"""The last hours of a run as a chart: how many offers were prepared, sent and signed in each stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from esign.models import Batch, BatchLine

FINE, COARSE = timedelta(minutes=10), timedelta(hours=1)
FINE_UP_TO = timedelta(hours=3)
FARTHEST = timedelta(hours=24)
FEWEST = 6  # stretches, so that the first ten minutes are no wall of colour
HEIGHT, WIDTH = 40, 10  # of a row of bars, and of one stretch in it


@dataclass(frozen=True)
class Bar:
    """One stretch of one row: where it is drawn, in units of the drawing."""

    start: datetime
    count: int
    x: int
    height: int

    @property
    def y(self) -> int:
        return HEIGHT - self.height


@dataclass(frozen=True)
class Row:
    """What happened, stretch by stretch."""

    label: str
    bars: Sequence[Bar]

    @property
    def total(self) -> int:
        return sum(bar.count for bar in self.bars)

    @property
    def most(self) -> int:
        return max(bar.count for bar in self.bars)


@dataclass(frozen=True)
class Chart:
    """`step` is how long a stretch is; all rows are drawn by the same measure."""

    step: timedelta
    starts: Sequence[datetime]
    rows: Sequence[Row]

    height = HEIGHT

    @property
    def width(self) -> int:
        return WIDTH * len(self.starts)

    @property
    def stretch(self) -> str:
        return "10 minutes" if self.step == FINE else "an hour"

    @property
    def middle(self) -> datetime:
        return self.starts[len(self.starts) // 2]

    @property
    def table(self) -> list[tuple[datetime, list[tuple[str, int]]]]:
        """The same numbers for those who do not see the drawing; stretches in which nothing happened are left out."""
        cells = [[(row.label, row.bars[place].count) for row in self.rows] for place in range(len(self.starts))]
        return [(start, row) for start, row in zip(self.starts, cells, strict=True) if any(count for _, count in row)]


def last_hours(batch: Batch) -> Chart | None:
    """From the approval on, at most a day back: by ten minutes, or by the hour if that is long. Two statements.

    None: nothing happened.
    """
    if batch.approved_at is None:
        return None
    now = timezone.localtime()
    begun = max(batch.approved_at, now - FARTHEST)
    step = FINE if now - begun <= FINE_UP_TO else COARSE
    starts = _starts(begun, now, step)
    prepared = _counted(batch.lines.filter(status=BatchLine.Status.PREPARED), starts, step, ["done_at"])
    columns = ["envelope__sent_at", "envelope__completed_at"]
    sent, signed = _counted(batch.lines.all(), starts, step, columns)
    counts = {"Prepared": prepared[0], "Sent": sent, "Received" if batch.sort.is_notice else "Signed": signed}
    most = max(max(one) for one in counts.values())
    if not most:
        return None
    return Chart(step, starts, [Row(label, _bars(one, starts, most)) for label, one in counts.items()])


def _starts(begun: datetime, now: datetime, step: timedelta) -> list[datetime]:
    """When each stretch begins, the last one holds this moment."""
    last = now.replace(minute=now.minute // 10 * 10 if step == FINE else 0, second=0, microsecond=0)
    before = max(FEWEST - 1, -((begun - last) // step))
    return [last - step * back for back in range(before, -1, -1)]


def _counted(
    lines: QuerySet[BatchLine], starts: Sequence[datetime], step: timedelta, columns: Sequence[str]
) -> list[list[int]]:
    """For each of the columns, how many lines have a time of it in each stretch. One statement."""
    wanted, counts = Q(), {}
    for column in columns:
        wanted |= Q(**{f"{column}__gte": starts[0]})
        for place, start in enumerate(starts):
            within = Q(**{f"{column}__gte": start, f"{column}__lt": start + step})
            counts[f"{column}_{place}"] = Count("pk", filter=within)
    found = lines.filter(wanted).aggregate(**counts)
    return [[found[f"{column}_{place}"] for place in range(len(starts))] for column in columns]


def _bars(counts: Sequence[int], starts: Sequence[datetime], most: int) -> list[Bar]:
    return [
        Bar(start, count, place * WIDTH, max(2, round(HEIGHT * count / most)) if count else 0)
        for place, (start, count) in enumerate(zip(starts, counts, strict=True))
    ]
