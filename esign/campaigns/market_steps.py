"""Steps towards the market rent: how much a rent rises while it lies so far below the market, as a table of per cents.

Kept as pairs [gap, increase], written by staff as lines such as “up to 5 %: 2 %”.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

MOST_STEPS = 20
NUMBER = r"(\d{1,3}(?:[.,]\d{1,2})?)\s*%?"
LINE = re.compile(rf"(?:up\s+to\s+)?{NUMBER}\s*:\s*{NUMBER}", re.IGNORECASE)
EXAMPLE = "up to 5 %: 2 %"

Steps = Sequence[Sequence[object]]


class BadSteps(ValueError):
    """The lines are no steps; the message says which line and how to write it."""


def parse(text: str) -> list[list[str]]:
    """The pairs of these lines, smallest gap first. Raises BadSteps."""
    steps: dict[Decimal, Decimal] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = LINE.fullmatch(line.strip())
        if match is None:
            raise BadSteps(f"Line {number}, “{line.strip()[:60]}”, is no step. Write it like this: {EXAMPLE}")
        up_to, by = (Decimal(given.replace(",", ".")) for given in match.groups())
        if up_to in steps:
            raise BadSteps(f"Line {number} names {_short(up_to)} % once more. Keep one line for each gap.")
        steps[up_to] = by
    if len(steps) > MOST_STEPS:
        raise BadSteps(f"These are {len(steps)} steps; at most {MOST_STEPS} can be kept.")
    return [[_short(up_to), _short(by)] for up_to, by in sorted(steps.items())]


def in_lines(steps: Steps) -> str:
    """As `parse` reads them."""
    return "\n".join(f"up to {up_to} %: {by} %" for up_to, by in steps)


def increase_for(gap: Decimal, steps: Steps) -> Decimal:
    """By the first step that is not smaller than the gap; by the last where the gap is larger than all."""
    table = sorted((Decimal(str(up_to)), Decimal(str(by))) for up_to, by in steps)
    return next((by for up_to, by in table if gap <= up_to), table[-1][1])


def _short(number: Decimal) -> str:
    """5.00 as 5, 2.50 as 2.5."""
    return f"{number.normalize():f}"
