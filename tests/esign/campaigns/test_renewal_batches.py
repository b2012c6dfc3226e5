"""Renewals by rule: each lease once, whatever workers, clocks and people do; paused and cancelled at any time."""

import csv
import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign import tasks
from esign.campaigns import forecast, lines, plan, results, steering
from esign.envelopes import dispatch
from esign.models import Batch, BatchLine, BatchRule, Envelope, State
from leases.models import Lease
from leases.status import LeaseStatus
from propertyapp.tasks import heartbeat
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import bystander, office, rosa
from tests.esign.admin.words import post, read
from tests.esign.campaigns.conftest import AtPoint, ending_soon, planned, prepare_all, raises, statuses
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory, RentStepFactory, bring_to

__all__ = ["bystander", "office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)

Status = BatchLine.Status


# --- each lease once --------------------------------------------------------------------------------------


def test_a_line_is_prepared_once_however_often_it_is_rung_for() -> None:
    batch = planned()
    line = batch.lines.get()
    assert lines.prepare(line.pk) is not None
    assert lines.prepare(line.pk) is None
    assert batch.rule is not None
    assert plan.start(batch.rule, timezone.localdate()) is None
    assert Envelope.objects.count() == 1
    assert statuses(batch) == [Status.PREPARED]


def test_two_workers_never_have_the_same_line() -> None:
    line = planned().lines.get()
    assert line.claim()
    assert lines.prepare(line.pk) is None, "another worker holds it"
    BatchLine.objects.update(claim_until=timezone.now() - timedelta(seconds=1))  # that worker has died
    assert lines.prepare(line.pk) is not None


@pytest.mark.parametrize("point", ["line-claimed", "offer-made", "offer-frozen"])
def test_a_worker_that_dies_anywhere_leaves_a_line_that_another_finishes(point: str, at_point: AtPoint) -> None:
    batch = planned()
    line = batch.lines.get()
    with at_point(point, raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        lines.prepare(line.pk)
    BatchLine.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    assert lines.prepare(line.pk) is not None
    assert (Envelope.objects.count(), Lease.objects.filter(previous_lease=line.lease).count()) == (1, 1)
    assert statuses(batch) == [Status.PREPARED]


def test_what_goes_wrong_with_one_lease_is_kept_and_tried_again_and_keeps_no_other_from_its_turn(
    at_point: AtPoint, office: Client
) -> None:
    batch = planned(2)
    first, second = batch.lines.order_by("pk")
    with at_point("offer-made", raises(RuntimeError("the disk is full"))):
        assert lines.prepare(first.pk) is None
    assert lines.prepare(second.pk) is not None
    first.refresh_from_db()
    assert (first.status, first.last_error, first.attempt) == (Status.PLANNED, "RuntimeError: the disk is full", 1)
    assert first.due_at > timezone.now()
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "1 lease could not be prepared" in page
    assert "the disk is full" in page
    BatchLine.objects.update(due_at=timezone.now())
    assert lines.prepare(first.pk) is not None


def _plan_all() -> None:
    for pk in plan.start_due_rules():
        plan.plan_piece(pk)


def test_a_rule_that_cannot_be_planned_keeps_no_other_from_its_turn() -> None:
    ending_soon()
    broken, good = BatchRuleFactory(name="A", is_active=True), BatchRuleFactory(name="B", is_active=True)
    BatchRule.objects.filter(pk=broken.pk).update(days_before_end=2**31 - 1)  # a day beyond the calendar
    _plan_all()
    broken.refresh_from_db()
    assert "OverflowError" in broken.last_error
    assert good.lines.count() == 1
    BatchRule.objects.filter(pk=broken.pk).update(days_before_end=1)
    _plan_all()
    broken.refresh_from_db()
    assert broken.last_error == ""


def test_a_skipped_lease_says_why_and_is_tried_again_when_the_cause_is_gone(office: Client) -> None:
    batch = planned()
    unit = batch.lines.get().lease.unit
    owner = unit.property.owner
    addresses, owner.email, owner.signatory_email = (owner.email, owner.signatory_email), "", ""
    owner.save()
    assert prepare_all(batch) == []
    assert statuses(batch) == [Status.SKIPPED]
    assert "no e-mail" in batch.lines.get().reason
    owner.email, owner.signatory_email = addresses
    owner.save()
    page = post(office, reverse("admin:esign_batch_retry", args=[batch.pk]), sure="yes")
    assert "1 lease waits for the workers again." in page
    made = prepare_all(batch)
    assert len(made) == 1, batch.lines.get().reason
    page = post(office, reverse("admin:esign_batch_retry", args=[batch.pk]), sure="yes")
    assert "No lease of this run was skipped or failed." in page


# --- pausing, resuming, cancelling ------------------------------------------------------------------------


def test_what_is_paused_is_neither_prepared_nor_sent_until_it_is_resumed(rosa: User, emulator: EmulatorClient) -> None:
    batch = planned(2)
    first, second = batch.lines.order_by("pk")
    ready = lines.prepare(first.pk)
    assert ready is not None
    assert steering.pause(batch, rosa)
    assert not steering.pause(batch, rosa), "it is paused already"
    assert lines.prepare(second.pk) is None
    for _ in range(3):
        dispatch.advance(ready.pk)
    assert [one["status"] for one in emulator.envelopes()] == ["created"], "staged, and no one is mailed"
    assert emulator.mail() == []
    assert steering.resume(batch, rosa)
    assert not steering.resume(batch, rosa)
    dispatch.advance(ready.pk)
    assert [one["status"] for one in emulator.envelopes()] == ["sent"]
    assert lines.prepare(second.pk) is not None


def test_a_pause_that_comes_while_a_line_is_prepared_holds_its_envelope(rosa: User, at_point: AtPoint) -> None:
    batch = planned()
    with at_point("offer-made", lambda: steering.pause(batch, rosa)):
        prepare_all(batch)
    assert Envelope.objects.get().hold_draft


def test_nothing_is_half_done_when_whoever_steers_dies_in_the_middle(rosa: User, at_point: AtPoint) -> None:
    batch = planned()
    (envelope,) = prepare_all(batch)
    for act in (steering.pause, steering.cancel):
        with at_point("run-changed", raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
            act(batch, rosa)
        batch.refresh_from_db()
        envelope.refresh_from_db()
        assert batch.may_send
        assert (envelope.hold_draft, envelope.cancel_asked_at) == (False, None)


def test_a_cancel_finds_the_envelope_that_a_dead_worker_left_behind(
    rosa: User, emulator: EmulatorClient, at_point: AtPoint
) -> None:
    batch = planned()
    with at_point("offer-frozen", raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        prepare_all(batch)
    envelope = Envelope.objects.get()
    steering.cancel(batch, rosa)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.VOIDED
    assert emulator.mail() == []


def test_a_pause_between_drafting_and_sending_wins_over_the_worker(
    rosa: User, emulator: EmulatorClient, at_point: AtPoint
) -> None:
    batch = planned()
    (envelope,) = prepare_all(batch)
    with at_point("draft-kept", lambda: steering.pause(batch, rosa)):
        dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert (envelope.state, envelope.hold_draft) == (State.DRAFTED, True)
    assert emulator.mail() == []


def test_a_cancelled_run_sends_nothing_more_and_leaves_what_is_out(rosa: User, emulator: EmulatorClient) -> None:
    batch = planned(3)
    out, unsent, waiting = batch.lines.order_by("pk")
    sent, ready = lines.prepare(out.pk), lines.prepare(unsent.pk)
    assert sent is not None
    assert ready is not None
    dispatch.advance(sent.pk)
    assert steering.cancel(batch, rosa) == 1
    assert steering.cancel(batch, rosa) is None, "it has ended"
    assert lines.prepare(waiting.pk) is None
    dispatch.advance(ready.pk)
    ready.refresh_from_db()
    sent.refresh_from_db()
    assert (ready.state, sent.state) == (State.VOIDED, State.SENT)
    assert statuses(batch) == [Status.PREPARED, Status.PREPARED, Status.CANCELLED]
    assert [one["status"] for one in emulator.envelopes()] == ["sent"]
    assert not steering.pause(batch, rosa)
    assert not steering.resume(batch, rosa)


def test_a_line_that_a_dead_worker_held_is_cancelled_with_its_run(rosa: User) -> None:
    batch = planned()
    assert batch.lines.get().claim()
    steering.cancel(batch, rosa)
    assert statuses(batch) == [Status.PLANNED], "a worker may be at it"
    BatchLine.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    steering.close_cancelled_lines()
    assert statuses(batch) == [Status.CANCELLED]


def test_thousands_of_lines_are_paused_and_cancelled_in_a_few_statements(
    rosa: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    few = planned(1)
    with django_assert_max_num_queries(12):
        steering.pause(few, rosa)
        steering.cancel(few, rosa)
    many = planned(12)
    prepare_all(many)
    with django_assert_max_num_queries(12):
        steering.pause(many, rosa)
        steering.cancel(many, rosa)


# --- the page ---------------------------------------------------------------------------------------------


def test_the_office_pauses_resumes_and_cancels_a_run(office: Client) -> None:
    batch = planned()
    assert "1 lease" in read(office, reverse("admin:esign_batch_pause", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.is_running, "looking at the page changes nothing"
    page = post(office, reverse("admin:esign_batch_pause", args=[batch.pk]), sure="yes")
    assert "Nothing is prepared or sent until somebody resumes it." in page
    assert "is paused already" in read(office, reverse("admin:esign_batch_pause", args=[batch.pk]))
    page = post(office, reverse("admin:esign_batch_resume", args=[batch.pk]), sure="yes")
    assert "The workers are preparing what is planned." in page
    page = post(office, reverse("admin:esign_batch_cancel", args=[batch.pk]), sure="yes")
    assert "What was not sent will not be sent." in page
    assert statuses(batch) == [Status.CANCELLED]
    assert "This run was cancelled." in read(office, reverse("admin:esign_batch_resume", args=[batch.pk]))


def test_who_may_not_send_may_not_pause_either(bystander: Client) -> None:
    batch = planned()
    for act in ("release", "pause", "resume", "retry", "cancel", "leave_out", "take_in"):
        assert bystander.post(reverse(f"admin:esign_batch_{act}", args=[batch.pk]), {"sure": "yes"}).status_code == 403
    batch.refresh_from_db()
    assert batch.is_running


def test_the_office_finds_a_lease_of_a_run_and_takes_the_results_with_it(office: Client) -> None:
    batch = planned(2)
    first, second = batch.lines.select_related("lease").order_by("pk")
    tenant = first.lease.parties.first()
    assert tenant is not None
    tenant.tenant.name = "=cmd|' /C calc'!A0"
    tenant.tenant.save()
    prepare_all(batch)
    url = reverse("admin:esign_batch_change", args=[batch.pk])
    page = read(office, f"{url}?q={first.lease.number}")
    assert first.lease.number in page
    assert second.lease.number not in page
    assert "No lines with “nowhere”." in read(office, f"{url}?q=nowhere")
    answer: Any = office.get(reverse("admin:esign_batch_results", args=[batch.pk]) + "?status=prepared")
    lines = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))
    assert [line["Lease"] for line in lines] == [first.lease.number, second.lease.number]
    assert lines[0]["Tenants"].startswith("'="), "no formula for the one who opens it"
    assert (lines[1]["Line"], lines[1]["Envelope"]) == ("Prepared", "Ready to send")


def test_a_run_is_counted_for_each_property(office: Client, emulator: EmulatorClient, bystander: Client) -> None:
    batch = planned(3)
    first, second, third = batch.lines.order_by("lease__unit__property__name")
    sent = lines.prepare(first.pk)
    assert sent is not None
    dispatch.advance(sent.pk)
    BatchLine.objects.filter(pk=second.pk).update(status=Status.SKIPPED)
    BatchLine.objects.filter(pk=third.pk).update(status=Status.CANCELLED)
    totals = results.by_property(batch.lines.all())
    assert [(row.leases, row.offered, row.signed, row.skipped, row.left_out) for row in totals] == [
        (1, 1, 0, 0, 0),
        (1, 0, 0, 1, 0),
        (1, 0, 0, 0, 1),
    ]
    url = reverse("admin:esign_batch_properties", args=[batch.pk])
    page = read(office, url)
    assert "3 properties" in page
    assert all(row.name in page for row in totals)
    assert bystander.get(url).status_code == 403


def test_the_plan_names_the_rent_of_the_day(office: Client) -> None:
    stepped = LeaseFactory(start_date=timezone.localdate() - timedelta(days=331))
    RentStepFactory(lease=stepped, from_date=timezone.localdate() - timedelta(days=30), amount=Decimal("2111.00"))
    bring_to(stepped, LeaseStatus.ACTIVE)
    batch = planned(0)
    assert "$2,111.00" in read(office, reverse("admin:esign_batch_change", args=[batch.pk]))


def test_a_rule_foretells_what_becomes_due_and_changes_nothing(office: Client) -> None:
    rule, today = BatchRuleFactory(days_before_end=30), timezone.localdate()
    now, soon, late = (LeaseFactory(stage="active", end_date=today + timedelta(days=days)) for days in (20, 60, 200))
    page = read(office, reverse("admin:esign_batchrule_preview", args=[rule.pk]))
    assert "1 lease becomes due in the next 90 days" in page
    assert soon.number in page
    assert now.number not in page
    assert late.number not in page
    day = today + timedelta(days=30)
    assert f"{day:%b} {day.day}, {day.year}" in page
    assert "This rule is switched off" in page
    assert not BatchLine.objects.exists()
    quiet = read(office, reverse("admin:esign_batchrule_preview", args=[BatchRuleFactory(days_before_end=300).pk]))
    assert "Nothing becomes due" in quiet


def test_a_run_says_how_fast_it_goes_and_when_it_will_be_done(office: Client) -> None:
    batch = planned(3)
    url = reverse("admin:esign_batch_change", args=[batch.pk])
    page = read(office, url)
    assert "3 leases to go" in page
    assert "done around" not in page
    first = batch.lines.order_by("pk").first()
    assert first is not None
    envelope = lines.prepare(first.pk)
    assert envelope is not None
    Envelope.objects.filter(pk=envelope.pk).update(state=State.SENT, docusign_id=uuid.uuid4(), sent_at=timezone.now())
    Batch.objects.update(approved_at=timezone.now() - timedelta(minutes=1))
    batch.refresh_from_db()
    pace = forecast.pace(batch, results.tally(batch), None)
    assert (pace.left, round(pace.a_minute)) == (2, 1)
    assert pace.done_at is not None
    assert timedelta(seconds=100) < pace.done_at - timezone.now() < timedelta(seconds=140)
    assert "done around" not in read(office, url), "no worker reports, so no one can tell"
    heartbeat()
    assert "done around" in read(office, url)


# --- queues -----------------------------------------------------------------------------------------------


def test_a_tick_plans_and_the_workers_do_the_rest(tasks_at_once: None, emulator: EmulatorClient, site: str) -> None:
    for _ in range(3):
        ending_soon()
    rule = BatchRuleFactory(is_active=True)
    tasks.run_batch_rules()
    tasks.run_batch_rules()
    assert list(rule.lines.values_list("status", flat=True)) == [Status.PREPARED] * 3
    assert {one["status"] for one in emulator.envelopes()} == {"sent"}
    assert len(emulator.envelopes()) == 3


def test_a_sweep_goes_on_with_a_run_of_a_rule_that_was_switched_off(
    tasks_at_once: None, emulator: EmulatorClient, site: str
) -> None:
    batch = planned(2)
    BatchRule.objects.update(is_active=False)
    tasks.sweep()
    assert statuses(batch) == [Status.PREPARED] * 2
