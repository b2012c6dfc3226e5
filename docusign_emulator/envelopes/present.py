"""An envelope as the API and Connect answer it.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/get/
"""

from __future__ import annotations

import uuid

from docusign_emulator.envelopes import people
from docusign_emulator.envelopes.model import Document, Envelope
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

# Answered when the sender gave nothing.
_DEFAULTS = {
    "allowMarkup": "false",
    "allowReassign": "true",
    "autoNavigation": "true",
    "envelopeIdStamping": "true",
    "enableWetSign": "true",
    "signerCanSignOnMobile": "true",
    "disableResponsiveDocument": "false",
    "isSignatureProviderEnvelope": "false",
    "hasFormDataChanged": "false",
    "allowComments": "true",
    "hasComments": "false",
    "allowViewHistory": "true",
    "anySigner": None,
    "envelopeLocation": "current_site",
    "is21CFRPart11": "false",
    "isDynamicEnvelope": "false",
    "signingLocation": "online",
    "burnDefaultTabData": "false",
    "uSigState": "esign",
}
# Scalars a definition brings that the envelope answers again.
ECHOED = {
    "allowMarkup", "allowReassign", "autoNavigation", "envelopeIdStamping", "enableWetSign", "signerCanSignOnMobile",
    "disableResponsiveDocument", "allowComments", "allowViewHistory", "authoritativeCopy", "brandId", "brandLock",
    "enforceSignerVisibility", "externalEnvelopeId", "messageLock", "recipientsLock", "useDisclosure",
    "signingLocation", "asynchronous", "copyRecipientData",
}  # fmt: skip


def envelope(store: Store, it: Envelope, include: set[str] = frozenset()) -> Json:  # type: ignore[assignment]
    """GET envelope. `include` adds recipients, tabs, custom_fields, documents, folders, extensions."""
    base = f"/envelopes/{it.id}"
    facts: Json = {
        "status": it.status,
        "documentsUri": f"{base}/documents",
        "recipientsUri": f"{base}/recipients",
        "attachmentsUri": f"{base}/attachments",
        "envelopeUri": base,
        "emailSubject": it.subject,
        "envelopeId": it.id,
        "customFieldsUri": f"{base}/custom_fields",
        "notificationUri": f"{base}/notification",
        "documentsCombinedUri": f"{base}/documents/combined",
        "certificateUri": f"{base}/documents/certificate",
        "templatesUri": f"{base}/templates",
        "createdDateTime": it.created_at,
        "lastModifiedDateTime": it.modified_at,
        "statusChangedDateTime": it.changed_at,
        "purgeState": it.purge_state,
        "sender": sender(store, it),
        "envelopeMetadata": {"allowAdvancedCorrect": "true", "enableSignWithNotary": "false", "allowCorrect": "true"},
    }
    facts |= {key: value for key, value in _DEFAULTS.items() if value is not None}
    facts |= {key: formats.text(value) for key, value in it.extra.items() if key in ECHOED}
    for key, value in (
        ("emailBlurb", it.blurb or None),
        ("initialSentDateTime", it.sent_at),
        ("sentDateTime", it.sent_at),
        ("deliveredDateTime", it.delivered_at),
        ("completedDateTime", it.completed_at),
        ("declinedDateTime", it.declined_at),
        ("voidedDateTime", it.voided_at),
        ("deletedDateTime", it.deleted_at),
        ("voidedReason", it.voided_reason),
        ("transactionId", it.transaction_id),
    ):
        if value is not None:
            facts[key] = value
    if it.expires_at:
        facts |= {"expireEnabled": "true", "expireDateTime": it.expires_at}
        facts["expireAfter"] = formats.text(formats.child(it.notification, "expirations").get("expireAfter"))
    if it.lock:
        facts["lockInformation"] = lock(it.lock, token=False)
    if include & {"recipients", "tabs"}:
        facts["recipients"] = people.lists_to_wire(
            it, tabs="tabs" in include, unreached=store.switches["unreached_status"]
        )
    elif "payment_tabs" in include:
        facts["recipients"] = people.lists_to_wire(it, payments=True, unreached=store.switches["unreached_status"])
    if "custom_fields" in include:
        facts["customFields"] = custom_fields(it)
    if "documents" in include:
        facts["envelopeDocuments"] = documents(store, it)
    if "folders" in include:
        facts["folders"] = [{"name": it.folder, "folderId": it.folder, "type": it.folder}]
    return facts


def sender(store: Store, it: Envelope) -> Json:
    user = store.user(it.sender_id) or store.account.sender
    return {
        "userName": user.name,
        "userId": user.user_id,
        "accountId": store.account.id,
        "email": user.email,
        "ipAddress": "127.0.0.1",
    }


def summary(it: Envelope) -> Json:
    """Answer to create."""
    return {"envelopeId": it.id, "uri": f"/envelopes/{it.id}", "statusDateTime": it.changed_at, "status": it.status}


def custom_fields(it: Envelope) -> Json:
    return {"textCustomFields": it.text_fields, "listCustomFields": it.list_fields}


def documents(store: Store, it: Envelope, *, certificate: bool = True) -> list[Json]:
    """The documents in their order, then the certificate."""
    listed = [document(it, one) for one in sorted(it.documents, key=lambda d: d.order)]
    if certificate and store.switches["certificate_listed"]:
        listed.append(
            {
                "documentId": "certificate",
                "documentIdGuid": it.id,
                "name": "Summary",
                "type": "summary",
                "uri": f"/envelopes/{it.id}/documents/certificate",
                "order": "999",
                "display": "inline",
                "includeInDownload": "true",
                "signerMustAcknowledge": "no_interaction",
            }
        )
    return listed


def document(it: Envelope, one: Document) -> Json:
    echoed = ("display", "includeInDownload", "signerMustAcknowledge", "authoritativeCopy", "documentFields")
    extra: Json = formats.stringified({key: value for key, value in one.extra.items() if key in echoed})
    return {
        "documentId": one.document_id,
        "documentIdGuid": one.guid,
        "name": one.name,
        "type": "content",
        "uri": f"/envelopes/{it.id}/documents/{one.document_id}",
        "order": str(one.order),
        "pages": [
            {
                "pageId": str(uuid.uuid5(uuid.UUID(one.guid), str(number))),
                "sequence": str(number),
                "height": str(round(h)),
                "width": str(round(w)),
                "dpi": "72",
            }
            for number, (w, h) in enumerate(one.pages, 1)
        ],
        "availableDocumentTypes": [{"type": "electronic", "isDefault": "true"}],
        "display": "inline",
        "includeInDownload": "true",
        "signerMustAcknowledge": "no_interaction",
        "templateRequired": "false",
        "authoritativeCopy": "false",
        "containsPdfFormFields": "false",
    } | extra


def lock(facts: Json, *, token: bool) -> Json:
    """The lock as answered; the token only to anyone who took it."""
    hidden = () if token else ("lockToken",)
    return {key: value for key, value in facts.items() if key not in hidden}
