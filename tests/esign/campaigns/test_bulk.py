"""One notice to many goes by Docusign's Bulk Send: each copy is settled into its row, and nothing goes out twice."""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from esign.campaigns import steering
from esign.campaigns.bulk import lists
from esign.envelopes import dispatch
from esign.envelopes.status import explain
from esign.models import (
    AuditEvent,
    Batch,
    BatchRule,
    BulkSend,
    BulkState,
    CampaignKind,
    Channel,
    DocusignCall,
    Envelope,
    OrphanDraft,
    State,
)
from leases.models import Property
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import rosa
from tests.esign.campaigns.conftest import AtPoint, prepare_all, raises, run_of
from tests.esign.conftest import hear
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory, PropertyFactory

__all__ = ["rosa"]  # a fixture of staff at their desk

pytestmark = pytest.mark.django_db(transaction=True)

LEASES = 5


@pytest.fixture(autouse=True)
def _few_are_many(settings: Settings) -> None:
    settings.BULK_SEND_ABOVE = 3


def notice_rule(**contents: Any) -> BatchRule:
    wanted: dict[str, Any] = {
        "kind": CampaignKind.GENERAL, "text": "The water is shut off.", "channel": Channel.EMAIL, "is_active": True,
    } | contents  # fmt: skip
    rule: BatchRule = BatchRuleFactory(**wanted)
    return rule


def living(home: Property, count: int, **lease: Any) -> None:
    for _ in range(count):
        LeaseFactory(
            stage="active", unit__property=home, start_date=timezone.localdate() - timedelta(days=330), **lease
        )


def planned(count: int = LEASES, **contents: Any) -> Batch:
    living(PropertyFactory(), count)
    return run_of(notice_rule(**contents))


def prepared(count: int = LEASES, **contents: Any) -> tuple[Batch, BulkSend]:
    """A run whose envelopes wait in one list."""
    batch = planned(count, **contents)
    assert batch.in_bulk, batch.way
    prepare_all(batch)
    return batch, BulkSend.objects.get()


def later() -> None:
    """Whatever waits is due, and workers that died have lost their claims."""
    long_ago = timezone.now() - timedelta(minutes=1)
    BulkSend.objects.update(due_at=long_ago)
    BulkSend.objects.filter(claim_until__isnull=False).update(claim_until=long_ago)


def carry(bulk: BulkSend, emulator: EmulatorClient) -> BulkSend:
    """Have workers carry the list to its end, while Docusign's queue is emptied."""
    for _ in range(12):
        later()
        lists.advance(bulk.pk)
        emulator.advance(seconds=5)
    bulk.refresh_from_db()
    return bulk


def sent_at_docusign(emulator: EmulatorClient) -> list[str]:
    return [one["envelopeId"] for one in emulator.envelopes() if one["status"] not in ("created", "voided")]


def check_each_went_out_once(emulator: EmulatorClient, count: int = LEASES) -> None:
    rows = list(Envelope.objects.all())
    assert [row.state for row in rows] == [State.SENT] * count, [row.problem for row in rows]
    assert sorted(str(row.docusign_id) for row in rows) == sorted(sent_at_docusign(emulator))
    mails = Counter(mail.envelope_id for mail in emulator.mail() if mail.kind == "invitation")
    assert sorted(mails.values()) == [1] * count, "the landlord is asked once for each lease"
    assert AuditEvent.objects.filter(kind="envelope.sent").count() == count
    assert all(row.sent_at for row in rows)


def operations() -> list[str]:
    signing_in = ("requestToken", "getUserInfo")
    calls = DocusignCall.objects.filter(envelope__isnull=True).exclude(operation__in=signing_in)
    return list(calls.order_by("pk").values_list("operation", flat=True))


# --- the way --------------------------------------------------------------------------------------------


