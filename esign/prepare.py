"""From a lease to an envelope: check, render, freeze. No network, and one transaction at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from esign.choices import Choices, Recipient, new_access_code, problems_of
from esign.documents.packet import RenderedDocument
from esign.documents.preflight import Preflight, check_signers, check_subject, check_terms, preflight
from esign.docusign.sealing import seal
from esign.models import (
    AuditEvent,
    Channel,
    DocusignConnection,
    Envelope,
    EnvelopeDocument,
    Purpose,
    Role,
    Signer,
    SigningTimes,
)
from esign.models.document import keep
from esign.models.envelope import LIVE, PURPOSES_OF_THE_LEASE_ITSELF, next_revision
from esign.models.signer import SIGNING_ROLES
from esign.models.template import keep_wording
from esign.wording import PUBLISHED
from leases.errors import LeaseError
from leases.models import Lease
from leases.status import LeaseStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# By purpose, or by the document that goes out instead of the purpose's own.
SUBJECTS: dict[str, dict[str, str]] = {
    "en": {
        Purpose.LEASE: "Please sign your lease {number} for {place}",
        Purpose.RENEWAL: "Please sign your lease renewal {number} for {place}",
        Purpose.ADDENDUM: "Please sign an addendum to lease {number}",
        Purpose.NOTICE: "Notice about your lease {number}",
        "move_in_inspection": "Please sign the move-in inspection of lease {number}",
    },
    "es": {
        Purpose.LEASE: "Firme su contrato {number} para {place}",
        Purpose.RENEWAL: "Firme la renovación {number} para {place}",
        Purpose.ADDENDUM: "Firme un anexo al contrato {number}",
        Purpose.NOTICE: "Aviso sobre su contrato {number}",
        "move_in_inspection": "Firme la inspección de entrada del contrato {number}",
    },
}


MAX_MESSAGE = 10_000
AS_THE_LEASE_SAYS = Choices()
LIKE: dict[str, str] = {
    Channel.EMAIL_SMS: Channel.EMAIL,
    Channel.INVITED: Channel.EMAIL,
    Channel.OFFICE: Channel.PORTAL,
}


class CannotPrepare(Exception):
    """The lease cannot be sent as it is. `problems` says what to mend, each in a sentence for the office."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Packet:
    """Everything an envelope would hold, rendered and checked: what the confirmation page shows."""

    lease: Lease
    purpose: Purpose
    subject: str
    recipients: list[Recipient]
    documents: list[RenderedDocument]
    terms: dict[str, Any]
    terms_sha256: str
    problems: list[str]
    message: str = ""


