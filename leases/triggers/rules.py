"""One rule of the database: before which event on which table which row is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rule:
    """Before `event` on `table`, a row for which `refuse_if` holds is refused with `mark`.

    `refuse_if` is SQL that SQLite and PostgreSQL share; `{differs}` stands for the null-safe "is not equal", which
    each spells in its own way. `lock` is a statement that PostgreSQL runs first.
    """

    name: str
    table: str
    event: str
    refuse_if: str
    mark: str
    lock: str = ""


@dataclass(frozen=True)
class TriggerSet:
    """The rules of one application, with what only one of the databases has.

    `sqlite_only` are rules that PostgreSQL keeps by a constraint: `constraints` maps the constraint's name to its
    table and its definition.
    """

    app_label: str
    rules: Sequence[Rule]
    sqlite_only: Sequence[Rule] = ()
    constraints: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    extensions: Sequence[str] = ()

    @property
    def tables(self) -> set[str]:
        return {rule.table for rule in self.rules}


def quoted(values: Iterable[str]) -> str:
    """Constants as a list in SQL."""
    return ", ".join(f"'{value!s}'" for value in values)


def any_differs(columns: Iterable[str]) -> str:
    """True when an UPDATE changes one of these columns."""
    return " OR ".join(f"NEW.{column} {{differs}} OLD.{column}" for column in columns)
