"""Small documents made on the spot, so that a test says what stands in its PDF."""

import io
import zipfile
from collections.abc import Sequence

from PIL import Image
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

Line = tuple[float, float, str]
"""Distance from the left and from the top of the page in points, and the words."""


def pdf(*pages: Sequence[Line], size: tuple[float, float] = LETTER, white: bool = False) -> bytes:
    """A page for each list of lines, set in 12 point Helvetica on the baseline given."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    for lines in pages:
        canvas.setFont("Helvetica", 12)
        canvas.setFillGray(1 if white else 0)
        for left, top, words in lines:
            canvas.drawString(left, size[1] - top, words)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def turned(document: bytes, degrees: int, crop: tuple[float, float, float, float] | None = None) -> bytes:
    """The document with every page shown rotated and, when asked, cropped (left, bottom, right, top)."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document)))
    for page in writer.pages:
        page.rotate(degrees)
        if crop:
            page.cropbox.lower_left, page.cropbox.upper_right = crop[:2], crop[2:]
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(kind: str = "PNG", size: tuple[int, int] = (200, 80), colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def run(text: str, colour: str = "") -> str:
    """One run of a Word paragraph."""
    look = f'<w:rPr><w:color w:val="{colour}"/></w:rPr>' if colour else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str) -> str:
    """A Word paragraph; plain words become a run of their own."""
    return "<w:p>" + "".join(r if r.startswith("<") else run(r) for r in runs) + "</w:p>"


def table(*rows: Sequence[str]) -> str:
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def docx(*blocks: str) -> bytes:
    """A Word document with these paragraphs and tables."""
    out = io.BytesIO()
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    package = "http://schemas.openxmlformats.org/package/2006"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
            '.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{office}"/></Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{relationship}" Target="word/document.xml"/></Relationships>',
        )
        file.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{word}"><w:body>{"".join(blocks)}</w:body></w:document>',
        )
    return out.getvalue()
