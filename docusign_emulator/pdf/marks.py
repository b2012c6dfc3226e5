"""What is to be drawn on the pages, told without the libraries that draw."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["signature", "initials", "text", "date", "checkbox", "radio", "image"]
EVERY_PAGE = 0
HANDS = ("caveat", "great-vibes", "allura")
"""The signature styles a signer may choose from; the first is the default."""


@dataclass(frozen=True)
class Mark:
    """One thing drawn on one page of one document, in points from the page's top-left corner.

    page: from 1, or EVERY_PAGE for a mark of the whole document.
    text: the name or initials signed with, the text, the date as printed; for a checkbox or radio, non-empty
        means ticked.
    png: the drawn signature or the image; it takes the place of `text` as handwriting.
    style: one of HANDS.
    short_id: the few characters printed under a signature that tie it to its signer.
    """

    page: int
    x: float
    y: float
    w: float
    h: float
    kind: Kind
    text: str = ""
    png: bytes | None = None
    style: str = HANDS[0]
    short_id: str = ""
    font_size: float = 9
    bold: bool = False
    italic: bool = False
    colour: str = ""
