"""What a rule would do is said before it does it, and comes true."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign.campaigns import plan
from esign.models import Batch, BatchLine, BatchRule, Envelope, State
from leases.models import AddendumKind, IncreaseKind, Lease, Owner
from tests.esign.admin.conftest import office, rosa
from tests.esign.admin.words import post, read
from tests.esign.campaigns.conftest import AtPoint, ending_soon, planned, prepare_all, raises, run_of, started
from tests.esign.factories import BatchRuleFactory

__all__ = ["office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)


def without_an_address(lease: Lease) -> None:
    owner = lease.unit.property.owner
    owner.email = owner.signatory_email = ""
    owner.save()


def with_a_name_that_hides_text(lease: Lease) -> None:
    tenant = lease.parties.get(role="tenant").tenant
    type(tenant).objects.filter(pk=tenant.pk).update(name="Ann\u202e Lee")


def without_the_rent_of_the_market(lease: Lease) -> None:
    home = lease.unit.property
    home.renewal_increase_kind = IncreaseKind.MARKET
    home.save()
    lease.unit.market_rent = None
    lease.unit.save()


def without_an_addendum_that_its_property_asks_for(lease: Lease) -> None:
    home = lease.unit.property
    home.required_addenda = [AddendumKind.PET]
    home.save()


@pytest.mark.parametrize(
    "spoil",
    [
        without_an_address,
        with_a_name_that_hides_text,
        without_the_rent_of_the_market,
        without_an_addendum_that_its_property_asks_for,
    ],
)
def test_what_is_foretold_of_a_lease_is_why_it_is_skipped(spoil: Callable[[Lease], None], office: Client) -> None:
    spoil(ending_soon())
    batch = planned(0)
    line = batch.lines.get()
    assert line.foretold
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "1 of them would be skipped as it stands" in page
    assert line.foretold in page
    assert prepare_all(batch) == []
    foretold = line.foretold
    line.refresh_from_db()
    assert line.status == BatchLine.Status.SKIPPED
    assert foretold in line.reason


def test_nothing_is_foretold_of_a_lease_that_gets_its_offer(office: Client) -> None:
    batch = planned(1)
    line = batch.lines.get()
    assert line.foretold == ""
    assert "would be skipped" not in read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert len(prepare_all(batch)) == 1
    line.refresh_from_db()
    assert line.offer is not None
    assert line.offer.rent == line.rent_planned


# --- in pieces --------------------------------------------------------------------------------------------


def test_a_plan_is_written_in_pieces_and_each_takes_the_same_statements(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    monkeypatch.setattr(plan, "PIECE", 2)
    for _ in range(5):
        ending_soon()
    batch = started(BatchRuleFactory(is_active=True))
    with django_assert_max_num_queries(25) as first:
        assert plan.plan_piece(batch.pk)
    assert batch.lines.count() == 2
    batch.refresh_from_db()
    assert not batch.is_planned
    assert plan.waits_longest() == [batch.pk], "for the sweep, if this worker dies"
    monkeypatch.setattr(plan, "PIECE", 4)
    with django_assert_max_num_queries(len(first) + 12):  # it is the last piece, so the plan is closed and approved
        assert not plan.plan_piece(batch.pk)
    batch.refresh_from_db()
    assert (batch.lines.count(), batch.may_send) == (5, True)


def test_a_worker_that_dies_while_it_plans_leaves_a_piece_that_another_writes(at_point: AtPoint) -> None:
    ending_soon()
    batch = started(BatchRuleFactory(is_active=True))
    for point in ("plan-claimed", "plan-written"):
        with at_point(point, raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
            plan.plan_piece(batch.pk)
        assert not batch.lines.exists()
        assert not plan.plan_piece(batch.pk), "its claim is still held"
        Batch.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    plan.plan_piece(batch.pk)
    assert batch.lines.count() == 1


def test_beat_that_fires_twice_or_sleeps_two_days_plans_each_lease_once() -> None:
    lease = ending_soon()
    rule, today = BatchRuleFactory(is_active=True), timezone.localdate()
    for day in (today, today, today + timedelta(days=2)):
        for pk in plan.start_due_rules(day):
            plan.plan_piece(pk)
    assert [line.lease for line in rule.lines.all()] == [lease]


# --- approving --------------------------------------------------------------------------------------------


def test_what_a_person_starts_waits_for_approval_and_the_page_says_what_it_comes_to(office: Client, rosa: User) -> None:
    ending_soon()
    rule = BatchRuleFactory()
    url = reverse("admin:esign_batchrule_run", args=[rule.pk])
    assert "1 lease due" in read(office, url)
    assert not Batch.objects.exists(), "looking at the page changes nothing"
    assert "Look at the plan and approve it." in post(office, url, sure="yes")
    batch = Batch.objects.get()
    plan.plan_piece(batch.pk)
    assert prepare_all(batch) == []
    line = batch.lines.get()
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "The plan waits for approval" in page
    assert f"${line.rent_planned:,.2f}" in page
    approve = reverse("admin:esign_batch_approve", args=[batch.pk])
    assert "Docusign counts up to 1 envelope of your plan." in read(office, approve)
    assert "is approved." in post(office, approve, sure="yes")
    assert "It is approved already." in read(office, approve)
    batch.refresh_from_db()
    assert (batch.approved_by, batch.may_send) == (rosa, True)
    assert len(prepare_all(batch)) == 1
    assert "Nothing new is due" in read(office, url)


def test_a_rule_may_ask_for_approval_of_what_beat_plans() -> None:
    ending_soon()
    batch = run_of(BatchRuleFactory(is_active=True, needs_approval=True))
    assert batch.waits_for_approval
    assert prepare_all(batch) == []


def test_a_plan_keeps_what_its_rule_said_when_it_was_planned() -> None:
    batch = planned(1)
    BatchRule.objects.update(own_terms=True, increase_kind=IncreaseKind.FLAT, increase=500, name="Another")
    (envelope,) = prepare_all(batch)
    assert envelope.lease.rent == batch.lines.get().rent_planned


# --- skipped ----------------------------------------------------------------------------------------------


def test_a_skipped_lease_is_planned_again_by_itself_when_the_cause_is_gone() -> None:
    lease = ending_soon()
    without_an_address(lease)
    batch = planned(0)
    prepare_all(batch)
    later = timezone.now() - timedelta(days=1)
    BatchLine.objects.update(due_at=later)
    assert plan.look_again_at_skipped() == 0, "the cause is still there"
    owner = Owner.objects.get()
    owner.email = owner.signatory_email = "office@example.com"
    owner.save()
    assert plan.look_again_at_skipped() == 0, "it is looked at once a day"
    BatchLine.objects.update(due_at=later)
    assert plan.look_again_at_skipped() == 1
    assert len(prepare_all(batch)) == 1


def test_who_declined_is_not_offered_another_renewal() -> None:
    (envelope,) = prepare_all(planned(1))
    envelope.lease.withdraw("The tenant declined.")
    Envelope.objects.update(state=State.DECLINED, declined_at=timezone.now(), docusign_id=uuid.uuid4())
    envelope.lease.cancel("The tenant declined.")
    again = planned(0)
    line = again.lines.get()
    assert "A renewal was declined" in line.foretold
    assert prepare_all(again) == []
    line.refresh_from_db()
    assert "A renewal was declined" in line.reason
