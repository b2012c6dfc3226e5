"""`manage.py load_demo_data`: a portfolio to look at, loaded once; running it again adds only what is missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from leases.demo.load import load_portfolio, load_staff


class Command(BaseCommand):
    help = "Loads a demo portfolio of owners, properties, units, tenants and leases. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = load_portfolio()
        if loaded.leases or loaded.tenants:
            self.stdout.write(
                f"Demo data: {loaded.owners} owners, {loaded.properties} properties, {loaded.units} units, "
                f"{loaded.tenants} people and {loaded.leases} leases are new."
            )
        else:
            self.stdout.write("Demo data: everything is there already.")
        if not settings.DEBUG:
            self.stdout.write("No demo logins: they are made only while DEBUG is on.")
            return
        for username in load_staff():
            self.stdout.write(f"Demo login: {username} / {username}")