def test_each_copy_of_a_list_is_settled_into_its_row(emulator: EmulatorClient) -> None:
    _, bulk = prepared()
    assert emulator.envelopes() == [], "nothing is at Docusign before the list is complete"
    assert not Envelope.objects.due().exists(), "dispatch leaves its envelopes alone"
    lists.advance(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.state, bulk.size) == (BulkState.SENT, LEASES)
    emulator.advance(seconds=5)
    later()
    lists.advance(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.state, bulk.sent, bulk.failed, bool(bulk.done_at)) == (BulkState.SETTLED, LEASES, 0, True)
    check_each_went_out_once(emulator)
    assert operations() == [
        "createBulkSendList", "createEnvelope", "createBulkSendTestRequest", "createBulkSendRequest",
        "getBulkSendBatchStatus", "listStatusChanges", "deleteBulkSendList",
    ]  # fmt: skip
    assert OrphanDraft.objects.get().docusign_id == bulk.docusign_draft_id, "the draft goes into the bin"


def test_what_connect_tells_settles_a_copy_and_nothing_is_asked_for(emulator: EmulatorClient, site: str) -> None:
    _, bulk = prepared()
    lists.advance(bulk.pk)
    emulator.advance(seconds=5)
    hear(emulator)
    check_each_went_out_once(emulator)
    carry(bulk, emulator)
    assert BulkSend.objects.get().state == BulkState.SETTLED
    check_each_went_out_once(emulator)
    assert "listStatusChanges" not in operations()


def test_a_message_that_comes_before_the_answer_is_written_settles_its_copy(
    emulator: EmulatorClient, site: str, at_point: AtPoint
) -> None:
    _, bulk = prepared()

    def tell() -> None:
        emulator.advance(seconds=5)
        hear(emulator)

    with at_point("bulk-answered", tell):
        lists.advance(bulk.pk)
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


def test_nothing_is_at_docusign_before_the_release(rosa: User, emulator: EmulatorClient) -> None:
    batch, bulk = prepared(waits_for_release=True)
    assert lists.due() == []
    steering.release(batch, rosa)
    assert lists.due() == [bulk.pk]
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


def test_a_list_waits_for_lines_that_are_still_to_be_prepared(emulator: EmulatorClient) -> None:
    batch, bulk = prepared()
    assert lists.due() == [bulk.pk]
    living(PropertyFactory(), 1)
    assert batch.rule is not None
    run_of(batch.rule)
    assert lists.due() == []
    prepare_all(batch)
    assert lists.due() == [bulk.pk], "the lease in another home, alone, goes by itself"


