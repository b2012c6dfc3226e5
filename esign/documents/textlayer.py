"""What a PDF says when its text is read: where Docusign will look for our anchors.

PDFium is not thread-safe, so every call holds one lock; a page takes well under a millisecond.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2

from esign.documents.errors import PdfProblem

ANCHOR = re.compile(r"/(?:sig|ini|date|txt|chk):[a-z0-9_]+(?:@\d+)?(?::[a-z0-9_]+)?/")
EDGE = 36  # points: half an inch, where a laid-out page has nothing
FAR = 100_000
_lock = threading.Lock()


@dataclass(frozen=True)
class PageText:
    """What one page says; `at_edge` is the part of it in the last half inch on the right, or beyond the sheet."""

    text: str
    at_edge: str


def pages(pdf: bytes) -> list[PageText]:
    """The text of each page, in order. Raises `PdfProblem` when `pdf` is not a readable PDF."""
    with _lock, _opened(pdf) as document:
        return [_read(page) for page in document]


def _read(page: pypdfium2.PdfPage) -> PageText:
    width, height = page.get_size()
    text_page = page.get_textpage()
    try:
        return PageText(
            text=text_page.get_text_range(),
            at_edge=text_page.get_text_bounded(left=width - EDGE, bottom=-FAR, right=width + FAR, top=height + FAR),
        )
    finally:
        text_page.close()
        page.close()


Box = tuple[float, float, float, float]  # left, bottom, right, top in points, from the lower left corner


@dataclass(frozen=True)
class Word:
    """One word, the box of its strokes, and the height of its line in points."""

    text: str
    box: Box
    height: float


@dataclass(frozen=True)
class Picture:
    """A page in grey: `dots` line by line from the top, `scale` of them in a point."""

    width: int
    height: int
    dots: bytes
    scale: float

    def dots_in(self, box: Box) -> bytes:
        """The dots of a box, one dot more on each side; none where it lies beyond the page."""
        left, bottom, right, top = (edge * self.scale for edge in box)
        first, last = max(0, int(left) - 1), min(self.width, int(right) + 2)
        lines = range(max(0, self.height - int(top) - 2), min(self.height, self.height - int(bottom) + 1))
        return b"".join(self.dots[line * self.width + first : line * self.width + last] for line in lines)


@dataclass(frozen=True)
class PageWithWords:
    words: list[Word]
    picture: Picture


def pages_with_words(pdf: bytes, *, scale: float) -> list[PageWithWords]:
    """Each page as its words and as its picture. Raises `PdfProblem` when `pdf` is not a readable PDF."""
    with _lock, _opened(pdf) as document:
        pages = []
        for number in range(len(document)):
            words = _words(document[number])
            pages.append(PageWithWords(words, Picture(*_draw(document[number], scale), scale)))
        return pages


def _words(page: pypdfium2.PdfPage) -> list[Word]:
    text_page = page.get_textpage()
    try:
        text = text_page.get_text_range()
        return [_word(text_page, match) for match in re.finditer(r"\S*\w\S*", text)]
    finally:
        text_page.close()
        page.close()


def _word(text_page: pypdfium2.PdfTextPage, match: re.Match[str]) -> Word:
    ends = [text_page.get_charbox(index) for index in (match.start(), match.end() - 1)]
    box = (min(b[0] for b in ends), min(b[1] for b in ends), max(b[2] for b in ends), max(b[3] for b in ends))
    _, bottom, _, top = text_page.get_charbox(match.start(), loose=True)
    return Word(match[0], box, top - bottom)


def drawn(pdf: bytes, *, scale: float, most: int) -> list[tuple[int, int, bytes]]:
    """The first pages as (width, height, grey dots line by line); `scale` is in dots per point.

    Raises `PdfProblem` when `pdf` is not a readable PDF.
    """
    with _lock, _opened(pdf) as document:
        return [_draw(document[number], scale) for number in range(min(most, len(document)))]


def _draw(page: pypdfium2.PdfPage, scale: float) -> tuple[int, int, bytes]:
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        dots = bytes(bitmap.buffer)
        if bitmap.stride != bitmap.width:
            starts = range(0, bitmap.stride * bitmap.height, bitmap.stride)
            dots = b"".join(dots[start : start + bitmap.width] for start in starts)
        return bitmap.width, bitmap.height, dots
    finally:
        bitmap.close()
        page.close()


@contextmanager
def _opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PdfProblem(f"This is not a readable PDF: {error}") from error
    try:
        yield document
    finally:
        document.close()


def text(pdf: bytes) -> str:
    """All text of the PDF, pages joined by form feeds."""
    return "\f".join(page.text for page in pages(pdf))


def page_count(pdf: bytes) -> int:
    """The number of pages. Raises `PdfProblem` when `pdf` is not a readable PDF."""
    with _lock, _opened(pdf) as document:
        return len(document)


def all_anchors(text_of_pdf: str) -> dict[str, int]:
    """Every anchor of our form in a text, with its count: also those that no tag declared."""
    found: dict[str, int] = {}
    for match in ANCHOR.findall(text_of_pdf.lower()):
        found[match] = found.get(match, 0) + 1
    return found
