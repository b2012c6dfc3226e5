"""What a long campaign costs: one worker's memory, and Docusign's calls, while thousands of leases are sent and signed.

`python -m tests.benchmarks.bench_campaign [--leases N]` sends N leases in ten lots; each is signed by everyone at the
emulator, heard of by Connect, fetched and executed. Prints the worker's memory after each lot (kB, as `ps` has it) and
the calls that a completed envelope took.
"""

import argparse
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from propertyapp.local.processes import Child
from tests import stack
from tests.benchmarks.ground import prepare_ground, start_site, start_worker
from tests.emulator_client import EmulatorClient

LOTS = 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leases", type=int, default=500)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder, stack.processes(stack.Output()) as running:
        emulator = prepare_ground(running, Path(folder))
        for name, value in _measure(emulator, arguments.leases // LOTS):
            sys.stdout.write(f"{name:<64}{value:>12}\n")
            sys.stdout.flush()
    return 0


def _measure(emulator: EmulatorClient, lot: int) -> Iterator[tuple[str, str]]:
    from esign.models import DocusignCall  # noqa: PLC0415 - Django must be set up first

    with stack.processes(stack.Output()) as running:
        os.environ["DOCUSIGN_CONNECT_URL"] = f"{start_site(running)}/esign/connect/"
        worker = start_worker(running)
        _carry_through(emulator, 5)  # the SDK and the fonts are in memory before anything is weighed
        DocusignCall.objects.all().delete()
        weights = []
        for number in range(1, LOTS + 1):
            _carry_through(emulator, lot)
            weights.append(_weight(worker))
            yield f"one worker's memory after {number * lot} envelopes, kB", str(weights[-1])
    calls = Counter(DocusignCall.objects.values_list("operation", flat=True))
    for_the_account = {"requestToken", "getUserInfo"}  # an hour's token serves whatever is sent in it
    each = sum(number for name, number in calls.items() if name not in for_the_account) / (LOTS * lot)
    yield "last lot / second lot (flat: at most 1.05)", f"{weights[-1] / weights[1]:.3f}"
    yield "calls per completed envelope (at most 3.05)", f"{each:.3f}"
    yield "polls of one envelope", str(calls["getEnvelope"])


def _carry_through(emulator: EmulatorClient, count: int) -> None:
    """Send, sign, hear of it, fetch, execute."""
    from esign import tasks  # noqa: PLC0415 - Django must be set up first
    from esign.envelopes.freeze import freeze  # noqa: PLC0415 - as above
    from esign.models import DownloadJob, Envelope, State  # noqa: PLC0415 - as above
    from tests.factories import LeaseFactory, LeasePartyFactory  # noqa: PLC0415 - as above

    ids = []
    for _ in range(count):
        lease = LeaseFactory(tenants=0)
        LeasePartyFactory(lease=lease, is_primary=True, tenant__preferred_channel="email")
        ids.append(freeze(lease).pk)
        tasks.enqueue(ids[-1])
    lot = Envelope.objects.filter(pk__in=ids)
    _wait_until(lambda: not lot.exclude(state=State.SENT).exists(), "sent")
    for envelope in lot.prefetch_related("signers"):
        for signer in envelope.signers.who_sign():
            emulator.sign(str(envelope.docusign_id), str(signer.recipient_id))
    downloads = DownloadJob.objects.filter(envelope__in=ids, done_at__isnull=False)
    _wait_until(lambda: downloads.count() == count, "fetched")


def _wait_until(done: Callable[[], bool], what: str, *, timeout: float = 1800) -> None:
    """Sweeps every half minute, as the scheduler would."""
    from esign import tasks  # noqa: PLC0415 - Django must be set up first

    deadline, swept_at = time.monotonic() + timeout, time.monotonic()
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit(f"Not all were {what} within {timeout:.0f} s.")
        if time.monotonic() > swept_at + 30:
            tasks.sweep.delay()
            swept_at = time.monotonic()
        time.sleep(0.2)


def _weight(worker: Child) -> int:
    ps = subprocess.run(["ps", "-o", "rss=", "-p", str(worker.process.pid)], capture_output=True, check=True, text=True)
    return int(ps.stdout)


if __name__ == "__main__":
    raise SystemExit(main())
