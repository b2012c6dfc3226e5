"""What the database itself refuses in this room: no SQL changes a wording that was published, or a call on record.

One trigger for each table. SQLite drops it when a migration rebuilds the table, so it is put back after every
migrate; PostgreSQL keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

FIXED = ("id", "template_id", "number", "text", "sha256", "note", "created_at", "published_at", "published_by_id")
ONCE = ("retired_at", "retired_by_id")


def _wording_broken_if(differs: str) -> str:
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FIXED)
    undone = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in ONCE)
    return f"OLD.published_at IS NOT NULL AND ({changed} OR (OLD.retired_at IS NOT NULL AND ({undone})))"


@dataclass(frozen=True)
class Guard:
    """Refuses an UPDATE of `table`; `broken` says when, in SQL of each vendor."""

    table: str
    name: str
    refusal: str
    broken: dict[str, str]

    def statements(self, vendor: str) -> list[str]:
        when = self.broken[vendor]
        if vendor == "sqlite":
            return [
                f"DROP TRIGGER IF EXISTS {self.name}",
                f"CREATE TRIGGER {self.name} BEFORE UPDATE ON {self.table} FOR EACH ROW WHEN {when}"
                f" BEGIN SELECT RAISE(ABORT, '{self.refusal}'); END",
            ]
        return [
            f"""
            CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF ({when}) THEN
                    RAISE EXCEPTION '{self.refusal}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                RETURN NEW;
            END $$""",
            f"CREATE OR REPLACE TRIGGER {self.name} BEFORE UPDATE ON {self.table}"
            f" FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]


GUARDS = (
    Guard(
        table="esign_documenttemplateversion",
        name="esign_published_wording_is_kept",
        refusal="esign: a published wording is never changed",
        broken={
            "sqlite": _wording_broken_if("IS NOT"),
            "postgresql": _wording_broken_if("IS DISTINCT FROM"),
        },
    ),
    Guard(
        table="esign_docusigncall",
        name="esign_call_is_kept",
        refusal="esign: a call on record is never changed",
        broken={"sqlite": "1", "postgresql": "true"},
    ),
)


def install(connection: BaseDatabaseWrapper, guard: Guard) -> None:
    """Put the guard in place. Harmless where it is already."""
    with connection.cursor() as cursor:
        for statement in guard.statements(connection.vendor):
            cursor.execute(statement)


def put_back(using: str, **kwargs: Any) -> None:
    """After every migrate."""
    connection = connections[using]
    tables = connection.introspection.table_names()
    for guard in GUARDS:
        if guard.table in tables:
            install(connection, guard)
