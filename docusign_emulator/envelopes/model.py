"""The envelope as it is kept: one aggregate with its documents, recipients and tabs.

What the emulator acts on has a field here; everything else the sender gave stays in `extra` as it came and is
answered again. Times are stamps (`wire.stamp`), which sort as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docusign_emulator.protocol.formats import Json, text
from docusign_emulator.storage.store import Store

# https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/envelopes/status-codes/
FINAL = ("completed", "declined", "voided")
IN_PROGRESS = ("sent", "delivered")

# Recipient lists of the wire and what their people do.
# https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/
RECIPIENT_KINDS = {
    "agents": "agent",
    "carbonCopies": "carboncopy",
    "certifiedDeliveries": "certifieddelivery",
    "editors": "editor",
    "inPersonSigners": "inpersonsigner",
    "intermediaries": "intermediary",
    "notaries": "notary",
    "participants": "participant",
    "seals": "seal",
    "signers": "signer",
    "witnesses": "witness",
}
SIGNING_KINDS = ("signers", "inPersonSigners", "witnesses", "notaries", "participants")

Tabs = dict[str, list[Json]]


@dataclass
class Document:
    document_id: str
    guid: str
    name: str
    order: int
    extension: str
    source: str  # digest of the bytes as uploaded
    pdf: str  # digest of the PDF made of them
    pages: list[list[float]]  # width and height of each, in points
    extra: Json = field(default_factory=dict)
    prefill: Tabs = field(default_factory=dict)


@dataclass
class Recipient:
    recipient_id: str
    guid: str
    kind: str  # a key of RECIPIENT_KINDS
    order: int
    name: str
    email: str
    user_id: str
    status: str = "created"
    tabs: Tabs = field(default_factory=dict)
    sent_at: str | None = None
    delivered_at: str | None = None
    signed_at: str | None = None
    declined_at: str | None = None
    declined_reason: str | None = None
    autoresponded_reason: str | None = None
    completed_count: int = 0
    signature: Json | None = None  # as adopted: name, initials, style or image
    consented_at: str | None = None
    authentication: Json | None = None  # recipientAuthenticationStatus
    mail_key: str = ""  # in the link of their mail
    extra: Json = field(default_factory=dict)

    @property
    def client_user_id(self) -> str | None:
        return text(self.extra.get("clientUserId")) or None  # some send it as a number

    @property
    def embedded(self) -> bool:
        return self.client_user_id is not None

    @property
    def role(self) -> str:
        return str(self.extra.get("roleName", ""))

    @property
    def finished(self) -> bool:
        return self.status in ("completed", "signed", "declined")

    @property
    def signs(self) -> bool:
        return self.kind in SIGNING_KINDS

    @property
    def access_code(self) -> str:
        return str(self.extra.get("accessCode") or "")

    def all_tabs(self) -> Iterator[tuple[str, Json]]:
        for kind, tabs in self.tabs.items():
            for tab in tabs:
                yield kind, tab


@dataclass
class Envelope:
    id: str
    status: str
    sender_id: str
    subject: str
    blurb: str
    created_at: str
    changed_at: str  # of the status
    modified_at: str
    documents: list[Document] = field(default_factory=list)
    recipients: list[Recipient] = field(default_factory=list)
    text_fields: list[Json] = field(default_factory=list)
    list_fields: list[Json] = field(default_factory=list)
    notification: Json = field(default_factory=dict)
    event_notifications: list[Json] = field(default_factory=list)
    transaction_id: str | None = None
    sent_at: str | None = None
    delivered_at: str | None = None
    completed_at: str | None = None
    declined_at: str | None = None
    voided_at: str | None = None
    deleted_at: str | None = None
    voided_reason: str | None = None
    expires_at: str | None = None
    before_correct: str | None = None  # status to go back to
    folder: str = "draft"
    purge_state: str = "unpurged"
    lock: Json | None = None
    template_ids: list[str] = field(default_factory=list)
    extra: Json = field(default_factory=dict)

    def recipient(self, recipient_id: str) -> Recipient | None:
        """By the sender's id or by GUID."""
        wanted = recipient_id.lower()
        return next((r for r in self.recipients if wanted in (r.recipient_id.lower(), r.guid)), None)

    def document(self, document_id: str) -> Document | None:
        wanted = document_id.lower()
        return next((d for d in self.documents if wanted in (d.document_id.lower(), d.guid)), None)

    @property
    def current_order(self) -> int | None:
        """The routing order whose turn it is; None when no one is left or nothing was sent."""
        waiting = [r.order for r in self.recipients if not r.finished]
        return min(waiting) if waiting and self.sent_at and self.status not in FINAL else None

    @property
    def final(self) -> bool:
        return self.status in FINAL


def save(store: Store, envelope: Envelope) -> None:
    """Write the whole envelope and the columns it is searched by."""
    envelope.modified_at = store.now()
    _write(store, envelope)


def _write(store: Store, envelope: Envelope) -> None:
    e = envelope
    people = " ".join(f"{r.name} {r.email}" for r in e.recipients)
    store.sql(
        "INSERT OR REPLACE INTO envelopes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        e.id, e.status, e.folder, e.transaction_id, e.sender_id, e.subject, e.created_at, e.sent_at, e.delivered_at,
        e.completed_at, e.declined_at, e.voided_at, e.deleted_at, e.changed_at, e.modified_at,
        f"{e.subject} {people}".lower(), _to_json(e),
    )  # fmt: skip
    store.sql("DELETE FROM envelope_fields WHERE envelope_id = ?", e.id)
    for custom in (*e.text_fields, *e.list_fields):
        store.sql("INSERT INTO envelope_fields VALUES (?, ?, ?)", e.id, custom.get("name", ""), custom.get("value", ""))


def load(store: Store, envelope_id: str) -> Envelope | None:
    """The envelope, purged of nothing; None when there is none (or the id is no GUID)."""
    rows = store.sql("SELECT doc FROM envelopes WHERE id = ?", envelope_id.lower())
    return parse(rows[0]["doc"]) if rows else None


def parse(doc: str) -> Envelope:
    facts: Json = json.loads(doc)
    facts["documents"] = [Document(**document) for document in facts["documents"]]
    facts["recipients"] = [Recipient(**recipient) for recipient in facts["recipients"]]
    return Envelope(**facts)


def _to_json(envelope: Envelope) -> str:
    facts: dict[str, Any] = dict(vars(envelope))
    facts["documents"] = [vars(document) for document in envelope.documents]
    facts["recipients"] = [vars(recipient) for recipient in envelope.recipients]
    return json.dumps(facts)


def is_guid(id: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id, re.IGNORECASE) is not None
