"""E7 to E11: several workers, a frozen one, an empty Redis, a database that hangs up, a short visibility time-out."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from esign import tasks
from esign.docusign import shared_redis
from esign.docusign.budget import SLOW_LOCAL_SECONDS
from esign.models import Envelope, OrphanDraft, State
from esign.sync import reconcile
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
        tasks.enqueue(envelope.pk)

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
    reconcile.read_changes(envelope.connection)

    assert OrphanDraft.objects.count() == orphans
    check_nothing_twice_nothing_lost(emulator)


def test_an_emptied_redis_loses_no_lease(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E9: all messages, the token, the budget and the locks are gone in mid-run, again and again."""
    fleet = launch_fleet(size=2)
    prepare_leases(50 if LONG else 6)
    over = threading.Event()
    wiped: list[int] = []

    def wipe() -> None:
        while not over.wait(0.7):
            wiped.append(shared_redis.redis().dbsize())
            shared_redis.redis().flushall()

    wiping = threading.Thread(target=wipe)
    wiping.start()
    try:
        fleet.settle(all_sent, timeout=300 if LONG else 150)
    finally:
        over.set()
        wiping.join()

    assert any(wiped), "the fault did not fire: there was never anything to lose"
    check_nothing_twice_nothing_lost(emulator)


@contextmanager
def redis_away() -> Iterator[None]:
    """Every connection is cut and no new one is to be had, as while the server restarts."""
    socket = Path(settings.REDIS_URL.removeprefix("unix://"))
    hidden = socket.with_suffix(".away")
    with redis.Redis.from_url(settings.REDIS_URL) as control:
        control.ping()
        socket.rename(hidden)
        try:
            assert control.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") > 0
            with pytest.raises(redis.RedisError):
                shared_redis.redis().ping()
            yield
        finally:
            hidden.rename(socket)


def test_a_redis_that_goes_away_and_comes_back_loses_no_lease(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E9: the workers find back by themselves, and send no faster without the shared budget than with it."""
    fleet = launch_fleet(size=2)
    prepare_leases(4)
    fleet.settle(lambda: Envelope.objects.filter(state=State.SENT).exists())
    before = len(emulator.journal())
    with redis_away():
        while_away = prepare_leases(2)  # staff can go on: the message is lost, the row is not
        time.sleep(30 if LONG else 6)
        calls = len(emulator.journal()) - before
    fleet.settle(all_sent)

    assert fleet.deaths == 0
    assert calls <= 2 * (2 + (30 if LONG else 6) / SLOW_LOCAL_SECONDS), "one call in five seconds for each process"
    assert not [call for call in emulator.journal() if "LIMIT" in (call.error_code or "").upper()]
    assert Envelope.objects.filter(pk__in=[one.pk for one in while_away], state=State.SENT).count() == 2
    check_nothing_twice_nothing_lost(emulator)


def test_a_database_that_hangs_up_loses_no_lease(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """E10: what a restart of PostgreSQL does to its clients, several times in the run."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is a file: there is no connection to lose")
    fleet = launch_fleet(size=2)
    prepare_leases(50 if LONG else 6)
    cuts: list[int] = []

    def sent_though_cut() -> bool:
        if len(cuts) < 4:  # Counted only when a worker was connected: starting takes a worker some seconds.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                if ended := len(cursor.fetchall()):
                    cuts.append(ended)
        return all_sent()

    fleet.settle(sent_though_cut, timeout=300 if LONG else 150)
    sign_everything(emulator)
    emulator.flush_deliveries()
    fleet.settle(all_executed)
    assert cuts, "the fault did not fire: no worker was connected"
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
