"""Workers that may die, a sweeper, and an oracle that knows what Docusign really saw."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from esign import tasks
from esign.models import DownloadJob, Envelope, OutgoingMail, State
from esign.models.envelope import FINAL
from leases.status import LeaseStatus
from propertyapp.local.processes import Child, Processes
from tests import stack
from tests.emulator_client import EmulatorClient

CLAIM_SECONDS, READ_SECONDS = 2, 1
AFTER_SENDING = ("sent", "delivered", "completed", "declined", "voided")


@dataclass
class Fleet:
    """Celery workers in processes of their own, restarted when they die, as a supervisor would."""

    running: Processes
    marks: Path
    crash_at: str = ""
    size: int = 1
    more: dict[str, str] = field(default_factory=dict)
    workers: list[Child] = field(default_factory=list)
    deaths: int = 0

    def launch(self) -> None:
        while len(self.workers) < self.size:
            command = [
                *(sys.executable, "-m", "celery", "--app", "tests.faults.crashing", "worker", "--pool", "solo"),
                *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
                *("--hostname", f"w{len(self.workers)}-{self.deaths}@%h"),
            ]
            environment = stack.environment_of_the_test() | {
                "CRASH_AT": self.crash_at,
                "CRASH_MARKS": str(self.marks),
                "DISPATCH_CLAIM_SECONDS": str(CLAIM_SECONDS),
                "DOCUSIGN_READ_SECONDS": str(READ_SECONDS),
                **self.more,
            }
            self.workers.append(self.running.start(f"worker{len(self.workers)}", command, environment))

    def revive(self) -> None:
        """Start another worker for each that has died."""
        for worker in [w for w in self.workers if w.process.poll() is not None]:
            self.deaths += 1
            self.workers.remove(worker)
        self.launch()

    def replace(self) -> None:
        """Ask every worker to end after its task, as a deploy does, and start new ones."""
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.process.wait(timeout=30)
        self.workers.clear()
        self.launch()

    def stopped_at(self, point: str) -> int | None:
        """The process that froze at this point, once it has."""
        mark = self.marks / point
        return int(mark.read_text() or 0) or None if mark.exists() else None

    def settle(self, done: Callable[[], bool], *, timeout: float = 150) -> None:
        """Sweep and revive until `done`. Says what is stuck when the time (seconds) is over."""
        deadline = time.monotonic() + timeout
        while not done():
            self.revive()
            tasks.sweep()
            assert time.monotonic() < deadline, f"not settled after {timeout} s: {states_of_all()}"
            time.sleep(0.3)

    def died_at(self) -> set[str]:
        """The points at which a worker has really died: a fault that never fired proves nothing."""
        return {mark.name for mark in self.marks.iterdir()}


def states_of_all() -> list[str]:
    rows = Envelope.objects.values_list("state", "attempt", "problem", "claim_until", "due_at")
    return [" ".join(map(str, row)) for row in rows]


def all_sent() -> bool:
    return not Envelope.objects.exclude(state__in=(State.SENT, State.DELIVERED, State.COMPLETED)).exists()


def all_executed() -> bool:
    return (
        not Envelope.objects.exclude(state=State.COMPLETED).exists()
        and not Envelope.objects.exclude(lease__status=LeaseStatus.EXECUTED).exists()
        and not DownloadJob.objects.filter(done_at__isnull=True).exists()
    )


def sign_everything(emulator: EmulatorClient) -> None:
    for envelope in Envelope.objects.prefetch_related("signers"):
        for signer in envelope.signers.who_sign():
            emulator.sign(str(envelope.docusign_id), str(signer.recipient_id))


def check_nothing_twice_nothing_lost(emulator: EmulatorClient) -> None:
    """The oracle: Docusign's own record against ours, after everything has settled."""
    at_docusign = emulator.envelopes()
    sent = Counter(e["transactionId"] for e in at_docusign if e["status"] in AFTER_SENDING)
    rows = list(Envelope.objects.prefetch_related("signers"))
    wanted = {str(row.pk) for row in rows if row.docusign_id and row.sent_at}
    assert set(sent) == wanted, "lost, or sent though not wanted"
    assert set(sent.values()) <= {1}, f"sent twice: {sent}"
    statuses = {e["envelopeId"]: e["status"] for e in at_docusign}
    for row in rows:
        if row.docusign_id and row.sent_at:
            assert statuses[str(row.docusign_id)] == row.docusign_status, states_of_all()
        if row.state not in FINAL:
            assert not row.is_claimed, states_of_all()
    check_first_mails(emulator, rows)


def check_first_mails(emulator: EmulatorClient, rows: list[Envelope]) -> None:
    """No one got a second first mail: not from Docusign, and no second invitation of ours."""
    by_docusign = Counter(
        (mail.envelope_id, mail.recipient_id) for mail in emulator.mail() if mail.kind == "invitation"
    )
    assert set(by_docusign.values()) <= {1}, by_docusign
    for row in rows:
        for signer in row.signers.all():
            assert OutgoingMail.objects.filter(kind="invitation", signer=signer).count() <= 1
