"""The database as the migrations left it, after a test that commits: emptied and filled without running them again.

Django's own `flush` takes every table's file away and then makes content types, permissions and groups anew, which
takes longer than most tests. Here PostgreSQL only deletes what was added, and SQLite gets its pages back from a copy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

PutBack = Callable[[], None]


def keep_fresh() -> PutBack:
    """Copy the database as it is now; the answer brings it back to that."""
    put_back = {"sqlite": _of_sqlite, "postgresql": _of_postgresql}[connection.vendor]()

    def put_back_and_forget() -> None:
        put_back()
        ContentType.objects.clear_cache()

    return put_back_and_forget


def _of_sqlite() -> PutBack:
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    connection.ensure_connection()
    connection.connection.backup(kept)

    def put_back() -> None:
        connection.ensure_connection()
        kept.backup(connection.connection)

    return put_back


def _of_postgresql() -> PutBack:
    quote = connection.ops.quote_name
    tables = [
        quote(name) for name in connection.introspection.django_table_names(only_existing=True, include_views=False)
    ]
    statements = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA kept")
        for table in tables:
            cursor.execute(f"SELECT EXISTS (TABLE {table})")
            (filled,) = cursor.fetchone()
            if not filled:
                statements.append(f"DELETE FROM {table}")
                continue
            cursor.execute(f"CREATE TABLE kept.{table} AS TABLE {table}")
            changed = f"SELECT id FROM (TABLE {table} EXCEPT TABLE kept.{table}) AS changed"
            statements += [
                f"DELETE FROM {table} WHERE id IN ({changed})",
                f"INSERT INTO {table} (TABLE kept.{table} EXCEPT TABLE {table})",
            ]
    script = "; ".join(
        [
            f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE",  # who still writes is waited for
            "SET LOCAL session_replication_role = replica",  # no trigger and no foreign key objects
            *statements,
        ]
    )

    def put_back() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(script)

    return put_back
