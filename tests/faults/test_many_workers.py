"""E7 to E11: several workers, a frozen one, an empty Redis, a database that hangs up, a short visibility time-out."""

import os
import signal
import threading

import pytest
from django.db import connection

from esign import sync, tasks
from esign.docusign import shared
from esign.models import Envelope, OrphanDraft
from tests.emulator_client import EmulatorClient
from tests.faults.conftest import LONG, LaunchFleet, PrepareLeases
from tests.faults.fleet import all_executed, all_sent, check_nothing_twice_nothing_lost, sign_everything

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_fifty_rings_for_one_lease_make_one_draft(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E7."""
    fleet = launch_fleet(size=2)
    envelope = prepare_leases(1)[0]
    for _ in range(50):
        tasks.ring(envelope.pk)

    fleet.settle(all_sent)

    assert len(emulator.journal("createEnvelope")) == len(emulator.journal("updateEnvelope")) == 1
    check_nothing_twice_nothing_lost(emulator)


@pytest.mark.parametrize(("point", "orphans"), [("claimed-creating", 1), ("claimed-sending", 0)])
def test_a_worker_that_slept_past_its_claim_sends_nothing_twice(
    point: str, orphans: int, launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E8: it wakes up, makes its call as if nothing had happened, and its write finds another owner."""
    sleeper = launch_fleet(STOP_AT=point)
    envelope = prepare_leases(1)[0]
    sleeper.settle(lambda: sleeper.stopped_at(point) is not None)
    pid = sleeper.stopped_at(point)
    assert pid is not None
    awake = launch_fleet()
    awake.settle(all_sent)

    os.kill(pid, signal.SIGCONT)
    awake.settle(lambda: len(emulator.journal("createEnvelope")) + len(emulator.journal("updateEnvelope")) >= 3)
    awake.settle(lambda: OrphanDraft.objects.count() == orphans)
    sync.reconcile(envelope.connection)

    assert OrphanDraft.objects.count() == orphans
    check_nothing_twice_nothing_lost(emulator)


def test_an_emptied_redis_loses_no_lease(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E9: all messages, the token, the budget and the locks are gone in mid-run, again and again."""
    fleet = launch_fleet(size=2)
    prepare_leases(50 if LONG else 6)
    over = threading.Event()

    def wipe() -> None:
        while not over.wait(0.7):
            shared.redis().flushall()

    wiping = threading.Thread(target=wipe)
    wiping.start()
    try:
        fleet.settle(all_sent, timeout=300 if LONG else 150)
    finally:
        over.set()
        wiping.join()

    check_nothing_twice_nothing_lost(emulator)


def test_a_database_that_hangs_up_loses_no_lease(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E10: what a restart of PostgreSQL does to its clients, several times in the run."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is a file: there is no connection to lose")
    fleet = launch_fleet(size=2)
    prepare_leases(50 if LONG else 6)
    cuts = iter(range(4))

    def sent_though_cut() -> bool:
        if next(cuts, None) is not None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        return all_sent()

    fleet.settle(sent_though_cut, timeout=300 if LONG else 150)
    sign_everything(emulator)
    emulator.flush_deliveries()
    fleet.settle(all_executed)
    check_nothing_twice_nothing_lost(emulator)


@pytest.mark.skipif(not LONG, reason="waits 14 s for each of several calls; part of `make faults`")
def test_a_short_visibility_time_out_repeats_no_call(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E11: Redis gives a message out again after 5 s, our calls take 14 s."""
    slow = emulator.fault("createEnvelope", "slow", delay=14, times=2)
    fleet = launch_fleet(size=2, VISIBILITY_TIMEOUT="5", DOCUSIGN_READ_SECONDS="20", DISPATCH_CLAIM_SECONDS="60")
    prepare_leases(2)

    fleet.settle(all_sent, timeout=120)

    assert emulator.fault_hits(slow) == 2
    assert len(emulator.journal("createEnvelope")) == Envelope.objects.count() == 2
