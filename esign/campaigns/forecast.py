"""How fast a run goes, and when it will be done.

Three things bound it: how fast workers prepare its envelopes, how many calls the campaigns' share of the hour leaves,
and the hours in which people may be mailed. An envelope takes two calls, one for its draft and one that sends it. Its
third call, which fetches what was signed, comes when the signers are done, and is no part of this.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min
from django.utils import timezone

from esign.campaigns.results import LATELY, Tally
from esign.campaigns.waiting import Cause, Waiting, sender_of
from esign.docusign import budget
from esign.docusign.budget import Lane
from esign.models import Batch, DocusignCall, DocusignConnection
from esign.models.batch_rule import CampaignContents
from esign.models.sending_hours import EVERY_DAY, SendingHours

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ENOUGH = 10  # calls, to measure their rate by
FARTHEST = 24 * 366  # hours


@dataclass(frozen=True)
class Left:
    """What a run has yet to do: leases to prepare, drafts to stage at Docusign, drafts to send."""

    lines: int
    to_stage: int
    to_send: int


@dataclass(frozen=True)
class Speed:
    """How fast it can go. `used`: calls of this hour, by anyone, that leave so many fewer of the campaigns' places.

    `calls_a_minute` is the rate while there are places; `prepared_a_minute` is 0 while nothing was prepared lately.
    """

    places_an_hour: int
    used: int
    calls_a_minute: float
    prepared_a_minute: float


@dataclass(frozen=True)
class Pace:
    """How a run goes. `left`: leases of which something is to be done; `a_minute`: leases that were prepared, a minute.

    `done_at` is None while it cannot be told: it is being planned, or stands still, or a person has to act first.
    """

    left: int
    a_minute: float
    done_at: datetime | None


def pace(batch: Batch, counts: Tally, waiting: Waiting | None, sender: DocusignConnection | None = None) -> Pace:
    """As things stand now. At most two statements, whatever the size of the run."""
    now = timezone.now()
    minutes = max((now - max(batch.approved_at or batch.started_at, now - LATELY)) / MINUTE, 1 / 60)
    going = Pace(counts.open + counts.unsent, counts.prepared_lately / minutes, None)
    waits_for_a_person = batch.waits_for_release and batch.release_at is None
    if waiting is not None and waiting.until is None:
        waits_for_a_person = True
    if waits_for_a_person or not going.left or not batch.is_planned or not batch.is_running:
        return going
    # That an hour's share is used up is part of the reckoning already.
    begin = waiting.until if waiting and waiting.until and waiting.cause != Cause.BUDGET else now
    if batch.sort.is_act or batch.in_bulk:  # which take no two calls for each lease: preparing is what takes time
        known = counts.open and going.a_minute
        return replace(going, done_at=begin + counts.open / going.a_minute * MINUTE if known else None)
    speed = _speed(sender or sender_of(batch, counts), going.a_minute)
    if _hour_of(begin) > _hour_of(now):
        speed = replace(speed, used=0)
    left = Left(counts.open, counts.to_stage, counts.unsent - counts.to_stage)
    return replace(going, done_at=foretell(left, speed, begin, _hours_of(batch)))


def foretell(left: Left, speed: Speed, now: datetime, hours: SendingHours | None = None) -> datetime | None:
    """When the last envelope is sent: of each hour, what can be prepared, and what its places and its hours allow."""
    if left.lines and not speed.prepared_a_minute:
        return None
    lines, stage, send = float(left.lines), float(left.to_stage), float(left.to_send)
    at, places = now, float(max(0, speed.places_an_hour - speed.used))
    for _ in range(FARTHEST):
        opens = hours.next_allowed(at) if hours else at
        if opens is None:
            return None
        hour_ends = _hour_of(at) + HOUR
        ends = min(hour_ends, opens) if opens > at else hour_ends
        minutes = (ends - at) / MINUTE
        prepared = min(lines, speed.prepared_a_minute * minutes)
        preparing = lines / speed.prepared_a_minute if lines else 0.0
        lines, stage = lines - prepared, stage + prepared
        calls = budgeted = min(places, speed.calls_a_minute * minutes)
        if opens > at:  # no one may be mailed yet: drafts are staged
            staged = min(stage, calls)
            stage, send, calls = stage - staged, send + staged, calls - staged
        else:
            sent = min(send, calls)
            both = min(stage, (calls - sent) / 2)
            stage, send, calls = stage - both, send - sent, calls - sent - 2 * both
        made = budgeted - calls
        if not (lines or stage or send):
            return at + max(preparing, made / speed.calls_a_minute) * MINUTE
        at, places = ends, places - made if ends < hour_ends else float(speed.places_an_hour)
    return None


def _hour_of(moment: datetime) -> datetime:
    """When Docusign's hour began, which some zones are half an hour away from."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours_of(contents: CampaignContents) -> SendingHours | None:
    """When people may be mailed, by the company's clock and without holidays: properties may differ a little."""
    every_time = SendingHours(settings.TIME_ZONE)
    hours = replace(
        every_time,
        begin=contents.send_from or every_time.begin,
        until=contents.send_until,
        weekdays=contents.send_weekdays or EVERY_DAY,
    )
    return None if hours == every_time else hours


def _speed(sender: DocusignConnection, prepared_a_minute: float) -> Speed:
    """As the calls of the last ten minutes show. One statement and one look into Redis."""
    hourly, burst = budget.places(sender, Lane.CAMPAIGN)
    lately = DocusignCall.objects.filter(connection=sender, started_at__gte=timezone.now() - LATELY)
    calls = lately.aggregate(count=Count("pk"), first=Min("started_at"), last=Max("started_at"))
    most = burst * 60 / budget.BURST_SECONDS
    measured = most
    if calls["count"] >= ENOUGH and calls["last"] > calls["first"]:
        measured = (calls["count"] - 1) / ((calls["last"] - calls["first"]) / MINUTE)
    return Speed(hourly, budget.state(sender)["hour"] or 0, min(most, measured), prepared_a_minute)
