"""A batch rule to try: it offers renewals of leases that end soon, once somebody presses “Run now”."""

from typing import Any

from django.core.management.base import BaseCommand

from esign.models import BatchRule


class Command(BaseCommand):
    help = "Adds a batch rule, switched off, that the demo portfolio has leases for. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        _, is_new = BatchRule.objects.get_or_create(
            name="Renewal offers, 90 days before the end", defaults={"days_before_end": 90, "is_active": False}
        )
        if is_new:
            self.stdout.write("Demo batch rule: Renewal offers, 90 days before the end (switched off).")
