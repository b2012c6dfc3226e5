"""When a run will be done, and what it waits for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from esign.campaigns import results
from esign.campaigns.forecast import Left, Pace, Speed, foretell, pace
from esign.campaigns.waiting import Cause, Waiting, waits_for
from esign.docusign import budget
from esign.docusign.budget import Lane
from esign.models import Batch, DocusignConnection, Envelope, State
from esign.models.sending_hours import SendingHours
from propertyapp.tasks import heartbeat
from tests.esign.factories import BatchFactory, BatchLineFactory, EnvelopeFactory

Queries = Callable[[int], AbstractContextManager[None]]
NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
# 850 calls an hour, made at 100 a minute while there are any.
FAST = Speed(places_an_hour=850, used=0, calls_a_minute=100, prepared_a_minute=1000)


@pytest.mark.parametrize(
    ("left", "speed", "minute", "hours"),
    [
        pytest.param(Left(0, 0, 500), FAST, 0, 5 / 60, id="within this hour, as fast as calls are made"),
        pytest.param(Left(0, 0, 500), FAST, 58, 5 / 60, id="the last minutes of an hour are followed by a new one"),
        pytest.param(Left(0, 500, 0), FAST, 0, 1 + 1.5 / 60, id="two calls for each draft: 850, then 150"),
        pytest.param(Left(0, 450, 0), Speed(850, 800, 100, 0), 30, 0.5 + 8.5 / 60, id="50 left now, 850 then"),
        pytest.param(Left(0, 10, 0), Speed(850, 900, 100, 0), 30, 0.5 + 0.2 / 60, id="others used up this hour"),
        pytest.param(Left(600, 0, 0), Speed(850, 0, 100, 5), 0, 2, id="preparing is slower than the budget"),
        pytest.param(Left(1000, 0, 0), FAST, 0, 2 + 3 / 60, id="the budget is slower than preparing"),
        pytest.param(Left(0, 0, 0), FAST, 0, 0, id="nothing is left"),
    ],
)
def test_the_end_follows_from_what_is_left_and_how_fast_it_goes(
    left: Left, speed: Speed, minute: int, hours: float
) -> None:
    now = NOON.replace(minute=minute)
    done_at = foretell(left, speed, now)
    assert done_at is not None
    assert done_at - now == pytest.approx(timedelta(hours=hours), abs=timedelta(seconds=1))


def test_the_end_is_not_known_while_nothing_was_prepared() -> None:
    assert foretell(Left(5, 0, 0), Speed(850, 0, 100, 0), NOON) is None


def test_drafts_are_staged_by_night_and_sent_in_the_hours_of_the_campaign() -> None:
    hours = SendingHours("UTC", begin=time(9), until=time(11), weekdays="12345")
    evening = NOON + timedelta(hours=6)  # of a Monday; two hours a day have places for 850 calls each
    done_at = foretell(Left(0, 2000, 0), FAST, evening, hours)
    assert done_at == NOON.replace(hour=9) + timedelta(days=2, minutes=3)
    assert foretell(Left(0, 0, 1), FAST, NOON, replace(hours, weekdays="")) is None


def run_of(*states: State, **fields: object) -> Batch:
    """A run with one lease to prepare for each READY, and an envelope in each other state."""
    batch: Batch = BatchFactory(**fields)
    for state in states:
        envelope = EnvelopeFactory(state=state, in_campaign=True, purpose="renewal")
        BatchLineFactory(batch=batch, status="prepared", done_at=timezone.now(), envelope=envelope)
    return batch


def told(batch: Batch) -> tuple[Waiting | None, Pace]:
    batch.refresh_from_db()
    counts = results.tally(batch)
    waiting = waits_for(batch, counts)
    return waiting, pace(batch, counts, waiting)


def waiting(batch: Batch) -> Waiting | None:
    return told(batch)[0]


@pytest.mark.servers
@pytest.mark.django_db
def test_a_run_that_will_wait_for_a_person_has_no_end_yet(django_assert_max_num_queries: Queries) -> None:
    heartbeat()
    batch = run_of(State.DRAFTED, State.READY, done_at=timezone.now(), released_at=None)
    nothing, going = told(batch)
    assert nothing is None and going.done_at is None
    Batch.objects.update(released_at=timezone.now())
    with django_assert_max_num_queries(6):
        assert told(batch)[1].done_at is not None


@pytest.mark.servers
@pytest.mark.django_db
def test_a_run_says_what_it_waits_for_the_gravest_first(settings: Settings) -> None:
    settings.DOCUSIGN_HOURLY_LIMIT, settings.DOCUSIGN_MONTHLY_ENVELOPES = 10, 5
    connection = DocusignConnection.objects.default()
    with time_machine.travel(NOON, tick=False):
        batch = run_of(State.DRAFTED, State.READY)
        not_yet = {"paused_at": NOON, "approved_at": None, "released_at": None, "done_at": NOON}
        Batch.objects.filter(pk=batch.pk).update(**not_yet)
        assert (found := waiting(batch)) and found.cause == Cause.PAUSE and found.until is None
        Batch.objects.filter(pk=batch.pk).update(paused_at=None)
        assert (found := waiting(batch)) and found.cause == Cause.APPROVAL
        Batch.objects.filter(pk=batch.pk).update(approved_at=NOON)

        assert (found := waiting(batch)) and found.cause == Cause.WORKERS
        heartbeat()
        assert waiting(batch) is None  # drafts are staged before the release
        Envelope.objects.filter(state=State.READY).update(state=State.SENT, sent_at=NOON, docusign_id=uuid4())
        assert (found := waiting(batch)) and found.cause == Cause.RELEASE
        Batch.objects.filter(pk=batch.pk).update(released_at=NOON)

        connection.pause("The key is wrong.", wait=timedelta(minutes=5))
        assert (found := waiting(batch)) and found == Waiting(
            Cause.DOCUSIGN, "The key is wrong.", NOON + timedelta(minutes=5)
        )
        connection.works()
        settings.DOCUSIGN_MONTHLY_ENVELOPES = 1
        assert (found := waiting(batch)) and found.cause == Cause.MONTHLY_CAP and "on July 1" in found.sentence
        done_at = told(batch)[1].done_at
        assert done_at and found.until and found.until < done_at < found.until + timedelta(seconds=1)
        settings.DOCUSIGN_MONTHLY_ENVELOPES = 0

        evening = SendingHours("UTC", time(18))
        until = {"sending_hours": evening.as_json(), "due_at": evening.next_allowed(NOON)}
        Envelope.objects.filter(state=State.DRAFTED).update(**until)
        assert (found := waiting(batch)) and (found.cause, found.until) == (Cause.HOURS, NOON.replace(hour=18))
        assert "only from 6 p.m." in found.sentence
        Envelope.objects.update(sending_hours=None, due_at=NOON)
        budget.block(connection, NOON + timedelta(minutes=7))
        assert (found := waiting(batch)) and (found.cause, found.until) == (Cause.DOCUSIGN, NOON + timedelta(minutes=7))
    with time_machine.travel(NOON + timedelta(minutes=10), tick=False):
        heartbeat()
        for _ in range(8):
            budget.take(connection, Lane.CAMPAIGN)
        assert (found := waiting(batch)) and (found.cause, found.until) == (Cause.BUDGET, NOON + timedelta(hours=1))
        assert budget.take(connection, Lane.INTERACTIVE)
        Envelope.objects.update(state=State.SENT)
        assert waiting(batch) is None
