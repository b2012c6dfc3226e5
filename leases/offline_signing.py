"""Leases that were signed offline, with a pen: kept with a reason, the person who recorded it, and a scan."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from leases.errors import OfflineSigningRefused
from leases.models.signatures import SignatureSource
from leases.scan_check import objection_to_scan
from leases.status import LeaseStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from leases.models import Lease


def record_offline_signatures(
    lease: "Lease",
    *,
    by: "User | None",
    reason: str,
    scan: "File[bytes]",
    signed_at: datetime | None = None,
) -> None:
    """Execute a lease that every party signed offline, with a pen.

    `scan` is the signed document as PDF, `reason` says why it was signed offline. A draft goes out and is executed
    in the same step; electronic signatures on this version are kept. `by` is the person who recorded it; None only
    where no person did. Who may do this is for the caller to check: the permission is `leases.execute_offline`.
    Raises OfflineSigningRefused and whatever `send_out` and `execute` raise.
    """
    if not reason.strip():
        raise OfflineSigningRefused("Say why this lease was signed offline.")
    if not scan.size:
        raise OfflineSigningRefused("Attach the scan of the signed lease; the file is empty.")
    objection = objection_to_scan(scan.read())
    scan.seek(0)
    if objection:
        raise OfflineSigningRefused(objection)
    if not lease.missing_signatures():
        raise OfflineSigningRefused(f"Every party has signed lease {lease.number} already; there is nothing to record.")
    at = signed_at or timezone.now()
    # The file is written before the transaction: no other writer should wait for a disk.
    name = default_storage.save(f"leases/offline_signing/{lease.number}.pdf", scan)
    try:
        with lease.locked():
            if lease.status == LeaseStatus.DRAFT:
                lease.send_out()
            for signer in lease.missing_signatures():
                lease.record_signature(
                    key=signer.key, version=lease.version, signed_at=at, source=SignatureSource.OFFLINE,
                    recorded_by=by, note=reason, scan=name,
                )  # fmt: skip
            lease.execute(version=lease.version, terms_sha256=lease.terms_sha256(), at=at)
    except BaseException:
        default_storage.delete(name)
        lease.refresh_from_db()
        raise
