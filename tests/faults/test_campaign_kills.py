"""A worker is killed while it prepares a campaign: each lease is still offered its renewal once, and none is missed."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from esign.campaigns import plan, steering
from esign.models import Batch, BatchLine, BatchRule, Envelope, State
from leases.models import Lease
from propertyapp.tasks import heartbeat
from tests import stack
from tests.emulator_client import EmulatorClient
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory, UserFactory
from tests.faults.conftest import LONG, LaunchFleet
from tests.faults.fleet import all_sent, check_nothing_twice_nothing_lost

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WHILE_PLANNING = ["plan-claimed", "plan-written"]
WHILE_PREPARING = ["line-claimed", "offer-made", "offer-frozen"]
LEASES = 12 if LONG else 4


def planned(rule: BatchRule | None = None) -> Batch:
    for _ in range(LEASES):
        LeaseFactory(stage="active", start_date=timezone.localdate() - timedelta(days=330))
    batch = plan.start(rule or BatchRuleFactory(is_active=True), timezone.localdate())
    assert batch is not None
    return batch  # the next sweep has it planned


def all_offered() -> bool:
    lines = BatchLine.objects
    return lines.count() == LEASES and not lines.open().exists() and all_sent()


def check_each_lease_has_one_offer(emulator: EmulatorClient) -> None:
    check_nothing_twice_nothing_lost(emulator)
    assert Envelope.objects.count() == Lease.objects.filter(previous_lease__isnull=False).count() == LEASES
    assert set(BatchLine.objects.values_list("status", flat=True)) == {"prepared"}


@pytest.mark.parametrize("points", [",".join(WHILE_PLANNING), *WHILE_PREPARING, ",".join(WHILE_PREPARING)])
def test_a_worker_that_dies_while_it_plans_or_prepares_costs_time_and_nothing_else(
    points: str, launch_fleet: LaunchFleet, emulator: EmulatorClient
) -> None:
    fleet = launch_fleet(crash_at=points, size=2)
    planned()
    fleet.settle(all_offered)
    assert fleet.died_at() == set(points.split(",")), "the fault did not fire"
    check_each_lease_has_one_offer(emulator)


def test_a_broker_that_was_emptied_in_the_middle_costs_time_and_nothing_else(
    launch_fleet: LaunchFleet, emulator: EmulatorClient
) -> None:
    from celery import current_app  # noqa: PLC0415 - its broker is the test's, which the fixtures have started

    fleet = launch_fleet(crash_at="offer-made", size=1)
    planned()
    heartbeat.delay()
    current_app.control.purge()
    fleet.settle(all_offered)
    check_each_lease_has_one_offer(emulator)


def test_nothing_goes_out_after_a_cancel_said_so(launch_fleet: LaunchFleet, emulator: EmulatorClient) -> None:
    boss: User = UserFactory()
    fleet = launch_fleet(crash_at="draft-kept", size=2)
    batch = planned()
    fleet.settle(lambda: bool(fleet.died_at()))
    steering.cancel(batch, boss)
    mailed = len([mail for mail in emulator.mail() if mail.kind == "invitation"])
    fleet.settle(lambda: not BatchLine.objects.open().exists() and not Envelope.objects.due().exists() and _settled())
    later = len([mail for mail in emulator.mail() if mail.kind == "invitation"])
    assert later - mailed <= 2, "only what a worker was sending at that moment"
    check_nothing_twice_nothing_lost(emulator)


def _settled() -> bool:
    steering.close_cancelled_lines()
    waiting = Envelope.objects.filter(state__in=("ready", "creating", "drafted", "sending"))
    return not waiting.exists()


def test_a_deploy_in_the_middle_costs_time_and_nothing_else(
    launch_fleet: LaunchFleet, emulator: EmulatorClient
) -> None:
    fleet = launch_fleet(size=2)
    planned()
    fleet.settle(Envelope.objects.exists)
    fleet.replace()
    fleet.settle(all_offered)
    check_each_lease_has_one_offer(emulator)


def test_a_process_that_dies_while_it_steers_a_run_has_changed_nothing(
    launch_fleet: LaunchFleet, emulator: EmulatorClient, tmp_path: Path
) -> None:
    rule: BatchRule = BatchRuleFactory(is_active=True, waits_for_release=True)
    batch, boss = planned(rule), UserFactory()
    launch_fleet(size=2).settle(lambda: Envelope.objects.filter(state=State.DRAFTED).count() == LEASES)
    for act in ("release", "pause", "cancel"):
        before = _as_it_stands(batch)
        marks = tmp_path / act
        marks.mkdir()
        environment = stack.environment_of_the_test() | {"CRASH_AT": "run-changed", "CRASH_MARKS": str(marks)}
        command = [sys.executable, "-m", "tests.faults.steer", act, str(batch.pk), str(boss.pk)]
        died = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=120)
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
        assert _as_it_stands(batch) == before
        again = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=120)
        assert again.returncode == 0, again.stderr.decode()
        assert _as_it_stands(batch) != before
    check_nothing_twice_nothing_lost(emulator)


def _as_it_stands(batch: Batch) -> tuple[object, ...]:
    batch.refresh_from_db()
    envelopes = Envelope.objects.order_by("pk").values_list("hold_draft", "cancel_asked_at", "state")
    return (batch.paused_at, batch.cancelled_at, batch.released_at, *envelopes)
