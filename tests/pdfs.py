"""Small PDFs that open."""

import io

import pypdfium2


def blank_pdf(pages: int = 1, size: float = 612) -> bytes:
    """A PDF of so many empty pages."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(size, 792)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


SCAN = blank_pdf()
