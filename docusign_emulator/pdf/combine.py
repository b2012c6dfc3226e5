"""Several PDFs as one."""

import io
from collections.abc import Sequence

from pypdf import PdfWriter

from docusign_emulator.pdf.overlay import read


def combine(pdfs: Sequence[bytes]) -> bytes:
    """All pages, in the order given. Raises UnreadablePdf, and ValueError for an empty list."""
    if not pdfs:
        raise ValueError("There is nothing to combine.")
    if len(pdfs) == 1:
        read(pdfs[0])
        return pdfs[0]
    writer = PdfWriter()
    for pdf in pdfs:
        writer.append(read(pdf), import_outline=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
