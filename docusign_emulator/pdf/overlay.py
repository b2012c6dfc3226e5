"""Lay one drawing over each page of a PDF without touching what the page already says.

The drawing is attached as a form object and called after the page's own content, which is neither parsed nor
rewritten: that is what keeps stamping a long lease fast, and its text searchable exactly as before.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    StreamObject,
)
from reportlab.pdfgen.canvas import Canvas

from docusign_emulator.pdf.errors import UnreadablePdf

Draw = Callable[[Canvas, int, float, float], None]
"""Draws on a page: canvas (origin bottom-left), page number from 1, width and height in points as shown."""


def read(pdf: bytes, password: str = "") -> PdfReader:
    """A reader with its pages counted. Raises UnreadablePdf."""
    try:
        reader = PdfReader(io.BytesIO(pdf), password=password or None)
        if len(reader.pages) == 0:
            raise UnreadablePdf("This PDF has no page.")
    except (PyPdfError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        # pypdf reports damage by whichever built-in error it stumbles over.
        raise UnreadablePdf("This file is not a PDF that can be opened.") from error
    return reader


def lay_over(pdf: bytes, draw: Draw) -> bytes:
    """The PDF with `draw` called for each of its pages and the result laid on top. Raises UnreadablePdf."""
    writer = PdfWriter(clone_from=read(pdf))
    pages = list(writer.pages)
    drawn = read(_drawings([shown_size(page) for page in pages], draw))
    for page, drawing in zip(pages, drawn.pages, strict=True):
        _attach(writer, page, drawing)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def shown_size(page: PageObject) -> tuple[float, float]:
    """Width and height in points as a reader shows the page: crop box, after rotation."""
    box = page.cropbox
    width, height = float(box.width), float(box.height)
    return (height, width) if page.rotation % 180 else (width, height)


def _drawings(sizes: Sequence[tuple[float, float]], draw: Draw) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number, (width, height) in enumerate(sizes, start=1):
        canvas.setPageSize((width, height))
        draw(canvas, number, width, height)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _attach(writer: PdfWriter, page: PageObject, drawing: PageObject) -> None:
    form = DecodedStreamObject()
    contents = drawing.get_contents()
    # An empty stream dictionary is falsy, so ask for None and nothing else.
    form.set_data(contents.get_data() if contents is not None else b"")
    width, height = shown_size(page)
    form[NameObject("/Type")] = NameObject("/XObject")
    form[NameObject("/Subtype")] = NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject([FloatObject(n) for n in (0, 0, width, height)])
    form[NameObject("/Resources")] = drawing["/Resources"].clone(writer)
    placed = writer._add_object(form.flate_encode())  # pypdf has no public way to add an object

    resources = DictionaryObject(_inherited(page, "/Resources") or {})
    objects = DictionaryObject(_resolved(resources.get("/XObject")) or {})
    name = NameObject(_free_name(objects))
    objects[name] = placed
    resources[NameObject("/XObject")] = objects
    page[NameObject("/Resources")] = resources

    matrix = " ".join(f"{number:.4f}" for number in _matrix(page))
    before, after = StreamObject(), StreamObject()
    before.set_data(b"q\n")
    after.set_data(f"\nQ q {matrix} cm {name} Do Q\n".encode())
    old = _resolved(page.get("/Contents"))
    single = [] if old is None else [page.raw_get("/Contents")]
    parts = list(old) if isinstance(old, ArrayObject) else single
    page[NameObject("/Contents")] = ArrayObject([writer._add_object(before), *parts, writer._add_object(after)])


def _matrix(page: PageObject) -> tuple[float, float, float, float, float, float]:
    """From the drawing's space (as shown, origin bottom-left) to the page's own."""
    box = page.cropbox
    left, bottom, right, top = (float(n) for n in (box.left, box.bottom, box.right, box.top))
    return {
        90: (0, 1, -1, 0, right, bottom),
        180: (-1, 0, 0, -1, right, top),
        270: (0, -1, 1, 0, left, top),
    }.get(page.rotation % 360, (1, 0, 0, 1, left, bottom))


def _inherited(page: PageObject, key: str) -> Any:
    node: Any = page
    while node is not None:
        if key in node:
            return _resolved(node[key])
        node = _resolved(node.get("/Parent"))
    return None


def _resolved(value: Any) -> Any:
    return value.get_object() if value is not None else None


def _free_name(objects: DictionaryObject) -> str:
    number = 1
    while f"/EmulatorMark{number}" in objects:
        number += 1
    return f"/EmulatorMark{number}"
