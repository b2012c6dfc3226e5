"""E24: any mix of actions, faults and deaths, and still nothing is sent twice and nothing is lost."""

from collections import Counter
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from esign.docusign import DocusignError
from esign.envelopes import dispatch, downloads
from esign.envelopes.compose import CannotCompose
from esign.envelopes.freeze import freeze
from esign.mail import outbox
from esign.models import DocusignConnection, Envelope, State
from esign.models.envelope import FINAL, IN_FLIGHT
from esign.sync import orphan_drafts, reconcile, webhook_inbox
from leases.models import Lease
from leases.status import LeaseStatus
from propertyapp.milestones import reached
from tests.emulator_client import EmulatorClient, EmulatorError
from tests.factories import LeaseFactory
from tests.faults.conftest import LONG
from tests.faults.fleet import AFTER_SENDING, check_nothing_twice_nothing_lost
from tests.faults.patience import let_time_pass

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.timeout(3600 if LONG else 600),
    pytest.mark.django_db(transaction=True),
]

MOST_LEASES = 3
POINTS = ["claimed-creating", "draft-answered", "draft-kept", "claimed-sending", "send-answered", "send-kept"]
POINTS += ["draft-looked-up", "send-looked-up", "delivery-applying", "documents-fetched", "page-applied"]
OPERATIONS = ["createEnvelope", "updateEnvelope", "listStatusChanges", "getEnvelope", "getDocument", "moveEnvelopes"]
HARM: list[dict[str, Any]] = [
    {"action": "before_effect", "reset": True},
    {"action": "before_effect", "status": 503},
    {"action": "after_effect", "reset": True},
    {"action": "after_effect", "status": 500},
    {"action": "cut_body"},
    {"action": "late_effect", "delay": 300},
    {"action": "token_revoked"},
]


class Death(BaseException):
    """The worker is gone: no except clause of the product may catch this."""


@contextmanager
def dying_at(point: str) -> Any:
    def die(point: str, wanted: str = point, **facts: Any) -> None:
        if point == wanted:
            raise Death

    reached.connect(die, weak=False, dispatch_uid="machine")
    try:
        with suppress(Death):
            yield
    finally:
        reached.disconnect(dispatch_uid="machine")


class SendAndSync(RuleBasedStateMachine):
    emulator: EmulatorClient

    def __init__(self) -> None:
        super().__init__()
        call_command("flush", verbosity=0, interactive=False)
        self.emulator.reset()
        let_time_pass()

    # --- staff ---

    @rule(tenants=st.integers(1, 2))
    def prepare_a_lease(self, tenants: int) -> None:
        if Lease.objects.count() < MOST_LEASES:
            freeze(LeaseFactory(tenants=tenants))

    @rule(number=st.integers(0, 2))
    def send_again_what_came_back(self, number: int) -> None:
        lease = Lease.objects.filter(status=LeaseStatus.DRAFT).order_by("pk")[number : number + 1].first()
        if lease is not None:
            with suppress(CannotCompose):
                freeze(lease)

    @rule(number=st.integers(0, 3))
    def cancel(self, number: int) -> None:
        if envelope := self.pick(number):
            envelope.ask_to_cancel(reason="Changed our mind")

    @rule(number=st.integers(0, 3))
    def try_again(self, number: int) -> None:
        if envelope := self.pick(number):
            envelope.try_again()

    # --- workers, who may die ---

    @rule(number=st.integers(0, 3), point=st.none() | st.sampled_from(POINTS))
    def ring_task(self, number: int, point: str | None) -> None:
        if envelope := self.pick(number):
            with dying_at(point or "never"):
                dispatch.advance(envelope.pk)

    @rule(point=st.none() | st.sampled_from(POINTS))
    def sweep(self, point: str | None) -> None:
        with dying_at(point or "never"), suppress(DocusignError):
            for connection in DocusignConnection.objects.all():
                reconcile.read_changes(connection)
                orphan_drafts.delete_orphan_drafts(connection)

    @rule(point=st.none() | st.sampled_from(POINTS))
    def follow_up(self, point: str | None) -> None:
        with dying_at(point or "never"):
            for pk in webhook_inbox.waiting():
                webhook_inbox.apply_message(pk)
            for envelope_id in Envelope.objects.values_list("pk", flat=True):
                downloads.download_documents(envelope_id)
                outbox.send_due(envelope_id=envelope_id)

    @rule()
    def time_passes(self) -> None:
        let_time_pass()

    # --- Docusign ---

    @rule(operation=st.sampled_from(OPERATIONS), harm=st.sampled_from(HARM))
    def something_will_go_wrong(self, operation: str, harm: dict[str, Any]) -> None:
        self.emulator.fault(operation, times=1, **harm)

    @rule(harm=st.sampled_from(["drop", "duplicate", "bad_hmac"]))
    def a_message_will_go_astray(self, harm: str) -> None:
        self.emulator.fault("connect", harm, times=2, copies=2)

    @rule()
    def messages_arrive(self) -> None:
        self.emulator.flush_deliveries()

    @rule(minutes=st.integers(1, 20))
    def docusigns_clock_goes_on(self, minutes: int) -> None:
        self.emulator.advance(minutes=minutes)

    # --- people ---

    @rule(number=st.integers(0, 3), who=st.integers(1, 3), action=st.sampled_from(["view", "sign", "sign", "decline"]))
    def somebody_acts(self, number: int, who: int, action: Any) -> None:
        envelope = self.pick(number)
        if envelope is not None and envelope.docusign_id is not None:
            with suppress(EmulatorError):  # not their turn, or nothing to sign any more
                self.emulator.act(str(envelope.docusign_id), str(who), action, reason="No")

    # --- what must always hold ---

    @invariant()
    def nothing_is_out_twice(self) -> None:
        out = Counter(e["transactionId"] for e in self.emulator.envelopes() if e["status"] in AFTER_SENDING)
        assert set(out.values()) <= {1}, out

    @invariant()
    def no_lease_is_executed_without_its_signatures(self) -> None:
        for lease in Lease.objects.filter(status=LeaseStatus.EXECUTED):
            assert lease.missing_signatures() == []

    def teardown(self) -> None:
        """All faults end, time passes, the sweep runs: everything must come to rest, as Docusign has it."""
        self.emulator.clear_faults()
        self.emulator.advance(minutes=30)
        for _ in range(5):
            let_time_pass()
            for envelope_id in Envelope.objects.values_list("pk", flat=True):
                dispatch.advance(envelope_id)
            self.messages_arrive()
            for connection in DocusignConnection.objects.all():
                reconcile.read_changes(connection)
                orphan_drafts.delete_orphan_drafts(connection)
            for pk in webhook_inbox.waiting():
                webhook_inbox.apply_message(pk)
        assert not Envelope.objects.filter(state__in=(*IN_FLIGHT, State.READY, State.DRAFTED)).exists()
        for envelope in Envelope.objects.filter(cancel_asked_at__isnull=False):
            assert envelope.state in FINAL, envelope.problem
        check_nothing_twice_nothing_lost(self.emulator)

    def pick(self, number: int) -> Envelope | None:
        return Envelope.objects.order_by("created_at")[number : number + 1].first()


def test_no_mix_of_deeds_faults_and_deaths_sends_twice_or_loses(site: str, emulator: EmulatorClient) -> None:
    machine = type("Machine", (SendAndSync,), {"emulator": emulator})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60 if LONG else 5,
            stateful_step_count=40 if LONG else 20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
