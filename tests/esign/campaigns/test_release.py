"""A run that has to be looked at: its drafts are staged, and no one is mailed before somebody releases it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign import tasks
from esign.campaigns import lines, steering
from esign.envelopes import dispatch
from esign.models import Batch, BatchLine, Envelope, State
from leases.models import Lease
from leases.renewals import offer_usual_renewal
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import office, rosa
from tests.esign.admin.words import post, read
from tests.esign.campaigns.conftest import AtPoint, ending_soon, planned, prepare_all, raises, run_of, statuses
from tests.esign.factories import BatchRuleFactory
from tests.factories import UserFactory

__all__ = ["office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)

Status = BatchLine.Status


def looked_at(count: int = 1) -> Batch:
    """A run of a rule that waits to be released."""
    return planned(count, BatchRuleFactory(is_active=True, waits_for_release=True))


def stage(batch: Batch) -> list[Envelope]:
    envelopes = prepare_all(batch)
    for envelope in envelopes:
        for _ in range(3):
            dispatch.advance(envelope.pk)
    return envelopes


class Seen(list[BatchLine]):
    """Lines as they were read before something happened to them."""

    def filter(self, **_: Any) -> "Seen":
        return self


def page_of(batch: Batch) -> str:
    return reverse("admin:esign_batch_change", args=[batch.pk])


def test_drafts_are_staged_and_nobody_is_mailed_before_the_release(rosa: User, emulator: EmulatorClient) -> None:
    batch = looked_at(2)
    envelopes = stage(batch)
    assert [one["status"] for one in emulator.envelopes()] == ["created", "created"]
    assert emulator.mail() == []
    assert not Envelope.objects.due().exists(), "a sweep finds nothing to send"
    assert steering.release(batch, rosa)
    assert not steering.release(batch, rosa), "it is released already"
    for envelope in envelopes:
        dispatch.advance(envelope.pk)
    assert [one["status"] for one in emulator.envelopes()] == ["sent", "sent"]


def test_a_release_that_comes_while_a_line_is_prepared_holds_for_that_line_too(rosa: User, at_point: AtPoint) -> None:
    batch = looked_at()
    with at_point("offer-made", lambda: steering.release(batch, rosa)):
        (before,) = prepare_all(batch)
    before.refresh_from_db()
    assert not before.hold_draft
    again = looked_at()
    with at_point("offer-frozen", lambda: steering.release(again, rosa)):
        (after,) = prepare_all(again)
    after.refresh_from_db()
    assert not after.hold_draft


def test_a_release_that_dies_in_the_middle_has_released_nothing(rosa: User, at_point: AtPoint) -> None:
    batch = looked_at()
    (envelope,) = prepare_all(batch)
    with at_point("run-changed", raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        steering.release(batch, rosa)
    assert steering.release(batch, rosa)
    envelope.refresh_from_db()
    assert not envelope.hold_draft


def test_a_pause_is_no_way_around_the_release(rosa: User) -> None:
    batch = looked_at()
    (envelope,) = prepare_all(batch)
    steering.pause(batch, rosa)
    steering.resume(batch, rosa)
    envelope.refresh_from_db()
    assert envelope.hold_draft, "resumed, and not released"
    steering.pause(batch, rosa)
    steering.release(batch, rosa)
    envelope.refresh_from_db()
    assert envelope.hold_draft, "released, and still paused"
    steering.resume(batch, rosa)
    envelope.refresh_from_db()
    assert not envelope.hold_draft


def test_leases_that_come_later_on_the_day_are_looked_at_as_well(rosa: User) -> None:
    batch = looked_at()
    steering.release(batch, rosa)
    ending_soon()
    assert batch.rule is not None
    assert run_of(batch.rule) == batch
    (envelope,) = [made for line in batch.lines.all() if (made := lines.prepare(line.pk)) and made.hold_draft][-1:]
    assert not Envelope.objects.due().exclude(state=State.READY).exists()
    assert envelope.hold_draft


def test_the_sweep_releases_a_run_when_its_time_has_come(rosa: User, tasks_at_once: None) -> None:
    batch, soon = looked_at(), timezone.now() + timedelta(hours=3)
    assert steering.release_later(batch, soon, rosa)
    tasks.sweep()
    batch.refresh_from_db()
    assert not batch.may_send
    Batch.objects.update(release_at=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    batch.refresh_from_db()
    assert batch.may_send
    assert (batch.release_at, batch.changed_by) == (None, rosa)


def test_a_run_that_was_cancelled_is_not_released_by_its_time(rosa: User) -> None:
    batch = looked_at()
    steering.release_later(batch, timezone.now() + timedelta(hours=1), rosa)
    steering.cancel(batch, rosa)
    Batch.objects.update(release_at=timezone.now() - timedelta(seconds=1))
    steering.release_what_is_due()
    batch.refresh_from_db()
    assert batch.released_at is None


def test_a_large_run_is_approved_and_released_by_somebody_else_than_who_started_it(
    rosa: User, office: Client, settings: Settings
) -> None:
    settings.CAMPAIGN_SECOND_PERSON_ABOVE = 1
    ending_soon()
    small = run_of(BatchRuleFactory(), rosa)
    assert steering.approve(small, rosa)
    small.refresh_from_db()
    assert small.may_send, "one lease needs no second person"
    for _ in range(2):
        ending_soon()
    large = run_of(BatchRuleFactory(), rosa)
    assert "a colleague has to approve it" in read(office, reverse("admin:esign_batch_approve", args=[large.pk]))
    office.post(reverse("admin:esign_batch_approve", args=[large.pk]), {"sure": "yes"})
    large.refresh_from_db()
    assert large.waits_for_approval
    colleague = UserFactory()
    assert large.objection_to_approval(colleague) == ""
    assert steering.approve(large, colleague)
    large.refresh_from_db()
    assert large.waits_for_release, "a large run is always looked at"
    assert "a colleague has to release it" in read(office, reverse("admin:esign_batch_release", args=[large.pk]))
    office.post(reverse("admin:esign_batch_release", args=[large.pk]), {"sure": "yes"})
    large.refresh_from_db()
    assert large.waits_for_release
    assert large.objection_to_release(colleague) == ""


def test_a_release_takes_a_few_statements_whatever_the_size(
    rosa: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    batch = looked_at(12)
    prepare_all(batch)
    with django_assert_max_num_queries(6):
        steering.release(batch, rosa)


# --- single leases ----------------------------------------------------------------------------------------


def test_a_lease_that_was_left_out_gets_nothing_until_it_is_taken_in_again(
    rosa: User, emulator: EmulatorClient
) -> None:
    batch = looked_at(2)
    staged, waiting = batch.lines.order_by("pk")
    envelope = lines.prepare(staged.pk)
    assert envelope is not None
    dispatch.advance(envelope.pk)
    assert steering.leave_out(batch, [staged.pk, waiting.pk], rosa) == 2
    assert statuses(batch) == [Status.CANCELLED, Status.CANCELLED]
    assert lines.prepare(waiting.pk) is None
    assert steering.take_in(batch, [staged.pk]) == 0, "its draft is being withdrawn"
    for _ in range(2):
        dispatch.advance(envelope.pk)
    steering.release(batch, rosa)
    assert emulator.mail() == []
    assert steering.take_in(batch, [staged.pk, waiting.pk]) == 2
    again = prepare_all(batch)
    assert len(again) == 2
    for one in again:
        dispatch.advance(one.pk)
    assert sorted(one["status"] for one in emulator.envelopes()) == ["created", "sent", "sent"], (
        "the first is in the bin"
    )


def test_what_is_out_stays_out(rosa: User, emulator: EmulatorClient) -> None:
    batch = planned()
    (envelope,) = prepare_all(batch)
    dispatch.advance(envelope.pk)
    assert steering.leave_out(batch, [batch.lines.get().pk], rosa) == 0
    envelope.refresh_from_db()
    assert (envelope.state, envelope.cancel_asked_at) == (State.SENT, None)


def test_a_line_stays_when_its_envelope_went_out_while_it_was_left_out(rosa: User, emulator: EmulatorClient) -> None:
    batch = planned()
    (envelope,) = prepare_all(batch)
    with pytest.MonkeyPatch.context() as late:
        seen = list(steering.may_leave_out(batch))
        late.setattr(steering, "may_leave_out", lambda _: Seen(seen))
        dispatch.advance(envelope.pk)
        assert steering.leave_out(batch, [seen[0].pk], rosa) == 0
    assert statuses(batch) == [Status.PREPARED]


def test_a_line_in_a_workers_hands_is_not_left_out(rosa: User) -> None:
    batch = looked_at()
    line = batch.lines.get()
    assert line.claim()
    assert steering.leave_out(batch, [line.pk], rosa) == 0


# --- the page ---------------------------------------------------------------------------------------------


def test_the_office_looks_leaves_one_out_and_releases_the_rest(office: Client) -> None:
    batch = looked_at(2)
    prepare_all(batch)
    first, second = batch.lines.order_by("pk")
    page = read(office, page_of(batch))
    assert "It waits for somebody to look at it and release it." in page
    assert "2 offers are ready to be read below." in page
    leave_out = f"{reverse('admin:esign_batch_leave_out', args=[batch.pk])}?line={first.pk}&line=x&line={10**30}"
    asked = read(office, leave_out)
    assert first.lease.number in asked
    assert second.lease.number not in asked
    assert statuses(batch) == [Status.PREPARED, Status.PREPARED], "looking at the page changes nothing"
    assert "1 lease left out" in post(office, leave_out, sure="yes")
    assert "1 lease whose offer is prepared" in read(office, reverse("admin:esign_batch_release", args=[batch.pk]))
    assert "is released. Its envelopes are sent now." in post(
        office, reverse("admin:esign_batch_release", args=[batch.pk]), sure="yes"
    )
    assert statuses(batch) == [Status.CANCELLED, Status.PREPARED]
    assert "It is released already." in read(office, reverse("admin:esign_batch_release", args=[batch.pk]))


def test_the_office_has_a_run_released_later(office: Client) -> None:
    batch = looked_at()
    release = reverse("admin:esign_batch_release", args=[batch.pk])
    past = (timezone.localtime() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert "That time is over." in post(office, release, sure="yes", at=past)
    assert "Enter a valid date/time." in post(office, release, sure="yes", at="soon")
    later = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    page = post(office, release, sure="yes", at=later)
    assert "Until then no one is mailed." in page
    assert "as rosa asked" in page
    batch.refresh_from_db()
    assert batch.waits_for_release


def test_a_page_without_a_tick_says_so(office: Client) -> None:
    batch = looked_at()
    assert "No lease was ticked." in read(office, reverse("admin:esign_batch_leave_out", args=[batch.pk]))
    other = looked_at()
    foreign = f"{reverse('admin:esign_batch_take_in', args=[batch.pk])}?line={other.lines.order_by('pk')[1].pk}"
    assert "No lease was ticked." in read(office, foreign)


# --- what happened to a lease meanwhile -------------------------------------------------------------------


def end_it(lease: Lease) -> None:
    lease.end(on=timezone.localdate(), reason="Moved out.")


def renew_it_by_hand(lease: Lease) -> None:
    offer_usual_renewal(lease)


@pytest.mark.parametrize(("by_hand", "said"), [(end_it, "is ended"), (renew_it_by_hand, "already has a renewal")])
def test_a_lease_that_was_changed_by_hand_after_the_plan_is_skipped_with_the_reason(
    by_hand: Callable[[Lease], None], said: str
) -> None:
    batch = planned()
    by_hand(batch.lines.get().lease)
    assert prepare_all(batch) == []
    line = batch.lines.get()
    assert (line.status, said in line.reason) == (BatchLine.Status.SKIPPED, True), line.reason


def test_an_offer_that_was_staged_is_not_sent_when_its_lease_has_ended_meanwhile(
    rosa: User, office: Client, emulator: EmulatorClient
) -> None:
    batch = looked_at(2)
    gone, stays = prepare_all(batch)
    for envelope in (gone, stays):
        dispatch.advance(envelope.pk)
    previous = gone.lease.previous_lease
    assert previous is not None
    end_it(previous)
    steering.release(batch, rosa)
    for envelope in (gone, stays):
        dispatch.advance(envelope.pk)
    gone.refresh_from_db()
    stays.refresh_from_db()
    assert (gone.state, stays.state) == (State.NEEDS_ATTENTION, State.SENT)
    assert "the offer was not sent" in read(office, page_of(batch) + "?status=failed")
    assert sorted(one["status"] for one in emulator.envelopes()) == ["created", "sent"]
