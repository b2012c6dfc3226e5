"""A death between two writes of one step, and two who do the same step at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from esign.docusign import DocusignClient
from esign.envelopes import corrections, dispatch, replacement, updates
from esign.envelopes.corrections import Wanted
from esign.envelopes.freeze import freeze
from esign.models import AuditEvent, Envelope, OutgoingMail, Signer, State
from esign.sync import reconcile
from leases.status import LeaseStatus
from propertyapp.milestones import reached
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.fleet import check_nothing_twice_nothing_lost
from tests.faults.patience import carry, let_time_pass

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


class Died(BaseException):
    """The worker is gone: nothing catches this."""


@contextmanager
def dying_at(wanted: str) -> Iterator[list[str]]:
    died: list[str] = []

    def die(point: str, **_: Any) -> None:
        if point == wanted and not died:
            died.append(point)
            raise Died

    reached.connect(die, weak=False)
    try:
        yield died
    finally:
        reached.disconnect(die)


@pytest.fixture
def envelope(site: str, emulator: EmulatorClient) -> Envelope:
    return freeze(LeaseFactory(tenants=2))


def reloaded(envelope: Envelope) -> Envelope:
    return Envelope.objects.select_related("lease", "connection").get(pk=envelope.pk)


def test_a_worker_that_dies_as_it_learns_that_a_lease_is_out_still_has_its_signers_invited(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    """They sign in our portal, so no one but us writes to them."""
    lost = emulator.fault("updateEnvelope", "after_effect", status=500, times=1)
    emulator.fault("connect", "drop", times=0)
    dispatch.advance(envelope.pk)
    let_time_pass()

    with dying_at("update-taken") as died, pytest.raises(Died):
        dispatch.advance(envelope.pk)
    let_time_pass()
    dispatch.advance(envelope.pk)

    assert died and emulator.fault_hits(lost) == 1
    assert reloaded(envelope).state == State.SENT and reloaded(envelope).sent_at is not None
    assert OutgoingMail.objects.filter(envelope=envelope, kind="invitation").exists()
    check_nothing_twice_nothing_lost(emulator)


def test_a_cancelled_lease_that_goes_out_beside_its_successor_is_voided_and_leaves_the_successor_alone(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    Envelope.objects.update(hold_draft=True)
    dispatch.advance(envelope.pk)
    envelope.ask_to_cancel(reason="Changed our mind")
    # The sleeper: it took its claim before the cancel was asked for, and is in front of its call.
    sleeper = reloaded(envelope)
    let_time_pass()
    dispatch.advance(envelope.pk)
    assert reloaded(envelope).state == State.VOIDED
    successor = freeze(reloaded(envelope).lease)
    carry([successor])
    version = reloaded(successor).lease.version

    DocusignClient(sleeper.connection).send_draft(sleeper)
    emulator.advance(minutes=1)
    reconcile.read_changes(envelope.connection)
    let_time_pass()
    for pk in list(Envelope.objects.due().values_list("pk", flat=True)):
        dispatch.advance(pk)

    statuses = {one["transactionId"]: one["status"] for one in emulator.envelopes()}
    assert statuses == {str(envelope.pk): "voided", str(successor.pk): "sent"}
    assert reloaded(envelope).docusign_status == "voided"
    assert (reloaded(successor).lease.status, reloaded(successor).lease.version) == (
        LeaseStatus.OUT_FOR_SIGNATURE,
        version,
    )


def test_two_workers_that_make_the_next_revision_at_once_make_one_and_complain_of_nothing(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    carry([envelope])
    Envelope.objects.filter(pk=envelope.pk).update(replace_asked_at=timezone.now())
    envelope.ask_to_cancel(reason="Changed our mind")
    dispatch.advance(envelope.pk)
    assert reloaded(envelope).state == State.VOIDED
    both = threading.Barrier(2)
    made: list[Envelope | None] = []

    def carry_out() -> None:
        both.wait(timeout=20)
        try:
            made.append(replacement.carry_out(envelope.pk))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=carry_out) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(made) == 2 and made.count(None) == 1
    assert Envelope.objects.count() == 2
    assert reloaded(envelope).problem == ""
    assert not AuditEvent.objects.filter(kind="envelope.not_replaced").exists()


def test_the_sweep_promises_nothing_that_is_carried_out_already(envelope: Envelope, emulator: EmulatorClient) -> None:
    carry([envelope])
    Envelope.objects.filter(pk=envelope.pk).update(replace_asked_at=timezone.now())
    envelope.ask_to_cancel(reason="Changed our mind")
    dispatch.advance(envelope.pk)
    replacement.carry_out(envelope.pk)

    assert replacement.waiting() == []
    assert replacement.carry_out(envelope.pk) is None
    assert reloaded(envelope).problem == ""


def somebody_waits() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.skipif("sqlite" in settings.DATABASES["default"]["ENGINE"], reason="SQLite has one writer at a time")
def test_a_correction_waits_for_an_update_that_is_being_written_and_both_are_kept(
    envelope: Envelope, emulator: EmulatorClient
) -> None:
    """The one holds the envelope and wants the signer, the other the signer and then the envelope: a deadlock."""
    dispatch.advance(envelope.pk)
    signer = envelope.signers.get(key="tenant1")
    wanted = Wanted(signer.name, "new@mail.example", signer.phone)
    correction, asked = corrections._write_down(signer, wanted, None)
    held, waited = threading.Event(), []

    def write_updates() -> None:
        with transaction.atomic():
            updates.lock(envelope.pk)
            held.set()
            until = time.monotonic() + 30
            while not somebody_waits() and time.monotonic() < until:
                time.sleep(0.02)
            waited.append(somebody_waits())
            Signer.objects.filter(pk=signer.pk).update(status="delivered")
        connections.close_all()

    update = threading.Thread(target=write_updates)
    update.start()
    held.wait(30)
    corrections._write(correction, asked, wanted, None)  # Docusign has said yes
    update.join()

    assert waited == [True], "they never met"
    signer.refresh_from_db()
    assert (signer.email, signer.status) == ("new@mail.example", "delivered")
