"""Filling the sender fields of Word documents: the document is made again with its values.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/document-generation/
"""

from __future__ import annotations

from typing import Any

from docusign_emulator.envelopes import files
from docusign_emulator.envelopes.model import Document
from docusign_emulator.pdf import docgen
from docusign_emulator.pdf.errors import Unconvertible
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

MAX_FIELDS = 1000


def fill(store: Store, document: Document, fields: list[Json]) -> None:
    """Put values to fields, beside those that have some. Raises ApiError."""
    values: dict[str, Any] = dict(formats.child(document.extra, "docGenValues"))
    columns = {one.name: one.columns for one in docgen.docgen_fields(store.bytes_of(document.source))}
    for field in fields:
        rows = [
            _row(row, columns.get(formats.text(field.get("name")), ())) for row in formats.children(field, "rowValues")
        ]
        values[formats.text(field.get("name"))] = rows or formats.text(field.get("value"))
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
    cells = formats.children(row, "docGenFormFieldList")
    values = {formats.text(one.get("name")): formats.text(one.get("value")) for one in cells}
    if missing := [name for name in columns if name not in values]:
        raise invalid_parameter(f"A row has no value for {', '.join(missing)}.")
    return values
