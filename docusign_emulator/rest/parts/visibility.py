"""Which documents a recipient sees.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocumentvisibility/
"""

from __future__ import annotations

from docusign_emulator.envelopes import files
from docusign_emulator.envelopes.model import Envelope, Recipient, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, no_such_recipient
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.paths import ENVELOPE, TEMPLATE, Row, of_template

_KEY = "documentVisibility"


def get(call: Call) -> Reply:
    envelope = call.envelope()
    return Reply({_KEY: _told(envelope, _person(envelope, call.params["recipientId"]))})


def update(call: Call) -> Reply:
    """PUT: of one recipient."""
    return _changed(call, call.params["recipientId"])


def update_many(call: Call) -> Reply:
    """PUT: of several recipients; each item names its own."""
    return _changed(call, "")


def _changed(call: Call, recipient_id: str) -> Reply:
    envelope = editable(call)

    def change(facts: Json) -> Json:
        person = _person(envelope, recipient_id or formats.text(facts.get("recipientId")))
        document = envelope.document(formats.text(facts.get("documentId")))
        if document is None:
            raise ApiError("DOCUMENT_DOES_NOT_EXIST", "The document specified was not found.")
        hidden = [one for one in formats.texts(person.extra, "excludedDocuments") if one != document.document_id]
        is_visible = formats.truth(facts.get("visible"), default=True)
        person.extra["excludedDocuments"] = hidden + ([] if is_visible else [document.document_id])
        return _one(person, document.document_id, is_visible=is_visible)

    answered = kept.each(call, _KEY, change)
    save(call.store, envelope)
    return Reply({_KEY: answered})


def _told(envelope: Envelope, person: Recipient) -> list[Json]:
    hidden = formats.texts(person.extra, "excludedDocuments")
    ids = [document.document_id for document in files.in_order(envelope)]
    return [_one(person, document_id, is_visible=document_id not in hidden) for document_id in ids]


def _one(person: Recipient, document_id: str, *, is_visible: bool) -> Json:
    return {
        "documentId": document_id,
        "recipientId": person.recipient_id,
        "rights": "editable",
        "visible": formats.flag(is_visible),
    }


def _person(envelope: Envelope, recipient_id: str) -> Recipient:
    person = envelope.recipient(recipient_id)
    if person is None:
        raise no_such_recipient(recipient_id[:50])
    return person


def _rows(base: str, whose: str) -> list[Row]:
    one = base + "/recipients/{recipientId}/document_visibility"
    many = f"{base}/recipients/document_visibility"
    return [
        ("GET", one, f"get{whose}RecipientDocumentVisibility", get),
        ("PUT", one, f"update{whose}RecipientDocumentVisibility", update),
        ("PUT", many, f"update{whose}RecipientsDocumentVisibility", update_many),
    ]


ROWS: list[Row] = [
    *_rows(ENVELOPE, ""),
    *[(method, path, name, of_template(do)) for method, path, name, do in _rows(TEMPLATE, "Template")],
]
