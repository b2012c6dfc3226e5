"""E10: PostgreSQL restarts, between two tasks of a worker and in the middle of one. The worker lives on."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from esign import tasks
from esign.envelopes.freeze import freeze
from esign.models import Envelope, State, WebhookMessage
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.conftest import LaunchFleet, PrepareLeases
from tests.faults.fleet import (
    all_executed,
    all_sent,
    check_nothing_twice_nothing_lost,
    sign_everything,
    states_of_all,
)

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is a file: there is no connection to lose"),
]


def hang_up() -> int:
    """What a restart does to its clients. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(cursor.fetchall())


@contextmanager
def shut() -> Iterator[None]:
    """While it restarts: every connection is closed, and only this test can open one."""
    values = connection.settings_dict
    door = psycopg.connect(
        host=values["HOST"], port=values["PORT"], user=values["USER"], dbname="postgres", autocommit=True
    )
    name = psycopg.sql.Identifier(str(values["NAME"]))
    order = psycopg.sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with door:
        door.execute(order.format(name, psycopg.sql.SQL("false")))
        try:
            assert hang_up() > 0, "the fault did not fire"
            yield
        finally:
            door.execute(order.format(name, psycopg.sql.SQL("true")))


def sent_without_the_sweeper(envelope: Envelope, *, within: float = 30) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if Envelope.objects.filter(pk=envelope.pk, state=State.SENT).exists():
            return True
        time.sleep(0.1)
    return False


def test_a_worker_whose_database_restarted_while_it_waited_does_its_next_task(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """Its kept connection is dead, and the one message it gets is not lost to that."""
    fleet = launch_fleet()
    prepare_leases(1)
    fleet.settle(all_sent)
    for _ in range(2):
        assert hang_up() > 0, "the fault did not fire"

        envelope = freeze(LeaseFactory())
        tasks.enqueue(envelope.pk)

        assert sent_without_the_sweeper(envelope), states_of_all()
    assert fleet.workers[0].process.poll() is None
    check_nothing_twice_nothing_lost(emulator)


@pytest.mark.parametrize(
    "point",
    ["claimed-creating", "draft-answered", "draft-kept", "claimed-sending", "send-answered", "send-kept"],
)
def test_a_worker_whose_database_restarts_in_the_middle_of_a_task_goes_on(
    point: str, launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    fleet = launch_fleet(STOP_AT=point)
    prepare_leases(2)
    fleet.settle(lambda: fleet.stopped_at(point) is not None)
    frozen = fleet.stopped_at(point)
    assert frozen is not None

    with shut():
        os.kill(frozen, signal.SIGCONT)
        time.sleep(1)  # it meets a database that lets no one in
    fleet.settle(all_sent)
    sign_everything(emulator)
    emulator.flush_deliveries()
    fleet.settle(all_executed)

    assert fleet.deaths == 0, "the worker lives on"
    check_nothing_twice_nothing_lost(emulator)


def test_an_update_that_meets_a_restarting_database_still_waits(
    launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    """Neither marked as failed nor lost: the message is in the inbox, and the same worker applies it later."""
    fleet = launch_fleet(STOP_AT="delivery-applying")
    prepare_leases(1)
    fleet.settle(all_sent)
    sign_everything(emulator)
    emulator.flush_deliveries()
    fleet.settle(lambda: fleet.stopped_at("delivery-applying") is not None)
    frozen = fleet.stopped_at("delivery-applying")
    assert frozen is not None

    with shut():
        os.kill(frozen, signal.SIGCONT)
        time.sleep(1)
    fleet.settle(all_executed)

    assert fleet.deaths == 0
    assert not WebhookMessage.objects.filter(outcome="failed").exists()
    check_nothing_twice_nothing_lost(emulator)
