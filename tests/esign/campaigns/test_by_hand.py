"""A campaign by hand: the leases that staff chose in the list, planned, approved and sent like those of a rule."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign import tasks
from esign.campaigns import by_hand, steering
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.models import Batch, BatchLine, CampaignKind, Envelope, Purpose, State
from leases.models import Lease, Portfolio
from leases.visibility import can_see
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import bystander, office, rosa
from tests.esign.admin.words import post, read
from tests.esign.campaigns.conftest import approved, chosen, plan_all, prepare_all, started_by_hand, statuses
from tests.factories import LeaseFactory, UserFactory

__all__ = ["bystander", "office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)

Status = BatchLine.Status
LISTING = "admin:leases_lease_changelist"


def sent(by: User, *leases: Lease, **contents: object) -> Batch:
    return started_by_hand(CampaignKind.LEASE, by, *leases, **contents)


def choose(client: Client, leases: Sequence[Lease], *, query: str = "", **fields: object) -> str:
    ticked = {"action": "send_chosen", "_selected_action": [lease.pk for lease in leases], **fields}
    return str(client.post(reverse(LISTING) + query, ticked)["Location"])


# --- what is sent -----------------------------------------------------------------------------------------


def test_drafts_that_were_chosen_are_planned_approved_and_sent(
    office: Client, rosa: User, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esign.admin.leases.pages.AT_ONCE", 1)
    drafts = [LeaseFactory(), LeaseFactory()]
    active = LeaseFactory(stage="active")
    url = choose(office, [*drafts, active])
    asked = read(office, url)
    assert "2 drafts: each goes out in an envelope of its own." in asked
    assert "1 of the chosen are no drafts any more" in asked
    key = office.get(url).context["form"]["key"].value()
    fields = {"channel": "email", "message": "Welcome.", "look": "on", "key": key, "sure": "yes"}
    assert "Look at the plan and approve it." in post(office, url, **fields)
    assert "Look at the plan and approve it." in post(office, url, **fields)
    batch = plan_all(Batch.objects.get())
    assert (batch.kind, batch.started_by, batch.holds_for_release) == (CampaignKind.LEASE, rosa, True)
    assert "is active; only a draft can be sent" in batch.lines.get(lease=active).foretold
    assert prepare_all(batch) == [], "not approved"
    envelopes = prepare_all(approved(batch, rosa))
    assert statuses(batch) == [Status.PREPARED, Status.PREPARED, Status.SKIPPED]
    assert {one.message for one in envelopes} == {"Welcome."}
    assert {person.channel for one in envelopes for person in one.signers.filter(role="tenant")} == {"email"}
    dispatch.advance(envelopes[0].pk)
    assert emulator.mail() == [], "not released"
    steering.release(batch, rosa)
    for envelope in envelopes:
        dispatch.advance(envelope.pk)
    assert [one["status"] for one in emulator.envelopes()] == ["sent", "sent"]


def test_a_lease_that_was_sent_by_hand_since_is_skipped_and_says_so(rosa: User) -> None:
    lease = LeaseFactory()
    batch = approved(sent(rosa, lease), rosa)
    freeze(lease, Purpose.LEASE, by=rosa)
    assert prepare_all(batch) == []
    assert "only a draft can be sent" in batch.lines.get().reason


def test_a_rent_that_changed_since_the_plan_is_shown_before_it_is_sent(rosa: User) -> None:
    lease = LeaseFactory()
    batch = approved(sent(rosa, lease), rosa)
    Lease.objects.filter(pk=lease.pk).update(rent=Decimal("2050.00"))
    assert prepare_all(batch) == []
    line = batch.lines.get()
    assert "Its rent is $2,050.00 now, and was $2,000.00 when the plan was made." in line.reason
    assert line.rent_now == Decimal("2050.00")
    steering.try_skipped_again(batch)
    assert len(prepare_all(batch)) == 1


def test_what_a_dead_worker_froze_goes_on_with_its_line(rosa: User) -> None:
    batch = approved(sent(rosa, LeaseFactory()), rosa)
    (envelope,) = prepare_all(batch)
    BatchLine.objects.update(status=Status.PLANNED, done_at=None, claim_until=None)
    assert prepare_all(batch) == [envelope]
    assert Envelope.objects.count() == 1


# --- starting ---------------------------------------------------------------------------------------------


def test_a_start_takes_the_same_statements_for_a_few_and_for_many(
    rosa: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    leases = [LeaseFactory(tenants=0) for _ in range(12)]
    with django_assert_max_num_queries(12) as few:
        by_hand.start(CampaignKind.LEASE, chosen(*leases[:2]), rosa)
    with django_assert_max_num_queries(len(few)):
        by_hand.start(CampaignKind.LEASE, chosen(*leases), rosa)


def test_too_many_are_refused_in_words_and_nothing_is_written(rosa: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "MOST", 1)
    with pytest.raises(by_hand.CannotStart, match="at most 1 leases"):
        by_hand.start(CampaignKind.LEASE, chosen(LeaseFactory(), LeaseFactory()), rosa)
    with pytest.raises(by_hand.CannotStart, match="No lease is left"):
        by_hand.start(CampaignKind.LEASE, Lease.objects.none(), rosa)
    assert not Batch.objects.exists()


def test_all_that_a_filter_finds_can_be_chosen_across_pages(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esign.admin.leases.pages.AT_ONCE", 1)
    drafts = [LeaseFactory() for _ in range(3)]
    LeaseFactory(stage="active")
    url = choose(office, drafts[:1], query="?status__exact=draft", select_across="1", index="0")
    assert "3 drafts" in read(office, url)
    assert len(url) < 100


def test_a_few_keep_the_page_that_shows_each(office: Client) -> None:
    leases = [LeaseFactory(), LeaseFactory()]
    assert reverse("admin:esign_send_leases") in choose(office, leases)


# --- who sees and may what --------------------------------------------------------------------------------


def test_what_is_chosen_is_for_the_person_who_chose_it_and_not_for_ever(
    office: Client, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esign.admin.leases.pages.AT_ONCE", 0)
    url = choose(office, [LeaseFactory()])
    client.force_login(UserFactory())
    for who, where in ((client, url), (office, reverse("admin:esign_send_many") + "?chosen=gone")):
        assert "Choose it in the list once more." in who.get(where, follow=True).content.decode()


def test_a_run_by_hand_is_seen_by_those_who_see_all_of_its_leases(rosa: User) -> None:
    near, far = LeaseFactory(), LeaseFactory()
    olga = UserFactory(is_superuser=False, sees_all_portfolios=False)
    portfolio = Portfolio.objects.create(name="South")
    portfolio.properties.add(near.unit.property)
    portfolio.members.add(olga)
    assert can_see(olga, by_hand.start(CampaignKind.LEASE, chosen(near), rosa))
    assert not can_see(olga, by_hand.start(CampaignKind.LEASE, chosen(near, far), rosa))


def test_who_may_not_send_starts_nothing(bystander: Client) -> None:
    assert bystander.get(reverse("admin:esign_send_many")).status_code == 403


def test_a_large_run_by_hand_takes_a_second_person(rosa: User, settings: Settings) -> None:
    settings.CAMPAIGN_SECOND_PERSON_ABOVE = 1
    batch = sent(rosa, LeaseFactory(), LeaseFactory())
    assert "a colleague has to approve it" in batch.objection_to_approval(rosa)
    assert batch.objection_to_approval(UserFactory()) == ""


def test_the_sweep_plans_what_was_started(rosa: User, tasks_at_once: None, emulator: EmulatorClient) -> None:
    batch = by_hand.start(CampaignKind.LEASE, chosen(LeaseFactory()), rosa)
    tasks.sweep()
    batch.refresh_from_db()
    assert batch.waits_for_approval
    assert not Envelope.objects.exclude(state=State.READY).exists()
