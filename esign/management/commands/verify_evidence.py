"""Check the evidence of leases, here or in an exported package."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from esign.evidence.package import verify_lease, verify_package
from leases.models import Lease


class Command(BaseCommand):
    help = (
        "Follows the hash chain of every lease and compares every stored document with its hash. "
        "With --package it checks an exported package, which needs no database. Exits 1 when something does not hold."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lease", action="append", default=[], metavar="NUMBER", help="only this one; repeatable")
        parser.add_argument("--package", type=Path, metavar="FILE", help="an exported evidence package")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["package"]:
            problems = {str(options["package"]): verify_package(self._read(options["package"]))}
        else:
            leases = Lease.objects.filter(audit_events__isnull=False).distinct().order_by("number")
            if options["lease"]:
                leases = Lease.objects.filter(number__in=options["lease"])
                if missing := set(options["lease"]) - set(leases.values_list("number", flat=True)):
                    raise CommandError(f"There is no lease {', '.join(sorted(missing))}.")
            problems = {lease.number: verify_lease(lease) for lease in leases.iterator(chunk_size=200)}
        for name, found in problems.items():
            for problem in found:
                self.stderr.write(f"{name}: {problem}")
        broken = sum(1 for found in problems.values() if found)
        if broken:
            raise CommandError(f"{broken} of {len(problems)} do not hold.", returncode=1)
        self.stdout.write(f"{len(problems)} checked; everything holds.")

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
