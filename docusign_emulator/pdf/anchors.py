"""Where a string stands in a PDF: the search behind Docusign's anchor tabs.

An anchor string is looked up in the text of every page and each occurrence gets a tab
(https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/tabs/auto-place/).
"""

import ctypes
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from pypdfium2 import raw

from docusign_emulator.pdf import pdfium

_FINE = 100  # pdfium answers device coordinates as integers, so ask it in hundredths of a point


@dataclass(frozen=True)
class Hit:
    """One occurrence: page from 1, and its box in points from the top-left corner of the page."""

    page: int
    x: float
    y: float
    w: float
    h: float


class TextLayer:
    """The text of one PDF, parsed once, to be asked for many needles. Close it, or use it in a `with`.

    The document stays open in pdfium so that boxes, which cost far more than characters, are read for hits
    only. Raises UnreadablePdf when the bytes are no PDF.
    """

    def __init__(self, pdf: bytes) -> None:
        with pdfium.LOCK:
            document = pdfium.open_document(pdf)
            # The finaliser closes it under the lock even when the owner forgot to.
            self.close = weakref.finalize(self, _close, document)
            self._pages = [document[index] for index in range(len(document))]
            self._layers = [page.get_textpage() for page in self._pages]
            self._texts = [_text(layer) for layer in self._layers]
            self.sizes: list[tuple[float, float]] = [page.get_size() for page in self._pages]
        self._folded = [_fold(text) for text in self._texts]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def find(
        self,
        needle: str,
        *,
        case_sensitive: bool = False,
        whole_word: bool = False,
        allow_whitespace: bool = False,
    ) -> list[Hit]:
        """Every occurrence, by page and then in the order of the text.

        `whole_word` refuses a hit that touches a letter or digit on either side; `allow_whitespace` finds the
        needle even where the page has blanks between its characters.
        """
        wanted = needle if case_sensitive else _fold(needle)
        texts = self._texts if case_sensitive else self._folded
        hits = []
        for index, text in enumerate(texts):
            for start, end in _spans(text, wanted, whole_word=whole_word, allow_whitespace=allow_whitespace):
                hit = self._hit(index, start, end)
                if hit is not None:
                    hits.append(hit)
        return hits

    def text(self, page: int) -> str:
        """The text of a page, counted from 1."""
        return self._texts[page - 1]

    def lines(self) -> list[str]:
        """The lines of every page that are not blank, in the order of the text."""
        return [line.strip() for text in self._texts for line in text.splitlines() if line.strip()]

    def _hit(self, index: int, start: int, end: int) -> Hit | None:
        with pdfium.LOCK:
            boxes = [box for i in range(start, end) if (box := self._box(index, i)) is not None]
        if not boxes:
            return None
        left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
        right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
        return Hit(index + 1, left, top, round(right - left, 2), round(bottom - top, 2))

    def _box(self, index: int, char: int) -> tuple[float, float, float, float] | None:
        """Left, top, right, bottom of one character as shown; None for a blank pdfium made up."""
        rect = raw.FS_RECTF()
        if not raw.FPDFText_GetLooseCharBox(self._layers[index].raw, char, ctypes.byref(rect)):
            return None
        if rect.left == rect.right:
            return None
        x1, y1 = self._shown(index, rect.left, rect.top)
        x2, y2 = self._shown(index, rect.right, rect.bottom)
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)

    def _shown(self, index: int, x: float, y: float) -> tuple[float, float]:
        """Page space to the place on the page as a reader shows it, minding its rotation and crop box."""
        width, height = self.sizes[index]
        dx, dy = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(
            self._pages[index].raw,
            0,
            0,
            round(width * _FINE),
            round(height * _FINE),
            0,
            x,
            y,
            ctypes.byref(dx),
            ctypes.byref(dy),
        )
        return dx.value / _FINE, dy.value / _FINE


def find(
    pdf: bytes,
    needle: str,
    *,
    case_sensitive: bool = False,
    whole_word: bool = False,
    allow_whitespace: bool = False,
) -> list[Hit]:
    """`TextLayer.find` for a single needle. Raises UnreadablePdf."""
    with TextLayer(pdf) as layer:
        return layer.find(
            needle, case_sensitive=case_sensitive, whole_word=whole_word, allow_whitespace=allow_whitespace
        )


def page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of each page in points, as shown (after rotation). Raises UnreadablePdf."""
    with pdfium.opened(pdf) as document:
        return [document.get_page_size(index) for index in range(len(document))]


def _close(document: Any) -> None:
    with pdfium.LOCK:
        document.close()


def _text(layer: Any) -> str:
    """The page's text, one character per pdfium character, so that indexes are the same in both."""
    text: str = layer.get_text_range()
    count = layer.count_chars()
    if len(text) == count:
        return text
    # Characters outside the basic plane, or without Unicode meaning, break the count: read them one by one.
    codes = (raw.FPDFText_GetUnicode(layer.raw, i) for i in range(count))
    return "".join(chr(code) if 0 < code < 0x110000 else "\ufffd" for code in codes)


def _fold(text: str) -> str:
    """Lower case, never changing the length (the dotted capital I would)."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _spans(text: str, needle: str, *, whole_word: bool, allow_whitespace: bool) -> Iterator[tuple[int, int]]:
    """Start and end (exclusive) of each occurrence in `text`, not overlapping."""
    haystack, places = text, None
    if allow_whitespace:
        places = [i for i, char in enumerate(text) if not char.isspace()]
        haystack = "".join(text[i] for i in places)
        needle = "".join(needle.split())
    if not needle:
        return
    position = haystack.find(needle)
    while position >= 0:
        last = position + len(needle) - 1
        start, end = (places[position], places[last] + 1) if places else (position, last + 1)
        if not (whole_word and _inside_a_word(text, start, end)):
            yield start, end
        position = haystack.find(needle, last + 1)


def _inside_a_word(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()
