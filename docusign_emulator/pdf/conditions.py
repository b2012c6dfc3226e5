"""The conditions of document generation: `state = 'CA' and $number(rent) > 1000`.

https://support.docusign.com/s/document-item?bundleId=als1679428547895&topicId=ahh1679704095661.html
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NAME = r"[A-Za-z_]\w*"
_CLAUSE = re.compile(
    rf"\s*(?:\$(?P<how>uppercase|lowercase|number)\(\s*(?P<inner>{NAME})\s*\)|(?P<name>{NAME}))"
    r"\s*(?P<sign>==?|!=|>=|<=|>|<)\s*"
    r"(?:[\"“”](?P<double>[^\"“”]*)[\"“”]|['\u2018\u2019](?P<single>[^'\u2018\u2019]*)['\u2018\u2019]|(?P<number>-?\d+(?:\.\d+)?))\s*"
)
_JOINT = re.compile(r"(and|or)\b")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "==": operator.eq, "!=": operator.ne,
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


class NotANumber(Exception):
    """A value that a condition compares as a number is none."""


@dataclass(frozen=True)
class _Clause:
    name: str
    how: str  # uppercase, lowercase, number or nothing
    sign: str
    wanted: str

    def holds(self, values: Mapping[str, Any]) -> bool:
        given = values.get(self.name, "")
        value = given if isinstance(given, str) else ""
        if self.how == "number":
            return _SIGNS[self.sign](_number(self.name, value), float(self.wanted))
        changed = {"uppercase": value.upper(), "lowercase": value.lower()}.get(self.how, value)
        return _SIGNS[self.sign](changed, self.wanted)


@dataclass(frozen=True)
class Condition:
    """It holds when all the clauses of one of its alternatives do."""

    alternatives: tuple[tuple[_Clause, ...], ...]

    @classmethod
    def read(cls, text: str) -> "Condition | None":
        """None for what is no condition."""
        alternatives: list[list[_Clause]] = [[]]
        position = 0
        while True:
            found = _CLAUSE.match(text, position)
            clause = _clause(found) if found else None
            if found is None or clause is None:
                return None
            alternatives[-1].append(clause)
            if found.end() == len(text):
                return cls(tuple(tuple(one) for one in alternatives))
            joint = _JOINT.match(text, found.end())
            if joint is None:
                return None
            if joint[1] == "or":
                alternatives.append([])
            position = joint.end()

    def names(self) -> list[str]:
        """The fields it asks about."""
        return list(dict.fromkeys(clause.name for clauses in self.alternatives for clause in clauses))

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Raises NotANumber."""
        return any(all(clause.holds(values) for clause in clauses) for clauses in self.alternatives)


def _clause(found: re.Match[str]) -> _Clause | None:
    wanted = next(one for one in (found["double"], found["single"], found["number"]) if one is not None)
    how = found["how"] or ""
    if how == "number":
        try:
            float(wanted)
        except ValueError:
            return None
    elif found["sign"] not in ("=", "==", "!="):
        return None
    return _Clause(found["inner"] or found["name"], how, found["sign"], wanted)


def _number(name: str, value: str) -> float:
    """Commas between thousands are left aside."""
    try:
        return float(value.replace(",", ""))
    except ValueError as error:
        raise NotANumber(f"{name} is compared as a number, and {value[:40]!r} is none.") from error
