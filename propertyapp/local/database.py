"""`python -m propertyapp.local.database`: bring the database up to date, in one process because each start of
Django costs a second. With `--demo-data` the sample properties, tenants and logins too, once."""

import sys

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OURS = {"leases", "esign"}


def unknown_migrations() -> list[str]:
    """What was applied to this database and is in the code no more: it was made by an earlier state of the code."""
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations)
    return sorted(
        f"{app}.{name}" for app, name in loader.applied_migrations if app in OURS and (app, name) not in known
    )


def main() -> None:
    django.setup()
    if unknown := unknown_migrations():
        sys.exit(
            f"This database was made by an earlier state of the code ({', '.join(unknown)}) and cannot be brought up "
            "to date. `make clean` forgets it and everything else that is local; then start again."
        )
    call_command("migrate", verbosity=0)
    if "--demo-data" in sys.argv:
        from propertyapp.local.demo_data.loading import load_demo_data  # noqa: PLC0415  # models need django.setup()

        load_demo_data(sys.stdout)


if __name__ == "__main__":
    main()
