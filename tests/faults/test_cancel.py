"""E23: a cancel at every state, also while a call is out or its outcome unknown."""

import os
import signal
from uuid import UUID

import pytest
from django.utils import timezone

from esign.docusign.answers import EnvelopeUpdate
from esign.envelopes import dispatch, updates
from esign.envelopes.freeze import freeze
from esign.models import Envelope, State
from esign.sync import orphan_drafts, reconcile
from leases.models import Lease
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.conftest import LaunchFleet, PrepareLeases
from tests.faults.fleet import all_sent
from tests.faults.patience import carry, let_time_pass

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def envelope(site: str, emulator: EmulatorClient) -> Envelope:
    return freeze(LeaseFactory())


def settled(envelope: Envelope) -> Envelope:
    for _ in range(6):
        dispatch.advance(envelope.pk)
        let_time_pass()
    reconcile.read_changes(envelope.connection)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    return envelope


def is_closed(envelope: Envelope, emulator: EmulatorClient) -> bool:
    """Voided here, nothing open there, and the lease can be changed and sent again."""
    still_open = [e for e in emulator.envelopes() if e["status"] in ("sent", "delivered")]
    return envelope.state == State.VOIDED and envelope.lease.status == LeaseStatus.DRAFT and not still_open


def test_before_anything_was_asked_of_docusign(envelope: Envelope, emulator: EmulatorClient) -> None:
    envelope.ask_to_cancel(reason="Changed our mind")

    assert is_closed(settled(envelope), emulator)
    assert emulator.envelopes() == []


def test_as_a_draft(envelope: Envelope, emulator: EmulatorClient) -> None:
    Envelope.objects.update(hold_draft=True)
    dispatch.advance(envelope.pk)
    envelope.ask_to_cancel(reason="Changed our mind")

    assert is_closed(settled(envelope), emulator)
    assert emulator.envelopes()[0]["folder"] == "recyclebin"
    assert emulator.mail() == []


@pytest.mark.parametrize("action", ["before_effect", "after_effect"])
@pytest.mark.parametrize("operation", ["createEnvelope", "updateEnvelope"])
def test_while_the_outcome_of_a_call_is_unknown(
    operation: str, action: str, envelope: Envelope, emulator: EmulatorClient
) -> None:
    fault = emulator.fault(operation, action, reset=True, times=1)
    dispatch.advance(envelope.pk)
    envelope.ask_to_cancel(reason="Changed our mind")

    assert is_closed(settled(envelope), emulator)
    assert emulator.fault_hits(fault) == 1


def test_while_it_is_out(envelope: Envelope, emulator: EmulatorClient) -> None:
    carry([envelope])
    envelope.ask_to_cancel(reason="Changed our mind")

    assert is_closed(settled(envelope), emulator)
    assert emulator.envelopes()[0]["voidedReason"] == "Changed our mind"


