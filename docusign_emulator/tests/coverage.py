"""How much of the eSignature API is there: `python -m docusign_emulator.tests.coverage`.

Held against the operations of Docusign's Python SDK, which is made from the whole description of the API. With
`--missing` it lists what is not there.
"""

from __future__ import annotations

import sys

from docusign_emulator.rest.operations import ROUTER
from docusign_emulator.tests.sdk_description import every_operation, nameless


def of_the_emulator() -> set[tuple[str, str]]:
    return {(one.method, nameless(one.pattern.removeprefix("/restapi"))) for one in ROUTER.operations()}


def main(arguments: list[str]) -> None:
    whole, here = every_operation(), of_the_emulator()
    there = whole.keys() & here
    sys.stdout.write(f"{len(there)} of {len(whole)} operations of the SDK: {100 * len(there) // len(whole)} %\n")
    if "--missing" in arguments:
        for method, path in sorted(whole.keys() - here, key=lambda one: (one[1], one[0])):
            sys.stdout.write(f"{method:6} {path}  {whole[(method, path)][0]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
