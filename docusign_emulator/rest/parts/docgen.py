"""Document generation: the sender fields of Word documents in a draft.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/documentgeneration/
"""

from __future__ import annotations

import uuid
from typing import Any

from docusign_emulator.envelopes import files, generating, tabs
from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.pdf import docgen
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_document, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ENVELOPE, Row
from docusign_emulator.storage.store import Store


def get(call: Call) -> Reply:
    """GET docGenFormFields: the fields of each Word document."""
    return Reply({"docGenFormFields": _shown(call.store, call.envelope())})


def update(call: Call) -> Reply:
    """PUT docGenFormFields: fill them. The document's GUID changes, unless only the fields are to be updated."""
    envelope = call.unlocked()
    if envelope.status != "created":
        raise wrong_status("Only the fields of a draft can be filled.")
    fields_only = formats.truth(call.query.get("update_docgen_formfields_only"))
    for facts in formats.children(call.json, "docGenFormFields"):
        document = envelope.document(formats.text(facts.get("documentId")))
        if document is None:
            raise no_such_document()
        generating.fill(call.store, document, formats.children(facts, "docGenFormFieldList"))
        if not fields_only:
            document.guid = str(uuid.uuid4())
    tabs.place_anew(call.store, envelope)
    save(call.store, envelope)
    return Reply({"docGenFormFields": _shown(call.store, envelope)})


def _shown(store: Store, envelope: Envelope) -> list[Json]:
    shown = []
    for document in files.in_order(envelope):
        if document.extension != "docx":
            continue
        source = store.bytes_of(document.source)
        values = formats.child(document.extra, "docGenValues")
        fields = [_field(one, values.get(one.name, "")) for one in docgen.docgen_fields(source)]
        errors = docgen.docgen_errors(source, values)
        shown.append(
            {
                "documentId": document.guid,
                "docGenDocumentStatus": "created",
                "docGenFormFieldList": fields,
                "docGenErrors": [
                    {"errorCode": one.code, "message": one.message, "tagIdentifier": one.tag} for one in errors
                ],
            }
        )
    return shown


def _field(field: docgen.DocgenField, value: Any) -> Json:
    facts: Json = {"name": field.name, "label": field.name, "type": field.type, "required": "False"}
    if field.type == "TableRow":
        rows = value if isinstance(value, list) else [dict.fromkeys(field.columns, "")]
        facts["rowValues"] = [
            {
                "docGenFormFieldList": [
                    {"name": name, "type": "TextBox", "value": row.get(name, "")} for name in field.columns
                ]
            }
            for row in rows
        ]
        return facts
    return facts | {"value": formats.text(value)}


ROWS: list[Row] = [
    ("GET", f"{ENVELOPE}/docGenFormFields", "getEnvelopeDocGenFormFields", get),
    ("PUT", f"{ENVELOPE}/docGenFormFields", "updateEnvelopeDocGenFormFields", update),
]
