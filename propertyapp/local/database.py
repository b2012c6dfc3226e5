"""`python -m propertyapp.local.database`: bring the database up to date, in one process because each start of
Django costs a second. With `--demo-data` the sample properties, tenants and logins too, once."""

import sys

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    if "--demo-data" in sys.argv:
        call_command("load_demo_data")
        call_command("load_demo_rule")


if __name__ == "__main__":
    main()
