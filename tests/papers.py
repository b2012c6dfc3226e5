"""Small documents of the Docusign account, made on the spot: a PDF with anchors, and a Word file to fill in."""

from __future__ import annotations

import base64
import io
import zipfile
from functools import cache
from typing import Any

from reportlab.pdfgen.canvas import Canvas


@cache
def pdf(*anchors: str) -> bytes:
    """One page that carries the anchors, one to a line."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for row, anchor in enumerate(anchors):
        canvas.drawString(72, 700 - 60 * row, f"Signature: {anchor}")
    canvas.save()
    return out.getvalue()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def document(*anchors: str, name: str) -> dict[str, Any]:
    """One document of an envelope or template definition."""
    return {"documentId": "1", "name": name, "documentBase64": encoded(pdf(*anchors))}


def word_file(*lines: str) -> bytes:
    """A Word document with a paragraph for each line."""
    blocks = [f'<w:p><w:r><w:t xml:space="preserve">{line}</w:t></w:r></w:p>' for line in lines]
    out = io.BytesIO()
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    package = "http://schemas.openxmlformats.org/package/2006"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
            '.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{office}"/></Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{relationship}" Target="word/document.xml"/></Relationships>',
        )
        file.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{word}"><w:body>{"".join(blocks)}</w:body></w:document>',
        )
    return out.getvalue()
