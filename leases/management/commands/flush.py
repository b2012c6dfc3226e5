"""`manage.py flush`, on a database that refuses to forget a lease.

Django empties SQLite tables with DELETE, which the guards would refuse; PostgreSQL's TRUNCATE passes them.
"""

from typing import Any

from django.core.management.commands.flush import Command as Flush
from django.db import connections, transaction

from leases import triggers


class Command(Flush):
    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "sqlite" or triggers.missing(connection):
            super().handle(**options)
            return
        with transaction.atomic(using=options["database"]):
            triggers.lift(connection)
            super().handle(**options)
            triggers.install(connection)
