"""A campaign mails people within its hours only, by the clock at the property."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail as django_mail
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from esign.campaigns import steering
from esign.envelopes import dispatch, reminders, updates
from esign.envelopes.status import explain
from esign.mail import outbox
from esign.mail.queue import queue_mail
from esign.models import Envelope, MailKind, OutgoingMail, State
from esign.models.sending_hours import EVERY_DAY, SendingHours
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import rosa
from tests.esign.campaigns.conftest import planned, prepare_all
from tests.esign.factories import BatchRuleFactory, EnvelopeFactory

__all__ = ["rosa"]  # a fixture of staff at their desks

# The clocks of the last two never change.
ZONES = ("America/Denver", "Australia/Lord_Howe", "Africa/Cairo", "America/Phoenix", "Asia/Kolkata")
times = st.builds(time, hour=st.integers(0, 23), minute=st.sampled_from([0, 15, 30, 59]))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # UTC is added
all_hours = st.builds(
    SendingHours,
    zone=st.sampled_from(ZONES),
    begin=times,
    until=st.none() | times,
    weekdays=st.sets(st.sampled_from(EVERY_DAY)).map(lambda days: "".join(sorted(days))),
    holidays_of=st.sampled_from(["", "US-CA", "US-CO", "US-ZZ", "XX-YY"]),
)


# --- the next allowed time --------------------------------------------------------------------------------


@given(all_hours, moments)
def test_the_next_allowed_time_is_allowed_is_not_before_the_time_asked_and_stays_itself(
    hours: SendingHours, at: datetime
) -> None:
    assert SendingHours.from_json(hours.as_json()) == hours
    found = hours.next_allowed(at)
    if found is None:
        assert not hours.weekdays or (hours.until is not None and hours.until <= hours.begin)
        return
    assert found >= at
    assert hours.allow(found)
    assert hours.next_allowed(found) == found
    if hours.zone in ZONES[-2:]:
        steps = int((found - at) / timedelta(minutes=14))
        assert not any(hours.allow(at + step * timedelta(minutes=14)) for step in range(steps)), "an earlier one"


OFFICE_HOURS = SendingHours("America/New_York", time(9), time(17), "12345", "US-NY")


def local(day: date, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute, fold=fold), ZoneInfo("America/New_York")).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        (local(date(2027, 1, 29), 9), local(date(2027, 1, 29), 9)),
        (local(date(2027, 1, 29), 17), local(date(2027, 2, 1), 9)),  # from Friday over the end of the month
        (local(date(2027, 3, 12), 18), local(date(2027, 3, 15), 9)),  # the clocks go forward on that Sunday
        (local(date(2027, 9, 3), 18), local(date(2027, 9, 7), 9)),  # Labor Day
        (local(date(2027, 12, 30), 18), local(date(2028, 1, 3), 9)),  # New Year's Day is kept on the Friday before
    ],
)
def test_office_hours(asked: datetime, allowed: datetime) -> None:
    assert OFFICE_HOURS.next_allowed(asked) == allowed


def test_hours_in_the_night_in_which_the_clocks_change() -> None:
    forward, back = date(2027, 3, 14), date(2027, 11, 7)
    late = SendingHours("America/New_York", time(2, 30))  # does not exist on that day
    assert late.next_allowed(local(forward, 0)) == local(forward, 3, 30)
    twice = SendingHours("America/New_York", time(1, 15), time(1, 45))
    assert twice.next_allowed(local(back, 1, 50)) == local(back, 1, 15, fold=1)
    gone = SendingHours("America/New_York", time(2, 15), time(2, 45))
    assert gone.next_allowed(local(forward, 0)) == local(forward + timedelta(days=1), 2, 15)


def test_a_holiday_of_one_state_is_a_day_like_others_in_the_next() -> None:
    day = local(date(2027, 3, 31), 12)  # Cesar Chavez Day
    assert not SendingHours("America/Los_Angeles", holidays_of="US-CA").allow(day)
    assert SendingHours("America/Los_Angeles", holidays_of="US-NV").allow(day)


def test_hours_that_never_come() -> None:
    assert SendingHours("America/Denver", weekdays="").next_allowed(timezone.now()) is None
    assert SendingHours("America/Denver", time(9), time(9)).next_allowed(timezone.now()) is None


# --- envelopes --------------------------------------------------------------------------------------------


def tomorrow() -> str:
    """The weekday that begins at the property next, as a rule keeps it: today is closed."""
    return str((timezone.now().astimezone(ZoneInfo("America/Los_Angeles")) + timedelta(days=1)).isoweekday())


@pytest.mark.django_db(transaction=True)
def test_a_draft_is_staged_at_any_time_and_sent_within_the_hours_of_its_campaign(
    rosa: User, emulator: EmulatorClient
) -> None:
    waiting, unwanted = prepare_all(planned(2, BatchRuleFactory(is_active=True, send_weekdays=tomorrow())))
    for _ in range(2):
        dispatch.advance(waiting.pk)
    waiting.refresh_from_db()
    assert [one["status"] for one in emulator.envelopes()] == ["created"]
    assert waiting.state == State.DRAFTED
    begin = waiting.due_at.astimezone(ZoneInfo("America/Los_Angeles"))
    assert (begin.time(), str(begin.isoweekday())) == (time.min, tomorrow())
    assert "because of the campaign's hours" in waiting.next_step
    assert explain(waiting).headline == "It waits for the hours of its campaign"
    dispatch.advance(unwanted.pk)
    batch = waiting.batch_lines.get().batch
    steering.pause(batch, rosa)
    steering.resume(batch, rosa)
    dispatch.advance(waiting.pk)
    assert emulator.mail() == [], "who resumes a run does not open its hours"
    unwanted.ask_to_cancel(reason="Left out.")
    dispatch.advance(unwanted.pk)
    unwanted.refresh_from_db()
    assert unwanted.state == State.VOIDED, "at once"
    Envelope.objects.update(sending_hours={**envelope_hours(waiting), "weekdays": EVERY_DAY}, due_at=timezone.now())
    dispatch.advance(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.next_step) == (State.SENT, "")


@pytest.mark.django_db(transaction=True)
def test_a_draft_whose_hours_never_come_needs_a_person(emulator: EmulatorClient) -> None:
    (envelope,) = prepare_all(planned(1, BatchRuleFactory(is_active=True, send_weekdays="1")))
    Envelope.objects.update(sending_hours={**envelope_hours(envelope), "weekdays": ""})
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert (envelope.state, envelope.problem) == (State.NEEDS_ATTENTION, "The hours of its campaign never come.")


def envelope_hours(envelope: Envelope) -> dict[str, object]:
    envelope.refresh_from_db()
    assert envelope.sending_hours is not None
    return dict(envelope.sending_hours)


# --- mails of our own -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_invitations_to_the_portal_wait_for_the_hours_and_what_a_person_asks_for_does_not() -> None:
    hours = SendingHours("America/Los_Angeles", weekdays=tomorrow())
    envelope = EnvelopeFactory(state=State.SENT, sending_hours=hours.as_json())
    (tenant,) = envelope.signers.filter(key="tenant1")
    updates.invite_whose_turn(envelope)
    queue_mail(envelope, MailKind.REMINDER, tenant, once="today")
    assert outbox.send_due() == 1
    assert OutgoingMail.objects.get(done_at__isnull=False).kind == MailKind.REMINDER
    invitation = OutgoingMail.objects.get(done_at__isnull=True)
    assert invitation.due_at == hours.next_allowed(timezone.now())
    with time_machine.travel(invitation.due_at):
        assert outbox.send_due() == 1
    assert len(django_mail.outbox) == 2


@pytest.mark.django_db
def test_reminders_that_fall_outside_of_the_hours_come_once_when_they_begin() -> None:
    hours = SendingHours("America/Los_Angeles", time(9), time(17), "1")
    sent = datetime(2027, 1, 4, 18, tzinfo=UTC)  # a Monday
    EnvelopeFactory(
        state=State.SENT, sent_at=sent, remind_after_days=1, remind_every_days=1, sending_hours=hours.as_json()
    )
    queued = []
    for day in range(1, 8):
        reminders.queue_due_reminders(sent + timedelta(days=day))
        queued.append(OutgoingMail.objects.count())
    assert queued == [0, 0, 0, 0, 0, 0, 1]
