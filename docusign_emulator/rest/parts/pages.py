"""The pages of a document: listed, drawn, turned, taken away.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocuments/
"""

from __future__ import annotations

import importlib

from docusign_emulator.envelopes import files, output, present, tabs
from docusign_emulator.envelopes.model import Document, Envelope, Tabs, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_document
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import draft
from docusign_emulator.rest.paths import ENVELOPE, TEMPLATE, Row, of_template

_DPI, _POINTS = 72.0, 72.0
_TURNS = {"left": -90, "right": 90}


def list_all(call: Call) -> Reply:
    envelope = call.envelope()
    return Reply(kept.page(call, "pages", _pages(envelope, document(call, envelope))))


def image(call: Call) -> Reply:
    """GET page_image: a PNG with what is on it so far, of `dpi`, at most `max_width` and `max_height`."""
    envelope = call.envelope()
    one = document(call, envelope)
    width, height = one.pages[_number(call, one) - 1]
    raster = importlib.import_module("docusign_emulator.pdf.raster")  # slow import, and a start is to be fast
    scale = _asked(call, "dpi", _DPI) / _POINTS
    wide, high = _asked(call, "max_width", width * scale), _asked(call, "max_height", height * scale)
    scale = min(scale, wide / width, high / height)
    pdf = output.document_pdf(call.store, envelope, one)
    return Reply(raster.png(pdf, _number(call, one), scale), content_type="image/png")


def turn(call: Call) -> Reply:
    """PUT page_image: turn a page of a draft to the `left` or the `right`."""
    envelope = draft(call)
    one = document(call, envelope)
    degrees = _TURNS.get(formats.text(call.json.get("rotate")).lower())
    if degrees is None:
        raise invalid_parameter("rotate is left or right.")
    _replace(call, one, turned=(_number(call, one), degrees))
    save(call.store, envelope)
    return Reply({})


def delete(call: Call) -> Reply:
    """DELETE a page of a draft, with the tabs on it; those behind it move up."""
    envelope = draft(call)
    one = document(call, envelope)
    number = _number(call, one)
    if len(one.pages) == 1:
        raise invalid_parameter("A document needs a page.")
    _replace(call, one, without=number)
    for person in envelope.recipients:
        person.tabs = {key: _moved(items, one.document_id, number) for key, items in person.tabs.items()}
    one.prefill = {key: _moved(items, one.document_id, number) for key, items in one.prefill.items()}
    save(call.store, envelope)
    return Reply({})


def get_tabs(call: Call) -> Reply:
    """GET the tabs on one page."""
    envelope = call.envelope()
    one = document(call, envelope)
    number = str(_number(call, one))
    found: Tabs = {}
    for person in envelope.recipients:
        for key, tab in person.all_tabs():
            if (formats.text(tab.get("documentId")), formats.text(tab.get("pageNumber"))) == (one.document_id, number):
                found.setdefault(key, []).append(tab)
    return Reply(tabs.to_wire(found))


def document(call: Call, envelope: Envelope) -> Document:
    """The document that the path names. Raises ApiError."""
    found = envelope.document(call.params["documentId"])
    if found is None:
        raise no_such_document()
    return found


def _pages(envelope: Envelope, one: Document) -> list[Json]:
    found: list[Json] = present.document(envelope, one)["pages"]
    return [page | {"mimeType": "image/png"} for page in found]


def _number(call: Call, one: Document) -> int:
    given = call.params["pageNumber"]
    if not given.isdecimal() or not 1 <= int(given[:9]) <= len(one.pages):
        raise ApiError("TAB_PAGENUMBER_IS_NOT_IN_DOCUMENT", f"The document has {len(one.pages)} pages.")
    return int(given)


def _asked(call: Call, key: str, default: float) -> float:
    try:
        number = formats.integer(call.query.get(key), 0)
    except ValueError as error:
        raise invalid_parameter(f"{key} is not a number.") from error
    return float(number) if number > 0 else default


def _replace(call: Call, one: Document, *, turned: tuple[int, int] | None = None, without: int = 0) -> None:
    sheets = importlib.import_module("docusign_emulator.pdf.sheets")  # as above
    pdf = call.store.bytes_of(one.pdf)
    made = sheets.turned(pdf, *turned) if turned else sheets.without(pdf, without)
    one.pdf = call.store.keep_bytes(made)
    one.pages = [[width, height] for width, height in files.layer(call.store, one.pdf, one.document_id).sizes]


def _moved(items: list[Json], document_id: str, gone: int) -> list[Json]:
    left = []
    for tab in items:
        page = int(formats.text(tab.get("pageNumber")) or 0)
        is_there = formats.text(tab.get("documentId")) == document_id
        if not (is_there and page == gone):
            left.append(tab | {"pageNumber": str(page - 1)} if is_there and page > gone else tab)
    return left


def _rows(base: str, whose: str) -> list[Row]:
    pages = base + "/documents/{documentId}/pages"
    page = pages + "/{pageNumber}"
    return [
        ("GET", pages, f"get{whose}Pages", list_all),
        ("DELETE", page, f"delete{whose}DocumentPage", delete),
        ("GET", f"{page}/page_image", f"get{whose}DocumentPageImage", image),
        ("PUT", f"{page}/page_image", f"rotate{whose}DocumentPage", turn),
        ("GET", f"{page}/tabs", f"get{whose}PageTabs", get_tabs),
    ]


ROWS: list[Row] = [
    *_rows(ENVELOPE, ""),
    *[(method, path, name, of_template(do)) for method, path, name, do in _rows(TEMPLATE, "Template")],
]
