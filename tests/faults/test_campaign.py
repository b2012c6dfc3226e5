"""E26: a campaign that needs several hours of Docusign's limit takes those hours, is never refused, and sends all."""

import math
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from esign import tasks
from esign.campaigns import results
from esign.campaigns.forecast import Pace, pace
from esign.campaigns.waiting import Cause, Waiting, waits_for
from esign.docusign import budget
from esign.docusign.budget import Lane
from esign.envelopes.freeze import freeze
from esign.models import Batch, BatchLine, DocusignCall, DocusignConnection, Envelope, State
from tests.emulator_client import EmulatorClient
from tests.esign.campaigns.conftest import ending_soon
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory
from tests.faults.conftest import LONG
from tests.faults.fleet import check_nothing_twice_nothing_lost
from tests.rehearsal import rehearse

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(3000), pytest.mark.django_db(transaction=True)]

LEASES, HOURLY, BURST = (300, 150, 60) if LONG else (24, 32, 20)
HOUR = timedelta(hours=1)


def all_sent() -> bool:
    unsent = Envelope.objects.exclude(state=State.SENT).exists()
    return BatchLine.objects.exists() and not BatchLine.objects.open().exists() and not unsent


def send_now() -> None:
    """Somebody at a screen presses Send."""
    tasks.enqueue(freeze(LeaseFactory()).pk)


def calls_by_hour(start: datetime) -> Counter[int]:
    calls = DocusignCall.objects.filter(envelope__in_campaign=True).values_list("started_at", flat=True)
    return Counter((at - start.replace(minute=0)) // HOUR for at in calls)


def test_a_campaign_takes_the_hours_it_needs_and_people_pass_it(
    site: str, emulator: EmulatorClient, settings: Settings
) -> None:
    """Beat plans the run, a worker carries it out; the clocks jump while it waits for the next hour."""
    settings.DOCUSIGN_HOURLY_LIMIT, settings.DOCUSIGN_BURST_LIMIT = HOURLY, BURST
    emulator.set_limits(hourly=HOURLY, burst=BURST)
    for _ in range(LEASES):
        ending_soon()
    BatchRuleFactory(is_active=True)
    start = (timezone.now() + HOUR).replace(minute=1, second=0, microsecond=0)
    while_it_waits = start + timedelta(minutes=40)
    told: list[tuple[Waiting | None, Pace]] = []

    def look() -> None:
        batch = Batch.objects.get()
        counts = results.tally(batch)
        waiting = waits_for(batch, counts)
        told.append((waiting, pace(batch, counts, waiting)))

    with rehearse(emulator, start) as rehearsal:
        rehearsal.at(while_it_waits, send_now)
        rehearsal.at(while_it_waits, look)
        rehearsal.run_until(all_sent, at_most=timedelta(days=1))

    journal = [call for call in emulator.journal() if call.path.startswith("/restapi/")]
    assert [call.error_code for call in journal if call.status in (400, 429)] == []
    places, _ = budget.places(DocusignConnection.objects.default(), Lane.CAMPAIGN)
    used = calls_by_hour(start)
    hours = math.ceil(2 * LEASES / places)
    assert sum(used.values()) == 2 * LEASES
    assert sorted(used) == list(range(hours)) and max(used.values()) <= places, "all hours it needs, and no more"
    assert max(Counter(call.at.replace(minute=0, second=0, microsecond=0) for call in journal).values()) <= HOURLY
    check_nothing_twice_nothing_lost(emulator)

    ((waiting, foretold),) = told
    hour_ends = start.replace(minute=0) + HOUR
    assert waiting and waiting.cause == Cause.BUDGET and waiting.until
    assert abs(waiting.until - hour_ends) < timedelta(seconds=1)
    urgent, last = Envelope.objects.get(in_campaign=False), Envelope.objects.latest("sent_at")
    assert urgent.sent_at and while_it_waits <= urgent.sent_at < hour_ends, "a person waits for no hour"
    assert foretold.done_at and last.sent_at
    assert abs(foretold.done_at - last.sent_at) <= 0.1 * (last.sent_at - while_it_waits)
