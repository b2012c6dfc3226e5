"""Batches: a list under way through the queue, one envelope at a time."""

from __future__ import annotations

import copy
import secrets
import uuid
from datetime import timedelta

from docusign_emulator.behaviour import faults
from docusign_emulator.bulk import lists
from docusign_emulator.connect import messages
from docusign_emulator.envelopes import audit, generating, lifecycle, model, tabs
from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store
from docusign_emulator.templates import merge


def queue(store: Store, bulk_list: Json, envelope: Envelope, name: str, by: User) -> Json:
    """Put every copy in line, all of them or (the caller has checked) none. Answers the batch."""
    copies = bulk_list["bulkCopies"]
    batch: Json = {
        "batchId": str(uuid.uuid4()),
        "batchName": name,
        "listId": bulk_list["listId"],
        "listName": bulk_list["name"],
        "sourceId": envelope.id,
        "size": len(copies),
        "sent": 0,
        "failed": 0,
        "submitted": store.now(),
        "userId": by.user_id,
        "errors": [],
        "envelopes": [],
        "copies": copies,
        "action": "",
        "actionStatus": "",
    }
    store.keep("bulk_batch", batch["batchId"], batch)
    rate = max(float(store.switches["bulk_per_second"]), 0.001)
    now = store.clock.now()
    for number in range(len(copies)):
        at = formats.stamp(now + timedelta(seconds=(number + 1) / rate))
        store.plan(at, "bulk", {"batchId": batch["batchId"], "number": number})
    return batch


def send_one(store: Store, batch_id: str, number: int) -> Json | None:
    """Make and send one copy; a failure is the batch's, not the caller's. None when the batch has gone."""
    batch = store.record("bulk_batch", batch_id)
    if batch is None:
        return None
    wanted = batch["copies"][number]
    try:
        _strike(store, wanted)
        with store.transaction():
            envelope = _made(store, batch, wanted)
        batch["sent"] += 1
        batch["envelopes"].append({"envelopeId": envelope.id, "number": number, "status": "sent"})
        event = {"envelopeId": envelope.id}
    except ApiError as error:
        batch["failed"] += 1
        emails = [formats.text(one.get("email")) for one in formats.children(wanted, "recipients")]
        failure = {
            "created": store.now(),
            "errorMessage": f"{error.error_code}: {error.message}",
            "recipientEmails": emails,
        }
        batch["errors"].append(failure)
        event = {"error": error.error_code}
    store.keep("bulk_batch", batch_id, batch)
    return event


def to_wire(store: Store, batch: Json) -> Json:
    """GET bulk_send_batch: every number a string."""
    return {
        "batchId": batch["batchId"],
        "batchName": batch["batchName"],
        "batchSize": str(batch["size"]),
        "queued": str(batch["size"] - batch["sent"] - batch["failed"]),
        "sent": str(batch["sent"]),
        "failed": str(batch["failed"]),
        "submittedDate": batch["submitted"],
        "senderUserId": batch["userId"],
        "ownerUserId": batch["userId"],
        "mailingListId": batch["listId"],
        "mailingListName": batch["listName"],
        "envelopeIdOrTemplateId": batch["sourceId"],
        "envelopesUri": f"/bulk_send_batch/{batch['batchId']}/envelopes",
        "bulkErrors": batch["errors"],
        "action": batch["action"],
        "actionStatus": batch["actionStatus"],
    }


def act(store: Store, batch: Json, action: str, reason: str, by: User) -> None:
    """Resend or void every envelope of the batch that can be. Raises ApiError for another action."""
    if action not in ("resend", "void", "correct"):
        raise ApiError("INVALID_REQUEST_PARAMETER", "The action of a batch is resend, correct or void.")
    for entry in batch["envelopes"]:
        envelope = model.load(store, entry["envelopeId"])
        if envelope is None or envelope.status not in model.IN_PROGRESS:
            continue
        if action == "resend":
            lifecycle.resend(store, envelope)
        elif action == "void":
            lifecycle.void(store, envelope, reason or "Voided with its batch.", by)
    batch |= {"action": action, "actionStatus": "completed"}
    store.keep("bulk_batch", batch["batchId"], batch)


def _strike(store: Store, wanted: Json) -> None:
    """A fault ordered for this copy: operation bulkCopy, matched by the address of one of its people."""
    for one in formats.children(wanted, "recipients"):
        if rule := faults.take(store, "bulkCopy", {"email": formats.text(one.get("email"))}):
            code = formats.text(rule.get("errorCode")) or "UNSPECIFIED_ERROR"
            raise ApiError(code, "Ordered by a fault of the emulator.")


def _made(store: Store, batch: Json, wanted: Json) -> Envelope:
    source = lists.source(store, batch["sourceId"])
    if source is None:
        raise ApiError("BULK_SEND_ENVELOPE_NOT_FOUND", "The draft or template is gone.")
    envelope = _copied(store, source, batch["userId"])
    for facts in formats.children(wanted, "recipients"):
        _fill(envelope, facts)
    for field in formats.children(wanted, "customFields"):
        for known in (*envelope.text_fields, *envelope.list_fields):
            if known["name"] == formats.text(field.get("name")):
                known["value"] = formats.text(field.get("value"))
    if fields := formats.children(wanted, "docGenFormFields"):  # the same for every document of the copy
        for document in envelope.documents:
            if document.extension == "docx":
                generating.fill(store, document, fields)
    envelope.subject = merge.filled_subject(
        formats.text(wanted.get("emailSubject")) or envelope.subject, envelope.recipients
    )
    envelope.blurb = formats.text(wanted.get("emailBlurb")) or envelope.blurb
    tabs.place_all(store, envelope)
    by = store.user(batch["userId"]) or store.account.sender
    model.save(store, envelope)
    audit.note(store, envelope, "Registered", f"{by.name} created the envelope in bulk.", by=by)
    messages.emit(store, envelope, "envelope-created")
    lifecycle.send(store, envelope, by)
    return envelope


def _copied(store: Store, source: Envelope, user_id: str) -> Envelope:
    documents, recipients, _ = merge.copied(source)
    made = copy.deepcopy(source)
    made.id, made.status, made.folder = str(uuid.uuid4()), "created", "draft"
    made.created_at = made.changed_at = store.now()
    made.documents, made.recipients, made.sender_id = documents, recipients, user_id
    made.transaction_id, made.template_ids = None, [source.id]
    made.text_fields = [field for field in made.text_fields if field["name"] != "mailingListId"]
    for key in ("name", "description", "shared"):
        made.extra.pop(key, None)
    return made


def _fill(envelope: Envelope, facts: Json) -> None:
    person = _placeholder(envelope, facts)
    if person is None:
        raise ApiError("BULK_SEND_RECIPIENT_ROLE_DOES_NOT_MATCH", "A recipient of the copy is not in the draft.")
    merge.overlay(
        person, {key: value for key, value in facts.items() if key not in ("tabs", "recipientId", "roleName")}
    )
    person.mail_key = secrets.token_urlsafe(24)
    for given in formats.children(facts, "tabs"):
        for key, tab in person.all_tabs():
            if tab.get("tabLabel") != formats.text(given.get("tabLabel")):
                continue
            value = formats.text(given.get("initialValue"))
            tab["selected" if key == "checkboxTabs" else "value"] = value


def _placeholder(envelope: Envelope, facts: Json) -> Recipient | None:
    if facts.get("recipientId"):
        return envelope.recipient(formats.text(facts["recipientId"]))
    role = formats.text(facts.get("roleName")).lower()
    return next((person for person in envelope.recipients if person.role.lower() == role), None)
