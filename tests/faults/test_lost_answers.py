"""E2 to E6, E15, E16: answers that are lost, late or wrong, at every call of the send path."""

import time
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from esign.docusign import DocusignBusy, DocusignClient
from esign.envelopes import actions, dispatch
from esign.envelopes.freeze import freeze
from esign.models import DocusignCall, DocusignConnection, Envelope, OrphanDraft, State
from esign.sync import orphan_drafts, reconcile
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory, LeasePartyFactory
from tests.faults.conftest import LONG
from tests.faults.fleet import all_sent, check_nothing_twice_nothing_lost, states_of_all
from tests.faults.patience import carry, let_time_pass

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

LOST: dict[str, dict[str, Any]] = {
    "reset": {"action": "after_effect", "reset": True},
    "error 500": {"action": "after_effect", "status": 500},
    "body cut off": {"action": "cut_body"},
    "never arrived": {"action": "before_effect", "reset": True},
}


@pytest.fixture
def lease_out(site: str, emulator: EmulatorClient) -> Envelope:
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT, envelope.problem
    return envelope


@pytest.mark.parametrize("operation", ["createEnvelope", "updateEnvelope"])
@pytest.mark.parametrize("how", LOST)
def test_a_lost_answer_sends_nothing_twice(how: str, operation: str, site: str, emulator: EmulatorClient) -> None:
    """E2, E6: every second call of the operation is answered wrongly."""
    fault = emulator.fault(operation, times=0, probability=0.5, seed=how, **LOST[how])
    envelopes = [freeze(LeaseFactory()) for _ in range(60 if LONG else 3)]

    carry(envelopes)

    assert emulator.fault_hits(fault) > 0
    assert all_sent(), states_of_all()
    assert not OrphanDraft.objects.exists()
    check_nothing_twice_nothing_lost(emulator)


def test_an_answer_that_never_comes_is_not_waited_for_without_end(
    site: str, emulator: EmulatorClient, settings: Settings
) -> None:
    """E2 with a hang: the read deadline ends the wait, the look-up finds the draft."""
    settings.DOCUSIGN_READ_SECONDS = 1
    fault = emulator.fault("createEnvelope", "after_effect", hang=3, times=1)
    envelope = freeze(LeaseFactory())

    carry([envelope])

    assert emulator.fault_hits(fault) == 1
    assert all_sent(), states_of_all()
    check_nothing_twice_nothing_lost(emulator)


def test_a_draft_that_lands_after_we_looked_is_an_orphan_and_is_deleted(site: str, emulator: EmulatorClient) -> None:
    """E3: row 6 of the protocol."""
    fault = emulator.fault("createEnvelope", "late_effect", delay=1200, times=1)
    envelope = freeze(LeaseFactory())
    carry([envelope])
    assert all_sent() and emulator.fault_hits(fault) == 1

    emulator.advance(minutes=21)
    reconcile.read_changes(envelope.connection)
    orphan = OrphanDraft.objects.get()
    let_time_pass()
    assert orphan_drafts.delete_orphan_drafts(envelope.connection) == 1

    assert emulator.envelope(str(orphan.docusign_id))["folder"] == "recyclebin"
    check_nothing_twice_nothing_lost(emulator)


def test_a_look_up_that_lags_costs_an_orphan_not_a_second_lease(site: str, emulator: EmulatorClient) -> None:
    """E4."""
    emulator.set_switches(search_lag_seconds=2400)
    fault = emulator.fault("createEnvelope", "after_effect", reset=True, times=1)
    envelope = freeze(LeaseFactory())
    carry([envelope])
    assert all_sent() and emulator.fault_hits(fault) == 1

    emulator.advance(hours=1)
    reconcile.read_changes(envelope.connection)
    assert OrphanDraft.objects.count() == 1
    let_time_pass()
    assert orphan_drafts.delete_orphan_drafts(envelope.connection) == 1
    check_nothing_twice_nothing_lost(emulator)


