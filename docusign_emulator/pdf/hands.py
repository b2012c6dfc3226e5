"""A name in a hand's font, as a picture."""

import io

from PIL import Image, ImageDraw, ImageFont

from docusign_emulator.pdf import fonts

_SIZE, _MARGIN = 48, 8
MAX_LETTERS = 100


def png(text: str, style: str) -> bytes:
    """The text in the hand of that style (`marks.HANDS`), dark on nothing."""
    shown = text[:MAX_LETTERS] or " "
    font = ImageFont.truetype(str(fonts.file_of(fonts.hand_for(style, shown))), _SIZE)
    left, top, right, bottom = font.getbbox(shown)
    size = (round(right - left) + 2 * _MARGIN, round(bottom - top) + 2 * _MARGIN)
    picture = Image.new("RGBA", size, (255, 255, 255, 0))
    ImageDraw.Draw(picture).text((_MARGIN - left, _MARGIN - top), shown, font=font, fill=(20, 20, 60, 255))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
