"""The lease is executed by its signed envelope, once: when the documents are here, or when a second person said so."""

from __future__ import annotations

from django.utils import timezone

from esign.models import AuditEvent, Envelope
from esign.models.correction import ONE_PERSON, SECOND_PERSON, sole_corrector
from leases.errors import LeaseError


def execute(envelope: Envelope, *, confirmed: bool = False) -> None:
    """The lease is executed by its signed envelope; what keeps it from that is written on the envelope.

    Where one person changed the addresses of all signers, only after another has `confirmed` them.
    """
    lease = envelope.lease
    held_up, _ = sole_corrector(envelope)
    if held_up and not confirmed:
        Envelope.objects.filter(pk=envelope.pk).update(problem=ONE_PERSON, next_step=SECOND_PERSON)
        AuditEvent.record(
            lease, "lease.not_executed", ONE_PERSON, envelope=envelope, key=f"{envelope.pk}:second-person"
        )
        return
    try:
        lease.execute(
            version=envelope.lease_version,
            terms_sha256=envelope.terms_sha256,
            at=envelope.completed_at or timezone.now(),
        )
    except LeaseError as error:
        Envelope.objects.filter(pk=envelope.pk).update(
            problem=f"Everyone signed, but the lease is not executed: {error}",
            next_step="Compare the signed document with the lease. Void nothing; talk to the parties.",
        )
        AuditEvent.record(lease, "lease.not_executed", str(error), envelope=envelope, key=f"{envelope.pk}:not-executed")
        return
    AuditEvent.record(
        lease,
        "lease.executed",
        f"Lease {lease.number} is executed: everyone signed version {envelope.lease_version}.",
        envelope=envelope,
        key=f"{envelope.pk}:executed",
    )
