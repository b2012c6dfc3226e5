"""HTML to PDF, simply: one column of headings, paragraphs, lists, tables and pictures in the HTML's order.

Kept: the text (so that anchors are found in it), bold, italic, underline, colour, size, alignment, lists,
tables, data-URI pictures, page breaks. Not kept: style sheets, columns, floats. Nothing is ever fetched.
"""

import base64
import binascii
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal
from xml.sax.saxutils import escape

from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types
from PIL import Image as Picture
from PIL import UnidentifiedImageError
from reportlab.lib.colors import HexColor, toColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    Image,
    ListFlowable,
    ListItem,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from docusign_emulator.pdf import fonts
from docusign_emulator.pdf.errors import Unconvertible

MARGIN = 62.0
COLUMN, COLUMN_HEIGHT = LETTER[0] - 2 * MARGIN, LETTER[1] - 2 * MARGIN - 12
SIZE = 10.5
Side = Literal[0, 1, 2]
_PIXEL = 0.75  # points a CSS pixel
_HEADINGS = {"h1": 20.0, "h2": 16.0, "h3": 13.5, "h4": 12.0, "h5": 11.0, "h6": 10.5}
_INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "ins": "u", "sup": "super", "sub": "sub"}
_BLOCKS = {*_HEADINGS, "p", "div", "section", "article", "header", "footer", "main", "blockquote", "center"}
_BLOCKS |= {"address", "pre", "body", "form", "fieldset", "dl", "dt", "dd", "figure", "figcaption"}
_OWN = {"ul", "ol", "table", "hr", "img"}  # blocks with a shape of their own
_UNSEEN = {"script", "style", "head", "title", "noscript", "template"}
_ALIGN: dict[str, Side] = {"left": 0, "center": 1, "right": 2, "justify": 0}
_PLACE: dict[Side, Literal["LEFT", "CENTER", "RIGHT"]] = {0: "LEFT", 1: "CENTER", 2: "RIGHT"}


@dataclass(frozen=True)
class _Look:
    """What an element hands down to the blocks inside it."""

    size: float = SIZE
    bold: bool = False
    align: Side = 0
    indent: float = 0
    tight: bool = False  # in a cell or list item: no space around paragraphs
    room: float = COLUMN
    opened: str = ""  # paragraph markup of the inline elements around
    closed: str = ""


def html_to_pdf(source: str) -> bytes:
    """Letter pages with the HTML's text and pictures. Raises Unconvertible when it cannot be laid out."""
    fonts.register()
    try:
        root = html.document_fromstring(source) if source.strip() else None
    except (etree.ParserError, ValueError) as error:
        raise Unconvertible("The HTML could not be read.") from error
    return flow_to_pdf([] if root is None else list(_blocks(root, _Look())))


def flow_to_pdf(story: list[Flowable]) -> bytes:
    """The flowables on as many Letter pages as they need; an empty story is one empty page."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=LETTER, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN
    )
    try:
        document.build(story or [Spacer(1, 1)])
    except Exception as error:  # reportlab has no one error for a layout it cannot do
        raise Unconvertible("The document could not be laid out on pages.") from error
    return out.getvalue()


def _blocks(element: Any, look: _Look) -> Iterator[Flowable]:
    """The element's content as flowables; runs of inline content become paragraphs."""
    markup = [_text(element.text, element)]

    def flush() -> Iterator[Flowable]:
        body, markup[:] = "".join(markup), []
        if _visible(body):
            yield Paragraph(look.opened + body.strip() + look.closed, _style(look))

    for child in element:
        if isinstance(child.tag, str) and not _hidden(child):
            if child.tag in _OWN or child.tag in _BLOCKS or _holds_blocks(child):
                yield from flush()
                yield from _block(child, look)
            else:
                markup.append(_inline(child))
        markup.append(_text(child.tail, element))
    yield from flush()


