"""Install the triggers: what the database itself refuses. See `esign.models.triggers`.

SQLite cannot alter a table that a trigger mentions, so there they go on after the last migration of a run
(`leases.triggers`): a later migration that alters these tables needs to know nothing of them.
"""

from django.db import migrations

from esign.models.triggers import TRIGGERS
from leases import triggers


def install(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        triggers.install(schema_editor.connection, TRIGGERS)


def lift(apps, schema_editor):
    triggers.lift(schema_editor.connection, TRIGGERS)


class Migration(migrations.Migration):
    dependencies = [("esign", "0001_initial")]
    operations = [migrations.RunPython(install, lift)]
