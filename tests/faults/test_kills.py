"""E1: a worker is killed at every named point, and each lease still goes out once and comes home signed."""

import pytest

from tests.emulator_client import EmulatorClient
from tests.faults.conftest import LONG, LaunchFleet, PrepareLeases
from tests.faults.fleet import all_executed, all_sent, check_nothing_twice_nothing_lost, sign_everything

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WHILE_SENDING = [
    "claimed-creating",
    "draft-answered",
    "draft-kept",
    "draft-answered,draft-looked-up",
    "claimed-sending",
    "send-answered",
    "send-kept",
    "send-answered,send-looked-up",
]
WHILE_SIGNING = ["delivery-applying", "delivery-applied", "documents-fetched", "documents-kept"]


@pytest.mark.parametrize("time", range(20 if LONG else 1))
@pytest.mark.parametrize("points", [*WHILE_SENDING, *WHILE_SIGNING])
def test_a_worker_that_dies_costs_time_and_nothing_else(
    points: str, time: int, launch_fleet: LaunchFleet, prepare_leases: PrepareLeases, emulator: EmulatorClient
) -> None:
    fleet = launch_fleet(crash_at=points)
    prepare_leases(2)

    fleet.settle(all_sent)
    sign_everything(emulator)
    emulator.flush_deliveries()
    fleet.settle(all_executed)

    assert fleet.died_at() == set(points.split(",")), "the fault did not fire"
    check_nothing_twice_nothing_lost(emulator)
