"""How fast the emulator is: drafts a second on one core, start time, memory over many envelopes.

`python -m tests.benchmarks.bench_emulator [--drafts 300] [--envelopes 1000]` starts it as a process of its own, kept
on one core where the system can do that. Every document is another one (8 pages, 40 kB, six anchors), so that nothing
is answered from a cache. `--envelopes 10000` is the full run of the memory.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import io
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from reportlab.pdfgen.canvas import Canvas

from docusign_emulator.tests.conftest import ask_for_token
from docusign_emulator.tests.server import Emulator

PAGES, LINES, CLIENTS, ROUNDS = 8, 48, 4, 3
ANCHORS = [f"/{role}-{mark}/" for role in ("tenant1", "tenant2", "landlord") for mark in ("sig", "date")]
NUMBER = b"00000000"
SIGNED_OF = 20  # of the memory's envelopes, one in so many is sent, signed and downloaded


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drafts", type=int, default=300, help="in each of three rounds")
    parser.add_argument("--envelopes", type=int, default=1000, help="over which memory is watched")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        for name, value in _measured(Path(folder), arguments.drafts, arguments.envelopes):
            sys.stdout.write(f"{name:<60}{value:>12}\n")
            sys.stdout.flush()
    return 0


def _measured(folder: Path, drafts: int, envelopes: int) -> Iterator[tuple[str, str]]:
    yield from _starting(folder)
    docusign = Emulator(folder / "speed")
    docusign.start()
    try:
        pinned = _on_one_core(docusign)
        docusign.control("PUT", "limits", {"hourly": 10**9, "burst": 10**9})
        office = Office(docusign)
        yield f"a document of {PAGES} pages, kB", f"{len(office.lease) / 1000:.0f}"
        yield from _drafts(docusign, office, drafts, pinned)
        yield from _memory(docusign, office, envelopes)
    finally:
        docusign.stop()


def _starting(folder: Path) -> Iterator[tuple[str, str]]:
    """Until the first answer, keys made on the way the first time."""
    for what, places in (
        ("first start, seconds (under 2)", [folder / f"start{number}" for number in range(ROUNDS)]),
        ("start on what is there, seconds (under 2)", [folder / "start0"] * ROUNDS),
    ):
        times = []
        for place in places:
            docusign, begin = Emulator(place), time.perf_counter()
            docusign.start()
            times.append(time.perf_counter() - begin)
            docusign.stop()
        yield what, f"{statistics.median(times):.2f}"


def _drafts(docusign: Emulator, office: Office, count: int, pinned: bool) -> Iterator[tuple[str, str]]:
    _rate(office.draft, 40)
    rates, shares = [], []
    for _ in range(ROUNDS):
        before = _processor_seconds(docusign)
        rates.append(_rate(office.draft, count))
        shares.append(count / (_processor_seconds(docusign) - before))
    reading = statistics.median(_rate(office.read, count) for _ in range(ROUNDS))
    drafts = statistics.median(rates)
    yield f"drafts a second{', on one core' if pinned else ''} (at least 50)", f"{drafts:.0f}"
    yield "drafts for a second of processor time", f"{statistics.median(shares):.0f}"
    yield "reads of one envelope a second, beside it", f"{reading:.0f}"
    yield "a draft costs as much as so many reads", f"{reading / drafts:.1f}"


def _memory(docusign: Emulator, office: Office, count: int) -> Iterator[tuple[str, str]]:
    """After the warm-up all libraries and caches are there; from then on it may not grow with the envelopes."""
    tenth = max(count // 10, 50)
    _rate(office.whole, 100)
    seen = [_resident_mb(docusign)]
    for _ in range(10):
        _rate(office.draft, tenth - tenth // SIGNED_OF)
        _rate(office.whole, tenth // SIGNED_OF)
        seen.append(_resident_mb(docusign))
    kept = docusign.control("GET", "state?last=1")["counts"]["envelopes"]
    yield "memory before, MB", f"{seen[0]:.0f}"
    yield f"memory after {tenth * 5} envelopes, MB", f"{seen[5]:.0f}"
    yield f"memory after {tenth * 10} envelopes ({kept} kept in all), MB", f"{seen[10]:.0f}"


class Office:
    """A sender that never sends the same document twice."""

    def __init__(self, docusign: Emulator) -> None:
        self.docusign = docusign
        self.lease = _lease()
        self._address = urlsplit(docusign.base).netloc
        self._path = f"/restapi/v2.1/accounts/{docusign.credentials['account_id']}/envelopes"
        self._token = str(ask_for_token(docusign)["access_token"])
        self._lock = threading.Lock()
        self._number = 0
        self._own = threading.local()
        self._one = self.draft()

    def draft(self) -> str:
        return str(self._call("POST", self._path, self._definition("created"))["envelopeId"])

    def read(self) -> None:
        self._call("GET", f"{self._path}/{self._one}")

    def whole(self) -> None:
        """From sending to the signed PDF."""
        envelope_id = str(self._call("POST", self._path, self._definition("sent"))["envelopeId"])
        for number in ("1", "2", "3"):
            body = {"envelopeId": envelope_id, "recipientId": number, "action": "sign"}
            self._call("POST", "/_emulator/api/recipients/act", body)
        self._call("GET", f"{self._path}/{envelope_id}/documents/combined", raw=True)

    def _definition(self, status: str) -> dict[str, object]:
        with self._lock:
            self._number += 1
            number = self._number
        document = self.lease.replace(NUMBER, b"%08d" % number)
        signers = [
            {
                "recipientId": str(place),
                "name": f"Person Number{place}",
                "email": f"person{place}@people.example",
                "clientUserId": f"person-{place}",
                "routingOrder": "1",
                "tabs": {"signHereTabs": [{"anchorString": sign}], "dateSignedTabs": [{"anchorString": date}]},
            }
            for place, (sign, date) in enumerate(zip(ANCHORS[::2], ANCHORS[1::2], strict=True), 1)
        ]
        return {
            "emailSubject": f"Lease {number}",
            "status": status,
            "transactionId": f"row-{number}",
            "documents": [
                {"documentId": "1", "name": "Lease.pdf", "documentBase64": base64.b64encode(document).decode()}
            ],
            "recipients": {"signers": signers},
        }

    def _call(self, method: str, path: str, body: object = None, *, raw: bool = False) -> dict[str, object]:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(self._address, timeout=60)
        connection: http.client.HTTPConnection = self._own.connection
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
        return {} if raw else json.loads(data)


def _lease() -> bytes:
    """As a lease is: pages full of words, the places to sign on the last. Not compressed: it can be numbered."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True, pageCompression=0)
    for page in range(PAGES):
        canvas.setFont("Helvetica", 9)
        for line in range(LINES):
            words = f"{page + 1}.{line + 1} The tenant of lease {NUMBER.decode()} keeps the premises in good order and"
            canvas.drawString(54, 780 - 13 * line, words[: 74 + line % 9])
        if page == PAGES - 1:
            for row, anchor in enumerate(ANCHORS):
                canvas.drawString(54, 140 - 18 * row, f"Signed: {anchor}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _rate(call: Callable[[], object], count: int) -> float:
    begin = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda _: call(), range(count)))
    return count / (time.perf_counter() - begin)


def _on_one_core(docusign: Emulator) -> bool:
    """Keep the emulator on one core and ourselves off it. False where the system cannot, or has but one."""
    assert docusign.process is not None
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        return False
    for thread in Path(f"/proc/{docusign.process.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {cores[0]})
    os.sched_setaffinity(0, set(cores[1:]))
    return True


def _processor_seconds(docusign: Emulator) -> float:
    assert docusign.process is not None
    fields = Path(f"/proc/{docusign.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(docusign: Emulator) -> float:
    assert docusign.process is not None
    status = Path(f"/proc/{docusign.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


if __name__ == "__main__":
    raise SystemExit(main())
