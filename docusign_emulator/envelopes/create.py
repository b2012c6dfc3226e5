"""From a definition to an envelope.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
"""

from __future__ import annotations

import uuid
from typing import Any

from docusign_emulator.connect import messages
from docusign_emulator.envelopes import audit, files, lifecycle, listing, notification, people, tabs
from docusign_emulator.envelopes.files import Files
from docusign_emulator.envelopes.model import Document, Envelope, Recipient, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_body, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store
from docusign_emulator.templates import merge

MAX_FIELD = 100
MAX_BLURB = 10_000
# What the envelope has fields for, or what only the create call means.
_TAKEN = {
    "documents", "recipients", "customFields", "notification", "eventNotification", "eventNotifications",
    "emailSubject", "emailBlurb", "status", "transactionId", "templateId", "templateRoles", "compositeTemplates",
    "envelopeId", "expireAfter", "expireEnabled", "expireDateTime",
}  # fmt: skip


def create(store: Store, by: User, definition: Json, uploads: Files) -> Envelope:
    """Make the envelope and, with status "sent", send it. Raises ApiError; then nothing was made."""
    status = formats.text(definition.get("status")).lower() or "created"
    if status not in ("created", "sent"):
        raise invalid_parameter(f"status of a new envelope is created or sent, not {status[:30]!r}.")
    transaction_id = _transaction(store, definition)
    envelope = build(store, by, definition, uploads)
    envelope.transaction_id = transaction_id
    envelope.event_notifications = messages.envelope_listeners(store, definition)
    save(store, envelope)
    audit.note(store, envelope, "Registered", f"{by.name} created the envelope.", by=by)
    messages.emit(store, envelope, "envelope-created")
    if status == "sent":
        lifecycle.send(store, envelope, by)
    return envelope


def build(store: Store, by: User, definition: Json, uploads: Files, *, template: bool = False) -> Envelope:
    """The draft a definition describes, not yet kept. Templates are merged in.

    Its tabs are placed, but for those of a template, whose anchors are looked up when it is used.
    """
    now = store.now()
    documents, recipients, base = _content(store, definition, uploads)
    merged = base | {key: value for key, value in definition.items() if value not in (None, "", [], {})}
    envelope = Envelope(
        id=str(uuid.uuid4()),
        status="created",
        sender_id=by.user_id,
        subject=_subject(store, formats.text(merged.get("emailSubject")), recipients, from_template=bool(base)),
        blurb=formats.text(merged.get("emailBlurb")),
        created_at=now,
        changed_at=now,
        modified_at=now,
        documents=documents,
        recipients=recipients,
        notification=notification.from_wire(merged.get("notification")),
        template_ids=list(base.get("templateIds", [])),
        extra={key: value for key, value in merged.items() if key not in _TAKEN and key != "templateIds"},
    )
    lifecycle.check_subject(envelope.subject)
    if len(envelope.blurb) > MAX_BLURB:
        raise invalid_parameter(f"emailBlurb may have {MAX_BLURB} characters.")
    files.check_all(documents, store)
    people.check_ids(recipients)
    envelope.text_fields, envelope.list_fields = custom_fields(store, merged.get("customFields"))
    if not template:
        tabs.place_all(store, envelope)
    return envelope


def _subject(store: Store, given: str, recipients: list[Recipient], *, from_template: bool) -> str:
    """With its merge fields filled; what they make too long is cut in a template's, as the SDK's description says."""
    filled = merge.filled_subject(given, recipients)
    cut = from_template and filled != given and store.switches["template_subject_overflow"] == "cut"
    return filled[: lifecycle.MAX_SUBJECT] if cut else filled


def _content(store: Store, definition: Json, uploads: Files) -> tuple[list[Document], list[Recipient], Json]:
    """Documents, recipients and what templates say about the rest."""
    if definition.get("compositeTemplates"):
        return merge.composites(store, definition["compositeTemplates"], uploads)
    own = take_documents(store, definition.get("documents"), uploads)
    if definition.get("templateId"):
        documents, recipients, base = merge.one_template(store, definition)
        return documents + own, recipients, base
    return own, people.from_wire(definition.get("recipients")), {}


def take_documents(store: Store, given: Any, uploads: Files) -> list[Document]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise invalid_body("documents is not a list of objects.")
    return [files.take_in(store, one, uploads, position) for position, one in enumerate(given, 1)]


def custom_fields(store: Store, given: Any) -> tuple[list[Json], list[Json]]:
    """Text and list fields of an envelope, each with a fieldId."""
    given = given or {}
    if not isinstance(given, dict):
        raise invalid_parameter("customFields is not an object.")
    made: list[list[Json]] = []
    for key in ("textCustomFields", "listCustomFields"):
        made.append([custom_field(store, one) for one in formats.children(given, key)])
    return made[0], made[1]


def custom_field(store: Store, facts: Json) -> Json:
    name, value = formats.text(facts.get("name")), formats.text(facts.get("value"))
    if len(name) > MAX_FIELD or len(value) > MAX_FIELD:
        raise invalid_parameter(f"Name and value of a custom field may have {MAX_FIELD} characters.")
    if not name:
        raise invalid_parameter("A custom field has no name.")
    field = {"required": "false", "show": "false"} | formats.stringified(facts)
    field |= {"name": name, "value": value}
    field.setdefault("fieldId", str(store.next_number("custom_field", 10_100_000_001)))
    return field


def _transaction(store: Store, definition: Json) -> str | None:
    """Keep the sender's transactionId for its seven days."""
    transaction_id = formats.text(definition.get("transactionId")) or None
    if transaction_id is None:
        if formats.truth(definition.get("asynchronous")):
            raise invalid_parameter("asynchronous needs a transactionId.")
        return None
    if len(transaction_id) > 200:
        raise invalid_parameter("transactionId is too long.")
    if store.switches["duplicate_transaction"] == "reject" and listing.by_transaction(store, transaction_id):
        raise ApiError("DUPLICATE_TRANSACTION_ID", "An envelope with this transactionId has been created before.")
    return transaction_id
