"""Something done to many envelopes at once: each of them once, whatever dies, and nothing more after a cancel."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign import tasks
from esign.campaigns import acts_on_many, by_hand, steering
from esign.envelopes import dispatch, expiry
from esign.envelopes.send_options import SendOptions, SignerOptions
from esign.models import (
    Batch,
    BatchLine,
    CampaignKind,
    DocumentOpening,
    DownloadJob,
    Envelope,
    OutgoingMail,
    Reminder,
    State,
)
from esign.models.batch_rule import ACTS
from tests.emulator_client import EmulatorClient
from tests.esign.admin.conftest import bystander, office, rosa
from tests.esign.admin.words import post, read
from tests.esign.campaigns.conftest import AtPoint, planned, prepare_all, raises, statuses
from tests.esign.conftest import Send, sign_all
from tests.esign.factories import EnvelopeDocumentFactory, EnvelopeFactory
from tests.factories import UserFactory

__all__ = ["bystander", "office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)

Status = BatchLine.Status
BY_EMAIL = SendOptions(signers={"tenant1": SignerOptions(channel="email")})
LISTING = "admin:esign_envelope_changelist"


def acts(kind: CampaignKind, by: User, *envelopes: Envelope, **contents: Any) -> Batch:
    wanted = Envelope.objects.filter(pk__in=[envelope.pk for envelope in envelopes])
    return by_hand.start_acts(kind, wanted, by, **contents)


def void(by: User, *envelopes: Envelope) -> Batch:
    return acts(CampaignKind.VOID, by, *envelopes, text="The building was sold.")


def reasons(batch: Batch) -> list[str]:
    return list(batch.lines.order_by("pk").values_list("reason", flat=True))


def choose(client: Client, action: str, *envelopes: Envelope) -> str:
    ticked = {"action": action, "_selected_action": [str(envelope.pk) for envelope in envelopes]}
    return str(client.post(reverse(LISTING), ticked)["Location"])


def test_every_act_says_what_it_is_for_and_what_right_it_takes() -> None:
    assert set(acts_on_many.ACT) == set(acts_on_many.CAN_BE) == set(acts_on_many.RIGHTS) == set(ACTS)


# --- each once --------------------------------------------------------------------------------------------


def test_many_are_reminded_each_once_and_an_objection_is_the_reason(rosa: User) -> None:
    portal, office_desk = EnvelopeFactory(state=State.SENT), EnvelopeFactory(state=State.SENT)
    office_desk.signers.update(channel="office")
    batch = acts(CampaignKind.REMIND, rosa, portal, office_desk)
    prepare_all(batch)
    assert statuses(batch) == [Status.PREPARED, Status.SKIPPED]
    reminded, refused = reasons(batch)
    assert "Reminded" in reminded
    assert "will sign at the office" in refused
    prepare_all(batch)
    assert Reminder.objects.get().asked_by == rosa
    assert OutgoingMail.objects.filter(kind="reminder").count() == 1


@pytest.mark.parametrize(("point", "calls"), [("reminder-kept", 0), ("reminder-sent", 1), ("act-done", 1)])
def test_a_worker_that_dies_over_a_reminder_reminds_no_one_twice(
    rosa: User, send: Send, emulator: EmulatorClient, at_point: AtPoint, point: str, calls: int
) -> None:
    envelope = send(options=BY_EMAIL, tenants=2)  # the other tenant signs in our portal
    batch = acts(CampaignKind.REMIND, rosa, envelope)
    emulator.clear_journal()
    with at_point(point, raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        prepare_all(batch)
    BatchLine.objects.update(claim_until=None)
    Reminder.objects.update(day=timezone.localdate() - timedelta(days=1))  # and midnight has passed
    prepare_all(batch)
    assert statuses(batch) == [Status.PREPARED]
    assert len(emulator.journal("updateEnvelope")) == calls
    assert OutgoingMail.objects.filter(kind="reminder").count() == 1
    assert Reminder.objects.count() == 1


def test_a_reminder_waits_while_docusign_is_away(rosa: User) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    envelope.signers.update(channel="email")
    batch = acts(CampaignKind.REMIND, rosa, envelope)
    prepare_all(batch)
    line = batch.lines.get()
    assert (line.status, line.attempt) == (Status.PLANNED, 0)
    assert "no one was reminded" in line.last_error
    assert line.due_at > timezone.now()
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("point", ["line-claimed", "act-done"])
def test_many_are_voided_each_once(
    rosa: User, send: Send, emulator: EmulatorClient, at_point: AtPoint, point: str
) -> None:
    envelope, signed = send(), EnvelopeFactory(state=State.SENT)
    batch = void(rosa, envelope, signed)
    Envelope.objects.filter(pk=signed.pk).update(state=State.COMPLETED)
    with at_point(point, raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        prepare_all(batch)
    assert not Envelope.objects.filter(cancel_asked_at__isnull=False).exists(), "it is asked for with its line, or not"
    BatchLine.objects.update(claim_until=None)
    assert prepare_all(batch) == [envelope]
    envelope.refresh_from_db()
    assert (envelope.void_reason, envelope.cancel_asked_by) == ("The building was sold.", rosa)
    assert envelope.in_campaign, "it waits behind what people wait for"
    assert statuses(batch) == [Status.PREPARED, Status.SKIPPED]
    dispatch.advance(envelope.pk)
    assert [one["status"] for one in emulator.envelopes()] == ["voided"]


def test_more_time_is_given_until_the_same_day_however_often(
    rosa: User, send: Send, emulator: EmulatorClient, at_point: AtPoint
) -> None:
    envelope, until = send(options=BY_EMAIL), timezone.localdate() + timedelta(days=200)
    batch = acts(CampaignKind.EXTEND, rosa, envelope, until=until)
    emulator.fault("updateNotificationSettings", "after_effect", status=500)
    prepare_all(batch)
    line = batch.lines.get()
    assert (line.status, line.attempt) == (Status.PLANNED, 1)
    assert "doing it twice changes nothing" in line.last_error
    BatchLine.objects.update(due_at=timezone.now())
    with at_point("act-done", raises(KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
        prepare_all(batch)
    BatchLine.objects.update(claim_until=None)
    prepare_all(batch)
    assert statuses(batch) == [Status.PREPARED]
    envelope.refresh_from_db()
    assert expiry.last_day(envelope) == until
    assert len(emulator.journal("updateNotificationSettings")) == 2


def test_many_are_replaced_each_once_and_behind_what_people_wait_for(
    rosa: User, send: Send, emulator: EmulatorClient, tasks_at_once: None
) -> None:
    out, declined = send(), EnvelopeFactory(state=State.DECLINED)
    declined.lease.withdraw("The tenant declined.")
    batch = acts(CampaignKind.REPLACE, rosa, out, declined, text="A wrong house rule.")
    for _ in range(3):
        tasks.sweep()
    assert statuses(batch) == [Status.PREPARED, Status.PREPARED]
    for old in (out, declined):
        new = Envelope.objects.get(replaces=old)
        assert (new.revision, new.in_campaign, new.state) == (2, True, State.SENT)
    out.refresh_from_db()
    assert out.state == State.VOIDED
    steering.try_skipped_again(batch)
    tasks.sweep()
    assert Envelope.objects.count() == 4


# --- the signed documents ---------------------------------------------------------------------------------


def test_the_signed_documents_are_fetched_once_and_leave_in_one_file(
    rosa: User, office: Client, send: Send, emulator: EmulatorClient
) -> None:
    envelope, here = send(), EnvelopeFactory(state=State.COMPLETED)
    sign_all(emulator, envelope)
    EnvelopeDocumentFactory(envelope=here, kind="signed", name="Lease / signed: 1")
    DownloadJob.objects.create(envelope=here, done_at=timezone.now())
    batch = acts(CampaignKind.DOWNLOAD, rosa, envelope, here)
    zipped = reverse("admin:esign_batch_documents", args=[batch.pk])
    assert office.get(zipped).status_code == 302, "not all are here"
    job = DownloadJob.objects.get(envelope=envelope)
    assert job.claim()
    prepare_all(batch)
    assert statuses(batch) == [Status.PLANNED, Status.PREPARED], "another worker is fetching them"
    DownloadJob.objects.update(claim_until=None)
    BatchLine.objects.update(due_at=timezone.now())
    prepare_all(batch)
    prepare_all(batch)
    assert len(emulator.journal("getDocument")) == 1
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "Download 3 documents" in page
    answer: Any = office.get(zipped)
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as package:
        assert package.testzip() is None
        names = package.namelist()
    home, unit = here.lease.unit.property.name, here.lease.unit.number
    assert f"{home}/{unit} {here.lease.number} Lease signed 1.pdf" in names
    assert any("Certificate of completion" in name for name in names)
    assert DocumentOpening.objects.filter(user=rosa).count() == len(names)


def test_a_file_that_is_damaged_is_named_and_keeps_no_other_from_the_package(rosa: User, office: Client) -> None:
    good, bad = EnvelopeFactory(state=State.COMPLETED), EnvelopeFactory(state=State.COMPLETED)
    for envelope in (good, bad):
        EnvelopeDocumentFactory(envelope=envelope, kind="signed", content=b"%PDF- " + envelope.lease.number.encode())
        DownloadJob.objects.create(envelope=envelope, done_at=timezone.now())
    with default_storage.open(bad.documents.get().file, "wb") as file:
        file.write(b"something else")
    batch = acts(CampaignKind.DOWNLOAD, rosa, good, bad)
    prepare_all(batch)
    answer: Any = office.get(reverse("admin:esign_batch_documents", args=[batch.pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as package:
        assert len(package.namelist()) == 2
        assert bad.lease.number in package.read("NOT IN THIS FILE.txt").decode()
    assert DocumentOpening.objects.get().document.envelope == good


# --- steering ---------------------------------------------------------------------------------------------


def test_a_run_of_acts_that_is_paused_or_cancelled_leaves_the_envelopes_alone(rosa: User) -> None:
    first, second = EnvelopeFactory(state=State.DRAFTED), EnvelopeFactory(state=State.SENT)
    batch = void(rosa, first, second)
    before = list(Envelope.objects.order_by("pk").values())
    assert steering.pause(batch, rosa)
    assert prepare_all(batch) == []
    assert steering.resume(batch, rosa)
    steering.leave_out(batch, [batch.lines.first().pk], rosa)  # type: ignore[union-attr]  # it has lines
    assert steering.take_in(batch, [batch.lines.first().pk]) == 1  # type: ignore[union-attr]  # it has lines
    assert steering.cancel(batch, rosa, "Never mind.") == 0
    assert prepare_all(batch) == []
    assert statuses(batch) == [Status.CANCELLED, Status.CANCELLED]
    assert list(Envelope.objects.order_by("pk").values()) == before


def test_what_was_skipped_is_tried_again_with_its_own_envelope(rosa: User) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    batch = void(rosa, envelope)
    Envelope.objects.update(state=State.COMPLETED)
    prepare_all(batch)
    Envelope.objects.update(state=State.SENT)
    assert steering.try_skipped_again(batch) == 1
    assert prepare_all(batch) == [envelope]


def test_many_voids_take_a_second_person_and_many_reminders_none(
    rosa: User, office: Client, settings: Settings
) -> None:
    settings.CAMPAIGN_SECOND_PERSON_ABOVE = 1
    envelopes = [EnvelopeFactory(state=State.SENT) for _ in range(2)]
    assert acts(CampaignKind.REMIND, rosa, *envelopes).is_running
    batch = void(rosa, *envelopes)
    assert prepare_all(batch) == []
    approve = reverse("admin:esign_batch_approve", args=[batch.pk])
    page = read(office, approve)
    assert "a colleague has to approve it" in page
    colleague = Client()
    colleague.force_login(UserFactory())
    assert "2 envelopes." in read(colleague, approve)
    assert "The workers do it now." in post(colleague, approve, sure="yes")
    batch.refresh_from_db()
    assert len(prepare_all(batch)) == 2
    assert not batch.waits_for_release


# --- the pages --------------------------------------------------------------------------------------------


def test_the_office_voids_what_it_chose_in_the_list_and_finds_its_run_again(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esign.admin.envelopes.pages.FEW", {"void": 1})
    envelopes = [EnvelopeFactory(state=State.SENT) for _ in range(2)]
    envelopes[0].signers.update(channel="email", status="sent")
    url = choose(office, "void_chosen", *envelopes, EnvelopeFactory(state=State.COMPLETED))
    page = read(office, url)
    assert "Void: 2 envelopes" in page
    assert "1 of the chosen is left out: signed by everyone, or over already." in page
    assert "It takes up to 2 calls to Docusign" in page
    assert "that it is void, with your reason" in page
    assert "Say why: the signers whom Docusign asked will read it." in post(office, url, reason="", sure="yes")
    fields = {"reason": "The building was sold.", "key": uuid4(), "sure": "yes"}
    assert "The workers have 2 envelopes to do." in post(office, url, **fields)
    assert "The workers have 2 to do" in post(office, url, **fields)
    batch = Batch.objects.get()
    assert batch.title in read(office, reverse("admin:esign_batch_changelist"))
    prepare_all(batch)
    page = read(office, reverse("admin:esign_batch_change", args=[batch.pk]))
    assert "Nothing is left to do." in page
    assert "Docusign is asked to void it now." in page
    assert "2 done" in page


def test_what_is_out_of_a_run_or_what_is_ticked_of_it_is_reminded(office: Client, emulator: EmulatorClient) -> None:
    batch = planned(3)
    envelopes = prepare_all(batch)
    for envelope in envelopes[:2]:
        dispatch.advance(envelope.pk)
    page = reverse("admin:esign_batch_change", args=[batch.pk])
    assert "Give more time…" in read(office, page)
    url = reverse("admin:esign_batch_act", args=[batch.pk, "remind"])
    assert "Remind the signers: 2 envelopes" in read(office, url)
    line = batch.lines.get(envelope=envelopes[0])
    assert "Remind the signers: 1 envelope" in read(office, f"{url}?only=ticked&line={line.pk}")
    assert "Nothing was chosen." in read(office, f"{url}?only=ticked")
    post(office, url, key=uuid4(), sure="yes")
    run = Batch.objects.get(kind=CampaignKind.REMIND)
    assert (run.acts_on, run.lines.count()) == (batch, 2)
    assert str(run) in read(office, page)


def test_the_lists_other_acts_ask_first(office: Client) -> None:
    out, signed = EnvelopeFactory(state=State.SENT), EnvelopeFactory(state=State.COMPLETED)
    url = choose(office, "extend_chosen", out)
    assert "Choose a day after today." in post(office, url, until="2020-01-01", key=uuid4(), sure="yes")
    assert "Docusign counts up to 1 envelope more of your plan." in read(office, choose(office, "replace_chosen", out))
    assert "It takes up to 1 call to Docusign" in read(office, choose(office, "fetch_chosen", signed))
    assert "what was chosen is not out for signature" in read(office, choose(office, "extend_chosen", signed))
    assert not Batch.objects.exists()


def test_a_large_run_is_shown_and_its_costs_told_with_the_same_statements_as_a_small_one(
    rosa: User, office: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    few = void(rosa, EnvelopeFactory(state=State.SENT))
    page = "admin:esign_batch_change"
    with django_assert_max_num_queries(60) as shown:
        office.get(reverse(page, args=[few.pk]))
    many = void(rosa, *[EnvelopeFactory(state=State.SENT) for _ in range(8)])
    with django_assert_max_num_queries(len(shown)):
        office.get(reverse(page, args=[many.pk]))
    with django_assert_max_num_queries(2):
        cost = acts_on_many.cost(CampaignKind.VOID, Envelope.objects.all())
    assert (cost.calls, cost.envelopes) == (9, 0)


def test_the_rights_are_those_of_a_single_act(bystander: Client, rosa: User) -> None:
    batch = planned(1)
    for kind in ACTS:
        assert bystander.get(reverse("admin:esign_act_on_many", args=[kind])).status_code == 403
        assert bystander.get(reverse("admin:esign_batch_act", args=[batch.pk, kind])).status_code == 403
    sender = UserFactory(is_superuser=False)
    sender.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_envelope", "send_envelope", "view_batch"])
    )
    client = Client()
    client.force_login(sender)
    assert client.get(reverse("admin:esign_batch_act", args=[batch.pk, "remind"])).status_code == 200
    run = void(rosa, EnvelopeFactory(state=State.SENT))
    for url in (
        reverse("admin:esign_batch_act", args=[batch.pk, "void"]),
        reverse("admin:esign_batch_act", args=[batch.pk, "replace"]),
        reverse("admin:esign_batch_pause", args=[run.pk]),
        reverse("admin:esign_batch_documents", args=[run.pk]),
    ):
        assert client.get(url).status_code == 403
