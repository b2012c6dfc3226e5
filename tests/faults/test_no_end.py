"""What Docusign refuses again and again ends with a person, and is not asked for every half minute for ever."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from esign.envelopes import actions, dispatch
from esign.envelopes.action_rules import EnvelopeAction
from esign.envelopes.freeze import freeze
from esign.envelopes.status import explain, stuck
from esign.models import Envelope, State
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.patience import carry

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

TICK = timedelta(seconds=30)


@pytest.fixture
def envelope(site: str, emulator: EmulatorClient) -> Envelope:
    return freeze(LeaseFactory())


def sweep_for(hours: float) -> None:
    """What the sweeper would enqueue in that time, with the clock of our side only."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(int(timedelta(hours=hours) / TICK)):
            for pk in list(Envelope.objects.due().values_list("pk", flat=True)):
                dispatch.advance(pk)
            clock.shift(TICK)


def test_a_void_that_docusign_refuses_asks_for_a_person_and_is_not_repeated_all_day(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    refused = emulator.fault(
        "updateEnvelope", "before_effect", status=400, errorCode="USER_NOT_ENVELOPE_SENDER", times=0
    )
    emulator.clear_journal()
    envelope.ask_to_cancel(reason="Changed our mind")

    sweep_for(hours=0.75)

    envelope.refresh_from_db()
    assert emulator.fault_hits(refused) == 1
    assert len(emulator.journal()) <= 3
    assert envelope.state == State.NEEDS_ATTENTION and envelope.problem and envelope.next_step
    assert explain(envelope).stuck and envelope in stuck(Envelope.objects.all())
    assert explain(envelope).buttons == (EnvelopeAction.TRY_AGAIN,)


def test_a_void_that_was_refused_is_asked_for_again_when_a_person_says_so(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    emulator.fault("updateEnvelope", "before_effect", status=400, errorCode="USER_NOT_ENVELOPE_SENDER", times=1)
    envelope.ask_to_cancel(reason="Changed our mind")
    dispatch.advance(envelope.pk)

    actions.try_again(envelope)
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    assert envelope.state == State.VOIDED
    assert emulator.envelopes()[0]["status"] == "voided"


@pytest.mark.parametrize("operation", ["updateEnvelope", "moveEnvelopes"])
def test_a_draft_that_somebody_holds_open_is_looked_at_ever_more_rarely(
    operation: str, envelope: Envelope, emulator: EmulatorClient
) -> None:
    """Docusign refuses both the send and the bin while a person edits the draft there."""
    if operation == "moveEnvelopes":
        Envelope.objects.update(hold_draft=True)
        dispatch.advance(envelope.pk)
        envelope.ask_to_cancel(reason="Changed our mind")
    locked = emulator.fault(
        operation, "before_effect", status=400, errorCode="EDIT_LOCK_ENVELOPE_ALREADY_LOCKED", times=0
    )
    emulator.clear_journal()

    sweep_for(hours=0.75)

    envelope.refresh_from_db()
    assert 0 < emulator.fault_hits(locked) <= 9
    assert len(emulator.journal("getEnvelope")) <= 9
    emulator.clear_faults()
    if envelope.state == State.NEEDS_ATTENTION:
        actions.try_again(envelope)
    carry([envelope])
    envelope.refresh_from_db()
    assert envelope.state == (State.SENT if operation == "updateEnvelope" else State.VOIDED)
