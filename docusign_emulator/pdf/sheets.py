"""Pages of a PDF turned, or taken out."""

import io

from pypdf import PdfWriter

from docusign_emulator.pdf.overlay import read


def turned(pdf: bytes, number: int, degrees: int) -> bytes:
    """The PDF with page `number` (from 1) turned clockwise by so many degrees. Raises UnreadablePdf."""
    writer = PdfWriter(clone_from=read(pdf))
    writer.pages[number - 1].rotate(degrees)
    return _written(writer)


def without(pdf: bytes, number: int) -> bytes:
    """The PDF without page `number` (from 1). Raises UnreadablePdf."""
    writer = PdfWriter(clone_from=read(pdf))
    writer.remove_page(number - 1, clean=True)
    return _written(writer)


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
