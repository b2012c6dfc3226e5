"""Draw on the pages what the signers left: signatures, initials, dates, texts, ticks; and the footer."""

import io
from collections import defaultdict
from collections.abc import Iterable

from PIL import Image, UnidentifiedImageError
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from docusign_emulator.pdf import fonts
from docusign_emulator.pdf.marks import EVERY_PAGE, Mark
from docusign_emulator.pdf.overlay import lay_over

FOOTER = "Docusign emulator: no legal value"

_INK, _FRAME, _FAINT = HexColor("#1a2b5f"), HexColor("#2a5bd7"), HexColor("#6b7280")
_BLACK = HexColor("#111111")


def stamp(pdf: bytes, marks: Iterable[Mark], *, envelope_id: str = "", footer: bool = True) -> bytes:
    """The PDF with the marks drawn and, on every page, the footer and (when given) the envelope id on top.

    Raises UnreadablePdf.
    """
    fonts.register()
    by_page: dict[int, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_page[mark.page].append(mark)

    def draw(canvas: Canvas, page: int, width: float, height: float) -> None:
        if envelope_id:
            canvas.setFont(fonts.SANS, 6.5)
            canvas.setFillColor(_BLACK)
            canvas.drawString(14, height - 12, f"Docusign Envelope ID: {envelope_id.upper()}")
        if footer:
            canvas.setFont(fonts.SANS, 6)
            canvas.setFillColor(_FAINT)
            canvas.drawCentredString(width / 2, 8, FOOTER)
        for mark in (*by_page[EVERY_PAGE], *by_page[page]):
            canvas.saveState()
            canvas.translate(mark.x, height - mark.y - mark.h)
            draw_mark(canvas, mark)
            canvas.restoreState()

    return lay_over(pdf, draw)


def draw_mark(canvas: Canvas, mark: Mark) -> None:
    """The mark alone, its bottom-left corner at the canvas's origin."""
    _DRAW[mark.kind](canvas, mark)


def _signature(canvas: Canvas, mark: Mark) -> None:
    """A bracket on the left, "Signed by:" above, the handwriting between, the short id below."""
    small = min(5.5, mark.h * 0.16)
    bracket = mark.h * 0.30
    canvas.setStrokeColor(_FRAME)
    canvas.setLineWidth(0.9)
    path = canvas.beginPath()
    path.moveTo(bracket * 1.1, mark.h - small * 0.55)
    path.lineTo(bracket * 0.7, mark.h - small * 0.55)
    path.curveTo(0, mark.h - small * 0.55, 0, small * 0.5, bracket * 0.7, small * 0.5)
    path.lineTo(bracket * 1.1, small * 0.5)
    canvas.drawPath(path)
    canvas.setFillColor(_FRAME)
    canvas.setFont(fonts.SANS_BOLD, small)
    canvas.drawString(bracket * 1.1 + 2, mark.h - small * 0.9, "Signed by:")
    if mark.short_id:
        canvas.setFont(fonts.SANS, small)
        canvas.drawString(bracket * 1.1 + 2, small * 0.15, f"{mark.short_id}…")
    _handwriting(canvas, mark, left=bracket * 0.55, bottom=small * 1.2, top=mark.h - small * 1.2)


def _initials(canvas: Canvas, mark: Mark) -> None:
    small = min(4.5, mark.h * 0.18)
    canvas.setStrokeColor(_FRAME)
    canvas.setLineWidth(0.7)
    canvas.roundRect(0.4, 0.4, mark.w - 0.8, mark.h - 0.8, min(3, mark.h * 0.15))
    canvas.setFillColor(_FRAME)
    canvas.setFont(fonts.SANS_BOLD, small)
    canvas.drawString(2.5, mark.h - small * 1.15, "Initials")
    _handwriting(canvas, mark, left=2, bottom=1.5, top=mark.h - small * 1.2, centred=True)


def _handwriting(canvas: Canvas, mark: Mark, *, left: float, bottom: float, top: float, centred: bool = False) -> None:
    room_w, room_h = max(mark.w - left - 1, 1), max(top - bottom, 1)
    if mark.png:
        anchor = "c" if centred else "w"
        _picture(canvas, mark.png, x=left, y=bottom, w=room_w, h=room_h, anchor=anchor)
        return
    font = fonts.hand_for(mark.style, mark.text)
    size = fonts.fitted(mark.text, font, room_h * 0.95, room_w)
    canvas.setFillColor(_INK)
    canvas.setFont(font, size)
    x = left + (room_w - fonts.width(mark.text, font, size)) / 2 if centred else left + 1
    canvas.drawString(x, bottom + room_h / 2 - size * 0.28, mark.text)


def _text(canvas: Canvas, mark: Mark) -> None:
    """The value, its lines from the top of the box; one too wide for it shrinks, to no less than 60%."""
    font = fonts.SANS_BOLD if mark.bold else fonts.SANS_ITALIC if mark.italic else fonts.SANS
    canvas.setFillColor(_colour(mark.colour))
    lines = mark.text.splitlines() or [""]
    if mark.w > 0:
        lines = [piece for line in lines for piece in _wrapped(line, font, mark)]
    baseline = mark.h - mark.font_size * 0.95
    if len(lines) == 1:
        baseline = max(mark.h / 2 - mark.font_size * 0.36, mark.h - mark.font_size * 1.4)
    for line in lines:
        size = mark.font_size
        if mark.w > 0:
            size = max(fonts.fitted(line, font, size, mark.w), size * 0.6)
        canvas.setFont(font, size)
        canvas.drawString(1, baseline, line)
        baseline -= mark.font_size * 1.22


def _wrapped(line: str, font: str, mark: Mark) -> list[str]:
    """Break only where the box is tall enough for more than one line."""
    if mark.h < mark.font_size * 2.4:
        return [line]
    pieces: list[str] = []
    for word in line.split(" "):
        longer = f"{pieces[-1]} {word}" if pieces else word
        if pieces and fonts.width(longer, font, mark.font_size) <= mark.w:
            pieces[-1] = longer
        else:
            pieces.append(word)
    return pieces


def _checkbox(canvas: Canvas, mark: Mark) -> None:
    side = min(mark.w, mark.h)
    canvas.setStrokeColor(_BLACK)
    canvas.setLineWidth(0.8)
    canvas.rect(0.4, mark.h - side + 0.4, side - 0.8, side - 0.8)
    if mark.text:
        canvas.setLineWidth(max(1, side * 0.12))
        canvas.lines(
            [
                (side * 0.22, mark.h - side * 0.55, side * 0.42, mark.h - side * 0.76),
                (side * 0.42, mark.h - side * 0.76, side * 0.8, mark.h - side * 0.26),
            ]
        )


def _radio(canvas: Canvas, mark: Mark) -> None:
    side = min(mark.w, mark.h)
    centre = (side / 2, mark.h - side / 2)
    canvas.setStrokeColor(_BLACK)
    canvas.setFillColor(_BLACK)
    canvas.setLineWidth(0.8)
    canvas.circle(*centre, side / 2 - 0.5)
    if mark.text:
        canvas.circle(*centre, side * 0.26, stroke=0, fill=1)


def _image(canvas: Canvas, mark: Mark) -> None:
    if mark.png:
        _picture(canvas, mark.png, x=0, y=0, w=mark.w, h=mark.h, anchor="c")


def _picture(canvas: Canvas, png: bytes, *, x: float, y: float, w: float, h: float, anchor: str) -> None:
    """The picture as large as fits. One that cannot be read is left out: a mark must not stop an envelope."""
    try:
        picture = Image.open(io.BytesIO(png)).convert("RGBA")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return
    canvas.drawImage(ImageReader(picture), x, y, w, h, mask="auto", preserveAspectRatio=True, anchor=anchor)


def _colour(name: str) -> Color:
    """Docusign's named tab colours (https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipienttabs/)."""
    return _COLOURS.get(name.lower(), _BLACK)


_COLOURS = {
    "black": _BLACK,
    "white": HexColor("#ffffff"),
    "brightblue": HexColor("#0033ff"),
    "brightred": HexColor("#ff0000"),
    "darkgreen": HexColor("#006400"),
    "darkred": HexColor("#8b0000"),
    "gold": HexColor("#b8860b"),
    "green": HexColor("#008000"),
    "navyblue": HexColor("#000080"),
    "purple": HexColor("#800080"),
}

_DRAW = {
    "signature": _signature,
    "initials": _initials,
    "text": _text,
    "date": _text,
    "checkbox": _checkbox,
    "radio": _radio,
    "image": _image,
}
