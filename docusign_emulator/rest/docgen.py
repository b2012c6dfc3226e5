"""Document generation: the sender fields of Word documents in a draft.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/documentgeneration/
"""

from __future__ import annotations

import uuid
from typing import Any

from docusign_emulator import wire
from docusign_emulator.envelopes import files, tabs
from docusign_emulator.envelopes.model import Document, Envelope, save
from docusign_emulator.errors import ApiError, invalid_parameter, no_such_document, wrong_status
from docusign_emulator.pdf import docgen
from docusign_emulator.pdf.errors import Unconvertible
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.store import Store
from docusign_emulator.wire import Json

MAX_FIELDS = 1000


def get(call: Call) -> Reply:
    """GET docGenFormFields: the fields of each Word document."""
    return Reply({"docGenFormFields": _shown(call.store, call.envelope())})


def update(call: Call) -> Reply:
    """PUT docGenFormFields: fill them. The document's GUID changes, unless only the fields are to be updated."""
    envelope = call.unlocked()
    if envelope.status != "created":
        raise wrong_status("Only the fields of a draft can be filled.")
    fields_only = wire.truth(call.query.get("update_docgen_formfields_only"))
    for facts in wire.children(call.json, "docGenFormFields"):
        document = envelope.document(wire.text(facts.get("documentId")))
        if document is None:
            raise no_such_document()
        _fill(call.store, document, facts)
        if not fields_only:
            document.guid = str(uuid.uuid4())
    tabs.place_anew(call.store, envelope)
    save(call.store, envelope)
    return Reply({"docGenFormFields": _shown(call.store, envelope)})


def _fill(store: Store, document: Document, facts: Json) -> None:
    values: dict[str, Any] = wire.child(document.extra, "docGenValues")
    columns = {one.name: one.columns for one in docgen.docgen_fields(store.bytes_of(document.source))}
    for field in wire.children(facts, "docGenFormFieldList"):
        rows = [_row(row, columns.get(wire.text(field.get("name")), ())) for row in wire.children(field, "rowValues")]
        values[wire.text(field.get("name"))] = rows or wire.text(field.get("value"))
    if len(values) > MAX_FIELDS:
        raise ApiError("INVALID_REQUEST_PARAMETER", f"A document may have {MAX_FIELDS} fields.")
    document.extra["docGenValues"] = values
    try:
        filled = docgen.fill_docgen(store.bytes_of(document.source), values)
    except Unconvertible as error:
        raise ApiError("UNABLE_TO_LOAD_DOCUMENT", f"Unable to load the document. {error}") from error
    document.pdf = files.converted(store, store.keep_bytes(filled), filled, "docx", document.document_id)
    document.pages = [[w, h] for w, h in files.layer(store, document.pdf).sizes]


def _row(row: Json, columns: tuple[str, ...]) -> dict[str, str]:
    """Every column needs a value in every row, be it an empty one."""
    cells = wire.children(row, "docGenFormFieldList")
    values = {wire.text(one.get("name")): wire.text(one.get("value")) for one in cells}
    if missing := [name for name in columns if name not in values]:
        raise invalid_parameter(f"A row has no value for {', '.join(missing)}.")
    return values


def _shown(store: Store, envelope: Envelope) -> list[Json]:
    shown = []
    for document in files.in_order(envelope):
        if document.extension != "docx":
            continue
        source = store.bytes_of(document.source)
        values = wire.child(document.extra, "docGenValues")
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
    return facts | {"value": wire.text(value)}
