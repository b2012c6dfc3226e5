"""Install the triggers: what the database itself refuses. See `leases.lease_rules`.

SQLite cannot alter a table that a trigger mentions, so there they go on after the last migration of a run
(`leases.triggers`): a later migration that alters these tables needs to know nothing of them.
"""

from django.db import migrations

from leases import triggers
from leases.lease_rules import TRIGGERS


def install(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        triggers.install(schema_editor.connection, TRIGGERS)


def lift(apps, schema_editor):
    triggers.lift(schema_editor.connection, TRIGGERS)


class Migration(migrations.Migration):
    dependencies = [("leases", "0001_initial")]
    operations = [migrations.RunPython(install, lift)]
