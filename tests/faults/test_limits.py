"""E12 to E14, E17: one bad lease among many, Docusign's limits, other apps on the account, and tokens."""

from datetime import timedelta

import pytest
import time_machine
import urllib3
from django.utils import timezone

from esign.docusign import DocusignBusy, DocusignUnknown, budget, shared_redis
from esign.docusign.budget import Lane, Why, limits
from esign.docusign.login import access
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.models import DocusignCall, Envelope, State
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.patience import carry

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


def refusals(emulator: EmulatorClient) -> int:
    return sum(1 for call in emulator.journal() if call.status in (400, 429))


def in_a_campaign(count: int) -> list[Envelope]:
    return [freeze(LeaseFactory(), in_campaign=True) for _ in range(count)]


def test_one_lease_that_docusign_refuses_holds_up_no_other(site: str, emulator: EmulatorClient) -> None:
    """E12."""
    envelopes = in_a_campaign(6)
    poison = envelopes[2]
    fault = emulator.fault(
        "createEnvelope",
        "before_effect",
        match={"transactionId": str(poison.pk)},
        status=400,
        errorCode="UNABLE_TO_LOAD_DOCUMENT",
        times=0,
    )
    carry(envelopes)

    poison.refresh_from_db()
    assert emulator.fault_hits(fault) == 1
    assert poison.state == State.NEEDS_ATTENTION and poison.problem
    assert Envelope.objects.filter(state=State.SENT).count() == 5


def test_the_hours_limit_is_never_run_into_and_people_still_get_through(site: str, emulator: EmulatorClient) -> None:
    """E13: 20 calls an hour, of which campaigns may use 17; a person's send uses what is left."""
    emulator.set_limits(hourly=20)
    first = in_a_campaign(1)
    dispatch.advance(first[0].pk)  # teaches us the account's real limit
    campaign = in_a_campaign(12)
    for envelope in campaign:
        dispatch.advance(envelope.pk)

    urgent = freeze(LeaseFactory())
    dispatch.advance(urgent.pk)

    urgent.refresh_from_db()
    assert limits(urgent.connection)[0] == 20
    assert urgent.state == State.SENT, urgent.problem
    assert refusals(emulator) == 0
    waiting = Envelope.objects.filter(pk__in=[e.pk for e in campaign], state__in=(State.READY, State.DRAFTED))
    assert waiting.count() >= 4
    assert all(envelope.due_at > timezone.now() for envelope in waiting)


def test_what_other_apps_use_is_counted(site: str, emulator: EmulatorClient) -> None:
    """E14: another app eats half of the account's hour; nothing of ours is refused for it."""
    emulator.set_limits(hourly=30)
    envelopes = in_a_campaign(12)
    dispatch.advance(envelopes[0].pk)
    connection = Envelope.objects.select_related("connection").first().connection  # type: ignore[union-attr]  # there are twelve
    headers = {"Authorization": f"Bearer {access.access_token(connection)}"}
    for _ in range(15):
        urllib3.request("GET", f"{connection.api_base}/v2.1/accounts/{connection.account_id}", headers=headers)

    for envelope in envelopes:
        dispatch.advance(envelope.pk)

    assert refusals(emulator) == 0
    assert Envelope.objects.filter(state=State.SENT).count() < 12


@pytest.mark.parametrize("status", [400, 429])
def test_after_one_refusal_everyone_waits_for_the_reset(status: int, site: str, emulator: EmulatorClient) -> None:
    """No one knows which status Docusign answers, and its headers may not show it; either stops all of us at once."""
    fault = emulator.fault(
        "createEnvelope", "before_effect", status=status, errorCode="HOURLY_APIINVOCATION_LIMIT_EXCEEDED", times=0
    )
    envelopes = in_a_campaign(4)
    for envelope in envelopes:
        dispatch.advance(envelope.pk)

    assert emulator.fault_hits(fault) == 1
    assert len(emulator.journal("createEnvelope")) == 1
    assert not Envelope.objects.exclude(state=State.READY).exists()
    emulator.clear_faults()
    carry(envelopes)
    assert not Envelope.objects.exclude(state=State.SENT).exists()


