"""A whole campaign on the emulator's clock: planned, prepared, staged and sent within the campaigns' share of the hour.

`python -m tests.benchmarks.bench_rehearsal [--leases N] [--hourly L]` plans N renewals with L calls an hour, lets one
worker carry them out (`tests.rehearsal`), and has somebody at a screen send a lease every ten virtual minutes.

The bound: three calls a lease (draft, send, and later the signed documents) within the campaigns' share of the hour,
3 * N / (share * L) hours. A run makes two of them, so its own bound is what those take: all full hours but the last,
and in the last one the burst's share every 30 seconds.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tests import stack
from tests.benchmarks.ground import prepare_ground
from tests.emulator_client import EmulatorClient

if TYPE_CHECKING:
    from esign.models import Batch
    from tests.rehearsal import Rehearsal

BURST = 500
TENTHS = 10
EVERY, FORETOLD_EVERY = timedelta(minutes=10), timedelta(minutes=15)
PREPARING = "esign.tasks.prepare_batch_line"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leases", type=int, default=10_000)
    parser.add_argument("--hourly", type=int, default=3_000, help="calls an hour that Docusign allows")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder, stack.processes(stack.Output()) as running:
        emulator = prepare_ground(running, Path(folder), hourly=arguments.hourly, burst=BURST)
        for name, value, goal in _measure(emulator, arguments.leases, arguments.hourly):
            sys.stdout.write(f"{name:<58}{value:>16}   {goal}\n")
            sys.stdout.flush()
    return 0


@dataclass
class Campaign:
    """What is measured while the run goes on."""

    batch: Batch
    leases: int
    start: datetime
    prepared: int = 0
    statements: list[int] = field(default_factory=lambda: [0] * TENTHS)
    cpu: list[float] = field(default_factory=lambda: [0.0] * TENTHS)
    memory: dict[int, float] = field(default_factory=dict)
    pressed: dict[Any, datetime] = field(default_factory=dict)
    foretold: dict[datetime, datetime | None] = field(default_factory=dict)

    @contextmanager
    def watch(self, task: str) -> Iterator[None]:
        from django.db import connection  # noqa: PLC0415 - Django must be set up first

        if task != PREPARING:
            yield
            return
        statements = 0

        def count(execute: Any, *arguments: Any) -> Any:
            nonlocal statements
            statements += 1
            return execute(*arguments)

        before = _cpu_seconds()
        with connection.execute_wrapper(count):
            yield
        tenth = min(TENTHS - 1, self.prepared * TENTHS // self.leases)
        self.prepared += 1
        self.statements[tenth] += statements
        self.cpu[tenth] += _cpu_seconds() - before

    def of_tenth(self, tenth: int) -> str:
        each = self.leases / TENTHS
        return f"{self.statements[tenth] / each:.1f} / {1000 * self.cpu[tenth] / each:.0f}"

    def is_done(self) -> bool:
        """Asked whenever all is idle; weighs the process when a quarter is sent."""
        from esign.campaigns import results  # noqa: PLC0415 - Django must be set up first

        counts = results.tally(self.batch)
        if 25 not in self.memory and counts.sent >= self.leases / 4:
            self.memory[25] = _megabytes()
        return results.is_done(self.batch, counts)


def _measure(emulator: EmulatorClient, leases: int, hourly: int) -> Iterator[tuple[str, str, str]]:
    from django.utils import timezone  # noqa: PLC0415 - Django must be set up first

    from esign import tasks  # noqa: PLC0415 - as above
    from tests.benchmarks.renewals import seed  # noqa: PLC0415 - as above
    from tests.rehearsal import rehearse  # noqa: PLC0415 - as above

    tenants = seed(leases)
    batch, seconds, megabytes = _planned()
    yield f"planning {leases:,} renewals, s", f"{seconds:.1f}", "under 60"
    yield "  most memory of the process meanwhile, MB", f"{megabytes:.0f}", "under 300"
    start = timezone.now().replace(minute=0, second=1, microsecond=0) + timedelta(hours=1)
    campaign = Campaign(batch, leases, start)
    begun = time.perf_counter()
    with rehearse(emulator, start, watch=campaign.watch) as rehearsal:
        tasks.go_on_with_campaigns.delay()
        _send_now_and_then(rehearsal, campaign)
        _foretell_now_and_then(rehearsal, campaign)
        rehearsal.run_until(campaign.is_done, at_most=timedelta(days=30))
        campaign.memory[100] = _megabytes()
    real = time.perf_counter() - begun
    yield from _time_used(campaign, hourly, real)
    yield from _what_it_took(campaign)
    yield from _oracle(emulator, campaign, tenants)


def _planned() -> tuple[Batch, float, float]:
    from django.utils import timezone  # noqa: PLC0415 - Django must be set up first

    from esign.campaigns import plan  # noqa: PLC0415 - as above
    from esign.models import BatchRule  # noqa: PLC0415 - as above

    rule = BatchRule.objects.create(name="Rehearsed", days_before_end=90, is_active=True)
    _forget_the_peak()
    begun = time.perf_counter()
    batch = plan.start(rule, timezone.localdate())
    assert batch is not None
    while plan.plan_piece(batch.pk):
        pass
    seconds = time.perf_counter() - begun
    batch.refresh_from_db()
    return batch, seconds, _peak_megabytes()


def _send_now_and_then(rehearsal: Rehearsal, campaign: Campaign) -> None:
    """Somebody at a screen presses Send every ten minutes; the wait begins when it was to be pressed."""
    from esign import tasks  # noqa: PLC0415 - Django must be set up first
    from esign.envelopes.freeze import freeze  # noqa: PLC0415 - as above
    from tests.factories import LeaseFactory  # noqa: PLC0415 - as above

    moment, lease = campaign.start + EVERY, LeaseFactory()

    def press() -> None:
        nonlocal moment, lease
        envelope = freeze(lease)
        campaign.pressed[envelope.pk] = moment
        tasks.enqueue(envelope.pk)
        moment, lease = moment + EVERY, LeaseFactory()
        rehearsal.at(moment, press)

    rehearsal.at(moment, press)


def _foretell_now_and_then(rehearsal: Rehearsal, campaign: Campaign) -> None:
    """What the run's page would say of its end, every quarter of an hour."""
    from esign.campaigns import results  # noqa: PLC0415 - Django must be set up first
    from esign.campaigns.forecast import pace  # noqa: PLC0415 - as above
    from esign.campaigns.waiting import waits_for  # noqa: PLC0415 - as above

    moment = campaign.start + FORETOLD_EVERY

    def look() -> None:
        nonlocal moment
        batch = campaign.batch
        batch.refresh_from_db()
        counts = results.tally(batch)
        campaign.foretold[moment] = pace(batch, counts, waits_for(batch, counts)).done_at
        moment += FORETOLD_EVERY
        rehearsal.at(moment, look)

    rehearsal.at(moment, look)


