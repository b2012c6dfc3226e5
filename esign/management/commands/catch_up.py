"""`manage.py catch_up`: read what changed at Docusign, now. After a restored backup, before any worker starts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from esign.docusign import DocusignError
from esign.models import DocusignConnection
from esign.sync import reconcile


class Command(BaseCommand):
    help = "Bring every envelope up to date with Docusign, and name those at Docusign that no row here knows."

    def handle(self, *args: Any, **options: Any) -> None:
        for connection in DocusignConnection.objects.connected():
            try:
                unknown = reconcile.unknown_envelopes(connection)
                changed = reconcile.read_changes(connection)
            except DocusignError as error:
                raise CommandError(f"{connection}: {error}") from error
            self.stdout.write(f"{connection}: {len(changed)} envelopes were brought up to date.")
            for envelope in unknown:
                self.stdout.write(
                    f"{connection}: {envelope.envelope_id} ({envelope.status}) was sent from here, but its row is "
                    "gone. Void it in Docusign before its lease is sent again."
                )
