"""`manage.py flush`, on a database that refuses to forget a lease.

Django empties SQLite tables with DELETE, which the triggers would refuse; PostgreSQL's TRUNCATE passes them.
"""

from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import connections, transaction

from leases import triggers


class Command(Flush):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "sqlite" or any(triggers.missing(connection, one) for one in triggers.kept()):
            super().handle(**options)
            return
        with transaction.atomic(using=options["database"]):
            for one in triggers.kept():
                triggers.lift(connection, one)
            super().handle(**options)
            for one in triggers.kept():
                triggers.install(connection, one)
