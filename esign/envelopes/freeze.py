"""Freeze a composed envelope: files, hashes, names and amounts, written in one transaction. Nothing is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.utils import timezone

from esign.documents.packet import RenderedDocument
from esign.docusign.sealing import seal
from esign.envelopes.compose import LEASE_DEFAULTS, CannotCompose, Packet, compose, not_active
from esign.envelopes.recipients import new_access_code
from esign.envelopes.send_options import SendOptions
from esign.envelopes.template_texts import PUBLISHED, OfficeTexts
from esign.models import (
    AuditEvent,
    DocusignConnection,
    Envelope,
    EnvelopeDocument,
    Purpose,
    Signer,
    SigningTimes,
)
from esign.models.document import keep
from esign.models.envelope import LIVE, PURPOSES_OF_THE_LEASE_ITSELF
from esign.models.template import UsedText, keep_template_texts
from leases.errors import LeaseError, UnitAlreadyLet
from leases.models import Lease
from leases.models.protected import named_errors
from leases.status import LeaseStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def freeze(
    lease: Lease,
    purpose: Purpose | None = None,
    *,
    by: User | None = None,
    in_campaign: bool = False,
    hold_draft: bool = False,
    options: SendOptions = LEASE_DEFAULTS,
    documents: Sequence[str] | None = None,
    extra: Mapping[str, Any] | None = None,
    texts: OfficeTexts = PUBLISHED,
    also: Callable[[Envelope], object] | None = None,
    just_read: bool = False,
) -> Envelope:
    """Freeze one envelope in READY: bytes, hashes, names. Raises CannotCompose.

    `also` writes what belongs to the envelope, in the same transaction. The caller enqueues it
    (`esign.tasks.enqueue`); if it does not, the next sweep does. `just_read` is for `compose`.
    """
    packet = compose(lease, purpose, options, documents, extra, texts, just_read=just_read)
    if packet.problems:
        raise CannotCompose(packet.problems)
    stored = [(document, *keep(document.pdf, folder="sent")) for document in packet.documents]
    keep_template_texts(UsedText(one.template_name, one.language, one.template_text) for one in packet.documents)
    connection = DocusignConnection.objects.for_lease(packet.lease, sent_by=by)
    try:
        with named_errors():
            envelope = _write(packet, stored, connection, by, in_campaign=in_campaign, hold_draft=hold_draft)
            if also is not None:
                also(envelope)
            return envelope
    except UnitAlreadyLet as error:
        raise CannotCompose([packet.lease.who_has_the_unit() or str(error)]) from error
    except LeaseError as error:
        raise CannotCompose([str(error)]) from error
    except IntegrityError as error:
        raise CannotCompose([f"Lease {lease.number} is being sent already. Look at its envelope."]) from error


def _write(
    packet: Packet,
    stored: Sequence[tuple[RenderedDocument, str, str]],
    connection: DocusignConnection,
    by: User | None,
    *,
    in_campaign: bool,
    hold_draft: bool,
) -> Envelope:
    lease, earlier = _send_out(packet)
    times = SigningTimes.of(packet.purpose)
    envelope = Envelope.objects.create(
        connection=connection,
        lease=lease,
        purpose=packet.purpose,
        revision=earlier[0].revision + 1 if earlier else 1,
        lease_version=lease.version,
        terms=packet.terms,
        terms_sha256=packet.terms_sha256,
        subject=packet.subject,
        message=packet.message,
        expires_after_days=times.expire_after_days,
        warn_before_days=times.warn_before_days,
        remind_after_days=times.remind_after_days,
        remind_every_days=times.remind_every_days,
        # Each notice stands by itself; a lease has one agreement, in revisions.
        replaces=earlier[0] if earlier and packet.purpose in PURPOSES_OF_THE_LEASE_ITSELF else None,
        created_by=by,
        in_campaign=in_campaign,
        hold_draft=hold_draft,
        due_at=timezone.now(),
    )
    _write_signers(envelope, packet, lease)
    _write_documents(envelope, stored)
    AuditEvent.record(
        lease,
        "envelope.frozen",
        f"{envelope} was frozen for signature.",
        actor=str(by or "system"),
        envelope=envelope,
        key=f"{envelope.pk}:frozen",
        is_locked=True,
        sha256={document.name: sha256 for document, _, sha256 in stored},
        terms_sha256=packet.terms_sha256,
        template_texts={document.name: document.template_version for document, _, _ in stored},
    )
    return envelope


def _send_out(packet: Packet) -> tuple[Lease, list[Envelope]]:
    """Lock the lease and send it out, if it is still what was composed. Raises CannotCompose.

    Returns it with its earlier envelopes for this purpose, the last one first.
    """
    about_itself = packet.purpose in PURPOSES_OF_THE_LEASE_ITSELF
    leases = Lease.objects.with_terms() if about_itself else Lease.objects.with_people()
    changed = CannotCompose([f"Lease {packet.lease.number} was changed while its documents were made. Send it again."])
    try:
        lease = leases.locked(packet.lease.pk)
    except Lease.DoesNotExist:
        raise changed from None
    if lease.terms_sha256() != packet.terms_sha256:
        raise changed
    earlier = list(lease.envelopes.filter(purpose=packet.purpose).order_by("-revision").only("revision", "state"))
    if about_itself:
        if any(envelope.state in LIVE for envelope in earlier):
            raise CannotCompose([f"Lease {lease.number} is out for signature already. Look at its envelope."])
        lease.send_out_locked()
    elif lease.status != LeaseStatus.ACTIVE:
        raise CannotCompose([not_active(lease, packet.purpose)])
    return lease, earlier


def _write_signers(envelope: Envelope, packet: Packet, lease: Lease) -> None:
    of_record = {party.tenant_id: party.tenant.email for party in lease.parties.all()}
    Signer.objects.bulk_create(
        Signer(
            envelope=envelope,
            key=person.key,
            role=person.role,
            tenant_id=person.tenant_id,
            recipient_id=number,
            routing_order=person.order,
            name=person.name,
            email=person.email,
            record_email=of_record.get(person.tenant_id or 0, ""),
            phone=person.phone,
            channel=person.channel,
            language=person.language,
            note=person.note,
            sealed_access_code=seal(new_access_code()) if person.access_code else "",
            phone_check=person.phone_check,
            host_name=person.host_name,
            host_email=person.host_email,
        )
        for number, person in enumerate(packet.recipients, start=1)
    )


def _write_documents(envelope: Envelope, stored: Sequence[tuple[RenderedDocument, str, str]]) -> None:
    EnvelopeDocument.objects.bulk_create(
        EnvelopeDocument(
            envelope=envelope,
            kind=EnvelopeDocument.Kind.SENT,
            document_id=number,
            name=document.name[:100],
            file=name,
            sha256=sha256,
            size=len(document.pdf),
            pages=document.pages,
            template_name=document.template_name,
            template_version=document.template_version,
            tabs=[asdict(tab) for tab in document.tabs],
        )
        for number, (document, name, sha256) in enumerate(stored, start=1)
    )
