"""What a PDF says when its text is read: where Docusign will look for our anchors.

PDFium is not thread-safe, so every call holds one lock; a page takes well under a millisecond.
"""

import re
import threading
from collections.abc import Iterable

import pypdfium2

from esign.documents.errors import PdfProblem

ANCHOR = re.compile(r"/(?:sig|ini|date|txt|chk):[a-z0-9_]+(?:@\d+)?(?::[a-z0-9_]+)?/")
_lock = threading.Lock()


def pages(pdf: bytes) -> list[str]:
    """The text of each page, in order. Raises `PdfProblem` when `pdf` is not a readable PDF."""
    with _lock:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise PdfProblem(f"This is not a readable PDF: {error}") from error
        try:
            return [_page_text(document, number) for number in range(len(document))]
        finally:
            document.close()


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    page = document[number]
    text_page = page.get_textpage()
    text: str = text_page.get_text_bounded()
    text_page.close()
    page.close()
    return text


def text(pdf: bytes) -> str:
    """All text of the PDF, pages joined by form feeds."""
    return "\f".join(pages(pdf))


def page_count(pdf: bytes) -> int:
    """The number of pages. Raises `PdfProblem` when `pdf` is not a readable PDF."""
    with _lock:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise PdfProblem(f"This is not a readable PDF: {error}") from error
        try:
            return len(document)
        finally:
            document.close()


def find_anchors(pdf: bytes, anchors: Iterable[str]) -> dict[str, int]:
    """How often each of `anchors` stands in the text, counted as Docusign does: whatever the case."""
    everything = text(pdf).lower()
    return {anchor: everything.count(anchor.lower()) for anchor in anchors}


def all_anchors(text_of_pdf: str) -> dict[str, int]:
    """Every anchor of our form in a text, with its count: also those that nobody declared."""
    found: dict[str, int] = {}
    for match in ANCHOR.findall(text_of_pdf.lower()):
        found[match] = found.get(match, 0) + 1
    return found