def _block(element: Any, look: _Look) -> Iterator[Flowable]:
    styles = _declarations(element)
    if styles.get("page-break-before") == "always" or styles.get("break-before") == "page":
        yield PageBreak()
    tag = element.tag
    if tag == "hr":
        if "page-break" in element.get("class", ""):
            yield PageBreak()
        else:
            yield HRFlowable(width="100%", thickness=0.6, color=HexColor("#9aa3b2"), spaceBefore=4, spaceAfter=6)
    elif tag == "img":
        yield from _image(element, look)
    elif tag in {"ul", "ol"}:
        yield from _list(element, look)
    elif tag == "table":
        yield from _table(element, look)
    else:
        yield from _blocks(element, _inside(element, look, styles))
    if styles.get("page-break-after") == "always" or styles.get("break-after") == "page":
        yield PageBreak()


def _inside(element: Any, look: _Look, styles: dict[str, str]) -> _Look:
    """The look of what stands inside a block (or an inline element that holds blocks)."""
    tag = element.tag
    align = styles.get("text-align") or element.get("align") or ("center" if tag == "center" else "")
    look = replace(look, align=_ALIGN.get(align.lower(), look.align))
    if tag in _HEADINGS:
        look = replace(look, size=_HEADINGS[tag], bold=True)
    if tag in {"blockquote", "dd"}:
        look = replace(look, indent=look.indent + 18)
    opened, closed = _markup(element, styles)
    return replace(look, opened=look.opened + opened, closed=closed + look.closed)


def _style(look: _Look) -> ParagraphStyle:
    return ParagraphStyle(
        "flow",
        fontName=fonts.SANS_BOLD if look.bold else fonts.SANS,
        fontSize=look.size,
        leading=look.size * 1.4,
        alignment=look.align,
        leftIndent=look.indent,
        spaceBefore=look.size * 0.5 if look.size > SIZE and not look.tight else 0,
        spaceAfter=1 if look.tight else look.size * 0.55,
        splitLongWords=0,  # an anchor string broken in two would not be found
    )


def _list(element: Any, look: _Look) -> Iterator[Flowable]:
    inside = replace(look, tight=True, room=look.room - 18)
    items: list[Any] = [
        ListItem(content)
        for child in element
        if child.tag == "li" and (content := list(_blocks(child, _inside(child, inside, _declarations(child)))))
    ]
    if items:
        ordered = element.tag == "ol"
        yield ListFlowable(
            items,
            bulletType="1" if ordered else "bullet",
            start=_number(element.get("start"), 1) if ordered else None,
            bulletFormat="%s." if ordered else None,
            bulletFontName=fonts.SANS,
            bulletFontSize=look.size if ordered else look.size * 0.7,
            leftIndent=18,
        )
        yield Spacer(1, look.size * 0.4)


def _table(element: Any, look: _Look) -> Iterator[Flowable]:
    """Columns of equal width; a cell spans as many as it says."""
    rows = [row for row in element.iter("tr") if next(row.iterancestors("table"), None) is element]
    cells = [[cell for cell in row if cell.tag in {"td", "th"}] for row in rows]
    columns = max((sum(_number(c.get("colspan"), 1) for c in row) for row in cells), default=0)
    if not columns:
        return
    width = look.room / columns
    style: list[Any] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 4)]
    if element.get("border") != "0":
        style.append(("GRID", (0, 0), (-1, -1), 0.5, HexColor("#b6bdc9")))
    data: list[list[Any]] = []
    for y, row in enumerate(cells):
        line: list[Any] = []
        for cell in row:
            span = _number(cell.get("colspan"), 1)
            bold = look.bold or cell.tag == "th"
            inside = replace(look, tight=True, bold=bold, room=width * span - 12)
            content = list(_blocks(cell, _inside(cell, inside, _declarations(cell))))
            if span > 1:
                style.append(("SPAN", (len(line), y), (len(line) + span - 1, y)))
            line += [content, *[""] * (span - 1)]
        data.append(line + [""] * (columns - len(line)))
    yield Table(data, colWidths=[width] * columns, style=TableStyle(style))
    yield Spacer(1, look.size * 0.6)


