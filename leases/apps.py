"""The business: owners, properties, units, tenants and their leases."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class LeasesConfig(AppConfig):
    name = "leases"
    verbose_name = "Leasing"

    def ready(self) -> None:
        pre_migrate.connect(_lift_guards_before_tables_change, sender=self)
        post_migrate.connect(_put_guards_back, sender=self)
        register(guards_are_in_place, Tags.database)


def _lift_guards_before_tables_change(using: str, plan: Sequence[tuple[Any, bool]], **kwargs: Any) -> None:
    """SQLite alters a table by building it anew, and cannot while a trigger mentions the old one."""
    from leases import triggers  # noqa: PLC0415  # models are not loaded when this module is

    connection = connections[using]
    if connection.vendor == "sqlite" and any(migration.app_label == "leases" for migration, _ in plan):
        triggers.lift(connection)


def _put_guards_back(using: str, plan: Sequence[tuple[Any, bool]] = (), **kwargs: Any) -> None:
    from leases import triggers  # noqa: PLC0415  # see above

    connection = connections[using]
    if "leases_lease" in connection.introspection.table_names() and triggers.missing(connection):
        triggers.install(connection)


def guards_are_in_place(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A warning for each database whose tables have lost a guard.

    Not an error: that would keep `migrate` from running.
    """
    from leases import triggers  # noqa: PLC0415  # see above

    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        if "leases_lease" in connection.introspection.table_names() and (gone := triggers.missing(connection)):
            found.append(
                Warning(
                    f"Database “{alias}” lacks guards on leases: {', '.join(sorted(gone))}.",
                    hint="Run `manage.py migrate`: it puts them back.",
                    id="leases.W001",
                )
            )
    return found
