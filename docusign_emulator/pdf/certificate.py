"""The certificate of completion: who did what to an envelope, when and from where, as a PDF of its own."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from docusign_emulator.pdf import fonts
from docusign_emulator.pdf.marks import Mark
from docusign_emulator.pdf.stamp import FOOTER, draw_mark

Facts = Mapping[str, Any]

_INK, _SOFT, _LINE, _BAND = HexColor("#1c2333"), HexColor("#5b6475"), HexColor("#d8dde6"), HexColor("#f3f5f9")
_ALARM, _ACCENT = HexColor("#9a3412"), HexColor("#2a5bd7")
_MARGIN, _WIDTH = 16 * mm, LETTER[0] - 32 * mm


def render(facts: Facts) -> bytes:
    """The certificate for one envelope.

    Keys of `facts`, all optional but envelopeId; times are ISO strings or datetimes and are printed in UTC:
    envelopeId, emailSubject, status, accountName, createdAt, sentAt, completedAt, timeZone;
    sender {name, email, ip};
    documents [{name, pages, sha256}];
    recipients [{name, email, phone, role, kind (Docusign's recipientType), routingOrder, status, deliveryMethod,
    authentication, ip, disclosureAt, sentAt, viewedAt, signedAt, declinedAt, declinedReason, signatureId,
    signature {text, style, png}}];
    events [{at, action, user, ip, message}];
    disclosure, the text the signers accepted.
    """
    fonts.register()
    out = io.BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=LETTER,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=f"Certificate of completion {facts['envelopeId']}",
        author="Docusign emulator",
    )
    frame = Frame(_MARGIN, 18 * mm, _WIDTH, LETTER[1] - 36 * mm, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate(frames=[frame])])
    document.build(_story(facts), canvasmaker=_numbered(str(facts["envelopeId"])))
    return out.getvalue()


def _story(facts: Facts) -> list[Flowable]:
    story: list[Flowable] = [*_heading(facts), *_summary(facts)]
    story += _section("Documents", _documents(facts.get("documents", ())))
    recipients = sorted(facts.get("recipients", ()), key=lambda recipient: int(recipient.get("routingOrder") or 0))
    for number, recipient in enumerate(recipients, start=1):
        card = _recipient(recipient)
        story.append(
            KeepTogether([Paragraph("Recipients", _HEADING), Spacer(1, 2 * mm), card]) if number == 1 else card
        )
        story.append(Spacer(1, 2.5 * mm))
    story += _section("Events", _events(facts.get("events", ())))
    if disclosure := facts.get("disclosure"):
        lines = [Paragraph(_text(line), _SMALL) for line in str(disclosure).splitlines() if line.strip()]
        story += _section("Electronic record and signature disclosure", *lines)
    return story


def _heading(facts: Facts) -> list[Flowable]:
    warning = Table(
        [[Paragraph("Issued by the Docusign emulator. It has no legal value.", _WARNING)]],
        colWidths=[_WIDTH],
        style=TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), HexColor("#fff4ed")),
                ("BOX", (0, 0), (-1, -1), 0.6, HexColor("#fdba8c")),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ]
        ),
    )
    return [Paragraph("Certificate of completion", _TITLE), Spacer(1, 3 * mm), warning, Spacer(1, 4 * mm)]


def _summary(facts: Facts) -> list[Flowable]:
    sender = facts.get("sender", {})
    documents = facts.get("documents", ())
    rows = [
        (
            "Envelope ID",
            str(facts["envelopeId"]).upper(),
            "Status",
            str(facts.get("status", "")).capitalize(),
        ),
        ("Subject", facts.get("emailSubject", ""), "Account", facts.get("accountName", "")),
        ("Sender", _who(sender), "Sender's IP address", sender.get("ip", "")),
        ("Created", _time(facts.get("createdAt")), "Sent", _time(facts.get("sentAt"))),
        (
            "Completed",
            _time(facts.get("completedAt")),
            "Documents",
            f"{len(documents)} ({sum(int(d.get('pages') or 0) for d in documents)} pages)",
        ),
    ]
    cells = [
        [Paragraph(a, _LABEL), Paragraph(_text(b), _BODY), Paragraph(c, _LABEL), Paragraph(_text(d), _BODY)]
        for a, b, c, d in rows
    ]
    widths = [22 * mm, _WIDTH * 0.52 - 22 * mm, 30 * mm, _WIDTH * 0.48 - 30 * mm]
    return [Table(cells, colWidths=widths, style=_grid())]


def _documents(documents: Sequence[Facts]) -> Flowable:
    rows = [[Paragraph(head, _LABEL) for head in ("Name", "Pages", "SHA-256 of the document as sent")]]
    rows += [
        [
            Paragraph(_text(document.get("name", "")), _BODY),
            Paragraph(str(document.get("pages", "")), _BODY),
            Paragraph(_text(document.get("sha256", "")), _CODE),
        ]
        for document in documents
    ]
    return Table(
        rows,
        colWidths=[_WIDTH * 0.40, 15 * mm, _WIDTH * 0.60 - 15 * mm],
        repeatRows=1,
        style=_grid(head=True),
    )


def _signature(recipient: Facts) -> list[Flowable]:
    middle: list[Flowable] = []
    signature = recipient.get("signature")
    if signature:
        mark = Mark(
            0,
            0,
            0,
            50 * mm,
            16 * mm,
            "signature",
            text=str(signature.get("text", "")),
            style=str(signature.get("style", "")),
            png=signature.get("png"),
            short_id=str(recipient.get("signatureId", "")),
        )
        middle = [_Drawn(mark), Spacer(1, 1 * mm)]
        how = "Drawn on the device" if signature.get("png") else "Chosen from the styles offered"
        middle.append(Paragraph(how, _SOFT_TEXT))
    if reason := recipient.get("declinedReason"):
        middle.append(Paragraph(f"<b>Declined.</b> {_text(reason)}", _BODY))
    return middle


def _recipient(recipient: Facts) -> Flowable:
    who = [Paragraph(_text(recipient.get("name", "")), _NAME)]
    for line in (recipient.get("email"), recipient.get("phone")):
        if line:
            who.append(Paragraph(_text(line), _BODY))
    order = recipient.get("routingOrder")
    kind = str(recipient.get("kind", ""))
    role = recipient.get("role") or _KINDS.get(kind, kind)
    who.append(Paragraph(_text(f"{role}, routing order {order}" if order else role), _SOFT_TEXT))
    for label, value in (
        ("Identity check", recipient.get("authentication") or "None"),
        ("Delivered by", recipient.get("deliveryMethod")),
        ("IP address", recipient.get("ip")),
    ):
        if value:
            who.append(Paragraph(f"{label}: {_text(value)}", _SOFT_TEXT))

    times = [
        [Paragraph(label, _LABEL), Paragraph(_time(recipient.get(key)), _RIGHT)]
        for key, label in (
            ("sentAt", "Sent"),
            ("viewedAt", "Viewed"),
            ("disclosureAt", "Consented"),
            ("signedAt", "Signed"),
            ("declinedAt", "Declined"),
        )
        if recipient.get(key)
    ]
    times.append([Paragraph("Status", _LABEL), Paragraph(_text(recipient.get("status", "")).capitalize(), _RIGHT)])
    right = Table(times, colWidths=[18 * mm, 38 * mm], style=_TIGHT)
    return Table(
        [[who, _signature(recipient), right]],
        colWidths=[_WIDTH - 115 * mm, 54 * mm, 61 * mm],
        style=TableStyle(
            [
                ("BOX", (0, 0), (-1, -1), 0.6, _LINE),
                ("LINEBEFORE", (0, 0), (0, 0), 2.2, _ACCENT),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 6),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
                ("LEFTPADDING", (0, 0), (-1, -1), 7),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ]
        ),
    )


def _events(events: Sequence[Facts]) -> Flowable:
    rows = [[Paragraph(head, _LABEL) for head in ("Time (UTC)", "Action", "Who", "IP address", "What happened")]]
    rows += [
        [
            Paragraph(_time(event.get("at")).removesuffix(" UTC"), _SMALL),
            Paragraph(_text(event.get("action", "")), _SMALL_BOLD),
            Paragraph(_text(event.get("user", "")), _SMALL),
            Paragraph(_text(event.get("ip", "")), _SMALL),
            Paragraph(_text(event.get("message", "")), _SMALL),
        ]
        for event in events
    ]
    widths = [36 * mm, 28 * mm, 32 * mm, 23 * mm, _WIDTH - 119 * mm]
    return Table(rows, colWidths=widths, repeatRows=1, style=_grid(head=True))


def _section(title: str, *content: Flowable) -> list[Flowable]:
    """A heading that never stands alone at the foot of a page."""
    heading = Paragraph(title, _HEADING)
    return [Spacer(1, 5 * mm), heading, Spacer(1, 1.5 * mm), *content, Spacer(1, 2 * mm)]


class _Drawn(Flowable):
    """A signature as it stands in the document."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        return self.mark.w, self.mark.h

    def draw(self) -> None:
        draw_mark(self.canv, self.mark)


def _numbered(envelope_id: str) -> Callable[..., Canvas]:
    """A canvas that knows the number of pages when it prints the first."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._states: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self._states.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]  # missing from the published types

        def save(self) -> None:
            for number, state in enumerate(self._states, start=1):
                self.__dict__.update(state)
                self.setFont(fonts.SANS, 7)
                self.setFillColor(_SOFT)
                self.drawString(_MARGIN, 10 * mm, f"Envelope {envelope_id}")
                self.drawCentredString(LETTER[0] / 2, 10 * mm, FOOTER)
                self.drawRightString(LETTER[0] - _MARGIN, 10 * mm, f"Page {number} of {len(self._states)}")
                super().showPage()
            super().save()

    return Numbered


def _time(value: datetime | str | None) -> str:
    if not value:
        return ""
    moment = value if isinstance(value, datetime) else _parsed(value)
    if moment is None:
        return _text(value)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{moment:%d %b %Y, %H:%M:%S} UTC"


def _parsed(value: str) -> datetime | None:
    """Docusign writes seven decimals, which Python reads from 3.11 on."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _who(person: Facts) -> str:
    name, email = person.get("name", ""), person.get("email", "")
    return f"{name} ({email})" if email else str(name)


def _text(value: object) -> str:
    return escape(str(value or ""))


_KINDS = {
    "signer": "Signer",
    "carboncopy": "Receives a copy",
    "certifieddelivery": "Must open the documents",
    "inpersonsigner": "Signs in person",
    "editor": "Editor",
    "agent": "Agent",
    "intermediary": "Intermediary",
    "witness": "Witness",
    "notary": "Notary",
}


def _style(name: str, *, font: str = fonts.SANS, size: float = 8.5, lead: float = 0, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(
        name, fontName=font, fontSize=size, leading=lead or size * 1.35, **({"textColor": _INK} | more)
    )


_TITLE = _style("title", font=fonts.SANS_BOLD, size=19, lead=23)
_HEADING = _style("heading", font=fonts.SANS_BOLD, size=11.5, lead=14)
_WARNING = _style("warning", font=fonts.SANS_BOLD, size=9, textColor=_ALARM)
_LABEL = _style("label", size=7.5, lead=11, textColor=_SOFT)
_BODY = _style("body")
_NAME = _style("name", font=fonts.SANS_BOLD, size=10)
_SOFT_TEXT = _style("soft", size=7.5, textColor=_SOFT)
_RIGHT = _style("right", size=7.5, lead=11, alignment=TA_RIGHT)
_CODE = _style("code", font="Courier", size=6.3, lead=11.4)
_SMALL = _style("small", size=7.5)
_SMALL_BOLD = _style("small-bold", font=fonts.SANS_BOLD, size=7.5)

_TIGHT = TableStyle(
    [
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


def _grid(*, head: bool = False) -> TableStyle:
    style = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    if head:
        style.add("BACKGROUND", (0, 0), (-1, 0), _BAND)
    return style
