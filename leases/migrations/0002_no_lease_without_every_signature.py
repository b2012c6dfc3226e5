"""Put the guards in place: what the database itself refuses. See `leases.guards`."""

from django.db import migrations

from leases import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


def lift(apps, schema_editor):
    guards.lift(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("leases", "0001_initial")]
    operations = [migrations.RunPython(install, lift)]
