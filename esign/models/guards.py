"""What the database itself refuses in this room: no SQL changes a wording that was published.

A trigger on the one table. SQLite drops it when a migration rebuilds the table, so it is put back after every
migrate; PostgreSQL keeps it.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "esign_documenttemplateversion"
NAME = "esign_published_wording_is_kept"
REFUSAL = "esign: a published wording is never changed"
FIXED = ("id", "template_id", "number", "text", "sha256", "note", "created_at", "published_at", "published_by_id")
ONCE = ("retired_at", "retired_by_id")


def _broken_if(differs: str) -> str:
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in FIXED)
    undone = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in ONCE)
    return f"OLD.published_at IS NOT NULL AND ({changed} OR (OLD.retired_at IS NOT NULL AND ({undone})))"


STATEMENTS = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS {NAME}",
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN {_broken_if('IS NOT')}"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ],
    "postgresql": [
        f"""
        CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF ({_broken_if("IS DISTINCT FROM")}) THEN
                RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$""",
        f"CREATE OR REPLACE TRIGGER {NAME} BEFORE UPDATE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {NAME}()",
    ],
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Put the guard in place. Harmless where it is already."""
    with connection.cursor() as cursor:
        for statement in STATEMENTS[connection.vendor]:
            cursor.execute(statement)


def put_back(using: str, **kwargs: Any) -> None:
    """After every migrate."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names():
        install(connection)
