"""The same notice under many leases: once each, whatever workers, brokers and hasty fingers do."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign.admin.campaigns.notice_batches import notices_url
from esign.campaigns import notice_batches
from esign.campaigns.notice_batches import NoticeOutcome, NoticePlan
from esign.envelopes import actions, dispatch
from esign.envelopes.notice import Kind, send_notice
from esign.models import Envelope, Notice, NoticeJob, Purpose, State
from esign.tasks import give_notice, run_batch_rules, sweep
from leases.models import IncreaseKind, Lease
from leases.renewals import Increase
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import bystander, office, rosa
from tests.esign.admin.words import post, read
from tests.esign.envelopes.notices.conftest import SendNotice, in_sixty_days, let, new_rent
from tests.factories import LeaseFactory, bring_to

__all__ = ["bystander", "office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)


def four_per_cent(lease: Lease, **more: object) -> NoticePlan:
    facts = {"increase": Increase(IncreaseKind.PERCENT, Decimal(4)), "rounding": Decimal(5), **more}
    return NoticePlan(Kind.RENT_CHANGE, in_sixty_days(lease), **facts)  # type: ignore[arg-type]  # facts of several types


def give(lease: Lease) -> list[Envelope]:
    return [Envelope.objects.get(pk=pk) for pk in notice_batches.give(lease.pk)]


# --- asking and giving ------------------------------------------------------------------------------------


def test_each_lease_gets_a_notice_of_its_own_rent(rosa: User) -> None:
    cheap, dear = let(), bring_to(LeaseFactory(rent=Decimal("2400.00")), LeaseStatus.ACTIVE)
    plan = four_per_cent(cheap)
    asked, skipped = notice_batches.ask([cheap, dear], plan, rosa)
    assert (asked, skipped) == ([cheap, dear], [])
    (envelope,) = give(cheap)
    assert envelope.notice.new_rent == Decimal("1925.00")
    assert envelope.in_campaign
    assert envelope.created_by == rosa
    assert not Notice.objects.filter(envelope__lease=dear).exists(), "each lease has a task of its own"
    (envelope,) = give(dear)
    assert envelope.notice.new_rent == Decimal("2495.00")


def test_a_notice_is_given_once_however_often_it_is_asked_for_and_rung(rosa: User) -> None:
    lease = let()
    plan = four_per_cent(lease)
    notice_batches.ask([lease], plan, rosa)
    asked, skipped = notice_batches.ask([lease], plan, rosa)
    assert asked == []
    assert "was asked for a moment ago" in skipped[0]
    assert len(give(lease)) == 1
    assert give(lease) == []
    _, skipped = notice_batches.ask([lease], plan, rosa)
    assert "has this notice already" in skipped[0]
    assert Notice.objects.count() == 1


def test_a_task_that_was_lost_is_made_good_by_the_next_sweep(
    rosa: User, emulator: EmulatorClient, site: str, tasks_at_once: None
) -> None:
    lease = let()
    notice_batches.ask([lease], four_per_cent(lease), rosa)
    sweep()
    assert Notice.objects.get().envelope.lease == lease


def test_a_notice_that_no_worker_gave_for_two_days_is_closed_and_not_sent_late(rosa: User) -> None:
    lease = let()
    notice_batches.ask([lease], four_per_cent(lease), rosa)
    NoticeJob.objects.update(asked_at=timezone.now() - timedelta(days=3))
    run_batch_rules()
    assert not Notice.objects.exists()
    job = NoticeJob.objects.get()
    assert job.done_at is not None
    assert "Ask for it again" in job.refusal


def test_what_goes_wrong_with_one_notice_is_kept_and_tried_again(rosa: User, monkeypatch: pytest.MonkeyPatch) -> None:
    lease, other = let(), let()
    notice_batches.ask([lease, other], four_per_cent(lease), rosa)
    with monkeypatch.context() as broken:
        broken.setattr("esign.envelopes.freeze.keep", full_disk)
        assert give(lease) == []
    job = NoticeJob.objects.get(lease=lease)
    assert (job.done_at, job.last_error, job.attempt) == (None, "OSError: the disk is full", 1)
    assert len(give(other)) == 1
    NoticeJob.objects.update(due_at=timezone.now())
    assert len(give(lease)) == 1


def full_disk(*_: object, **__: object) -> object:
    raise OSError("the disk is full")


def test_a_late_worker_cannot_overwrite_what_another_worker_did(rosa: User) -> None:
    lease = let()
    notice_batches.ask([lease], four_per_cent(lease), rosa)
    late, quick = NoticeJob.objects.get(), NoticeJob.objects.get()
    assert late.claim()
    NoticeJob.objects.update(claim_until=timezone.now() - timedelta(seconds=1))
    assert quick.claim()
    assert not late.retry_later("the network was away")
    assert not late.finish()
    assert NoticeJob.objects.get().last_error == ""
    assert quick.finish()


def test_a_lease_that_cannot_be_given_it_says_why_and_can_be_asked_again(rosa: User) -> None:
    lease = let()
    plan = four_per_cent(lease)
    notice_batches.ask([lease], plan, rosa)
    owner = lease.unit.property.owner
    address, owner.signatory_email = owner.signatory_email, ""
    owner.email = ""
    owner.save()
    assert give(lease) == []
    (line,) = notice_batches.report([lease], plan.kind, plan.effective)
    assert line.outcome == NoticeOutcome.REFUSED
    assert "no e-mail" in line.why

    owner.signatory_email = address
    owner.save()
    assert notice_batches.ask([lease], plan, rosa)[0] == [lease]
    assert len(give(lease)) == 1
    (line,) = notice_batches.report([lease], plan.kind, plan.effective)
    assert line.outcome == NoticeOutcome.GIVEN


def test_a_notice_that_was_voided_may_be_given_again(rosa: User, emulator: EmulatorClient, site: str) -> None:
    lease = let()
    plan = four_per_cent(lease)
    notice_batches.ask([lease], plan, rosa)
    (envelope,) = give(lease)
    actions.void(envelope, "The day was wrong.", rosa)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.VOIDED
    assert notice_batches.ask([lease], plan, rosa)[0] == [lease]
    assert len(give(lease)) == 1


def test_a_draft_and_a_unit_without_a_market_rent_are_told_apart_from_the_rest(rosa: User) -> None:
    draft, lease = LeaseFactory(), let()
    lease.unit.market_rent = None
    lease.unit.save()
    plan = four_per_cent(lease, increase=Increase(IncreaseKind.MARKET))
    asked, skipped = notice_batches.ask([draft, lease], plan, rosa)
    assert asked == [draft]
    assert "has no market rent" in skipped[0]
    assert give(draft) == []
    assert "only under an active lease" in next(notice_batches.report([draft], plan.kind, plan.effective)).why


# --- guarantors and general notices -----------------------------------------------------------------------


def test_a_guarantor_gets_a_copy_of_a_change_of_rent_and_none_of_a_general_notice(notify: SendNotice) -> None:
    lease = let(guarantors=1)
    guarantor = next(one for one in lease.required_signers() if one.role == "guarantor")
    envelope = notify(lease)
    copy = envelope.signers.get(role="carbon_copy")
    assert (copy.name, copy.email) == (guarantor.name, guarantor.email)
    general = notice_batches.NoticePlan(Kind.GENERAL, in_sixty_days(lease), reason="The water is shut off.").draft_for(
        lease
    )
    assert not notify(lease, general).signers.filter(role="carbon_copy").exists()


def test_a_guarantor_without_an_address_keeps_no_one_from_the_notice(office: Client) -> None:
    lease = let(guarantors=1)
    guarantor = next(one for one in lease.required_signers() if one.role == "guarantor")
    assert guarantor.party is not None
    guarantor.party.tenant.email = ""
    guarantor.party.tenant.save()
    page = post(office, notices_url(lease.pk), **answers(lease))
    assert f"{guarantor.name} guarantees this lease and has no e-mail address: give them a copy yourselves." in page
    send_notice(lease, new_rent(lease), key=uuid.uuid4())
    assert not Envelope.objects.get(purpose=Purpose.NOTICE).signers.filter(role="carbon_copy").exists()


# --- the page ---------------------------------------------------------------------------------------------


def answers(lease: Lease, **changed: object) -> dict[str, object]:
    return {
        "kind": "rent_change", "effective": in_sixty_days(lease), "increase": "percent", "amount": "4",
        "rounding": "5", "reason": "",
    } | changed  # fmt: skip


def give_as_shown(client: Client, fields: dict[str, object], *leases: Lease) -> str:
    """Look, and press the button of what was shown."""
    url = notices_url(*[lease.pk for lease in leases])
    shown = client.post(url, fields)
    marks = {f"shown-{row.lease.pk}": row.mark for row in shown.context["can"]}
    return post(client, url, **fields, **marks, sure="yes")


def test_the_office_gives_notice_to_many_and_sees_a_line_for_each(office: Client) -> None:
    first, second, draft = let(), let(), LeaseFactory()
    page = post(office, notices_url(first.pk, second.pk, draft.pk), **answers(first))
    assert "1 would get none" in page
    assert "only under an active lease can a notice be sent" in page
    assert "$1,925.00$1,850.00 until then" in page
    assert "Give 2 notices" in page
    assert Notice.objects.count() == 0

    page = give_as_shown(office, answers(first), first, second, draft)
    assert "2 notices are being prepared." in page
    assert page.count("The workers have it") == 2
    give_notice(first.pk)
    where = f"?ids={first.pk},{second.pk}&kind=rent_change&effective={in_sixty_days(first)}"
    page = read(office, reverse("admin:esign_given_notices") + where)
    assert page.count("The workers have it") == 1
    assert "On its way" in page
    assert "has this notice already" not in page
    assert "It was given already" in post(office, notices_url(first.pk), **answers(first))


def test_a_lease_that_changed_after_the_look_is_left_out(office: Client) -> None:
    lease, changed = let(), let()
    url = notices_url(lease.pk, changed.pk)
    shown = office.post(url, answers(lease))
    marks = {f"shown-{row.lease.pk}": row.mark for row in shown.context["can"]}
    tenant = changed.parties.get().tenant
    tenant.email = "elsewhere@mail.example"
    tenant.save()
    page = post(office, url, **answers(lease), **marks, sure="yes")
    assert f"Lease {changed.number} was changed after you looked at it." in page
    assert "1 notice is being prepared." in page
    assert NoticeJob.objects.get().lease == lease


def test_what_was_filled_in_anew_is_shown_again_before_anything_is_given(office: Client) -> None:
    lease = let()
    url = notices_url(lease.pk)
    shown = office.post(url, answers(lease))
    marks = {f"shown-{row.lease.pk}": row.mark for row in shown.context["can"]}
    page = post(office, url, **answers(lease, amount="5"), **marks, sure="yes")
    assert "Look at it once more; nothing was given." in page
    assert "$1,945.00" in page
    assert not NoticeJob.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount": ""}, "Say by how much the rent changes."),
        ({"increase": ""}, "Say how the rent changes."),
        ({"increase": "flat", "amount": "-1850"}, "The rent would fall to nothing."),
        ({"amount": "0.01", "rounding": "50"}, "nothing to give notice of"),
        ({"effective": "2020-01-01"}, "Choose a day after today"),
        ({"kind": "general"}, "Write what the notice says."),
        ({"rounding": "0"}, "greater than or equal to 0.01"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(office: Client, changed: dict[str, object], said: str) -> None:
    lease = let()
    assert said in post(office, notices_url(lease.pk), **answers(lease, **changed))


def test_the_office_is_told_that_spanish_readers_get_its_own_words_untranslated(office: Client) -> None:
    lease = let()
    for party in lease.parties.all():
        party.tenant.language = "es"
        party.tenant.save()
    said = "what you wrote yourself stands in it as you wrote it"
    assert said in post(office, notices_url(lease.pk), **answers(lease, reason="Taxes rose."))
    assert said not in post(office, notices_url(lease.pk), **answers(lease))


def test_a_general_notice_prints_what_the_office_wrote(office: Client) -> None:
    lease = let(tenants=2)
    text = "The water is shut off.\n\nStore some before."
    give_as_shown(office, answers(lease, kind="general", reason=text), lease)
    (envelope,) = give(lease)
    assert envelope.documents.get().name == "Notice"
    assert envelope.notice.reason == "The water is shut off.\n\nStore some before."


def test_who_may_not_send_gives_no_notices(bystander: Client) -> None:
    lease = let()
    assert bystander.get(notices_url(lease.pk)).status_code == 403
    assert bystander.get(reverse("admin:esign_given_notices") + f"?ids={lease.pk}").status_code == 403


def test_the_list_of_leases_offers_it_for_those_that_are_chosen(office: Client) -> None:
    lease = let()
    assert lease.status == LeaseStatus.ACTIVE
    listing = reverse("admin:leases_lease_changelist")
    page = post(office, listing, action="give_notice_to_chosen", _selected_action=lease.pk)
    assert "Give notice under 1 lease" in page
