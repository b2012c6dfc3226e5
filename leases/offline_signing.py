"""Leases that were signed on paper: the way around Docusign, with a reason, a person and a scan."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from leases.errors import PaperSigningRefused
from leases.models.signatures import SignatureSource
from leases.status import LeaseStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from leases.models import Lease


def record_paper_signatures(
    lease: "Lease",
    *,
    by: "User | None",
    reason: str,
    scan: "File[bytes]",
    signed_at: datetime | None = None,
) -> None:
    """Execute a lease that everybody signed on paper.

    `scan` is the signed document as PDF, `reason` says why it was paper. A draft goes out and is executed in the
    same step; signatures that already came from Docusign are kept. `by` is the person who recorded it; None only
    where no person did. Who may do this is for the caller to check: the permission is `leases.execute_on_paper`.
    Raises PaperSigningRefused and whatever `send_out` and `execute` raise.
    """
    if not reason.strip():
        raise PaperSigningRefused("Say why this lease was signed on paper.")
    if not scan.size:
        raise PaperSigningRefused("Attach the scan of the signed lease; the file is empty.")
    if not lease.missing_signatures():
        raise PaperSigningRefused(f"Everybody has already signed lease {lease.number}; no paper is needed.")
    at = signed_at or timezone.now()
    # The file is written before the transaction: no other writer should wait for a disk.
    name = default_storage.save(f"leases/offline_signing/{lease.number}.pdf", scan)
    try:
        with lease.locked():
            if lease.status == LeaseStatus.DRAFT:
                lease.send_out()
            for signer in lease.missing_signatures():
                lease.record_signature(
                    key=signer.key, version=lease.version, signed_at=at, source=SignatureSource.PAPER,
                    recorded_by=by, note=reason, scan=name,
                )  # fmt: skip
            lease.execute(version=lease.version, terms_sha256=lease.terms_sha256(), at=at)
    except BaseException:
        default_storage.delete(name)
        lease.refresh_from_db()
        raise
