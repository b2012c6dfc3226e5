"""Fixtures of the experiments: a fleet of workers that may die, and leases to send."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from esign import tasks
from esign.envelopes.freeze import freeze
from esign.models import Envelope
from tests import stack
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.fleet import CLAIM_SECONDS, Fleet

# `make faults` runs every experiment at full length; `make test` a short selection.
LONG = os.environ.get("FAULTS") == "long"
LaunchFleet = Callable[..., Fleet]
PrepareLeases = Callable[[int], list[Envelope]]


@pytest.fixture
def launch_fleet(
    transactional_db: None,
    emulator: EmulatorClient,
    site: str,
    settings: Settings,
    server_output: stack.Output,
    tmp_path: Path,
) -> Iterator[LaunchFleet]:
    settings.DISPATCH_CLAIM_SECONDS = CLAIM_SECONDS
    marks = tmp_path / "marks"
    marks.mkdir()
    with stack.processes(server_output) as running:

        def launch(*, crash_at: str = "", size: int = 1, **more: str) -> Fleet:
            fleet = Fleet(running, marks, crash_at, size, more)
            fleet.launch()
            return fleet

        yield launch


@pytest.fixture
def prepare_leases() -> PrepareLeases:
    def prepared(count: int) -> list[Envelope]:
        envelopes = [freeze(LeaseFactory(tenants=2)) for _ in range(count)]
        for envelope in envelopes:
            tasks.enqueue(envelope.pk)
        return envelopes

    return prepared
