"""Rows 15, 16 and 18: the web process dies while it takes a message, and a worker dies in the middle of the sweep."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3
from pytest_django import Settings

from esign import tasks
from esign.envelopes import dispatch, downloads
from esign.envelopes.freeze import freeze
from esign.models import AuditEvent, State, SyncWatermark, WebhookMessage
from esign.sync import reconcile, webhook_inbox
from leases.status import LeaseStatus
from propertyapp.local.ports import free_port
from tests import stack
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.conftest import LaunchFleet
from tests.faults.fleet import all_executed, check_nothing_twice_nothing_lost, sign_everything

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

OpenDoor = Callable[[str], Path]


@pytest.fixture
def open_door(
    transactional_db: None, emulator: EmulatorClient, settings: Settings, server_output: stack.Output, tmp_path: Path
) -> Iterator[OpenDoor]:
    """The product under gunicorn, whose one worker dies at a point; gunicorn starts another, as in production."""
    marks = tmp_path / "marks"
    marks.mkdir()
    with stack.processes(server_output) as running:

        def open_it(crash_at: str) -> Path:
            url = f"http://127.0.0.1:{free_port()}"
            settings.PUBLIC_URL, settings.DOCUSIGN_CONNECT_URL = url, f"{url}/esign/connect/"
            command = [*(sys.executable, "-m", "gunicorn", "tests.faults.crashing:application", "--preload")]
            command += ["--bind", url.removeprefix("http://"), "--log-level", "warning"]
            own = {"CRASH_AT": crash_at, "CRASH_MARKS": str(marks)}
            running.start("web", command, stack.environment_of_the_test() | own)
            running.wait_until(lambda: is_up(url), "gunicorn", timeout=60)
            return marks / crash_at

        yield open_it


def is_up(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/healthz", retries=False, timeout=2).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def apply_what_waits() -> None:
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)


@pytest.mark.parametrize(("point", "stored"), [("delivery-verified", 0), ("delivery-stored", 1)])
def test_a_web_process_that_dies_over_a_message_loses_none(
    point: str, stored: int, open_door: OpenDoor, emulator: EmulatorClient
) -> None:
    """Docusign got no 200, so it says it again; what was stored already is stored once."""
    died = open_door(point)
    envelope = freeze(LeaseFactory())
    emulator.hold_connect()
    dispatch.advance(envelope.pk)
    sign_everything(emulator)
    first = emulator.deliveries()[0]
    emulator.resend_delivery(first["id"])
    assert died.exists(), "the fault did not fire"
    assert WebhookMessage.objects.count() == stored

    emulator.release_connect()
    for _ in range(2):
        emulator.flush_deliveries()
        emulator.advance(days=1)
    apply_what_waits()
    downloads.download_documents(envelope.pk)

    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    assert (envelope.state, envelope.lease.status) == (State.COMPLETED, LeaseStatus.EXECUTED)
    assert sorted(WebhookMessage.objects.values_list("times_received", flat=True))[-1] == 1 + stored
    assert AuditEvent.objects.filter(envelope=envelope, kind="envelope.completed").count() == 1
    check_nothing_twice_nothing_lost(emulator)


def test_a_worker_that_dies_in_the_middle_of_the_sweep_leaves_the_watermark_and_reads_again(
    launch_fleet: LaunchFleet, emulator: EmulatorClient
) -> None:
    """Row 18."""
    emulator.fault("connect", "drop", times=0)
    envelopes = [freeze(LeaseFactory()) for _ in range(2)]
    for envelope in envelopes:
        dispatch.advance(envelope.pk)
    reconcile.read_changes(envelopes[0].connection)
    before = SyncWatermark.objects.get().read_until
    sign_everything(emulator)

    fleet = launch_fleet(crash_at="page-applied")
    tasks.reconcile_envelopes.delay()
    fleet.settle(lambda: fleet.died_at() == {"page-applied"})
    assert SyncWatermark.objects.get().read_until == before
    tasks.reconcile_envelopes.delay()
    fleet.settle(lambda: SyncWatermark.objects.get().read_until > before and all_executed())

    assert fleet.deaths == 1
    assert AuditEvent.objects.filter(kind="envelope.completed").count() == 2
    check_nothing_twice_nothing_lost(emulator)
