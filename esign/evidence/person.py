"""Everything that is kept about one person, to hand out, and what of it can be erased.

The right of access and the right to erasure, Articles 15 and 17 GDPR and their like in the law of California:
https://gdpr-info.eu/art-17-gdpr/. What a signed contract needs stays: who signed it, where it was sent, its documents
and its evidence.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.forms.models import model_to_dict

from esign.models import (
    AuditEvent,
    DocumentOpening,
    Envelope,
    EnvelopeDocument,
    FormAnswer,
    OutgoingMail,
    Signer,
    WebhookMessage,
)
from esign.models.document import DocumentTampered
from esign.models.signer import NEVER_AGAIN
from leases.models import LeaseParty, LeaseSignature, Tenant
from leases.status import LeaseStatus

GONE = "Erased person"
# Leases under which something is still to be done with the person.
GOES_ON = (LeaseStatus.DRAFT, LeaseStatus.OUT_FOR_SIGNATURE, LeaseStatus.EXECUTED, LeaseStatus.ACTIVE)
CONTACT = {
    "email": "",
    "phone": "",
    "emergency_contact": "",
    "emergency_phone": "",
    "vehicle": "",
    "vehicle_plate": "",
    "mailing_address": "",
}


# --- access -----------------------------------------------------------------------------------------------


def everything_about(tenant: Tenant) -> bytes:
    """A ZIP: `person.json` with every row that is about this person, and the documents of their envelopes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        rows = {name: list(found) for name, found in _rows_about(tenant)}
        package.writestr("person.json", json.dumps(rows, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False))
        missing = []
        for document in _documents_of(tenant):
            try:
                package.writestr(f"documents/{document.sha256}.pdf", document.read())
            except (DocumentTampered, OSError):
                missing.append(f"{document} of {document.envelope}")
        if missing:
            package.writestr("missing.txt", "These documents cannot be read:\n" + "\n".join(missing) + "\n")
    return packed.getvalue()


def _rows_about(tenant: Tenant) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    signers = Signer.objects.filter(tenant=tenant)
    yield "record", iter([_plain(tenant)])
    yield "history", (_plain(row) | {"changed_at": row.history_date} for row in tenant.history.all())
    parties = LeaseParty.objects.filter(tenant=tenant).select_related("lease__unit__property")
    yield "leases", (_lease(party) for party in parties)
    yield "signatures", map(_plain, LeaseSignature.objects.filter(tenant=tenant))
    yield "recipients", map(_recipient, signers.select_related("envelope"))
    yield "consents", (_plain(one) for signer in signers for one in signer.consents.all())
    yield "form_answers", map(_plain, FormAnswer.objects.filter(signer__tenant=tenant))
    yield "corrections", (_plain(one) for signer in signers for one in signer.corrections.all())
    mails = OutgoingMail.objects.filter(signer__tenant=tenant)
    yield "mails", ({"kind": one.kind, "to": one.to, "sent_at": one.done_at} for one in mails)
    openings = DocumentOpening.objects.filter(signer__tenant=tenant).select_related("document")
    yield "openings", ({"document": str(one.document), "at": one.at, "ip": one.ip} for one in openings)
    documents = _documents_of(tenant)
    yield "documents", ({"name": one.name, "kind": one.kind, "sha256": one.sha256} for one in documents)


def _plain(row: Any) -> dict[str, Any]:
    return {name: value if value is None else str(value) for name, value in model_to_dict(row).items()}


def _lease(party: LeaseParty) -> dict[str, Any]:
    lease = party.lease
    return {
        "lease": lease.number,
        "role": party.role,
        "unit": str(lease.unit),
        "from": lease.start_date,
        "to": lease.end_date,
        "status": lease.status,
    }


def _recipient(signer: Signer) -> dict[str, Any]:
    """Without the access code, which is a key and no fact."""
    facts = _plain(signer)
    facts.pop("sealed_access_code", None)
    return facts | {"subject": signer.envelope.subject}


def _documents_of(tenant: Tenant) -> list[EnvelopeDocument]:
    envelopes = Envelope.objects.filter(signers__tenant=tenant, sent_at__isnull=False)
    found = EnvelopeDocument.objects.filter(envelope__in=envelopes).select_related("envelope__lease")
    return list({document.sha256: document for document in found if default_storage.exists(document.file)}.values())


# --- erasure ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Erasure:
    """What goes and what stays, in sentences; with an `objection` nothing can be erased yet."""

    goes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()
    objection: str = ""


def plan_erasure(tenant: Tenant) -> Erasure:
    """What erasing this person would do. Changes nothing."""
    open_ones = [party.lease for party in _parties(tenant) if party.lease.status in GOES_ON]
    if open_ones:
        numbers = ", ".join(lease.number for lease in open_ones[:5])
        return Erasure(objection=f"{tenant.name} is a party of {numbers}, which is not over. Nothing is erased before.")
    goes = [
        "Their e-mail, phone, emergency contact, vehicle and mailing address, also in the history of the record.",
        "What they filled in, our mails to them, who opened documents as them, and their access to the portal.",
        "Docusign's messages about their envelopes.",
    ]
    if _has_signed(tenant):
        of_contract = (
            "Their name, and where their leases were sent to be signed: they are the party of a contract.",
            "The documents that were sent and signed, the signatures, what they agreed to, and the chain of evidence.",
        )
        return Erasure(tuple(goes), of_contract)
    stays = ("Documents, terms and events of leases that were sent and never signed, where there are any.",)
    return Erasure((*goes, f"Their name in the record, which becomes “{GONE}”."), stays)


@transaction.atomic
def erase(tenant: Tenant, *, by: User | None = None) -> Erasure:
    """Erase what no contract needs, unless there is an objection. Returns what went and what stayed. Safe to repeat."""
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    plan = plan_erasure(tenant)
    if plan.objection:
        return plan
    signers = Signer.objects.filter(tenant=tenant)
    fields: dict[str, str] = dict(CONTACT)
    if not _has_signed(tenant):
        fields["name"] = GONE
        signers.update(name=GONE, email="", phone="", note="")
    Tenant.objects.filter(pk=tenant.pk).update(**fields)
    tenant.history.all().update(**fields)
    FormAnswer.objects.filter(signer__in=signers).delete()
    OutgoingMail.objects.filter(signer__in=signers, done_at__isnull=False).delete()
    DocumentOpening.objects.filter(signer__in=signers).update(who=GONE, ip=None)
    heard = WebhookMessage.objects.filter(envelope__in=Envelope.objects.filter(signers__in=signers))
    heard.exclude(outcome=WebhookMessage.Outcome.WAITING).delete()
    signers.update(access_ended_at=NEVER_AGAIN, record_email="")
    for lease in {party.lease_id: party.lease for party in _parties(tenant)}.values():
        AuditEvent.record(
            lease,
            "person.erased",
            "Personal data of a party that this lease does not need was erased.",
            actor=str(by or "system"),
            key=f"{lease.pk}:erased:{tenant.pk}",
        )
    return plan


def _parties(tenant: Tenant) -> list[LeaseParty]:
    return list(LeaseParty.objects.filter(tenant=tenant).select_related("lease"))


def _has_signed(tenant: Tenant) -> bool:
    return LeaseSignature.objects.filter(tenant=tenant).exists()