@pytest.mark.parametrize("how", [{"reset": True}, {"status": 500}])
def test_when_the_answer_to_the_void_is_lost(
    how: dict[str, object], envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    fault = emulator.fault("updateEnvelope", "after_effect", times=1, **how)
    envelope.ask_to_cancel(reason="Changed our mind")

    assert is_closed(settled(envelope), emulator)
    assert emulator.fault_hits(fault) == 1


def test_when_a_sleeping_worker_sends_what_was_cancelled(envelope: Envelope, emulator: EmulatorClient) -> None:
    """Row 21: the draft was deleted, and then the update comes that it is out. It is voided at once."""
    Envelope.objects.update(hold_draft=True)
    dispatch.advance(envelope.pk)
    envelope.ask_to_cancel(reason="Changed our mind")
    settled(envelope)
    assert envelope.state == State.VOIDED and envelope.docusign_id is not None

    updates.apply_update(envelope.pk, EnvelopeUpdate(envelope.docusign_id, "sent"), generated_at=envelope.heard_at)

    envelope.refresh_from_db()
    assert envelope.state == State.SENT and dispatch.next_step(envelope) is dispatch.void


@pytest.mark.slow
def test_a_worker_that_dies_while_it_writes_a_void_leaves_no_lease_behind(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    fleet = launch_fleet(crash_at="void-written")
    (envelope,) = prepare_leases(1)
    fleet.settle(all_sent)
    envelope.ask_to_cancel(reason="Changed our mind")

    fleet.settle(lambda: not Envelope.objects.exclude(state=State.VOIDED).exists())

    assert fleet.died_at() == {"void-written"}, "the fault did not fire"
    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    assert is_closed(envelope, emulator)


@pytest.mark.slow
@pytest.mark.parametrize("has_successor", [False, True])
def test_a_worker_that_wakes_up_and_sends_what_was_cancelled_leaves_nothing_open(
    has_successor: bool, launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """Row 21 with a real sleeper: it took its claim, slept, and sends the draft that another worker deleted."""
    sleeper = launch_fleet(STOP_AT="claimed-sending")
    (envelope,) = prepare_leases(1)
    sleeper.settle(lambda: sleeper.stopped_at("claimed-sending") is not None)
    pid = sleeper.stopped_at("claimed-sending")
    assert pid is not None
    envelope.ask_to_cancel(reason="Changed our mind")
    awake = launch_fleet()
    awake.settle(lambda: Envelope.objects.get().state == State.VOIDED)
    assert emulator.envelopes()[0]["folder"] == "recyclebin"
    successor = freeze(Lease.objects.get()) if has_successor else None
    docusign_id = Envelope.objects.get(pk=envelope.pk).docusign_id
    emulator.clear_journal()

    os.kill(pid, signal.SIGCONT)
    awake.settle(lambda: any(call.effect_done for call in emulator.journal("updateEnvelope", str(docusign_id))))
    emulator.flush_deliveries()
    awake.settle(lambda: emulator.envelope(str(docusign_id))["status"] == "voided")
    awake.settle(lambda: Envelope.objects.get(pk=envelope.pk).state == State.VOIDED)

    if successor is None:
        envelope.refresh_from_db()
        envelope.lease.refresh_from_db()
        assert is_closed(envelope, emulator)
    else:
        awake.settle(lambda: Envelope.objects.get(pk=successor.pk).state == State.SENT)
        assert sorted(one["status"] for one in emulator.envelopes()) == ["sent", "voided"]
        assert Lease.objects.get().status == LeaseStatus.OUT_FOR_SIGNATURE


def test_from_needs_attention(envelope: Envelope, emulator: EmulatorClient) -> None:
    emulator.fault("createEnvelope", "before_effect", status=400, errorCode="UNABLE_TO_LOAD_DOCUMENT", times=1)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.NEEDS_ATTENTION
    envelope.ask_to_cancel(reason="Changed our mind")

    assert is_closed(settled(envelope), emulator)


def test_a_draft_that_somebody_deleted_at_docusign_is_not_sent_and_not_lost(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    emulator.fault("updateEnvelope", "before_effect", status=404, errorCode="ENVELOPE_DOES_NOT_EXIST", times=1)
    emulator.fault("getEnvelope", "before_effect", status=404, errorCode="ENVELOPE_DOES_NOT_EXIST", times=1)
    dispatch.advance(envelope.pk)
    deleted = UUID(emulator.envelopes()[0]["envelopeId"])
    envelope.refresh_from_db()
    assert envelope.state == State.NEEDS_ATTENTION and "deleted the draft" in envelope.problem
    assert not updates.apply_update(envelope.pk, EnvelopeUpdate(deleted, "deleted"), asked_at=timezone.now())

    envelope.try_again()
    carry([envelope])
    envelope.refresh_from_db()

    assert envelope.state == State.SENT
    assert [e["status"] for e in emulator.envelopes()].count("sent") == 1


def test_a_draft_that_lands_after_its_lease_was_cancelled_is_deleted(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    """No one owns it, so it would lie in Docusign's drafts for ever, where somebody could send it by hand."""
    late = emulator.fault("createEnvelope", "late_effect", delay=1200, times=1)
    dispatch.advance(envelope.pk)
    envelope.ask_to_cancel(reason="Changed our mind")
    assert is_closed(settled(envelope), emulator)
    assert emulator.fault_hits(late) == 1

    emulator.advance(minutes=21)
    reconcile.read_changes(envelope.connection)
    let_time_pass()

    assert orphan_drafts.delete_orphan_drafts(envelope.connection) == 1
    assert [one["folder"] for one in emulator.envelopes()] == ["recyclebin"]
