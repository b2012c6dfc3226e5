"""The fonts the emulator draws with: one sans and three hands, under the SIL Open Font License (fonts/).

They are embedded in every PDF, so that a signed document looks the same on a machine that has none of them.
"""

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from docusign_emulator.pdf.marks import HANDS

FOLDER = Path(__file__).parent / "fonts"
SANS, SANS_BOLD, SANS_ITALIC = "emulator-sans", "emulator-sans-bold", "emulator-sans-italic"
_FILES = {
    SANS: "inter-regular.ttf",
    SANS_BOLD: "inter-bold.ttf",
    SANS_ITALIC: "inter-italic.ttf",
    **{hand: f"{hand}.ttf" for hand in HANDS},
}


@cache
def register() -> None:
    """Make the fonts known to reportlab, once per process."""
    for name, file in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(FOLDER / file)))
    pdfmetrics.registerFontFamily(SANS, normal=SANS, bold=SANS_BOLD, italic=SANS_ITALIC, boldItalic=SANS_BOLD)


def file_of(font: str) -> Path:
    """Where the font of that name lies."""
    return FOLDER / _FILES[font]


def hand_for(style: str, text: str) -> str:
    """The handwriting font of that style, or the sans italic where the hand has no letter for the text."""
    register()
    hand = style if style in HANDS else HANDS[0]
    return hand if covers(hand, text) else SANS_ITALIC


def covers(font: str, text: str) -> bool:
    """Whether the font has a glyph for every character."""
    register()
    known = pdfmetrics.getFont(font)
    if not isinstance(known, TTFont):
        return False
    glyphs = known.face.charToGlyph
    return all(ord(char) in glyphs for char in text if not char.isspace())


def width(text: str, font: str, size: float) -> float:
    """The text's width in points."""
    register()
    return float(pdfmetrics.stringWidth(text, font, size))


def fitted(text: str, font: str, size: float, room: float) -> float:
    """The largest size, at most `size`, at which the text is no wider than `room` points."""
    wide = width(text, font, size)
    return size if wide <= room or not wide else size * room / wide