@pytest.mark.parametrize("answer", ["allow", "reject"])
def test_both_answers_to_a_repeated_transaction_id_are_survived(
    answer: str, site: str, emulator: EmulatorClient
) -> None:
    """E5: no one knows which one Docusign gives."""
    emulator.set_switches(duplicate_transaction=answer, search_lag_seconds=2400)
    fault = emulator.fault("createEnvelope", "after_effect", reset=True, times=1)
    envelope = freeze(LeaseFactory())
    carry([envelope])
    emulator.advance(hours=1)
    let_time_pass()
    envelope.refresh_from_db()
    if envelope.state == State.NEEDS_ATTENTION:
        envelope.try_again()  # refused as a duplicate: a person asks again, and by now the look-up sees the draft
    carry([envelope])
    reconcile.read_changes(envelope.connection)

    assert emulator.fault_hits(fault) == 1
    assert all_sent(), states_of_all()
    check_nothing_twice_nothing_lost(emulator)


@pytest.mark.parametrize("listed", [True, False])
def test_the_look_up_finds_a_draft_though_drafts_are_left_out_of_lists(
    listed: bool, site: str, emulator: EmulatorClient
) -> None:
    """A list without a status, or with `any`, hides drafts; no one knows whether the second list shows them."""
    emulator.set_switches(transaction_statuses=listed)
    fault = emulator.fault("createEnvelope", "after_effect", reset=True, times=1)
    envelope = freeze(LeaseFactory())

    carry([envelope])

    assert emulator.fault_hits(fault) == 1
    assert all_sent() and len(emulator.envelopes()) == 1


def test_a_send_that_lands_late_mails_once(site: str, emulator: EmulatorClient) -> None:
    """E6: the PUT is lost, we send again, and then the first one lands."""
    fault = emulator.fault("updateEnvelope", "late_effect", delay=600, times=1)
    envelope = freeze(LeaseFactory())
    carry([envelope])
    assert all_sent() and emulator.fault_hits(fault) == 1

    emulator.advance(minutes=11)

    check_nothing_twice_nothing_lost(emulator)


def test_a_long_retry_after_does_not_hold_a_worker(site: str, emulator: EmulatorClient, lease_out: Envelope) -> None:
    """E15: the SDK alone would sleep an hour inside the worker."""
    fault = emulator.fault(
        "getEnvelope", "before_effect", status=429, errorCode="HOURLY_APIINVOCATION_LIMIT_EXCEEDED", retryAfter=3600
    )
    emulator.clear_journal()
    started = time.monotonic()

    with pytest.raises(DocusignBusy):
        DocusignClient(lease_out.connection).get_envelope(lease_out)

    assert time.monotonic() - started < 2
    assert emulator.fault_hits(fault) == 1
    assert len(emulator.journal("getEnvelope")) == 1


def test_a_reminder_whose_line_drops_is_sent_once(site: str, emulator: EmulatorClient) -> None:
    """E16: the SDK alone would repeat the PUT and mail four reminders."""
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__preferred_channel="email")
    lease_out = freeze(lease)
    carry([lease_out])
    fault = emulator.fault("updateEnvelope", "after_effect", reset=True, times=0)
    emulator.clear_journal()

    actions.resend(lease_out, by=None)

    assert emulator.fault_hits(fault) == 1
    assert len(emulator.journal("updateEnvelope")) == 1


def test_five_failures_open_the_breaker_and_one_probe_closes_it(site: str, emulator: EmulatorClient) -> None:
    fault = emulator.fault("createEnvelope", "before_effect", status=503, times=5)
    envelopes = [freeze(LeaseFactory()) for _ in range(7)]
    for envelope in envelopes:
        dispatch.advance(envelope.pk)

    assert emulator.fault_hits(fault) == 5
    assert len(emulator.journal("createEnvelope")) == 5
    assert Envelope.objects.filter(state=State.READY, problem__contains="we wait").count() == 2
    carry(envelopes)
    assert all_sent(), states_of_all()


def test_every_call_is_on_record_with_its_trace_token(lease_out: Envelope) -> None:
    calls = list(lease_out.calls.order_by("pk"))

    assert [call.operation for call in calls] == ["createEnvelope", "updateEnvelope"]
    for call in calls:
        assert UUID(call.trace_token) and call.outcome == DocusignCall.Outcome.OK
    assert DocusignConnection.objects.get().last_ok_at is not None