@pytest.mark.parametrize(("most", "sizes"), [(3, [3, 3, 1]), (7, [7])])
def test_a_list_has_at_most_so_many_copies(most: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esign.campaigns.bulk.grouping.MOST_COPIES", most)
    batch = planned(7)
    prepare_all(batch)
    assert list(BulkSend.objects.order_by("pk").values_list("size", flat=True)) == sizes


def test_a_list_holds_what_is_the_same_document(emulator: EmulatorClient) -> None:
    here, there = PropertyFactory(), PropertyFactory()
    living(here, 2)
    living(here, 2, tenants=2)
    living(there, 2)
    batch = run_of(notice_rule(acknowledge=True))
    assert "too few leases have the same notice" in batch.way
    Batch.objects.update(in_bulk=True)
    prepare_all(batch)
    by_list = Counter(Envelope.objects.values_list("bulk_send", flat=True))
    assert sorted(by_list.values()) == [2, 2, 2]
    for bulk in BulkSend.objects.all():
        lists.advance(bulk.pk)
    assert operations() == [], "so few cost no more when each goes by itself"
    assert Envelope.objects.due().count() == 6


# --- answers that are lost --------------------------------------------------------------------------------


def test_a_request_whose_answer_is_lost_is_found_by_its_name(emulator: EmulatorClient) -> None:
    _, bulk = prepared()
    lost = emulator.fault("createBulkSendRequest", "after_effect", reset=True)
    lists.advance(bulk.pk)
    assert emulator.fault_hits(lost) == 1
    bulk.refresh_from_db()
    assert (bulk.state, bulk.is_claimed) == (BulkState.SENDING, True), "the claim is kept, so that no one looks early"
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


def test_a_request_that_is_not_found_is_repeated_only_by_a_person(rosa: User, emulator: EmulatorClient) -> None:
    batch, bulk = prepared()
    lost = emulator.fault("createBulkSendRequest", "late_effect", delay=600, hang=0.1)
    lists.advance(bulk.pk)
    assert emulator.fault_hits(lost) == 1
    later()
    lists.advance(bulk.pk)
    bulk.refresh_from_db()
    assert bulk.fenced_at, "its list is deleted"
    assert bulk.due_at > timezone.now() + timedelta(minutes=14), (
        "and it is looked for once more a quarter of an hour later"
    )
    emulator.advance(minutes=11)
    assert sent_at_docusign(emulator) == [], "the request has come late, and is refused"
    later()
    lists.advance(bulk.pk)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.NEEDS_ATTENTION
    assert bulk.name in bulk.last_error
    assert explain(Envelope.objects.all()[0]).stuck
    assert steering.failed(batch).count() == LEASES
    assert lists.due() == []
    assert steering.try_failed_again(batch) == 1
    carry(bulk, emulator)
    check_each_went_out_once(emulator)
    assert BulkSend.objects.get().made == 2


def test_a_batch_that_docusign_shows_late_is_waited_for(emulator: EmulatorClient, at_point: AtPoint) -> None:
    _, bulk = prepared()
    lists.advance(bulk.pk)
    emulator.advance(seconds=5)
    emulator.set_switches(search_lag_seconds=600)
    later()
    lists.advance(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.state, bulk.last_error) == (
        BulkState.SENT,
        f"Docusign has sent {LEASES} copies, and shows 0 of them yet.",
    )
    assert not Envelope.objects.due().exists(), "none is taken for failed"
    emulator.advance(minutes=11)
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


def test_answers_that_are_lost_while_the_list_is_made_leave_nothing_behind(emulator: EmulatorClient) -> None:
    _, bulk = prepared()
    making = ("createBulkSendList", "createEnvelope", "createBulkSendTestRequest")
    lost = [emulator.fault(operation, "after_effect", reset=True) for operation in making]
    carry(bulk, emulator)
    assert [emulator.fault_hits(one) for one in lost] == [1, 1, 1]
    check_each_went_out_once(emulator)
    assert [one["envelopeId"] for one in emulator.envelopes() if one["status"] == "created"] == [
        str(orphan.docusign_id) for orphan in OrphanDraft.objects.all()
    ]
    made, deleted = (operations().count(name) for name in ("createBulkSendList", "deleteBulkSendList"))
    assert made == deleted == 2


# --- workers that die, and two at a time ------------------------------------------------------------------

POINTS = [
    *("bulk-listed", "bulk-drafted", "bulk-tested"),
    *("bulk-answered", "bulk-status", "bulk-copy-settled", "bulk-settled"),
]


def test_workers_that_die_at_every_point_send_nothing_twice_and_lose_nothing(
    emulator: EmulatorClient, at_point: AtPoint
) -> None:
    _, bulk = prepared()
    with ExitStack() as deaths:
        for point in POINTS:
            deaths.enter_context(at_point(point, raises(KeyboardInterrupt())))
        for _ in POINTS:
            with pytest.raises(KeyboardInterrupt):
                carry(bulk, emulator)
        carry(bulk, emulator)
    check_each_went_out_once(emulator)
    assert BulkSend.objects.get().done_at


def test_a_worker_that_dies_before_its_request_leaves_a_person_to_decide(
    rosa: User, emulator: EmulatorClient, at_point: AtPoint
) -> None:
    batch, bulk = prepared()
    with at_point("bulk-claimed", raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        lists.advance(bulk.pk)
    carry(bulk, emulator)
    assert BulkSend.objects.get().state == BulkState.NEEDS_ATTENTION, "no one can tell that nothing went out"
    assert emulator.mail() == []
    assert steering.try_failed_again(batch) == 1
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


def test_a_worker_that_comes_late_overwrites_nothing(emulator: EmulatorClient, at_point: AtPoint) -> None:
    _, bulk = prepared()

    def another_takes_over() -> None:
        later()
        lists.advance(bulk.pk)

    with at_point("bulk-answered", another_takes_over):
        lists.advance(bulk.pk)
    carry(bulk, emulator)
    check_each_went_out_once(emulator)
    assert operations().count("createBulkSendRequest") == 1


def test_a_second_worker_leaves_a_list_alone_that_another_holds(emulator: EmulatorClient, at_point: AtPoint) -> None:
    _, bulk = prepared()
    seen: list[int] = []
    with ExitStack() as looks:
        for point in [*POINTS, "bulk-claimed"]:
            looks.enter_context(at_point(point, lambda: seen.extend(lists.due())))
        carry(bulk, emulator)
    assert seen == []
    check_each_went_out_once(emulator)


# --- what people do meanwhile -----------------------------------------------------------------------------


def cancel_unsent() -> None:
    for envelope in Envelope.objects.due():
        dispatch.advance(envelope.pk)


def test_a_cancel_before_the_request_sends_nothing(rosa: User, emulator: EmulatorClient, at_point: AtPoint) -> None:
    batch, bulk = prepared()
    with at_point("bulk-tested", lambda: steering.cancel(batch, rosa)):
        carry(bulk, emulator)
    cancel_unsent()
    assert set(Envelope.objects.values_list("state", flat=True)) == {State.VOIDED}
    assert emulator.mail() == []
    assert BulkSend.objects.get().done_at
    assert "createBulkSendRequest" not in operations()


def test_a_cancel_while_the_request_is_out_voids_what_went_out(
    rosa: User, emulator: EmulatorClient, at_point: AtPoint
) -> None:
    batch, bulk = prepared()
    with at_point("bulk-claimed", lambda: steering.cancel(batch, rosa)):
        carry(bulk, emulator)
    assert set(Envelope.objects.values_list("state", flat=True)) == {State.SENT}
    for envelope in Envelope.objects.due():
        dispatch.advance(envelope.pk)
    assert set(Envelope.objects.values_list("state", flat=True)) == {State.VOIDED}
    assert sent_at_docusign(emulator) == []


def test_a_lease_that_is_left_out_is_not_in_the_list_that_is_sent(
    rosa: User, emulator: EmulatorClient, at_point: AtPoint
) -> None:
    batch, bulk = prepared(LEASES + 1)
    line = batch.lines.order_by("pk")[0]
    with at_point("bulk-tested", lambda: steering.leave_out(batch, [line.pk], rosa)):
        carry(bulk, emulator)
    cancel_unsent()
    line.refresh_from_db()
    assert line.envelope is not None
    assert line.envelope.state == State.VOIDED
    assert len(sent_at_docusign(emulator)) == LEASES
    assert BulkSend.objects.get().made == 2


def test_a_lease_whose_request_is_out_is_not_left_out(rosa: User, emulator: EmulatorClient, at_point: AtPoint) -> None:
    batch, bulk = prepared()
    left: list[int] = []
    pks = list(batch.lines.values_list("pk", flat=True))
    with at_point("bulk-claimed", lambda: left.append(steering.leave_out(batch, pks, rosa))):
        carry(bulk, emulator)
    assert left == [0]
    check_each_went_out_once(emulator)


def test_a_pause_holds_a_list_and_a_resume_sends_it(rosa: User, emulator: EmulatorClient, at_point: AtPoint) -> None:
    batch, bulk = prepared()
    with at_point("bulk-tested", lambda: steering.pause(batch, rosa)):
        carry(bulk, emulator)
    assert BulkSend.objects.get().state == BulkState.LISTED
    assert emulator.mail() == []
    batch.refresh_from_db()
    steering.resume(batch, rosa)
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


# --- what Docusign does not take --------------------------------------------------------------------------


def test_a_copy_that_fails_goes_by_itself(emulator: EmulatorClient) -> None:
    _, bulk = prepared()
    unlucky = Envelope.objects.order_by("pk")[0]
    tenant = unlucky.signers.get(key="tenant1")
    failing = emulator.fault("bulkCopy", "before_effect", match={"email": tenant.email}, errorCode="UNKNOWN_ENVELOPE")
    bulk = carry(bulk, emulator)
    assert emulator.fault_hits(failing) == 1
    assert (bulk.state, bulk.sent, bulk.failed) == (BulkState.SETTLED, LEASES - 1, 1)
    unlucky.refresh_from_db()
    assert (unlucky.state, unlucky.bulk_send) == (State.READY, None)
    assert unlucky.problem.startswith("Docusign did not send it in bulk: UNKNOWN_ENVELOPE")
    assert [row.pk for row in Envelope.objects.due()] == [unlucky.pk]
    dispatch.advance(unlucky.pk)
    check_each_went_out_once(emulator)


@pytest.mark.parametrize("operation", ["createBulkSendTestRequest", "createBulkSendRequest"])
def test_a_list_that_docusign_refuses_goes_one_by_one(operation: str, emulator: EmulatorClient) -> None:
    _, bulk = prepared()
    emulator.fault(operation, "before_effect", status=400, errorCode="BULK_SEND_EMAIL_ADDRESS_NOT_VALID")
    bulk = carry(bulk, emulator)
    assert (bulk.state, bulk.failed) == (BulkState.SETTLED, LEASES)
    assert "Ordered by a fault" in bulk.last_error
    for envelope in Envelope.objects.due():
        dispatch.advance(envelope.pk)
    check_each_went_out_once(emulator)


def test_a_full_queue_is_waited_for(emulator: EmulatorClient) -> None:
    _, bulk = prepared()
    full = "BULK_SEND_ACCOUNT_HAS_TOO_MANY_QUEUED_ENVELOPES"
    emulator.fault("createBulkSendRequest", "before_effect", status=400, errorCode=full)
    lists.advance(bulk.pk)
    bulk.refresh_from_db()
    assert (bulk.state, bulk.is_claimed) == (BulkState.LISTED, False)
    assert bulk.due_at > timezone.now()
    assert set(Envelope.objects.values_list("state", flat=True)) == {State.READY}
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


def test_no_more_copies_are_asked_for_than_the_queue_of_an_account_holds(
    emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esign.campaigns.bulk.sending.MOST_QUEUED", LEASES + 1)
    living(PropertyFactory(), LEASES)
    living(PropertyFactory(), LEASES)
    prepare_all(run_of(notice_rule()))
    first, second = BulkSend.objects.order_by("pk")
    emulator.set_switches(bulk_per_second=0.01)
    for bulk in (first, second):
        lists.advance(bulk.pk)
    second.refresh_from_db()
    assert (second.state, second.last_error) == (
        BulkState.LISTED, f"Docusign's queue holds {LEASES + 1} envelopes of an account.",
    )  # fmt: skip
    emulator.advance(hours=1)
    for _ in range(3):
        later()
        for bulk in (first, second):
            lists.advance(bulk.pk)
        emulator.advance(hours=1)
    check_each_went_out_once(emulator, 2 * LEASES)


def test_a_list_waits_for_the_hours_of_its_campaign(emulator: EmulatorClient) -> None:
    home = PropertyFactory(time_zone="America/Los_Angeles")
    living(home, LEASES)
    tomorrow = timezone.localtime(timezone=ZoneInfo(home.time_zone)) + timedelta(days=1)
    prepare_all(run_of(notice_rule(send_weekdays=str(tomorrow.isoweekday()))))
    bulk = BulkSend.objects.get()
    lists.advance(bulk.pk)
    bulk.refresh_from_db()
    assert bulk.state == BulkState.LISTED
    assert bulk.last_error.endswith("because of the campaign's hours.")
    assert set(Envelope.objects.values_list("due_at", flat=True)) == {bulk.due_at}
    assert bulk.due_at > timezone.now()
    Envelope.objects.update(sending_hours=None)
    carry(bulk, emulator)
    check_each_went_out_once(emulator)


def test_a_month_with_too_few_places_has_a_list_go_one_by_one(emulator: EmulatorClient, settings: Settings) -> None:
    settings.DOCUSIGN_MONTHLY_ENVELOPES = LEASES - 1
    _, bulk = prepared()
    bulk = carry(bulk, emulator)
    assert bulk.last_error == f"The plan allows {LEASES - 1} more envelopes this month."
    for envelope in Envelope.objects.due():
        dispatch.advance(envelope.pk)
    assert len(sent_at_docusign(emulator)) == LEASES - 1
