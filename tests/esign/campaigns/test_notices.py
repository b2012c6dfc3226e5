"""The same notice under many leases, as a campaign: once each, whatever workers, brokers and hasty fingers do."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign import tasks
from esign.campaigns import by_hand, steering
from esign.envelopes import actions, dispatch
from esign.envelopes.notice import Draft, Kind, send_notice
from esign.models import Batch, BatchLine, CampaignKind, Envelope, Notice, Purpose, State
from leases.models import IncreaseKind, Lease
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import bystander, office, rosa
from tests.esign.admin.words import post, read
from tests.esign.campaigns.conftest import (
    AtPoint,
    approved,
    chosen,
    plan_all,
    prepare_all,
    raises,
    started_by_hand,
    statuses,
)
from tests.esign.envelopes.notices.conftest import SendNotice, in_sixty_days, let, new_rent
from tests.factories import LeaseFactory, bring_to

__all__ = ["bystander", "office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)

Status = BatchLine.Status


def four_per_cent(by: User, *leases: Lease, **more: object) -> Batch:
    """A change of rent under these leases, planned and waiting for approval."""
    facts: dict[str, Any] = {
        "own_terms": True, "increase_kind": IncreaseKind.PERCENT, "increase": Decimal(4), "rounding": Decimal(5),
        "effective": in_sixty_days(leases[0]), **more,
    }  # fmt: skip
    return started_by_hand(CampaignKind.RENT_CHANGE, by, *leases, **facts)


def given(batch: Batch) -> list[Notice]:
    return list(Notice.objects.filter(envelope__batch_lines__batch=batch).order_by("pk"))


# --- planning and giving ----------------------------------------------------------------------------------


def test_each_lease_gets_a_notice_of_its_own_rent_and_none_before_the_plan_is_approved(rosa: User) -> None:
    cheap, dear = let(), bring_to(LeaseFactory(rent=Decimal("2400.00")), LeaseStatus.ACTIVE)
    batch = four_per_cent(rosa, cheap, dear)
    planned = list(batch.lines.order_by("lease_id").values_list("rent_now", "rent_planned", "foretold"))
    assert planned == [(1850, Decimal("1925.00"), ""), (2400, Decimal("2495.00"), "")]
    assert prepare_all(batch) == []
    envelopes = prepare_all(approved(batch, rosa))
    assert [one.notice.new_rent for one in envelopes] == [Decimal("1925.00"), Decimal("2495.00")]
    assert {(one.in_campaign, one.created_by) for one in envelopes} == {(True, rosa)}


def test_a_notice_is_given_once_however_often_it_is_asked_for(rosa: User) -> None:
    lease = let()
    first, second = (four_per_cent(rosa, lease) for _ in range(2))
    assert "It is to get this notice already, from “Change of rent" in second.lines.get().foretold
    assert prepare_all(approved(second, rosa)) == [], "the first run does it"
    assert len(prepare_all(approved(first, rosa))) == 1
    assert prepare_all(first) == []
    third = four_per_cent(rosa, lease)
    assert "It has this notice already" in third.lines.get().foretold
    prepare_all(approved(third, rosa))
    assert statuses(third) == statuses(second) == [Status.SKIPPED]
    assert Notice.objects.count() == 1


def test_a_notice_of_a_run_that_was_cancelled_or_of_another_day_is_no_objection(rosa: User) -> None:
    lease = let()
    steering.cancel(four_per_cent(rosa, lease), rosa)
    four_per_cent(rosa, lease, effective=in_sixty_days(lease) + timedelta(days=1))
    assert four_per_cent(rosa, lease).lines.get().foretold == ""


def test_a_task_that_was_lost_is_made_good_by_the_next_sweep(
    rosa: User, emulator: EmulatorClient, site: str, tasks_at_once: None
) -> None:
    lease = let()
    batch = by_hand.start(
        CampaignKind.GENERAL, chosen(lease), rosa, text="The water is shut off.", effective=in_sixty_days(lease)
    )
    tasks.sweep()
    steering.approve(Batch.objects.get(pk=batch.pk), rosa)
    tasks.sweep()
    assert Notice.objects.get().envelope.lease == lease


def test_a_notice_that_no_worker_gave_for_two_days_is_closed_and_not_sent_late(rosa: User) -> None:
    lease, failing = let(), let()
    batch = approved(four_per_cent(rosa, lease, failing), rosa)
    days_ago = timezone.now() - timedelta(days=3)
    Batch.objects.update(approved_at=days_ago)
    BatchLine.objects.filter(lease=lease).update(due_at=days_ago)
    BatchLine.objects.filter(lease=failing).update(attempt=9)
    steering.pause(batch, rosa)
    steering.resume(batch, rosa)
    tasks.run_batch_rules()
    assert statuses(batch) == [Status.PLANNED, Status.SKIPPED], "what was paused waits from the moment it goes on"
    BatchLine.objects.filter(lease=lease).update(due_at=days_ago)
    tasks.run_batch_rules()
    assert not Notice.objects.exists()
    assert set(batch.lines.values_list("status", "reason")) == {
        (Status.SKIPPED, "No worker could prepare it for two days. Try it again if it is still wanted.")
    }


def test_a_notice_whose_day_has_come_before_a_worker_is_not_given(rosa: User) -> None:
    batch = approved(four_per_cent(rosa, let()), rosa)
    Batch.objects.update(effective=timezone.localdate() - timedelta(days=1))
    assert prepare_all(batch) == []
    assert "a notice looks ahead" in batch.lines.get().reason


@pytest.mark.parametrize("point", ["line-claimed", "act-done"])
def test_a_worker_that_dies_over_a_notice_leaves_one_that_another_gives_once(
    rosa: User, at_point: AtPoint, point: str
) -> None:
    batch = approved(four_per_cent(rosa, let()), rosa)
    if point == "line-claimed":
        with at_point(point, raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
            prepare_all(batch)
    else:  # after the notice was made, before the line says so
        prepare_all(batch)
        BatchLine.objects.update(status=Status.PLANNED, done_at=None)
    BatchLine.objects.update(claim_until=None)
    assert len(prepare_all(batch)) == 1
    assert (Notice.objects.count(), statuses(batch)) == (1, [Status.PREPARED])


def full_disk(*_: object, **__: object) -> object:
    raise OSError("the disk is full")


def test_what_goes_wrong_with_one_notice_is_kept_and_tried_again(rosa: User, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = approved(four_per_cent(rosa, let(), let()), rosa)
    with monkeypatch.context() as broken:
        broken.setattr("esign.envelopes.freeze.keep", full_disk)
        assert prepare_all(batch) == []
    line = batch.lines.first()
    assert line is not None
    assert (line.done_at, line.last_error, line.attempt) == (None, "OSError: the disk is full", 1)
    BatchLine.objects.update(due_at=timezone.now())
    assert len(prepare_all(batch)) == 2


def test_a_lease_that_cannot_be_given_it_says_why_and_is_tried_again(rosa: User, office: Client) -> None:
    lease = let()
    batch = four_per_cent(rosa, lease)
    owner = lease.unit.property.owner
    address, owner.signatory_email = owner.signatory_email, ""
    owner.email = ""
    owner.save()
    assert prepare_all(approved(batch, rosa)) == []
    assert "no e-mail" in batch.lines.get().reason
    owner.signatory_email = address
    owner.save()
    post(office, reverse("admin:esign_batch_retry", args=[batch.pk]), sure="yes")
    assert len(prepare_all(batch)) == 1


def test_a_rent_that_changed_since_the_plan_is_shown_before_it_is_given(rosa: User) -> None:
    lease = let()
    batch = approved(four_per_cent(rosa, lease, increase_kind=IncreaseKind.MARKET), rosa)
    assert batch.lines.get().rent_planned == Decimal("2150.00")
    lease.unit.market_rent = Decimal("2300.00")
    lease.unit.save()
    assert prepare_all(batch) == []
    line = batch.lines.get()
    assert "The new rent would be $2,300.00 now, and was $2,150.00 when the plan was made" in line.reason
    steering.try_skipped_again(batch)
    (envelope,) = prepare_all(batch)
    assert envelope.notice.new_rent == line.rent_planned == Decimal("2300.00")


def test_a_notice_that_was_voided_may_be_given_again(rosa: User, emulator: EmulatorClient, site: str) -> None:
    lease = let()
    (envelope,) = prepare_all(approved(four_per_cent(rosa, lease), rosa))
    actions.void(envelope, "The day was wrong.", rosa)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.VOIDED
    assert len(prepare_all(approved(four_per_cent(rosa, lease), rosa))) == 1


def test_a_draft_and_a_unit_without_a_market_rent_are_told_apart_from_the_rest(rosa: User) -> None:
    draft, lease, other = LeaseFactory(), let(), let()
    lease.unit.market_rent = None
    lease.unit.save()
    batch = four_per_cent(rosa, draft, lease, other, increase_kind=IncreaseKind.MARKET)
    told = dict(batch.lines.values_list("lease", "foretold"))
    assert "only under an active lease can a notice be sent" in told[draft.pk]
    assert "has no market rent" in told[lease.pk]
    assert told[other.pk] == ""


# --- guarantors, languages, general notices ---------------------------------------------------------------


def test_a_guarantor_gets_a_copy_of_a_change_of_rent_and_none_of_a_general_notice(notify: SendNotice) -> None:
    lease = let(guarantors=1)
    guarantor = next(one for one in lease.required_signers() if one.role == "guarantor")
    envelope = notify(lease)
    copy = envelope.signers.get(role="carbon_copy")
    assert (copy.name, copy.email) == (guarantor.name, guarantor.email)
    general = Draft(Kind.GENERAL, in_sixty_days(lease), reason="The water is shut off.")
    assert not notify(lease, general).signers.filter(role="carbon_copy").exists()


def test_the_plan_names_a_guarantor_without_an_address_who_keeps_no_one_from_the_notice(
    rosa: User, office: Client
) -> None:
    lease = let(guarantors=1)
    guarantor = next(one for one in lease.required_signers() if one.role == "guarantor")
    assert guarantor.party is not None
    guarantor.party.tenant.email = ""
    guarantor.party.tenant.save()
    batch = four_per_cent(rosa, lease)
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert f"{guarantor.name} guarantees this lease and has no e-mail address: give them a copy yourselves." in page
    assert batch.lines.get().foretold == ""
    send_notice(lease, new_rent(lease), key=uuid.uuid4())
    assert not Envelope.objects.get(purpose=Purpose.NOTICE).signers.filter(role="carbon_copy").exists()


def test_the_plan_says_that_spanish_readers_get_the_offices_own_words_untranslated(rosa: User) -> None:
    lease = let()
    for party in lease.parties.all():
        party.tenant.language = "es"
        party.tenant.save()
    said = "what you wrote yourself stands in it as you wrote it"
    assert said in four_per_cent(rosa, lease, text="Taxes rose.").lines.get().take_care
    assert said not in four_per_cent(rosa, lease).lines.get().take_care


# --- the pages --------------------------------------------------------------------------------------------


def choose(client: Client, action: str, *leases: Lease) -> Any:
    """Tick these in the list and choose the action; where it leads."""
    ticked = {"action": action, "_selected_action": [lease.pk for lease in leases]}
    return client.post(reverse("admin:leases_lease_changelist"), ticked)["Location"]


def answers(lease: Lease, **changed: object) -> dict[str, object]:
    return {
        "kind": "rent_change", "effective": in_sixty_days(lease), "increase": "percent", "amount": "4",
        "rounding": "5", "reason": "", "key": uuid.uuid4(), "sure": "yes",
    } | changed  # fmt: skip


def test_the_office_gives_notice_to_many_by_a_plan_and_opens_a_sample(office: Client) -> None:
    first, second, draft = let(), let(), LeaseFactory()
    url = choose(office, "give_notice_to_chosen", first, second, draft)
    assert "Give notice under 3 leases" in read(office, url)
    fields = answers(first, kind="general", reason="The water is shut off.\n\nStore some before.")
    assert "Look at the plan and approve it." in post(office, url, **fields)
    post(office, url, **fields)
    batch = Batch.objects.get()
    assert batch.lines.count() == 3, "pressed twice, one campaign"
    plan_all(batch)
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "1 of them would be skipped" in page
    line = batch.lines.get(lease=first)
    sample: Any = office.get(reverse("admin:esign_batch_sample", args=[batch.pk, line.pk]))
    assert b"".join(sample.streaming_content).startswith(b"%PDF-")
    assert not Notice.objects.exists()
    refused = office.get(reverse("admin:esign_batch_sample", args=[batch.pk, batch.lines.get(lease=draft).pk]))
    assert refused.status_code in (200, 302)
    assert "is approved." in post(office, reverse("admin:esign_batch_approve", args=[batch.pk]), sure="yes")
    envelopes = prepare_all(batch)
    assert {one.documents.get().name for one in envelopes} == {"Notice"}
    assert {one.notice.reason for one in envelopes} == {"The water is shut off.\n\nStore some before."}


def test_notice_under_a_single_lease_is_filled_in_and_sent_at_once(office: Client) -> None:
    lease = let()
    assert choose(office, "give_notice_to_chosen", lease) == reverse("admin:esign_send_notice", args=[lease.pk])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": ""}, "Say by how much the rent changes."),
        ({"increase": ""}, "Say how the rent changes."),
        ({"effective": "2020-01-01"}, "Choose a day after today"),
        ({"kind": "general"}, "Write what the notice says."),
        ({"rounding": "0"}, "greater than or equal to 0.01"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(office: Client, changed: dict[str, object], said: str) -> None:
    lease = let()
    url = choose(office, "give_notice_to_chosen", lease, let())
    assert said in post(office, url, **answers(lease, **changed))
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"increase_kind": IncreaseKind.FLAT, "increase": Decimal(-1850)}, "The rent would fall to nothing."),
        ({"increase": Decimal("0.01"), "rounding": Decimal(50)}, "nothing to give notice of"),
    ],
)
def test_a_rent_that_cannot_be_is_refused_by_the_plan(rosa: User, changed: dict[str, object], said: str) -> None:
    assert said in four_per_cent(rosa, let(), **changed).lines.get().foretold


def test_who_may_not_send_gives_no_notices_and_opens_no_sample(bystander: Client, rosa: User) -> None:
    assert bystander.get(reverse("admin:esign_give_notices")).status_code == 403
    batch = four_per_cent(rosa, let())
    assert bystander.get(reverse("admin:esign_batch_sample", args=[batch.pk, 1])).status_code == 403