def test_a_token_that_is_revoked_in_mid_run_is_renewed_once(site: str, emulator: EmulatorClient) -> None:
    """E17."""
    envelopes = in_a_campaign(3)
    dispatch.advance(envelopes[0].pk)
    emulator.clear_journal()
    fault = emulator.fault("createEnvelope", "token_revoked", times=1)

    carry(envelopes)

    assert emulator.fault_hits(fault) == 1
    assert len(emulator.journal("requestJwtToken")) == 1
    assert not Envelope.objects.exclude(state=State.SENT).exists()
    assert DocusignCall.objects.filter(status=401).count() == 1


def test_what_others_used_of_one_hour_does_not_weigh_on_the_next(site: str, emulator: EmulatorClient) -> None:
    """A call that is asked before the full hour and answered after it tells of the hour that is over."""
    emulator.set_limits(hourly=1000)
    connection = in_a_campaign(1)[0].connection
    told = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "5"}
    with time_machine.travel(timezone.now().replace(minute=59, second=59), tick=False) as clock:
        place = budget.take(connection, Lane.CAMPAIGN)
        clock.shift(2)
        budget.note(connection, place, None, told)

        assert budget.take(connection, Lane.CAMPAIGN).used == 1
        clock.shift(-2)
        with pytest.raises(DocusignBusy):
            budget.take(connection, Lane.CAMPAIGN)


def test_a_call_that_began_before_the_trouble_does_not_end_it(site: str, emulator: EmulatorClient) -> None:
    """Only the probe closes the breaker: an answer to what was asked long before says nothing of now."""
    connection = in_a_campaign(1)[0].connection
    with time_machine.travel(timezone.now(), tick=False) as clock:
        slow = budget.take(connection, Lane.INTERACTIVE)
        for _ in range(5):
            budget.note(connection, budget.take(connection, Lane.INTERACTIVE), DocusignUnknown("gone"), {})

        budget.note(connection, slow, None, {})

        clock.shift(59)
        with pytest.raises(DocusignBusy):
            budget.take(connection, Lane.INTERACTIVE)
        clock.shift(2)
        probe = budget.take(connection, Lane.INTERACTIVE)
        with pytest.raises(DocusignBusy):
            budget.take(connection, Lane.INTERACTIVE)
        budget.note(connection, probe, None, {})
        assert not budget.take(connection, Lane.INTERACTIVE).troubled


def test_a_block_and_failures_pass_by_the_clock_of_who_asks(site: str, emulator: EmulatorClient) -> None:
    """Redis keeps no time: a moved clock moves the block, the burst and the half minute in which failures add up."""
    connection = in_a_campaign(1)[0].connection
    lost = DocusignUnknown("gone")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        budget.block(connection, timezone.now() + timedelta(minutes=40))
        budget.block(connection, timezone.now() + timedelta(seconds=31))  # a shorter one ends no longer one
        clock.shift(39 * 60)
        opening = budget.next_place(connection, Lane.INTERACTIVE)
        assert opening and opening.why == Why.REFUSED
        assert abs(opening.at - timezone.now() - timedelta(minutes=1)) < timedelta(seconds=1)
        clock.shift(61)
        for _ in range(4):
            budget.note(connection, budget.take(connection, Lane.INTERACTIVE), lost, {})
        clock.shift(31)
        budget.note(connection, budget.take(connection, Lane.INTERACTIVE), lost, {})
        assert budget.take(connection, Lane.INTERACTIVE).troubled
        assert budget.state(connection)["blocked_seconds"] == 0


def test_a_redis_that_was_emptied_in_mid_call_learns_the_count_from_the_next_answer(
    site: str, emulator: EmulatorClient
) -> None:
    connection = in_a_campaign(1)[0].connection
    for _ in range(7):
        budget.take(connection, Lane.SYNC)
    place = budget.take(connection, Lane.SYNC)
    shared_redis.redis().flushall()
    budget.note(connection, place, None, {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "992"})
    place = budget.take(connection, Lane.SYNC)
    budget.note(connection, place, None, {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "991"})

    assert budget.take(connection, Lane.SYNC).used == 10
