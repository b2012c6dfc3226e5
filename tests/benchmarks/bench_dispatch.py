"""What the send protocol costs: one worker, then two, beside a bare loop over the SDK with the same documents.

`python -m tests.benchmarks.bench_dispatch [--leases N]` prints envelopes a second and the ratios. The bare loop reads
the same documents, builds the same definitions and makes the same two calls (draft, send) on the same emulator in the
same run, in turns with ours; its rows are in memory before its clock runs. Connect's messages are held back, for both.

It is run twice: with every call answered as fast as an emulator on the same machine can, where nothing is left to
wait for and all share its cores; and with 20 ms added to every call, as over a network.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import stack
from tests.benchmarks.ground import prepare_ground, start_worker

ROUNDS, NETWORK_SECONDS = 3, 0.02


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leases", type=int, default=100)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder, stack.processes(stack.Output()) as running:
        emulator = prepare_ground(running, Path(folder))
        emulator.hold_connect()
        for seconds in (0.0, NETWORK_SECONDS):
            for operation in ("createEnvelope", "updateEnvelope") if seconds else ():
                emulator.fault(operation, "slow", times=0, delay=seconds)
            sys.stdout.write(f"{seconds * 1000:.0f} ms added to every call\n")
            for name, value in _measure(arguments.leases):
                sys.stdout.write(f"  {name:<44}{value:>12}\n")
    return 0


def _measure(count: int) -> Iterator[tuple[str, str]]:
    rates: dict[str, list[float]] = {"bare": [], "one": [], "two": []}
    for _ in range(ROUNDS):
        rates["bare"].append(_bare(_leases(count)))
        with _workers(1):
            _ours(_leases(2))  # the SDK and the token are there before the clock runs
            rates["one"].append(_ours(_leases(count)))
        with _workers(2):
            _ours(_leases(4))
            rates["two"].append(_ours(_leases(count)))
    bare, one, two = (statistics.median(rates[name]) for name in ("bare", "one", "two"))
    yield f"bare SDK loop, {count} envelopes, per second", f"{bare:.1f}"
    yield "one worker, per second", f"{one:.1f}"
    yield "two workers, per second", f"{two:.1f}"
    yield "one worker / bare loop (at least 0.8)", f"{one / bare:.2f}"
    yield "two workers / one worker (at least 1.5)", f"{two / one:.2f}"


def _leases(count: int) -> list[object]:
    """For signers whom Docusign mails: our own invitations are no part of what is compared."""
    from esign.envelopes.freeze import freeze  # noqa: PLC0415 - as above
    from tests.factories import LeaseFactory, LeasePartyFactory  # noqa: PLC0415 - as above

    leases = [LeaseFactory(tenants=0) for _ in range(count)]
    for lease in leases:
        LeasePartyFactory(lease=lease, is_primary=True, tenant__preferred_channel="email")
    return [freeze(lease) for lease in leases]


def _bare(envelopes: list[object]) -> float:
    """The same documents and recipients by two SDK calls each: no claim, no budget, no record, no safety."""
    from django.db.models import prefetch_related_objects  # noqa: PLC0415 - Django must be set up first
    from docusign_esign import EnvelopesApi  # noqa: PLC0415 - the SDK costs 0.2 s that is not to be measured

    from esign.docusign.definitions import build_definition  # noqa: PLC0415 - as above
    from esign.docusign.login import access  # noqa: PLC0415 - Django must be set up first
    from esign.docusign.rest import api_client  # noqa: PLC0415 - as above
    from esign.models import DocusignConnection, Envelope, State  # noqa: PLC0415 - as above

    connection = DocusignConnection.objects.default()
    token = access.access_token(connection)
    access.identify(connection)
    api = EnvelopesApi(api_client(connection))
    api.api_client.set_default_header("Authorization", f"Bearer {token}")
    prefetch_related_objects(envelopes, "signers", "documents", "riders", "lease")  # type: ignore[type-var]  # Envelopes
    started = time.perf_counter()
    for envelope in envelopes:
        definition = build_definition(envelope)  # type: ignore[arg-type]  # it is an Envelope
        draft = api.create_envelope(connection.account_id, envelope_definition=definition)
        api.update(connection.account_id, draft.envelope_id, envelope={"status": "sent"})
    elapsed = time.perf_counter() - started
    Envelope.objects.filter(state=State.READY).update(state=State.VOIDED)
    return len(envelopes) / elapsed


@contextmanager
def _workers(count: int) -> Iterator[None]:
    with stack.processes(stack.Output()) as running:
        for number in range(count):
            start_worker(running, f"worker{number}")
        yield


def _ours(envelopes: list[object]) -> float:
    """Until the last is written down as sent; looked at seldom, for the looking takes from what is measured."""
    from django.db.models import Max  # noqa: PLC0415 - Django must be set up first
    from django.utils import timezone  # noqa: PLC0415 - as above

    from esign import tasks  # noqa: PLC0415 - as above
    from esign.models import Envelope, State  # noqa: PLC0415 - as above

    ours = Envelope.objects.filter(pk__in=[envelope.pk for envelope in envelopes])  # type: ignore[attr-defined]  # Envelopes
    started = timezone.now()
    for envelope in envelopes:
        tasks.enqueue(envelope.pk)  # type: ignore[attr-defined]  # as above
    while ours.filter(state__in=(State.READY, State.CREATING, State.DRAFTED, State.SENDING)).exists():
        time.sleep(0.2)
    if stopped := ours.exclude(state=State.SENT).first():
        raise SystemExit(f"{stopped} was not sent: {stopped.problem}")
    seconds: float = (ours.aggregate(last=Max("sent_at"))["last"] - started).total_seconds()
    return len(envelopes) / seconds


if __name__ == "__main__":
    raise SystemExit(main())
