"""Database triggers: rules that no code, form or SQL statement gets past.

An application describes its rules as a `TriggerSet` and calls `keep_installed` when it is ready. A migration installs
them on PostgreSQL. SQLite drops the triggers of a table when it rebuilds the table, so there they are taken off
before a migration of the application and put back after it. A system check names each one that is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.signals import post_migrate, pre_migrate

from leases.triggers import postgresql, sqlite
from leases.triggers.rules import Rule, TriggerSet, any_differs, quoted

__all__ = ["Rule", "TriggerSet", "any_differs", "install", "keep_installed", "kept", "lift", "missing", "quoted"]

_KEPT: dict[str, TriggerSet] = {}


def kept() -> list[TriggerSet]:
    """The sets that this site keeps installed."""
    return list(_KEPT.values())


def install(connection: BaseDatabaseWrapper, triggers: TriggerSet) -> None:
    """Put every trigger in place. Harmless where they are already."""
    _run(connection, _dialect(connection).install(triggers))


def lift(connection: BaseDatabaseWrapper, triggers: TriggerSet) -> None:
    """Take every trigger off, to change the tables or to empty them."""
    _run(connection, _dialect(connection).lift(triggers))


def missing(connection: BaseDatabaseWrapper, triggers: TriggerSet) -> set[str]:
    """Names of the triggers and constraints that the database lacks."""
    dialect = _dialect(connection)
    with connection.cursor() as cursor:
        cursor.execute(dialect.PRESENT)
        return set(dialect.names(triggers)) - {name for (name,) in cursor.fetchall()}


def keep_installed(app: AppConfig, triggers: TriggerSet) -> None:
    """Keep these triggers in place around every migrate, and check that they are. Called once, by `ready`."""
    _KEPT[triggers.app_label] = triggers
    uid = f"triggers of {triggers.app_label}"
    pre_migrate.connect(_before_migrate, sender=app, dispatch_uid=uid)
    post_migrate.connect(_after_migrate, sender=app, dispatch_uid=uid)
    register(triggers_are_in_place, Tags.database)


def _before_migrate(sender: AppConfig, using: str, plan: Sequence[tuple[Any, bool]], **kwargs: Any) -> None:
    """SQLite alters a table by building it again, and cannot while a trigger mentions the old one."""
    connection = connections[using]
    if connection.vendor == "sqlite" and any(migration.app_label == sender.label for migration, _ in plan):
        lift(connection, _KEPT[sender.label])


def _after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    triggers, connection = _KEPT[sender.label], connections[using]
    if _has_tables(connection, triggers) and missing(connection, triggers):
        install(connection, triggers)


def triggers_are_in_place(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A warning for each database that lacks a trigger. An error would keep `migrate` from running."""
    found: list[CheckMessage] = []
    for connection in (connections[alias] for alias in databases or []):
        for triggers in kept():
            if _has_tables(connection, triggers) and (gone := missing(connection, triggers)):
                found.append(
                    Warning(
                        f"Database “{connection.alias}” lacks triggers: {', '.join(sorted(gone))}.",
                        hint="Run `manage.py migrate`: it puts them back.",
                        id=f"{triggers.app_label}.W001",
                    )
                )
    return found


def _has_tables(connection: BaseDatabaseWrapper, triggers: TriggerSet) -> bool:
    return triggers.tables <= set(connection.introspection.table_names())


def _run(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _dialect(connection: BaseDatabaseWrapper) -> Any:
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
