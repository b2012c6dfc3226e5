"""What is true at Docusign reaches the lease, also when a worker dies between two writes or an answer is half there."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery.exceptions import SoftTimeLimitExceeded
from django.core.management import call_command
from django.db import DataError, OperationalError
from django.db.models.signals import pre_save
from django.utils import timezone

from esign.docusign import DocusignClient
from esign.docusign.answers import EnvelopeUpdate
from esign.docusign.login import access
from esign.envelopes import dispatch, downloads, updates
from esign.envelopes.freeze import freeze
from esign.models import Envelope, OrphanDraft, State, SyncWatermark, WebhookMessage
from esign.sync import reconcile, webhook_inbox
from leases.status import LeaseStatus
from propertyapp.milestones import reached
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.fleet import check_nothing_twice_nothing_lost, sign_everything
from tests.faults.patience import carry, let_time_pass

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


class Died(BaseException):
    """The worker is gone: nothing catches this."""


@contextmanager
def failing_at(point: str, failure: type[BaseException]) -> Iterator[list[str]]:
    """What happens once, the first time that this point is reached."""
    happened: list[str] = []

    def fail(point: str, **_: Any) -> None:
        if point == wanted and not happened:
            happened.append(point)
            raise failure("at " + point)

    wanted = point
    reached.connect(fail, weak=False)
    try:
        yield happened
    finally:
        reached.disconnect(fail)


@pytest.fixture
def envelope(site: str, emulator: EmulatorClient) -> Envelope:
    return freeze(LeaseFactory(tenants=2))


def reloaded(envelope: Envelope) -> Envelope:
    return Envelope.objects.select_related("lease", "connection").get(pk=envelope.pk)


def hear(emulator: EmulatorClient) -> None:
    emulator.flush_deliveries()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)


@pytest.mark.parametrize("is_out", [False, True])
def test_a_worker_that_dies_while_it_closes_a_voided_envelope_does_not_keep_the_lease(
    is_out: bool, envelope: Envelope, emulator: EmulatorClient
) -> None:
    if is_out:
        carry([envelope])
    envelope.ask_to_cancel(reason="Changed our mind")

    with failing_at("void-written", Died) as died, pytest.raises(Died):
        dispatch.advance(envelope.pk)
    hear(emulator)
    let_time_pass()
    dispatch.advance(envelope.pk)

    assert died
    assert reloaded(envelope).state == State.VOIDED
    assert reloaded(envelope).lease.status == LeaseStatus.DRAFT


def test_a_cancelled_draft_that_went_out_after_all_is_voided_beside_its_successor(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    """The one that turns up late must not block the updates of others, and must not stay with the signers."""
    Envelope.objects.update(hold_draft=True)
    dispatch.advance(envelope.pk)
    envelope.ask_to_cancel(reason="Changed our mind")
    let_time_pass()
    dispatch.advance(envelope.pk)
    old = reloaded(envelope)
    assert old.state == State.VOIDED and old.docusign_id
    successor = freeze(old.lease)

    updates.apply_update(old.pk, EnvelopeUpdate(old.docusign_id, "sent"), asked_at=timezone.now())

    assert reloaded(old).docusign_status == "sent"
    assert dispatch.next_step(reloaded(old)) is dispatch.void
    assert old in Envelope.objects.due()
    assert reloaded(successor).state == State.READY


def test_the_nightly_question_brings_a_lease_home_of_which_no_message_came(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    emulator.fault("connect", "drop", times=0)
    sign_everything(emulator)
    Envelope.objects.update(heard_at=timezone.now() - timedelta(days=2), sent_at=timezone.now() - timedelta(days=2))

    assert reconcile.check_stale_envelopes(envelope.connection) == {envelope.pk}
    downloads.download_documents(envelope.pk)

    assert reloaded(envelope).lease.status == LeaseStatus.EXECUTED, reloaded(envelope).problem


def test_a_bare_message_of_the_completion_is_enough(envelope: Envelope, emulator: EmulatorClient) -> None:
    carry([envelope])
    emulator.fault("connect", "drop", times=0)
    sign_everything(emulator)
    out = reloaded(envelope)
    assert out.docusign_id

    updates.apply_update(out.pk, EnvelopeUpdate(out.docusign_id, "completed"), generated_at=timezone.now())
    downloads.download_documents(out.pk)

    assert reloaded(out).lease.status == LeaseStatus.EXECUTED, reloaded(out).problem


def test_a_message_that_meets_a_busy_database_waits_and_is_not_failed(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    emulator.flush_deliveries()
    waiting = webhook_inbox.waiting()

    with failing_at("delivery-applying", OperationalError) as failed:
        assert webhook_inbox.apply_message(waiting[0]) is None

    assert failed
    assert WebhookMessage.objects.get(pk=waiting[0]).outcome == WebhookMessage.Outcome.WAITING


def test_a_message_that_meets_the_end_of_a_workers_time_waits_and_is_not_failed(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    emulator.flush_deliveries()
    waiting = webhook_inbox.waiting()

    with failing_at("delivery-applying", SoftTimeLimitExceeded) as failed, pytest.raises(SoftTimeLimitExceeded):
        webhook_inbox.apply_message(waiting[0])

    assert failed and webhook_inbox.waiting() == waiting


def test_an_archive_that_is_damaged_inside_is_no_archive(envelope: Envelope) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("Lease.pdf", b"%PDF-" + bytes(range(256)) * 200)
    whole = bytearray(buffer.getvalue())
    start = 30 + len("Lease.pdf")
    whole[start : start + 40] = b"\xff" * 40

    with pytest.raises(downloads.UnusableArchive):
        downloads._unpack(bytes(whole), DocusignClient(envelope.connection), envelope)


@contextmanager
def unwritable(envelope: Envelope) -> Iterator[None]:
    """The database refuses whatever is written to this row."""

    def refuse(instance: Envelope, **_: Any) -> None:
        if instance.pk == envelope.pk:
            raise DataError("value too long")

    pre_save.connect(refuse, sender=Envelope, weak=False)
    try:
        yield
    finally:
        pre_save.disconnect(refuse, sender=Envelope)


def test_an_update_that_cannot_be_written_does_not_keep_the_sweep_from_the_others(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    other = freeze(LeaseFactory(tenants=2))
    carry([envelope, other])
    emulator.fault("connect", "drop", times=0)
    sign_everything(emulator)

    with unwritable(envelope):
        assert reconcile.read_changes(envelope.connection) == {other.pk}

    assert reconcile.read_changes(envelope.connection) == {envelope.pk}, "the next pass reads it again"
    assert reloaded(other).state == reloaded(envelope).state == State.COMPLETED


def test_the_watermark_stays_before_an_update_that_could_not_be_written(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    reconcile.read_changes(envelope.connection)
    before = SyncWatermark.objects.get(connection=envelope.connection).read_until
    emulator.fault("connect", "drop", times=0)
    sign_everything(emulator)

    with unwritable(envelope):
        reconcile.read_changes(envelope.connection)

    assert SyncWatermark.objects.get(connection=envelope.connection).read_until == before


def test_a_sweep_with_more_pages_than_it_may_read_goes_on_where_it_stopped(
    envelope: Envelope, emulator: EmulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "MAX_PAGES", 1)
    monkeypatch.setattr(reconcile, "PAGE", 2)
    envelopes = [envelope, *(freeze(LeaseFactory()) for _ in range(2))]
    for one in envelopes:
        dispatch.advance(one.pk)
        emulator.advance(minutes=15)
    Envelope.objects.update(docusign_status="created", state=State.SENDING, heard_at=None)

    found = [reconcile.read_changes(envelope.connection) for _ in range(4)]

    assert set().union(*found) == {one.pk for one in envelopes}


# --- clocks and backups -----------------------------------------------------------------------------------


def test_a_clock_that_was_set_back_does_not_shut_out_the_sweep(envelope: Envelope, emulator: EmulatorClient) -> None:
    """An update came while our clock was an hour ahead; then it was put right."""
    carry([envelope])
    emulator.fault("connect", "drop", times=0)
    out = reloaded(envelope)
    assert out.docusign_id
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=True):
        updates.apply_update(out.pk, EnvelopeUpdate(out.docusign_id, "delivered"), asked_at=timezone.now())
    heard_at = reloaded(envelope).heard_at
    assert heard_at is not None and heard_at > timezone.now()
    sign_everything(emulator)

    assert reconcile.read_changes(envelope.connection) == {envelope.pk}

    assert reloaded(envelope).state == State.COMPLETED


def test_a_clock_that_jumps_ahead_makes_two_owners_and_one_envelope(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    """The claim runs out under a worker that is in front of its call."""
    access.access_token(envelope.connection)  # Docusign would refuse to sign in a clock that is wrong
    sleeper = reloaded(envelope)
    claim = Envelope.objects.claim(sleeper, to_state=State.CREATING)
    assert claim is not None
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=True):
        dispatch.advance(envelope.pk)
    assert reloaded(envelope).state == State.SENT

    late = DocusignClient(envelope.connection).create_draft(sleeper)
    assert not claim.write(state=State.DRAFTED, docusign_id=late)
    reconcile.read_changes(envelope.connection)

    assert OrphanDraft.objects.get().docusign_id == late
    check_nothing_twice_nothing_lost(emulator)


def test_after_a_backup_is_restored_catching_up_comes_before_sending(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    """The backup is of the minute before it was sent: our rows know nothing of what is out at Docusign."""
    emulator.fault("connect", "drop", times=0)
    reconcile.read_changes(envelope.connection)
    (backup,) = Envelope.objects.values()
    carry([envelope])
    sign_everything(emulator)
    Envelope.objects.filter(pk=envelope.pk).update(**{k: v for k, v in backup.items() if k != "id"})
    assert reloaded(envelope).state == State.READY

    call_command("catch_up", stdout=io.StringIO())
    carry([envelope])

    assert reloaded(envelope).state == State.COMPLETED
    assert len(emulator.envelopes()) == 1
    check_nothing_twice_nothing_lost(emulator)


def test_catching_up_names_what_went_out_after_the_backup_and_has_no_row(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    """Its lease could be sent again, beside the one that is out."""
    carry([envelope])
    docusign_id = reloaded(envelope).docusign_id
    call_command("flush", verbosity=0, interactive=False)  # the backup is older than the lease
    freeze(LeaseFactory())  # staff go on, which connects us
    said = io.StringIO()

    call_command("catch_up", stdout=said)

    assert f"{docusign_id} (sent)" in said.getvalue()
