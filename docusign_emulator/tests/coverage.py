"""How much of the eSignature API is there: `python -m docusign_emulator.tests.coverage`.

Held against the operations of Docusign's Python SDK, which is made from the whole description of the API. With
`--missing` it lists what is not there; with `--table` it writes OPERATIONS.md, a row for each operation.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from docusign_emulator.rest.operations import ROUTER
from docusign_emulator.tests.sdk_description import every_operation, nameless


def of_the_emulator() -> set[tuple[str, str]]:
    return {(one.method, nameless(one.pattern.removeprefix("/restapi"))) for one in ROUTER.operations()}


TABLE = Path(__file__).parents[1] / "OPERATIONS.md"
_HEAD = """# Every operation

Made by `python -m docusign_emulator.tests.coverage --table`: the operations that are there, and whether each is the
same as Docusign's, simplified or assumed. What that means for it stands in FIDELITY.md.

| operation | | |
|---|---|---|
"""


def table() -> str:
    """A row for each operation: its name, where it is called, and the verdict of FIDELITY.md."""
    verdicts = _verdicts()
    rows = [f"| `{one.name}` | `{one.method} {one.pattern}` | {verdicts[one.name]} |" for one in ROUTER.operations()]
    return _HEAD + "\n".join(sorted(rows)) + "\n"


def _verdicts() -> dict[str, str]:
    """The first word of the first row that names the operation."""
    found: dict[str, str] = {}
    for line in TABLE.with_name("FIDELITY.md").read_text(encoding="utf-8").splitlines():
        cells = line.split("|")
        if len(cells) > 3 and line.startswith("| `"):
            for name in re.findall(r"`(\w+)`", cells[1]):
                found.setdefault(name, cells[2].split()[0].rstrip(":."))
    return found


def main(arguments: list[str]) -> None:
    whole, here = every_operation(), of_the_emulator()
    there = whole.keys() & here
    sys.stdout.write(f"{len(there)} of {len(whole)} operations of the SDK: {100 * len(there) // len(whole)} %\n")
    if "--table" in arguments:
        TABLE.write_text(table(), encoding="utf-8")
    if "--missing" in arguments:
        for method, path in sorted(whole.keys() - here, key=lambda one: (one[1], one[0])):
            sys.stdout.write(f"{method:6} {path}  {whole[(method, path)][0]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
