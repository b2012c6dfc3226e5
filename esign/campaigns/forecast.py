"""When a run will be done, and what it waits for now.

Two things bound a run: how fast workers prepare its offers, and how many calls the campaigns' share of the hour leaves.
An offer takes two calls, one for its draft and one that sends it. Its third call, which fetches what was signed, comes
when the signers are done, and is no part of this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from esign.campaigns.bulk.choice import CALLS_A_LIST
from esign.docusign import budget, monthly_cap
from esign.docusign.budget import Lane, Why
from esign.envelopes.status.explanation import BEFORE_SIGNERS
from esign.models import Batch, BatchLine, DocusignCall, DocusignConnection, Envelope, State
from propertyapp.tasks import WORKER_SILENT, worker_seen_at

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
MEASURED_OVER = timedelta(minutes=10)
ENOUGH = 10  # of what a rate is measured by
FARTHEST = 24 * 366  # hours


@dataclass(frozen=True)
class Left:
    """What a run has yet to do: leases to prepare, drafts to stage at Docusign, drafts to send, calls for lists."""

    lines: int
    to_stage: int
    to_send: int
    for_lists: int = 0  # of Bulk Send, whose envelopes are neither staged nor sent by themselves
    calls_a_line: int = 2

    @property
    def calls(self) -> int:
        return self.calls_a_line * self.lines + self.calls_for_prepared

    @property
    def calls_for_prepared(self) -> int:
        return 2 * self.to_stage + self.to_send + self.for_lists


@dataclass(frozen=True)
class Speed:
    """How fast it can go. `used`: calls of this hour, by anyone, that leave so many fewer of the campaigns' places.

    `calls_a_minute` is the rate while there are places; `prepared_a_minute` is None while that is not known.
    """

    places_an_hour: int
    used: int
    calls_a_minute: float
    prepared_a_minute: float | None


class Cause(StrEnum):
    """What a run waits for."""

    PAUSE = "pause"
    APPROVAL = "approval"
    RELEASE = "release"
    WORKERS = "workers"
    DOCUSIGN = "docusign"
    MONTHLY_CAP = "monthly cap"
    BUDGET = "budget"
    HOURS = "hours"


@dataclass(frozen=True)
class Waiting:
    """`until` is None where a person ends it, or no one can tell."""

    cause: Cause
    sentence: str
    until: datetime | None = None


@dataclass(frozen=True)
class Forecast:
    """`done_at` is None: it is being planned, nothing was prepared lately, or a person has to act first."""

    left: Left
    done_at: datetime | None
    waiting: Waiting | None


def forecast(batch: Batch) -> Forecast:
    """As things stand now. At most seven statements, whatever the size of the run."""
    now = timezone.now()
    left, connection = left_of(batch), connection_of(batch)
    waiting = waits_for(batch, left, connection)
    needs_a_person = batch.waits_for_release and batch.release_at is None
    if waiting is not None and waiting.until is None:
        needs_a_person = True
    if needs_a_person or not left.calls or not batch.is_planned:
        return Forecast(left, None, waiting)
    # That an hour's share is used up is part of the reckoning already.
    begin = waiting.until if waiting and waiting.until and waiting.cause != Cause.BUDGET else now
    speed = speed_of(batch, connection)
    if _hour_of(begin) > _hour_of(now):
        speed = replace(speed, used=0)
    return Forecast(left, foretell(left, speed, begin), waiting)


def foretell(left: Left, speed: Speed, now: datetime) -> datetime | None:
    """When the last offer is sent, hour by hour: what can be prepared, and of that what the hour's places allow."""
    if left.lines and not speed.prepared_a_minute:
        return None
    prepared_a_minute = speed.prepared_a_minute or 0.0
    lines, calls, at = float(left.lines), float(left.calls_for_prepared), now
    places = max(0, speed.places_an_hour - speed.used)
    for _ in range(FARTHEST):
        hour_ends = _hour_of(at) + HOUR
        minutes = (hour_ends - at) / MINUTE
        prepared = min(lines, prepared_a_minute * minutes)
        ready = calls + left.calls_a_line * prepared
        made = min(ready, places, speed.calls_a_minute * minutes)
        if prepared == lines and made == ready:
            preparing = lines / prepared_a_minute if lines else 0.0
            return at + max(preparing, ready / speed.calls_a_minute) * MINUTE
        lines, calls, at, places = lines - prepared, ready - made, hour_ends, speed.places_an_hour
    return None


