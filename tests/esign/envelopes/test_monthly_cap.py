"""The monthly cap of envelopes: counted from the rows, never exceeded, lifted by an administrator."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.docusign import monthly_cap
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.envelopes.status import explain
from esign.models import DocusignConnection, Envelope, State
from propertyapp.milestones import reached
from propertyapp.roles import ADMINISTRATORS
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import office, rosa
from tests.esign.admin.words import post, read
from tests.esign.factories import EnvelopeFactory
from tests.factories import LeaseFactory, UserFactory

__all__ = ["office", "rosa"]
Queries = Callable[[int], AbstractContextManager[None]]

# The middle of a month: what was sent two hours ago is of this month.
MIDDLE = "2026-06-15T12:00:00Z"
CAP_REACHED = "The envelopes that the plan allows for this month are used up."


def left_behind(**fields: object) -> Envelope:
    """An envelope that the month has no place for."""
    next_month = monthly_cap.use_of(DocusignConnection.objects.default()).next_month
    kept = {"state": State.DRAFTED, "due_at": next_month, "problem": CAP_REACHED}
    envelope: Envelope = EnvelopeFactory(**kept | fields)
    return envelope


@pytest.mark.django_db
def test_what_was_sent_this_month_or_is_being_sent_counts_and_nothing_else(
    django_assert_num_queries: Queries, settings: Settings
) -> None:
    settings.DOCUSIGN_MONTHLY_ENVELOPES = 10
    with time_machine.travel(MIDDLE, tick=False):
        for state in State:
            EnvelopeFactory(state=state)  # sent two hours ago, where a state says that it was
        EnvelopeFactory(state=State.COMPLETED, sent_at=timezone.now() - timedelta(days=20))
        EnvelopeFactory(state=State.SENDING, sent_at=timezone.now() - timedelta(days=20))
        of_another = DocusignConnection.objects.create(slug="harbor", name="Harbor", monthly_envelopes=0)
        EnvelopeFactory(state=State.SENT, connection=of_another)
        connection = DocusignConnection.objects.default()
        with django_assert_num_queries(1):
            use = monthly_cap.use_of(connection)

    # sent, delivered, completed, declined, voided, needs attention; and two that are being sent
    assert (use.used, use.left, use.is_near, use.is_reached) == (8, 2, True, False)
    assert monthly_cap.use_of(of_another).left is None


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_send_more_than_the_month_has_left(
    site: str, emulator: EmulatorClient, settings: Settings
) -> None:
    settings.DOCUSIGN_MONTHLY_ENVELOPES = 3
    envelopes = [freeze(LeaseFactory()) for _ in range(4)]  # staff pressed Send: they are stopped as campaigns are
    envelopes += [freeze(LeaseFactory(), in_campaign=True) for _ in range(3)]

    for envelope in envelopes:
        Envelope.objects.filter(pk=envelope.pk).update(hold_draft=True)
        dispatch.advance(envelope.pk)
    Envelope.objects.update(hold_draft=False)
    all_have_counted = threading.Barrier(len(envelopes))

    def meet(point: str, **_: object) -> None:
        """The call that counts waits for the others, which cannot come while a place is taken."""
        if point == "place-found":
            with suppress(threading.BrokenBarrierError):
                all_have_counted.wait(1)

    def work(envelope: Envelope) -> None:
        dispatch.advance(envelope.pk)
        database.close()

    reached.connect(meet)
    with ThreadPoolExecutor(len(envelopes)) as pool:
        list(pool.map(work, envelopes))

    stopped = Envelope.objects.filter(state=State.DRAFTED)
    assert sorted(one["status"] for one in emulator.envelopes()) == ["created"] * 4 + ["sent"] * 3
    assert stopped.count() == monthly_cap.waiting(envelopes[0].connection) == 4
    assert all(one.problem == CAP_REACHED and "an administrator can lift the cap" in one.next_step for one in stopped)
    assert explain(stopped[0]).headline == "It waits for the next month"
    assert not Envelope.objects.due().exists()

    monthly_cap.lift(envelopes[0].connection, UserFactory())
    for one in Envelope.objects.due():
        dispatch.advance(one.pk)
    assert Envelope.objects.filter(state=State.SENT, problem="").count() == 7


@pytest.mark.django_db
def test_a_month_that_begins_and_a_cancel_wait_for_no_one(settings: Settings) -> None:
    settings.DOCUSIGN_MONTHLY_ENVELOPES = 1
    with time_machine.travel(MIDDLE, tick=False) as clock:
        waiting, cancelled = left_behind(), left_behind()
        assert not Envelope.objects.due().exists()
        cancelled.ask_to_cancel(reason="A mistake.")
        assert Envelope.objects.due().get() == cancelled
        clock.move_to("2026-07-02T12:00:00Z")
        assert waiting in Envelope.objects.due()


@pytest.mark.django_db
def test_a_place_that_is_free_again_is_for_who_waits_first_and_people_before_campaigns(settings: Settings) -> None:
    """Whatever made room: a higher cap, another setting, a sending that came to nothing."""
    settings.DOCUSIGN_MONTHLY_ENVELOPES = 2
    with time_machine.travel(MIDDLE, tick=False):
        EnvelopeFactory.create_batch(2, state=State.SENT)
        campaign, person = left_behind(in_campaign=True), left_behind()
        monthly_cap.let_go()
        assert not Envelope.objects.due().exists()
        DocusignConnection.objects.update(monthly_envelopes=3)
        monthly_cap.let_go()
        assert Envelope.objects.due().get() == person
        DocusignConnection.objects.update(monthly_envelopes=0)
        monthly_cap.let_go()
        assert campaign in Envelope.objects.due()


@pytest.mark.django_db
def test_from_four_fifths_on_staff_are_warned_and_an_administrator_lifts_it(office: Client, settings: Settings) -> None:
    settings.DOCUSIGN_MONTHLY_ENVELOPES = 5
    pages = reverse("admin:index"), reverse("admin:esign_docusignconnection_changelist")
    lift = reverse("admin:esign_docusignconnection_lift_cap", args=[DocusignConnection.objects.default().pk])
    administrator = UserFactory(is_superuser=False)
    administrator.groups.add(Group.objects.get(name=ADMINISTRATORS))
    ada = Client()
    ada.force_login(administrator)
    with time_machine.travel(timezone.now().replace(day=15, hour=12)):
        EnvelopeFactory.create_batch(3, state=State.SENT)
        assert "of this month are sent" not in read(office, pages[0])
        EnvelopeFactory(state=State.SENT)
        assert "4 of the 5 envelopes of this month are sent. 80 % used" in read(office, pages[0])
        assert "80 % used Sent4 of 5; the next month begins on" in words_of_the_connection(office)
        EnvelopeFactory(state=State.SENT)
        left_behind()
        assert "No more go out before" in read(office, pages[0])
        assert "1 envelope waits for the next month" in words_of_the_connection(office)

        assert office.get(lift).status_code == office.post(lift, {"sure": "yes"}).status_code == 403
        assert "Envelopes that wait for a place: 1. They are sent at once." in read(ada, lift)
        assert not LogEntry.objects.exists()
        assert "What waited for it is sent now." in post(ada, lift, sure="yes")
        assert "cap lifted" in words_of_the_connection(office)
        assert "The cap is lifted already." in read(ada, lift)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (administrator, "Lifted the monthly cap: 5 of 5 envelopes were used.")
    assert Envelope.objects.due().count() == 1


def words_of_the_connection(client: Client) -> str:
    return read(client, reverse("admin:esign_docusignconnection_change", args=[DocusignConnection.objects.get().pk]))
