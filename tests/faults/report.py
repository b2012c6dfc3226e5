"""Writes the figures of a run of `make faults` into docs/reliability.md: per file, how many passed and how long.

`python -m tests.faults.report var/faults.xml var/guards.txt`
"""

import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from datetime import date
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
MARK = "<!-- figures: written by tests/faults/report.py -->"


def main() -> int:
    results, guards = Path(sys.argv[1]), Path(sys.argv[2])
    text = PAGE.read_text().split(MARK)[0]
    PAGE.write_text(f"{text}{MARK}\n{figures(results)}\n{noticed(guards)}")
    return 0


def figures(results: Path) -> str:
    """One row a file; a skipped experiment is said to be skipped, with its reason."""
    rows: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
    reasons: list[str] = []
    for case in ET.parse(results).iter("testcase"):  # our own file
        row = rows[case.get("classname", "").split(".")[-1]]
        skipped, failed = case.find("skipped"), case.find("failure") is not None or case.find("error") is not None
        row[0] += not failed and skipped is None
        row[1] += failed
        row[2] += skipped is not None
        row[3] += float(case.get("time", 0))
        if skipped is not None:
            reasons.append(f"{case.get('name')}: {skipped.get('message', '').removeprefix('Skipped: ')}")
    lines = [f"## Figures of the last run ({date.today():%Y-%m-%d})", "", "| file | passed | failed | skipped | s |"]  # noqa: DTZ011  # a day on a page
    lines += ["|---|---|---|---|---|"]
    lines += [f"| `{name}.py` | {p:.0f} | {f:.0f} | {s:.0f} | {t:.0f} |" for name, (p, f, s, t) in sorted(rows.items())]
    return "\n".join([*lines, "", *(f"Skipped: {reason}." for reason in sorted(set(reasons))), ""])


def noticed(guards: Path) -> str:
    """E25: guard -> the test that fails without it."""
    lines = ["| E25: guard taken away | the test that fails |", "|---|---|"]
    for line in guards.read_text().splitlines():
        name, _, test = line.rpartition("  ")
        lines.append(f"| {name.strip()} | `{test.strip()}` |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    raise SystemExit(main())