def _hour_of(moment: datetime) -> datetime:
    """When Docusign's hour began, which some zones are half an hour away from."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


# --- what is measured -------------------------------------------------------------------------------------


def left_of(batch: Batch) -> Left:
    """One statement."""
    in_a_list = Q(envelope__bulk_send__isnull=False, envelope__bulk_send__done_at__isnull=True)
    unsent = Q(envelope__cancel_asked_at__isnull=True) & ~in_a_list
    counted = batch.lines.aggregate(
        lists=Count("envelope__bulk_send", filter=in_a_list, distinct=True),
        lines=Count("pk", filter=Q(status=BatchLine.Status.PLANNED)),
        to_stage=Count("pk", filter=unsent & Q(envelope__state__in=(State.READY, State.CREATING))),
        to_send=Count("pk", filter=unsent & Q(envelope__state__in=(State.DRAFTED, State.SENDING))),
    )
    lists = max(counted.pop("lists"), int(batch.in_bulk and counted["lines"] > 0))
    return Left(**counted, for_lists=lists * CALLS_A_LIST, calls_a_line=0 if batch.in_bulk else 2)


def connection_of(batch: Batch) -> DocusignConnection:
    """Through which account most of what is left is sent: owners may have their own. Two statements."""
    unsent = Envelope.objects.filter(batch_lines__batch=batch, state__in=BEFORE_SIGNERS)
    most = unsent.order_by().values("connection").annotate(unsent=Count("pk")).order_by("-unsent").first()
    if most is None:
        return DocusignConnection.objects.default()
    return DocusignConnection.objects.get(pk=most["connection"])


def speed_of(batch: Batch, connection: DocusignConnection) -> Speed:
    """As the last ten minutes show. Two statements and one look into Redis."""
    now = timezone.now()
    hourly, burst = budget.places(connection, Lane.CAMPAIGN)
    lately = now - MEASURED_OVER
    prepared = batch.lines.filter(done_at__gte=lately).aggregate(n=Count("pk"), first=Min("done_at"))
    calls = DocusignCall.objects.filter(connection=connection, started_at__gte=lately).aggregate(
        n=Count("pk"), first=Min("started_at"), last=Max("started_at")
    )
    most = burst * 60 / budget.BURST_SECONDS
    measured = _a_minute(calls["n"], calls["first"], calls["last"])
    return Speed(
        places_an_hour=hourly,
        used=budget.state(connection)["hour"] or 0,
        calls_a_minute=min(most, measured or most),
        prepared_a_minute=_a_minute(prepared["n"], prepared["first"], now),
    )


def _a_minute(count: int, first: datetime | None, last: datetime | None) -> float | None:
    if count < ENOUGH or first is None or last is None or last <= first:
        return None
    return (count - 1) / ((last - first) / MINUTE)


# --- what it waits for ------------------------------------------------------------------------------------


def waits_for(batch: Batch, left: Left, connection: DocusignConnection) -> Waiting | None:
    """What keeps a run from going on, the gravest first. None: nothing, or it is done."""
    if batch.cancelled_at is not None or not left.calls:
        return None
    if batch.paused_at is not None:
        return Waiting(Cause.PAUSE, "It is paused. Nothing more of it is sent before someone resumes it.")
    if batch.waits_for_approval:
        return Waiting(Cause.APPROVAL, "Its plan is complete. Nothing is prepared before someone approves it.")
    if batch.waits_for_release and not left.lines and not left.to_stage:
        text = "Every offer is prepared. No one is mailed before the run is released."
        return Waiting(Cause.RELEASE, text, batch.release_at)
    seen_at = worker_seen_at()
    if seen_at is None or seen_at < timezone.now() - WORKER_SILENT:
        return Waiting(Cause.WORKERS, "No worker reports. Start one; nothing is lost meanwhile.")
    if connection.is_paused:
        return Waiting(Cause.DOCUSIGN, connection.paused_because, connection.paused_until)
    return _waits_for_docusign(batch, left, connection) or _waits_for_hours(batch, left)


def _waits_for_docusign(batch: Batch, left: Left, connection: DocusignConnection) -> Waiting | None:
    if left.to_send and batch.may_send:
        month = monthly_cap.use_of(connection)
        if month.is_reached:
            return Waiting(Cause.MONTHLY_CAP, f"{monthly_cap.REACHED} {month.next_step}", month.next_month)
    opening = budget.next_place(connection, Lane.CAMPAIGN)
    if opening is None or opening.why == Why.BURST:  # some seconds are no wait that anyone could see
        return None
    if opening.why == Why.HOUR:
        text = "The campaigns' share of this hour's calls is used up. It goes on by itself when the next hour begins."
        return Waiting(Cause.BUDGET, text, opening.at)
    return Waiting(Cause.DOCUSIGN, budget.WORDS[opening.why], opening.at)


def _waits_for_hours(batch: Batch, left: Left) -> Waiting | None:
    """Everything is staged, and of what is to be sent nothing may go out before its campaign's hours begin."""
    if left.lines or left.to_stage or not batch.may_send:
        return None
    drafts = Envelope.objects.filter(batch_lines__batch=batch, state=State.DRAFTED, cancel_asked_at__isnull=True)
    first, now = drafts.only("due_at", "sending_hours").order_by("due_at").first(), timezone.now()
    if first is None or first.hours is None or first.due_at <= now or first.hours.allow(now):
        return None
    text = f"Every offer is prepared. The campaign mails people only {first.hours.in_words}."
    return Waiting(Cause.HOURS, text, first.due_at)
