"""A page of a PDF as a picture, for the pages people look at."""

import io

from docusign_emulator.pdf import pdfium

COMPRESSION = 2  # of zlib: level 6 takes half as long again and saves nothing on pages of text
MAX_SIDE = 5000  # pixels; a poster-size page must not eat the machine's memory


def png(pdf: bytes, page: int, scale: float = 1.5) -> bytes:
    """The page (counted from 1) as PNG, `scale` pixels a point.

    Raises UnreadablePdf, and IndexError for a page the document does not have.
    """
    with pdfium.opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise IndexError(f"There is no page {page}: the document has {len(document)}.")
        shown = document[page - 1]
        fitting = min(scale, MAX_SIDE / max(shown.get_size()))
        picture = shown.render(scale=fitting).to_pil()
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=COMPRESSION)
    return out.getvalue()