# --- what came of it --------------------------------------------------------------------------------------


def _time_used(campaign: Campaign, hourly: int, real: float) -> Iterator[tuple[str, str, str]]:
    from django.conf import settings  # noqa: PLC0415 - Django must be set up first

    from esign.models import DocusignCall, Envelope  # noqa: PLC0415 - as above

    sent = Envelope.objects.filter(batch_lines__batch=campaign.batch)
    last = sent.latest("sent_at").sent_at
    assert last is not None
    hours = (last - campaign.start) / timedelta(hours=1)
    calls = DocusignCall.objects.filter(envelope__in=sent.values("pk")).count()
    share = settings.CAMPAIGN_SHARE_OF_HOUR
    bound = 3 * campaign.leases / (share * hourly)
    yield "virtual time until the last was sent, h", f"{hours:.2f}", f"{real / 60:.1f} min of real time"
    yield (
        "  three calls each within the campaigns' share, h",
        f"{bound:.2f}",
        f"3 * {campaign.leases} / ({share} * {hourly})",
    )
    yield "  ratio", f"{hours / bound:.3f}", "at most 1.05"
    yield "the end as foretold every 15 minutes, farthest off, %", f"{_farthest_off(campaign, last):.1f}", "at most 10"
    yield "calls a lease that the run made", f"{calls / campaign.leases:.3f}", "2: the third comes when it is signed"
    own = _own_bound(calls, int(share * hourly), int(settings.CAMPAIGN_SHARE_OF_BURST * BURST))
    yield "  those calls within the campaigns' share, h", f"{own:.2f}", "full hours, then bursts"
    yield "  ratio", f"{hours / own:.3f}" if own else "-", "at most 1.05"


