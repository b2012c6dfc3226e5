"""`manage.py docusign_doctor`: is everything right for leases to be signed? Ends with 1 when something is not."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from esign.docusign.doctor import Finding, Verdict, examine
from esign.docusign.sealing import reseal
from esign.models import DocusignConnection, StaffAccount

MARKS = {Verdict.OK: "ok  ", Verdict.WARN: "look", Verdict.FAIL: "FAIL"}


class Command(BaseCommand):
    help = "Look at every Docusign connection and say what to fix. Sends nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", help="only this one, by its short name, for example: default")
        parser.add_argument(
            "--reseal",
            action="store_true",
            help="encrypt the stored permissions of staff with the newest SECRET_KEY, so that fallbacks can go",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reseal"]:
            self._reseal()
        failed = 0
        for connection in self._connections(options["connection"]):
            self.stdout.write(self.style.MIGRATE_HEADING(str(connection)))
            findings = examine(connection)
            for finding in findings:
                self._tell(finding)
            failed += sum(finding.verdict == Verdict.FAIL for finding in findings)
        if failed:
            self.stdout.write(self.style.ERROR(f"{failed} to fix."))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("All is well."))

    def _connections(self, slug: str | None) -> list[DocusignConnection]:
        default = DocusignConnection.objects.default()
        if slug is None:
            others = DocusignConnection.objects.connected().exclude(pk=default.pk)
            return [default, *others.order_by("slug")]
        found = DocusignConnection.objects.filter(slug=slug).first()
        if found is None:
            known = ", ".join(DocusignConnection.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no connection called {slug}. There are: {known}.")
        return [found]

    def _tell(self, finding: Finding) -> None:
        style = {Verdict.OK: self.style.SUCCESS, Verdict.WARN: self.style.WARNING, Verdict.FAIL: self.style.ERROR}
        mark = style[finding.verdict](MARKS[finding.verdict])
        self.stdout.write(f"  {mark}  {finding.subject}: {finding.text}")
        if finding.fix:
            self.stdout.write(f"        -> {finding.fix}")

    def _reseal(self) -> None:
        done = lost = 0
        for account in StaffAccount.objects.exclude(refresh_sealed=""):
            renewed = reseal(account.refresh_sealed)
            if renewed is None:
                lost += 1
                continue
            # Only if no worker has just replaced it, by the newest key in any case.
            done += StaffAccount.objects.filter(pk=account.pk, refresh_sealed=account.refresh_sealed).update(
                refresh_sealed=renewed
            )
        self.stdout.write(f"{done} permission(s) encrypted again, {lost} cannot be opened by any known key.")