def plan(
    lease: Lease,
    purpose: Purpose | None = None,
    choices: Choices = AS_THE_LEASE_SAYS,
    documents: Sequence[str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Packet:
    """Render and check what `prepare` would freeze. Writes nothing, and collects every problem, not the first.

    `documents` names what to make instead of the purpose's own documents; `extra` adds the group of variables that a
    notice or an inspection prints (see `esign.documents.extras`). With `documents=()` there are none of ours: all
    comes from a template of the Docusign account (see `esign.vendor_templates`).
    """
    lease = Lease.objects.select_related("unit__property__owner", "previous_lease").get(pk=lease.pk)
    purpose = purpose or (Purpose.RENEWAL if lease.previous_lease_id else Purpose.LEASE)
    recipients = choices.apply(list(_recipients(lease, purpose, acknowledge=choices.acknowledge)))
    terms = lease.terms()
    subject = _subject(lease, documents[0] if documents else purpose, recipients, purpose)
    problems = _problems_of_the_lease(lease, purpose)
    signing = [_for_preflight(person) for person in recipients if person.role in SIGNING_ROLES]
    if documents is not None and not documents:
        checked = Preflight((), (*check_terms(terms), *check_signers(signing), *check_subject(subject)))
    else:
        checked = preflight(
            terms,
            purpose,
            signing,
            on=timezone.localdate(),
            subject=subject,
            template_source=PUBLISHED,
            language=_language(recipients),
            company={"name": settings.COMPANY_NAME, "email": settings.SUPPORT_EMAIL},
            previous_terms=_terms_before(lease, purpose),
            extra=extra,
            documents=documents,
        )
    seated = {person.name for person in recipients if person.channel == Channel.OFFICE}
    problems += [
        str(problem)
        for problem in checked.problems
        if not (problem.code == "no_email" and problem.where in seated)  # who signs here needs no address
    ]
    problems += problems_of(recipients)
    if len(choices.message) > MAX_MESSAGE:
        problems.append(f"The message has {len(choices.message)} characters; Docusign takes {MAX_MESSAGE}.")
    return Packet(
        lease,
        purpose,
        subject,
        recipients,
        list(checked.documents),
        terms,
        lease.terms_sha256(),
        list(dict.fromkeys(problems)),
        choices.message,
    )


def _terms_before(lease: Lease, purpose: Purpose) -> dict[str, Any] | None:
    """What a renewal is compared with; preflight says so where there is nothing."""
    if purpose != Purpose.RENEWAL or lease.previous_lease is None:
        return None
    return lease.previous_lease.terms()


def _for_preflight(person: Recipient) -> Recipient:
    """The preflight knows three ways to reach people; each other way needs what one of these needs."""
    return replace(person, channel=LIKE.get(person.channel, person.channel))


def _problems_of_the_lease(lease: Lease, purpose: Purpose) -> list[str]:
    if purpose not in PURPOSES_OF_THE_LEASE_ITSELF:
        # It is about a lease that people live under, which stays as it is.
        return [] if lease.status == LeaseStatus.ACTIVE else [_not_active(lease, purpose)]
    if lease.status != LeaseStatus.DRAFT:
        return [
            f"Lease {lease.number} is {lease.get_status_display().lower()}; only a draft can be sent for signature."
        ]
    return list(lease.problems())


def _not_active(lease: Lease, purpose: Purpose) -> str:
    stage, what = lease.get_status_display().lower(), purpose.label.lower()
    article = "an" if what[0] in "aeiou" else "a"
    return f"Lease {lease.number} is {stage}; only under an active lease can {article} {what} be sent."


def _language(recipients: list[Recipient]) -> str:
    """Spanish when every tenant prefers it; else English, which is the language of the contract."""
    languages = {
        person.language
        for person in recipients
        if person.role == Role.TENANT or (person.role == Role.CERTIFIED_DELIVERY and person.tenant_id)
    }
    return "es" if languages == {"es"} else "en"


def prepare(
    lease: Lease,
    purpose: Purpose | None = None,
    *,
    by: User | None = None,
    in_campaign: bool = False,
    hold_draft: bool = False,
    choices: Choices = AS_THE_LEASE_SAYS,
    documents: Sequence[str] | None = None,
    extra: Mapping[str, Any] | None = None,
    also: Callable[[Envelope], object] | None = None,
) -> Envelope:
    """Freeze one envelope in READY: bytes, hashes, names. Raises CannotPrepare.

    `also` writes what belongs to the envelope, in the same transaction. The caller rings for it
    (`esign.tasks.ring`); a ring that is forgotten costs at most one sweep.
    """
    packet = plan(lease, purpose, choices, documents, extra)
    if packet.problems:
        raise CannotPrepare(packet.problems)
    stored = [(document, *keep(document.pdf, folder="sent")) for document in packet.documents]
    for document in packet.documents:
        keep_wording(document.template_name, document.language, document.wording)
    connection = DocusignConnection.objects.for_lease(packet.lease, sent_by=by)
    try:
        with transaction.atomic():
            envelope = _freeze(packet, stored, connection, by, in_campaign=in_campaign, hold_draft=hold_draft)
            if also is not None:
                also(envelope)
            return envelope
    except LeaseError as error:
        raise CannotPrepare([str(error)]) from error
    except IntegrityError as error:
        raise CannotPrepare([f"Lease {lease.number} is being sent already. Look at its envelope."]) from error


def _freeze(
    packet: Packet,
    stored: Iterable[tuple[RenderedDocument, str, str]],
    connection: DocusignConnection,
    by: User | None,
    *,
    in_campaign: bool,
    hold_draft: bool,
) -> Envelope:
    lease = Lease.objects.select_for_update(no_key=True).get(pk=packet.lease.pk)
    if lease.terms_sha256() != packet.terms_sha256:
        raise CannotPrepare([f"Lease {lease.number} was changed while its documents were made. Send it again."])
    of_the_lease_itself = packet.purpose in PURPOSES_OF_THE_LEASE_ITSELF
    if of_the_lease_itself:
        if Envelope.objects.filter(lease=lease, purpose=packet.purpose, state__in=LIVE).exists():
            raise CannotPrepare([f"Lease {lease.number} is out for signature already. Look at its envelope."])
        lease.send_out()
    elif lease.status != LeaseStatus.ACTIVE:
        raise CannotPrepare([_not_active(lease, packet.purpose)])
    earlier = Envelope.objects.filter(lease=lease, purpose=packet.purpose).order_by("-revision")
    times = SigningTimes.of(packet.purpose)
    envelope = Envelope.objects.create(
        connection=connection,
        lease=lease,
        purpose=packet.purpose,
        revision=next_revision(lease.pk, packet.purpose),
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
        replaces=earlier.first() if of_the_lease_itself else None,
        created_by=by,
        in_campaign=in_campaign,
        hold_draft=hold_draft,
        due_at=timezone.now(),
    )
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
    AuditEvent.record(
        lease,
        "envelope.prepared",
        f"{envelope} was prepared for signature.",
        actor=str(by or "system"),
        envelope=envelope,
        key=f"{envelope.pk}:prepared",
        sha256={document.name: sha256 for document, _, sha256 in stored},
        terms_sha256=packet.terms_sha256,
        wording={document.name: document.template_version for document, _, _ in stored},
    )
    return envelope


def _recipients(lease: Lease, purpose: Purpose, *, acknowledge: bool) -> Iterable[Recipient]:
    if purpose == Purpose.NOTICE:
        yield from _recipients_of_a_notice(lease, acknowledge=acknowledge)
        return
    last = 0
    for signer in lease.required_signers():
        last = max(last, signer.order)
        yield Recipient(
            key=signer.key,
            role=signer.role,
            name=signer.name,
            email=signer.email,
            phone=signer.phone,
            channel=signer.channel,
            language=signer.language,
            order=signer.order,
            tenant_id=signer.party.tenant_id if signer.party else None,
        )
    yield from _owners_copy(lease, last + 1)


def _recipients_of_a_notice(lease: Lease, *, acknowledge: bool) -> Iterable[Recipient]:
    """The landlord signs; then each tenant has to open it or, to acknowledge it, signs that they received it.

    https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/
    """
    for signer in lease.required_signers():
        if signer.role not in (Role.TENANT, Role.LANDLORD):
            continue
        is_tenant = signer.role == Role.TENANT
        yield Recipient(
            key=signer.key,
            role=Role.CERTIFIED_DELIVERY if is_tenant and not acknowledge else signer.role,
            name=signer.name,
            email=signer.email,
            phone=signer.phone,
            channel=signer.channel,
            language=signer.language,
            order=2 if is_tenant else 1,
            tenant_id=signer.party.tenant_id if signer.party else None,
        )
    yield from _owners_copy(lease, 3)


def _owners_copy(lease: Lease, order: int) -> Iterable[Recipient]:
    owner = lease.unit.property.owner
    if owner.copy_email:
        yield Recipient(
            key="copy1",
            role=Role.CARBON_COPY,
            name=owner.legal_name[:100],
            email=owner.copy_email,
            phone="",
            channel=Channel.EMAIL,
            language="en",
            order=order,
        )


def _subject(lease: Lease, what: str, recipients: list[Recipient], purpose: Purpose) -> str:
    """Within Docusign's 100 characters: the place gives way before the number does."""
    known = SUBJECTS[_language(recipients)]
    wording = known.get(what, known[purpose])
    room = 100 - len(wording.format(number=lease.number, place=""))
    return wording.format(number=lease.number, place=str(lease.unit)[:room])
