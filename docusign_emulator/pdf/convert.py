"""Any file Docusign would take, as a PDF with its text kept.

Docusign converts everything to PDF (https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/).
Here the common kinds are converted with a simpler layout; the others are refused by name.
"""

import io
from xml.sax.saxutils import escape

from PIL import Image, ImageSequence, UnidentifiedImageError
from pypdf import PdfWriter
from reportlab.lib.pagesizes import LETTER, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph

from docusign_emulator.pdf import fonts, pdfium
from docusign_emulator.pdf.docgen import docgen_fields, fill_docgen
from docusign_emulator.pdf.docx import docx_to_html
from docusign_emulator.pdf.errors import Unconvertible, UnreadablePdf
from docusign_emulator.pdf.htmlflow import SIZE, flow_to_pdf, html_to_pdf
from docusign_emulator.pdf.overlay import read

__all__ = ["EXTENSIONS", "IMAGES", "Unconvertible", "docgen_fields", "fill_docgen", "to_pdf"]

IMAGES = frozenset({"png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"})
EXTENSIONS = frozenset({"pdf", "docx", "html", "htm", "txt"}) | IMAGES
_EDGE = 36  # points kept white around a picture
_SCREEN = 72 / 96  # points a pixel for a picture that does not say its resolution


def to_pdf(data: bytes, extension: str, password: str = "") -> bytes:
    """The file as a PDF. A PDF comes back byte for byte, unless `password` had to open it.

    extension: "pdf", "docx", …, with or without its dot; empty means pdf, as it does for Docusign.
    Raises Unconvertible with a sentence fit for the sender.
    """
    kind = extension.lower().strip().lstrip(".") or "pdf"
    if kind == "pdf":
        return _checked(data, password)
    if kind == "docx":
        return html_to_pdf(docx_to_html(data))
    if kind in {"html", "htm"}:
        return html_to_pdf(_decoded(data))
    if kind == "txt":
        return _text(_decoded(data))
    if kind in IMAGES:
        return _picture(data)
    raise Unconvertible(f"The emulator cannot convert .{kind} files. It takes {', '.join(sorted(EXTENSIONS))}.")


def _checked(pdf: bytes, password: str) -> bytes:
    try:
        if password:
            reader = read(pdf, password)
            if reader.is_encrypted:
                return _unlocked(pdf, password)
        with pdfium.opened(pdf):
            return pdf
    except UnreadablePdf as error:
        raise Unconvertible(str(error)) from error


def _unlocked(pdf: bytes, password: str) -> bytes:
    out = io.BytesIO()
    PdfWriter(clone_from=read(pdf, password)).write(out)
    return out.getvalue()


def _decoded(data: bytes) -> str:
    """The text, in UTF-16 with its mark, in UTF-8, or else in Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _text(text: str) -> bytes:
    """Each line a paragraph, its leading blanks kept."""
    fonts.register()
    style = ParagraphStyle("text", fontName=fonts.SANS, fontSize=SIZE, leading=SIZE * 1.4, splitLongWords=0)
    story: list[Flowable] = []
    for line in text.replace("\f", "\n").expandtabs(4).splitlines():
        body = line.lstrip(" ")
        story.append(Paragraph("\u00a0" * (len(line) - len(body)) + escape(body) or "\u00a0", style))
    return flow_to_pdf(story)


def _picture(data: bytes) -> bytes:
    """One page a frame, upright or lying as the picture is, at its size or as large as fits."""
    out = io.BytesIO()
    canvas = Canvas(out)
    try:
        for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data))):
            shown = frame.convert("RGBA")
            page = landscape(LETTER) if shown.width > shown.height else LETTER
            scale = min(_SCREEN, (page[0] - 2 * _EDGE) / shown.width, (page[1] - 2 * _EDGE) / shown.height)
            width, height = shown.width * scale, shown.height * scale
            canvas.setPageSize(page)
            canvas.drawImage(
                ImageReader(shown),
                (page[0] - width) / 2,
                page[1] - _EDGE - height,
                width,
                height,
                mask="auto",
            )
            canvas.showPage()
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise Unconvertible("The picture could not be read.") from error
    canvas.save()
    return out.getvalue()
