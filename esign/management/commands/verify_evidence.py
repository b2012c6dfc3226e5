"""Check the evidence of leases, here or in an exported package."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from esign.evidence import keys
from esign.evidence.anchors import anchor_problems
from esign.evidence.package import verify_lease
from esign.evidence.package_check import MAX_TOTAL, verify_package
from esign.models import AuditEvent
from leases.models import Lease


class Command(BaseCommand):
    help = (
        "Follows the hash chain of every lease and compares every stored document with its hash. "
        "With --package it checks an exported package, which needs no database; with --anchors what is kept outside. "
        "Exits 1 when something does not hold."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--lease", action="append", default=[], metavar="NUMBER", help="only this one; repeatable")
        parser.add_argument("--package", type=Path, metavar="FILE", help="an exported evidence package")
        parser.add_argument("--seals", action="store_true", help="the seals inside signed PDFs too: a second a lease")
        parser.add_argument("--any-key", action="store_true", help="take a package signed by any key")
        parser.add_argument("--anchors", action="store_true", help="only the anchors that are kept outside")
        parser.add_argument("--public-key", action="store_true", help="only say the public key of this site")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["public_key"]:
            self.stdout.write(keys.public_key())
            return
        if options["package"]:
            trusted = None if options["any_key"] else keys.known_keys()
            problems = {str(options["package"]): verify_package(self._read(options["package"]), trusted=trusted)}
        elif options["anchors"]:
            problems = {"Anchors": list(anchor_problems())}
        else:
            # An executed lease without any event is a problem of its own.
            known = Q(pk__in=AuditEvent.objects.values("lease")) | Q(executed_at__isnull=False)
            leases = Lease.objects.filter(known).order_by("number")
            if options["lease"]:
                leases = Lease.objects.filter(number__in=options["lease"])
                if missing := set(options["lease"]) - set(leases.values_list("number", flat=True)):
                    raise CommandError(f"There is no lease {', '.join(sorted(missing))}.")
            seals = options["seals"] or bool(options["lease"])
            problems = {lease.number: verify_lease(lease, seals=seals) for lease in leases.iterator(chunk_size=200)}
        for name, found in problems.items():
            for problem in found:
                self.stderr.write(f"{name}: {problem}")
        broken = sum(1 for found in problems.values() if found)
        if broken:
            raise CommandError(f"{broken} of {len(problems)} do not hold.", returncode=1)
        self.stdout.write(f"{len(problems)} checked; everything holds.")

    def _read(self, path: Path) -> bytes:
        try:
            if path.stat().st_size > MAX_TOTAL:
                raise CommandError(f"{path} is larger than any evidence package.")
            return path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
