"""How fast Connect messages are taken in, beside an empty Django view on the same server in the same run.

`python -m tests.benchmarks.bench_webhook` starts gunicorn and prints requests a second for `/healthz` and for
`/esign/connect/` (HMAC checked, message stored), their ratio, and the latency at 100 messages a second.
"""

import argparse
import hmac
import json
import os
import statistics
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import urllib3

from tests import stack
from tests.benchmarks.ground import prepare_ground, start_site

CLIENTS, ROUNDS, KEY = 4, 3, b"bench-key"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=600, help="in each of three rounds")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder, stack.processes(stack.Output()) as running:
        prepare_ground(running, Path(folder))
        base = start_site(running, threads=CLIENTS)
        for name, value in _measure(base, arguments.messages):
            sys.stdout.write(f"{name:<56}{value:>12}\n")
    return 0


def _measure(base: str, count: int) -> Iterator[tuple[str, str]]:
    http = urllib3.PoolManager(maxsize=CLIENTS, retries=False)
    account_id = os.environ["DOCUSIGN_ACCOUNT_ID"]
    bodies = iter([_message(account_id) for _ in range((ROUNDS + 1) * count + 1000)])
    lock = threading.Lock()

    def empty() -> None:
        assert http.request("GET", f"{base}/healthz").status == 200

    def deliver() -> None:
        with lock:
            body = next(bodies)
        signature = b64encode(hmac.digest(KEY, body, "sha256")).decode()
        headers = {"X-DocuSign-Signature-1": signature, "Content-Type": "application/json"}
        assert http.request("POST", f"{base}/esign/connect/", body=body, headers=headers).status == 200

    rates: dict[str, list[float]] = {"empty": [], "webhook": []}
    _rate(empty, 50), _rate(deliver, 50)
    for _ in range(ROUNDS):
        rates["empty"].append(_rate(empty, count))
        rates["webhook"].append(_rate(deliver, count))
    empty_rate, webhook_rate = (statistics.median(rates[name]) for name in ("empty", "webhook"))
    yield "empty view, requests a second", f"{empty_rate:.0f}"
    yield "webhook, messages a second", f"{webhook_rate:.0f}"
    yield "webhook / empty view (at least 0.5)", f"{webhook_rate / empty_rate:.2f}"
    times = _at(100, deliver, seconds=5)
    yield "at 100 a second: median, ms", f"{statistics.median(times) * 1000:.1f}"
    yield "at 100 a second: 99th percentile, ms (under 100)", f"{sorted(times)[int(len(times) * 0.99)] * 1000:.1f}"


def _rate(call: Callable[[], None], count: int) -> float:
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda _: call(), range(count)))
    return count / (time.perf_counter() - started)


def _at(per_second: int, call: Callable[[], None], *, seconds: int) -> list[float]:
    """Latencies under a steady load; a call that is late to start counts from when it was due."""
    begin = time.perf_counter() + 0.1

    def timed(number: int) -> float:
        due = begin + number / per_second
        time.sleep(max(0.0, due - time.perf_counter()))
        call()
        return time.perf_counter() - due

    with ThreadPoolExecutor(CLIENTS * 2) as pool:
        return list(pool.map(timed, range(per_second * seconds)))


def _message(account_id: str) -> bytes:
    """As Docusign sends it: one envelope with three recipients, about 4 kB."""
    recipient = {
        "recipientId": "1",
        "status": "completed",
        "name": "A Tenant",
        "email": "a@mail.example",
        "note": "x" * 900,
    }
    summary = {"status": "completed", "recipients": {"signers": [recipient] * 3}}
    data = {"accountId": account_id, "envelopeId": str(uuid4()), "envelopeSummary": summary}
    return json.dumps(
        {"event": "envelope-completed", "generatedDateTime": "2026-11-24T10:00:00Z", "data": data}
    ).encode()


if __name__ == "__main__":
    raise SystemExit(main())
