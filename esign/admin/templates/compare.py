"""Two texts side by side in one column: what went, what came, and the words that differ within a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT = 2  # lines shown around a change
WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MAX_WORDS = 4_000  # in one line; beyond it the line is shown as changed whole


@dataclass(frozen=True)
class ComparedLine:
    """One line: `kind` is same, del or ins; `parts` are (changed, text) in order. Numbers count from 1."""

    kind: str
    before: int | None
    after: int | None
    parts: tuple[tuple[bool, str], ...]

    @property
    def sign(self) -> str:
        return {"ins": "+", "del": "−"}.get(self.kind, "")  # noqa: RUF001  # a minus as wide as the plus

    @property
    def label(self) -> str:
        """For screen readers."""
        return {"ins": "added", "del": "removed"}.get(self.kind, "")


def hunks(before: str, after: str) -> list[list[ComparedLine]]:
    """The places where the texts differ, each with a little of what surrounds it. Empty when they are the same."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [list(_rows(group, old, new)) for group in matcher.get_grouped_opcodes(CONTEXT)]


def counted(rows: Sequence[Sequence[ComparedLine]]) -> tuple[int, int]:
    """How many lines came and how many went."""
    kinds = [row.kind for hunk in rows for row in hunk]
    return kinds.count("ins"), kinds.count("del")


def _rows(
    group: Sequence[tuple[str, int, int, int, int]], old: Sequence[str], new: Sequence[str]
) -> Iterator[ComparedLine]:
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield ComparedLine("same", i + 1, j + 1, ((False, old[i]),))
        elif tag == "replace" and i2 - i1 == j2 - j1:
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                went, came = _words(old[i], new[j])
                yield ComparedLine("del", i + 1, None, went)
                yield ComparedLine("ins", None, j + 1, came)
        else:
            yield from (ComparedLine("del", i + 1, None, ((False, old[i]),)) for i in range(i1, i2))
            yield from (ComparedLine("ins", None, j + 1, ((False, new[j]),)) for j in range(j1, j2))


def _words(before: str, after: str) -> tuple[tuple[tuple[bool, str], ...], tuple[tuple[bool, str], ...]]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    if len(old) > MAX_WORDS or len(new) > MAX_WORDS:
        return ((True, before),), ((True, after),)
    went: list[tuple[bool, str]] = []
    came: list[tuple[bool, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if i2 > i1:
            went.append((tag != "equal", "".join(old[i1:i2])))
        if j2 > j1:
            came.append((tag != "equal", "".join(new[j1:j2])))
    return tuple(went), tuple(came)
