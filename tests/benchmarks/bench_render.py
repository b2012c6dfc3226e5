"""How fast documents are made: an eight-page lease beside WeasyPrint, a packet of six, a thousand packets.

`python -m tests.benchmarks.bench_render` prints the table; `--packets N` changes the length of the long run.
Both engines get the same HTML, in turns, in the same process; the medians are compared.
"""

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "propertyapp.settings")
django.setup()

from esign.documents import engines, packet, pdf, textlayer  # noqa: E402 - Django must be set up first
from esign.documents.context import build_context  # noqa: E402 - as above
from esign.documents.signature_tags import SignatureTags, SigningParty  # noqa: E402 - as above
from esign.documents.sources import FILES  # noqa: E402 - as above
from tests.esign.documents.sample import lease_terms, party, signers_of  # noqa: E402

TODAY = date(2026, 2, 10)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=1000)
    arguments = parser.parse_args()
    rows = [*_engines(), *_packets(), *_memory(arguments.packets)]
    width = max(len(name) for name, _, _ in rows)
    for name, value, target in rows:
        sys.stdout.write(f"{name:<{width}}  {value:>14}  {target}\n")
    return 0


def long_lease() -> dict[str, Any]:
    """Three tenants for two years with four rent steps: eight pages."""
    terms = lease_terms(parties=[party(number, f"Tenant Number {number}") for number in (1, 2, 3)])
    terms["term"] = {"start": "2026-03-10", "end": "2028-03-09", "month_to_month": False}
    terms["addenda"].append({"kind": "other", "title": "Storage Addendum", "terms": {"text": "Locker 7 is included."}})
    terms["parties"].append(party(1, "Luisa Reyes", "guarantor"))
    return terms


def _engines() -> Iterator[tuple[str, str, str]]:
    html, pages = _html_of_lease()
    yield "pages of the lease", str(pages), "8"
    renderers: dict[str, Callable[[str], bytes]] = {"plutoprint": engines.load("plutoprint")}
    try:
        import weasyprint  # noqa: F401, PLC0415 - only to see whether it can be

        renderers["weasyprint"] = engines.load("weasyprint")
    except (ImportError, OSError) as reason:
        yield "WeasyPrint", "not here", str(reason)[:60]
    times: dict[str, list[float]] = {name: [] for name in renderers}
    in_child: list[float] = []
    for _ in range(7):
        in_child.append(_seconds(lambda: pdf.render_pdf(html)))
        for name, render in renderers.items():
            times[name].append(_seconds(lambda render=render: render(html)))  # type: ignore[misc]
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        yield f"one lease, {name}", f"{median * 1000:.1f} ms", ""
    ratio = statistics.median(in_child) / medians["plutoprint"]
    yield "one lease, plutoprint in its child process", f"{ratio:.2f} x", "of the time in this process"
    if len(medians) == 2:
        yield "plutoprint is faster by", f"{medians['weasyprint'] / medians['plutoprint']:.1f} x", "at least 20 x"


def _packets() -> Iterator[tuple[str, str, str]]:
    terms = long_lease()
    signers = signers_of(terms)
    documents = packet.render_packet(terms, "lease", signers, on=TODAY)
    pages = sum(document.pages for document in documents)
    yield "documents and pages of a packet", f"{len(documents)} / {pages}", "6 documents"
    before = time.process_time()
    times = [_seconds(lambda: packet.render_packet(terms, "lease", signers, on=TODAY)) for _ in range(15)]
    processor = (time.process_time() - before) / len(times)
    yield "one packet with its anchors checked", f"{statistics.median(times) * 1000:.0f} ms", "under 250 ms"
    yield "the same, the best of fifteen", f"{min(times) * 1000:.0f} ms", "(others share the processors)"
    yield "the same, time of this process on the processor", f"{processor * 1000:.0f} ms", ""
    finding = [_seconds(lambda: [textlayer.pages(document.pdf) for document in documents]) for _ in range(9)]
    yield "of which reading the text layers", f"{statistics.median(finding) * 1000:.1f} ms", ""


def _memory(count: int) -> Iterator[tuple[str, str, str]]:
    started = time.perf_counter()
    marks: list[int] = []
    for number in range(count):
        terms = {**long_lease(), "number": f"L-2026-{number:04d}"}
        packet.render_packet(terms, "lease", signers_of(terms), on=TODAY)
        if number + 1 in {count // 10, count}:
            marks.append(_resident_kilobytes())
    yield f"{count} packets", f"{count / (time.perf_counter() - started):.1f} a second", ""
    growth = (marks[-1] - marks[0]) / 1024
    yield (
        f"memory of this process gained over the last {count - count // 10} packets",
        f"{growth:.1f} MB",
        f"flat ({marks[-1] // 1024} MB held)",
    )


def _html_of_lease() -> tuple[str, int]:
    terms = long_lease()
    signers = signers_of(terms)
    context = build_context(terms, today=TODAY)
    tags = SignatureTags(1, [SigningParty(signer.key, signer.role, signer.name) for signer in signers])
    html = packet.document_html(FILES.find("lease", "en"), context, tags)
    return html, textlayer.page_count(pdf.render_pdf(html))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _resident_kilobytes() -> int:
    """Memory held now where the system tells, else the most that was ever held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    raise SystemExit(main())