def _image(element: Any, look: _Look) -> Iterator[Flowable]:
    """A data-URI picture at its size, or smaller to fit; anything else shows its alternative text."""
    data = _data_uri(element.get("src", ""))
    try:
        picture = Picture.open(io.BytesIO(data)) if data else None
    except (UnidentifiedImageError, OSError, Picture.DecompressionBombError):
        picture = None
    if picture is None:
        if alt := element.get("alt"):
            yield Paragraph(escape(alt), _style(look))
        return
    width = _number(element.get("width"), picture.width) * _PIXEL
    height = _number(element.get("height"), 0) * _PIXEL or width * picture.height / picture.width
    shrink = min(1, look.room / width, COLUMN_HEIGHT / height)
    flowable = Image(io.BytesIO(data), width * shrink, height * shrink)
    flowable.hAlign = _PLACE[look.align]
    yield flowable


def _inline(element: Any) -> str:
    if element.tag == "br":
        return "<br/>"
    opened, closed = _markup(element, _declarations(element))
    parts = [_text(element.text, element)]
    for child in element:
        if isinstance(child.tag, str) and not _hidden(child):
            parts.append(_inline(child))
        parts.append(_text(child.tail, element))
    return opened + "".join(parts) + closed


def _markup(element: Any, styles: dict[str, str]) -> tuple[str, str]:
    """Paragraph markup that opens and closes what the element and its inline style ask for."""
    tags = [_INLINE[element.tag]] if element.tag in _INLINE else []
    if styles.get("font-weight", "") in {"bold", "bolder", "600", "700", "800", "900"}:
        tags.append("b")
    if styles.get("font-style") == "italic":
        tags.append("i")
    if "underline" in styles.get("text-decoration", ""):
        tags.append("u")
    opened, closed = "".join(f"<{t}>" for t in tags), "".join(f"</{t}>" for t in reversed(tags))
    font = ""
    if colour := _colour(styles.get("color") or element.get("color", "")):
        font += f' color="{colour}"'
    if size := _points(styles.get("font-size", "")):
        font += f' size="{size:g}"'
    return (f"<font{font}>{opened}", f"{closed}</font>") if font else (opened, closed)


def _text(text: str | None, parent: Any) -> str:
    if not text:
        return ""
    if parent.tag == "pre" or any(True for _ in parent.iterancestors("pre")):
        return escape(text.expandtabs(4)).replace(" ", "\u00a0").replace("\n", "<br/>")
    return escape(re.sub(r"[ \t\r\n\f]+", " ", text))


def _visible(markup: str) -> bool:
    return bool(re.sub(r"<[^>]*>", "", markup).strip(" \n")) or "<br/><br/>" in markup


def _hidden(element: Any) -> bool:
    return element.tag in _UNSEEN or _declarations(element).get("display") == "none"


def _holds_blocks(element: Any) -> bool:
    return any(child.tag in _BLOCKS or child.tag in _OWN for child in element.iterdescendants())


def _declarations(element: Any) -> dict[str, str]:
    """The inline style attribute as a dictionary, names and values in lower case."""
    pairs = (part.partition(":") for part in element.get("style", "").lower().split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if value}


def _colour(name: str) -> str:
    if not name:
        return ""
    if found := re.fullmatch(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+).*\)", name):
        red, green, blue = (min(int(n), 255) for n in found.groups())
        return f"#{red:02x}{green:02x}{blue:02x}"
    if found := re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", name):
        return "#" + "".join(digit * 2 for digit in found.groups())
    try:
        return f"#{toColor(name).hexval()[2:]}"
    except ValueError:
        return ""


def _points(size: str) -> float:
    """A CSS length in points, between 4 and 72; 0 when it is none we know."""
    found = re.fullmatch(r"([\d.]+)(pt|px|em|rem)", size)
    if not found:
        return 0
    factor = {"pt": 1.0, "px": _PIXEL, "em": SIZE, "rem": SIZE}[found[2]]
    return min(max(_float(found[1]) * factor, 4), 72)


def _number(text: str | None, default: int) -> int:
    found = re.match(r"\s*(\d{1,4})", text or "")
    return int(found[1]) or default if found else default


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0


def _data_uri(address: str) -> bytes:
    found = re.match(r"data:image/[\w.+-]+;base64,", address)
    if not found:
        return b""
    try:
        return base64.b64decode(address[found.end() :])
    except (binascii.Error, ValueError):
        return b""
