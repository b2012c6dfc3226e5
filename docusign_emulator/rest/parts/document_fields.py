"""Names and values that an application keeps with a document, and the HTML a document was made of.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocumentfields/
"""

from __future__ import annotations

import html
from collections.abc import Callable

from docusign_emulator.envelopes import files
from docusign_emulator.envelopes.model import Document, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.parts.pages import document
from docusign_emulator.rest.paths import ENVELOPE, TEMPLATE, Row, of_template

_KEY = "documentFields"
Change = Callable[[list[Json], Json], list[Json]]


def list_all(call: Call) -> Reply:
    return Reply({_KEY: _fields(document(call, call.envelope()))})


def add(call: Call) -> Reply:
    """POST: a field of a name that is there is replaced."""
    return _each(call, lambda known, field: [*(one for one in known if one["name"] != field["name"]), field], 201)


def update(call: Call) -> Reply:
    """PUT: fields that are there. Raises ApiError for a name that no field has."""

    def change(known: list[Json], field: Json) -> list[Json]:
        if all(one["name"] != field["name"] for one in known):
            raise no_such_resource("document field")
        return [field if one["name"] == field["name"] else one for one in known]

    return _each(call, change)


def delete(call: Call) -> Reply:
    return _each(call, lambda known, field: [one for one in known if one["name"] != field["name"]])


def html_definitions(call: Call) -> Reply:
    """GET html_definitions: of one document, or of all, the HTML as it was sent."""
    envelope = call.envelope()
    chosen = [document(call, envelope)] if "documentId" in call.params else files.in_order(envelope)
    found = [
        {
            "documentId": one.document_id,
            "documentIdGuid": one.guid,
            "htmlDefinition": formats.stringified(one.extra["htmlDefinition"]),
        }
        for one in chosen
        if one.extra.get("htmlDefinition")
    ]
    return Reply({"htmlDefinitions": found})


def preview(call: Call) -> Reply:
    """POST responsive_html_preview: the text of the documents as HTML, a paragraph for each line."""
    envelope = call.envelope()
    chosen = [document(call, envelope)] if "documentId" in call.params else files.in_order(envelope)
    return Reply({"htmlDefinitions": [_as_html(call, one) for one in chosen]}, 201)


def _as_html(call: Call, one: Document) -> str:
    source = formats.text(formats.child(one.extra, "htmlDefinition").get("source"))
    if source.strip().startswith("<"):
        return source
    lines = files.layer(call.store, one.pdf, one.document_id).lines()
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f"<!doctype html><html><head><title>{html.escape(one.name)}</title></head><body>{body}</body></html>"


def _each(call: Call, change: Change, status: int = 200) -> Reply:
    envelope = editable(call)
    one = document(call, envelope)
    known = _fields(one)
    for field in formats.children(call.json, _KEY):
        known = change(known, {"name": kept.name(field, "name"), "value": formats.text(field.get("value"))})
    one.extra[_KEY] = known
    save(call.store, envelope)
    return Reply({_KEY: known}, status)


def _fields(one: Document) -> list[Json]:
    found: list[Json] = formats.stringified(formats.children(one.extra, _KEY))
    return found


def _rows(base: str, whose: str) -> list[Row]:
    fields, one = base + "/documents/{documentId}/fields", base + "/documents/{documentId}"
    return [
        ("GET", fields, f"list{whose}DocumentFields", list_all),
        ("POST", fields, f"create{whose}DocumentFields", add),
        ("PUT", fields, f"update{whose}DocumentFields", update),
        ("DELETE", fields, f"delete{whose}DocumentFields", delete),
        ("GET", f"{base}/html_definitions", f"get{whose or 'Envelope'}HtmlDefinitions", html_definitions),
        ("GET", f"{one}/html_definitions", f"get{whose}DocumentHtmlDefinitions", html_definitions),
        ("POST", f"{base}/responsive_html_preview", f"create{whose}ResponsiveHtmlPreview", preview),
        ("POST", f"{one}/responsive_html_preview", f"create{whose}DocumentResponsiveHtmlPreview", preview),
    ]


ROWS: list[Row] = [
    *_rows(ENVELOPE, ""),
    *[(method, path, name, of_template(do)) for method, path, name, do in _rows(TEMPLATE, "Template")],
]