def _farthest_off(campaign: Campaign, end: datetime) -> float:
    """Of the time that was left then, as long as there was an hour of it."""
    looks = [(at, done_at) for at, done_at in campaign.foretold.items() if end - at >= timedelta(hours=1)]
    return max((100 * abs(done_at - end) / (end - at) if done_at else math.inf for at, done_at in looks), default=0.0)


def _own_bound(calls: int, an_hour: int, a_burst: int) -> float:
    full = math.ceil(calls / an_hour) - 1
    bursts = math.ceil((calls - full * an_hour) / a_burst) - 1
    return full + bursts * 30 / 3600


def _what_it_took(campaign: Campaign) -> Iterator[tuple[str, str, str]]:
    from esign.models import Envelope  # noqa: PLC0415 - Django must be set up first

    rows = Envelope.objects.filter(pk__in=campaign.pressed, sent_at__isnull=False).values_list("pk", "sent_at")
    waits = [(sent_at - campaign.pressed[pk]).total_seconds() for pk, sent_at in rows if sent_at]
    yield "sends by a person meanwhile, and of these sent", f"{len(campaign.pressed)} / {len(waits)}", "all"
    yield "  the longest wait, virtual s", f"{max(waits, default=0.0):.2f}", "at most 5"
    early, late = campaign.memory[25], campaign.memory[100]
    yield (
        "worker's memory at 25 % and at the end, MB",
        f"{early:.0f} / {late:.0f}",
        f"flat: {late / early:.3f}, at most 1.05",
    )
    yield "first tenth: statements / CPU ms a prepared lease", campaign.of_tenth(0), "at most 40 / under 100"
    yield "last tenth: statements / CPU ms a prepared lease", campaign.of_tenth(TENTHS - 1), "the same"


def _oracle(emulator: EmulatorClient, campaign: Campaign, tenants: list[str]) -> Iterator[tuple[str, str, str]]:
    """Docusign's own record: its journal, its envelopes, and the mails that people got."""
    refused = [call.error_code for call in emulator.journal() if call.status in (400, 429)]
    yield "calls that Docusign refused", str(len(refused)), f"0 {Counter(refused) or ''}"
    out = Counter(one["transactionId"] for one in emulator.envelopes() if one["status"] != "created")
    yield "envelopes out at Docusign, and of these twice", f"{len(out)} / {sum(n > 1 for n in out.values())}", "all / 0"
    wanted = set(tenants)
    mailed = Counter(mail.to for mail in emulator.mail() if mail.kind == "invitation" and mail.to in wanted)
    missed, twice = len(wanted - set(mailed)), sum(n > 1 for n in mailed.values())
    yield "tenants mailed, missed, mailed twice", f"{len(mailed)} / {missed} / {twice}", f"{campaign.leases} / 0 / 0"


# --- what the system tells --------------------------------------------------------------------------------


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1_000_000


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _peak_megabytes() -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1000


def _cpu_seconds() -> float:
    """Of this process and of the children that lay out its documents."""
    ticks = 0
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    raise SystemExit(main())
