"""Whether a person can see all that a document says: what is in its text is compared with what is drawn.

Docusign, a search and a court's clerk read the text of a PDF; a tenant reads the picture. A word that only one of them
gets is an accident or a trick, and is named before a text is published.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from esign.documents import textlayer

SMALLEST = 4.0  # points from the lowest to the highest stroke a letter of this size may have
CONTRAST = 64  # of 255, between the darkest and the lightest dot where the word stands
DOTS_PER_POINT = 2.0
NOT_COMPARED = re.compile(r"[\W_\u02bc]+")  # an apostrophe may come out of a PDF as the letter U+02BC


def unseen_words(pdf: bytes) -> list[str]:
    """Words of the PDF's text that no one can see: without contrast, too small, or beyond the sheet. Each once.

    Anchors are meant to be unseen and are left out. Raises `PdfProblem` when `pdf` is not a readable PDF.
    """
    found: dict[str, None] = {}
    for page in textlayer.pages_with_words(pdf, scale=DOTS_PER_POINT):
        for word in page.words:
            if not textlayer.ANCHOR.search(word.text.lower()) and not _is_seen(page.picture, word):
                found.setdefault(word.text)
    return list(found)


def words_left_out(text: str, pdf: bytes) -> list[str]:
    """Words of a document's HTML that its PDF does not have as often, as `display: none` makes it."""
    wanted = Counter(_letters(word) for word in textlayer.ANCHOR.sub(" ", text).split())
    printed = _letters(textlayer.text(pdf))
    return [word for word, count in wanted.items() if printed.count(word) < count]


def _letters(text: str) -> str:
    """Without what a page may change: capitals, the end of a line, the shape of an apostrophe."""
    return NOT_COMPARED.sub("", unicodedata.normalize("NFKC", text).casefold())


def _is_seen(picture: textlayer.Picture, word: textlayer.Word) -> bool:
    if word.height < SMALLEST:
        return False
    dots = picture.dots_in(word.box)
    return bool(dots) and max(dots) - min(dots) >= CONTRAST
