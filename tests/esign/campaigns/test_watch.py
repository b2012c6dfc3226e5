"""Who answers for a run is mailed when it is done and when it is stuck, once each."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign import tasks
from esign.campaigns import results, steering, watch
from esign.campaigns.waiting import Cause, waits_for
from esign.docusign import budget
from esign.docusign.budget import Lane
from esign.mail import staff
from esign.models import Batch, BatchLine, DocusignConnection, Envelope, StaffMail, State
from propertyapp.tasks import heartbeat
from tests.esign.admin.conftest import office, rosa
from tests.esign.admin.words import read
from tests.esign.factories import BatchFactory, BatchLineFactory, EnvelopeFactory
from tests.factories import UserFactory

__all__ = ["office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db

Status = BatchLine.Status
HALF_AN_HOUR = timedelta(minutes=30)


def run(by: User, **changes: Any) -> Batch:
    """A run that is looked at from now on, without lines."""
    batch: Batch = BatchFactory(**{"approved_by": by, "look_at": timezone.now(), **changes})
    return batch


def line(batch: Batch, state: str = "", **changes: Any) -> BatchLine:
    """Prepared with an envelope in this state, or as `changes` say."""
    if state:
        envelope = EnvelopeFactory(state=state, signers=False)
        changes = {"status": Status.PREPARED, "done_at": timezone.now(), "envelope": envelope, **changes}
    made: BatchLine = BatchLineFactory(batch=batch, lease__stage="draft", **changes)
    return made


def skipped(batch: Batch, reason: str) -> BatchLine:
    return line(batch, status=Status.SKIPPED, done_at=timezone.now(), reason=reason)


def look(batch: Batch) -> list[StaffMail]:
    """A sweep, when it is time to look again."""
    Batch.objects.filter(pk=batch.pk, look_at__isnull=False).update(look_at=timezone.now())
    watch.look_at_runs()
    batch.refresh_from_db()
    return list(StaffMail.objects.order_by("pk"))


def still_for(batch: Batch, how_long: timedelta) -> None:
    Batch.objects.filter(pk=batch.pk).update(still_since=timezone.now() - how_long)


# --- done -------------------------------------------------------------------------------------------------


def test_who_approved_a_run_is_mailed_once_when_every_lease_has_its_result(rosa: User, settings: Settings) -> None:
    batch = run(rosa)
    line(batch, "completed")
    unsent = line(batch, "ready")
    for place in range(7):
        skipped(batch, f"The owner of {'Elm' if place < 4 else f'Oak {place // 6}'} has no e-mail address.")
    assert look(batch) == [], "one is not sent yet"
    Envelope.objects.filter(batch_lines=unsent).update(
        state=State.NEEDS_ATTENTION, problem="Docusign refuses the address."
    )
    (told,) = look(batch)
    assert (told.user, told.subject) == (rosa, f"{batch} is done")
    assert "9 leases: 1 sent, 1 signed, 7 skipped, 1 failed." in told.text
    assert "* 4: The owner of Elm has no e-mail address.\n* 2: The owner of Oak 0" in told.text
    assert "* 1: Docusign refuses the address." in told.text
    assert f"{settings.PUBLIC_URL}{reverse('admin:esign_batch_change', args=[batch.pk])}" in told.text
    assert batch.told_done_at is not None
    assert batch.look_at is None, "no one has to look again"
    Batch.objects.update(look_at=timezone.now())
    assert look(batch) == [told]


def test_two_hosts_that_find_it_done_tell_once(rosa: User, settings: Settings) -> None:
    batch = run(rosa)
    line(batch, "sent")
    one, other = Batch.objects.get(), Batch.objects.get()
    watch._look(one)
    watch._look(other)
    assert StaffMail.objects.count() == 1


def test_the_sweep_mails_it_and_keeps_what_cannot_go_out(
    rosa: User, settings: Settings, tasks_at_once: None, django_capture_on_commit_callbacks: Any
) -> None:
    rosa.first_name, rosa.last_name = "Rosa", "Diaz"
    rosa.save()
    line(run(rosa), "sent")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    tasks.sweep()
    waiting = StaffMail.objects.get()
    assert (waiting.done_at, waiting.attempt) == (None, 1)
    assert "refused" in waiting.last_error
    StaffMail.objects.update(due_at=timezone.now())
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    tasks.sweep()
    tasks.sweep()
    (message,) = mail.outbox
    assert message.to == [f"Rosa Diaz <{rosa.email}>"]
    assert str(message.body).startswith("Hello Rosa Diaz,")
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert not staff.are_due()


def test_who_has_no_address_is_not_mailed_and_the_page_says_so(rosa: User, office: Client) -> None:
    batch = run(rosa)
    line(batch)
    page = reverse("admin:esign_batch_change", args=[batch.pk])
    assert "rosa is mailed when it is done, or when it is stuck." in read(office, page)
    User.objects.filter(pk=rosa.pk).update(email="")
    assert "No one is mailed when it is done or stuck: rosa has no e-mail address." in read(office, page)
    BatchLine.objects.update(status=Status.CANCELLED, done_at=timezone.now())
    assert look(batch) == []


def test_a_run_that_no_one_approved_goes_by_whoever_released_it(rosa: User) -> None:
    batch = BatchFactory(released_at=None)
    line(batch, "sent")
    assert steering.release(batch, rosa)
    batch.refresh_from_db()
    assert batch.who_is_told == rosa
    assert [told.user for told in look(batch)] == [rosa]


def test_a_run_that_was_cancelled_is_not_looked_at_again(rosa: User) -> None:
    batch = run(rosa, cancelled_at=timezone.now())
    line(batch)
    assert look(batch) == []
    assert batch.look_at is None


# --- stuck ------------------------------------------------------------------------------------------------


def test_a_run_that_stands_still_for_half_an_hour_is_told_once_with_the_cause(rosa: User) -> None:
    heartbeat()
    batch = run(rosa)
    line(batch)
    assert look(batch) == []
    assert batch.still_since is not None
    still_for(batch, HALF_AN_HOUR - timedelta(minutes=1))
    assert look(batch) == []
    line(batch, "sent", done_at=timezone.now() - timedelta(minutes=5))
    Envelope.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
    still_for(batch, HALF_AN_HOUR)
    assert look(batch) == [], "something moved five minutes ago"
    Envelope.objects.update(sent_at=timezone.now() - 2 * HALF_AN_HOUR)
    BatchLine.objects.filter(done_at__isnull=False).update(done_at=timezone.now() - 2 * HALF_AN_HOUR)
    DocusignConnection.objects.filter(pk=DocusignConnection.objects.default().pk).update(
        paused_until=timezone.now() + timedelta(hours=1), paused_because="Consent was revoked."
    )
    still_for(batch, HALF_AN_HOUR)
    (told,) = look(batch)
    assert told.subject == f"{batch} is stuck"
    assert "has moved for 30 minutes. What is left to do: 1 lease." in told.text
    assert "Consent was revoked." in told.text
    still_for(batch, HALF_AN_HOUR)
    assert look(batch) == [told]


def test_time_that_it_is_not_meant_to_move_in_does_not_count(rosa: User) -> None:
    batch = run(rosa, paused_at=timezone.now())
    line(batch)
    still_for(batch, 2 * HALF_AN_HOUR)
    assert look(batch) == []
    assert batch.still_since is None
    assert batch.look_at is not None
    assert batch.look_at > timezone.now() + timedelta(minutes=9), "people decide, so there is no hurry"


def test_more_than_five_failures_are_told_while_the_others_go_on(rosa: User) -> None:
    heartbeat()
    batch = run(rosa)
    for _ in range(3):
        line(batch, last_error="OSError: no space left", attempt=1)
        line(batch, "needs_attention")
    line(batch)
    (told,) = look(batch)
    assert told.subject == f"{batch} needs you"
    assert "6 leases of the run" in told.text
    assert "* 3: OSError: no space left" in told.text
    assert look(batch) == [told]


def test_five_failures_are_few(rosa: User) -> None:
    heartbeat()
    batch = run(rosa)
    for _ in range(5):
        line(batch, last_error="OSError: no space left", attempt=1)
    assert look(batch) == []


def test_looking_takes_the_same_statements_whatever_the_size_and_none_for_runs_that_are_done(
    rosa: User, django_assert_max_num_queries: Callable[[int], Any], django_assert_num_queries: Callable[[int], Any]
) -> None:
    heartbeat()
    batch = run(rosa)
    line(batch)
    look(batch)
    with django_assert_max_num_queries(8) as few:
        look(batch)
    for _ in range(5):
        line(batch)
        line(batch, "ready")
        line(run(rosa, look_at=None), "sent")
    with django_assert_max_num_queries(len(few) + 1):  # it has moved, which is written down
        look(batch)
    with django_assert_num_queries(1):
        assert watch.look_at_runs() == 0, "its time has not come"


# --- what it waits for ------------------------------------------------------------------------------------


def no_approval(batch: Batch) -> None:
    batch.approved_at = None


def no_release(batch: Batch) -> None:
    batch.released_at = None
    Envelope.objects.update(state=State.DRAFTED, docusign_id=uuid.uuid4())
    batch.lines.filter(envelope__isnull=True).delete()


def pause(batch: Batch) -> None:
    batch.paused_at = timezone.now()


def no_worker(batch: Batch) -> None:
    Envelope.objects.all()  # the heartbeat is what is missing


def connection_away(batch: Batch) -> None:
    connection = DocusignConnection.objects.default()
    connection.paused_until, connection.paused_because = timezone.now() + timedelta(hours=1), "Consent was revoked."
    connection.save()


def hour_used_up(batch: Batch) -> None:
    connection = DocusignConnection.objects.default()
    for _ in range(8):
        budget.take(connection, Lane.INTERACTIVE)


def due_tomorrow(batch: Batch) -> None:
    Envelope.objects.update(due_at=timezone.now() + timedelta(days=1), problem="The month is used up.")
    batch.lines.filter(envelope__isnull=True).update(due_at=timezone.now() + timedelta(days=2))


def failing(batch: Batch) -> None:
    due_tomorrow(batch)
    Envelope.objects.update(attempt=3)


@pytest.mark.parametrize(
    ("come", "cause", "said"),
    [
        (no_approval, Cause.APPROVAL, "waits for approval"),
        (no_release, Cause.RELEASE, "before the run is released"),
        (pause, Cause.PAUSE, "It is paused"),
        (no_worker, Cause.WORKERS, "No worker reports"),
        (connection_away, Cause.DOCUSIGN, "Consent was revoked."),
        (hour_used_up, Cause.BUDGET, "used up"),
        (due_tomorrow, Cause.TIME, "The month is used up."),
        (failing, Cause.FAILURES, "The month is used up."),
    ],
)
def test_a_run_says_what_it_waits_for(
    come: Callable[[Batch], None], cause: Cause, said: str, rosa: User, settings: Settings
) -> None:
    settings.DOCUSIGN_HOURLY_LIMIT = 8
    if come is not no_worker:
        heartbeat()
    batch = run(rosa)
    line(batch)
    line(batch, "ready")
    if come is not no_worker:
        assert waits_for(batch, results.tally(batch)) is None
    come(batch)
    waiting = waits_for(batch, results.tally(batch))
    assert waiting is not None
    assert (waiting.cause, said in waiting.sentence) == (cause, True)
    batch.cancelled_at = timezone.now()
    assert waits_for(batch, results.tally(batch)) is None


def test_who_asked_for_a_timed_release_is_named_whoever_changed_the_run_since(rosa: User, office: Client) -> None:
    batch = run(rosa, released_at=None)
    line(batch, "drafted")
    assert steering.release_later(batch, timezone.now() + timedelta(hours=3), rosa)
    tom = UserFactory(username="tom")
    steering.pause(batch, tom)
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "as rosa asked" in page
    Batch.objects.update(release_at=timezone.now())
    steering.release_what_is_due()
    batch.refresh_from_db()
    assert (batch.release_asked_by, batch.changed_by) == (rosa, rosa)
