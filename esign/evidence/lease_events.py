"""The life of a lease in its chain of evidence. `leases` knows nothing of evidence, so it is written down from here.

Going out and being signed at Docusign are told by the envelope that does it; everything else a lease becomes, and
an offline signing with its scan, is told by these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from simple_history.models import HistoricalRecords

from esign.models import AuditEvent
from leases.models import Lease, LeaseSignature, SignatureSource
from leases.status import LeaseStatus

BECAME = {
    LeaseStatus.DRAFT: ("lease.withdrawn", "Lease {number} is a draft again, as version {version}."),
    LeaseStatus.ACTIVE: ("lease.active", "Lease {number} is active."),
    LeaseStatus.ENDED: ("lease.ended", "Lease {number} has ended."),
    LeaseStatus.RENEWED: ("lease.renewed", "Lease {number} is followed by its renewal."),
    LeaseStatus.CANCELLED: ("lease.cancelled", "Lease {number} is cancelled."),
}


def write_down(instance: Lease, created: bool, raw: bool, update_fields: Collection[str] | None, **signal: Any) -> None:
    """After a lease is saved: what it has become, in the same transaction. A draft that is edited becomes nothing."""
    if created or raw or not update_fields:
        return
    if "rolled_over_on" in update_fields and instance.rolled_over_on:
        _record(instance, "lease.rolled_over", f"Lease {instance.number} goes on month to month.")
    elif "status" not in update_fields:
        return
    elif instance.status == LeaseStatus.EXECUTED:
        _executed(instance)
    elif instance.status in BECAME:
        kind, text = BECAME[LeaseStatus(instance.status)]
        _record(instance, kind, text.format(number=instance.number, version=instance.version))


def paper_signatures(lease: Lease) -> QuerySet[LeaseSignature]:
    """Those that were taken offline, of every version."""
    return lease.signatures.filter(source=SignatureSource.OFFLINE)


def scans_of(lease: Lease) -> dict[str, bytes]:
    """The scans of what was signed offline, by their SHA-256. Raises OSError where one cannot be read."""
    # One scan shows all signatures of a signing.
    signings = {signature.scan.name: signature for signature in paper_signatures(lease)}
    scans = [_scan(signature) for signature in signings.values()]
    return {hashlib.sha256(scan).hexdigest(): scan for scan in scans}


def _scan(signature: LeaseSignature) -> bytes:
    with signature.scan.open() as file:
        return bytes(file.read())


def _executed(lease: Lease) -> None:
    signatures = list(paper_signatures(lease).filter(version=lease.version))
    if not signatures:
        return  # its envelope tells
    # Read under the lock: a scan is small, and its hash belongs to the event that it proves.
    scan = hashlib.sha256(_scan(signatures[0])).hexdigest()
    names = ", ".join(signature.name for signature in signatures)
    _record(
        lease,
        "lease.executed_offline",
        f"Lease {lease.number} is executed: {names} signed version {lease.version} offline, by hand.",
        by=signatures[0].recorded_by,
        reason=signatures[0].note,
        sha256={"Scan of the signed lease": scan},
        terms_sha256=lease.terms_sha256(),
    )


def _record(lease: Lease, kind: str, text: str, *, by: User | None = None, **detail: Any) -> None:
    actor = by or _at_work()
    reason = {"reason": lease.status_reason} if lease.status_reason else {}
    AuditEvent.record(lease, kind, text, actor=str(actor or "system"), version=lease.version, **{**reason, **detail})


def _at_work() -> User | None:
    """Who is at the other end of the request that this happens in."""
    request = getattr(HistoricalRecords.context, "request", None)
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None
