"""Small documents to send, each with its anchors written where a lease has them."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import Any

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

Json = dict[str, Any]


@cache
def lease(*anchors: str, pages: int = 2, words: str = "Residential lease") -> bytes:
    """A PDF whose last page carries the anchors, one to a line."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for page in range(pages):
        canvas.drawString(72, 780, f"{words}, page {page + 1} of {pages}")
        if page == pages - 1:
            for row, anchor in enumerate(anchors):
                canvas.drawString(72, 700 - 60 * row, f"Signature: {anchor}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@cache
def png(width: int = 8, height: int = 4) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (20, 20, 60)).save(out, "PNG")
    return out.getvalue()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def document(*anchors: str, id: str = "1", name: str = "Lease.pdf", **more: Any) -> Json:
    return {"documentId": id, "name": name, "documentBase64": encoded(lease(*anchors)), **more}


def signer(id: str, name: str, *, order: int = 1, anchor: str = "", **more: Any) -> Json:
    """A person who signs at `anchor`; with `clientUserId` they do it in our own pages."""
    facts: Json = {"recipientId": id, "name": name, "email": f"{name.split(maxsplit=1)[0].lower()}@people.example"}
    facts["routingOrder"] = str(order)
    if anchor:
        facts["tabs"] = {"signHereTabs": [{"anchorString": anchor}]}
    return facts | more


def envelope(**more: Any) -> Json:
    """A lease for a tenant (embedded), then the landlord (by mail), with a copy to the office."""
    definition: Json = {
        "emailSubject": "Please sign your lease",
        "status": "sent",
        "documents": [document("/tenant/", "/landlord/")],
        "recipients": {
            "signers": [
                signer("1", "Tina Tenant", anchor="/tenant/", clientUserId="tenant-1"),
                signer("2", "Larry Landlord", order=2, anchor="/landlord/"),
            ],
            "carbonCopies": [
                {"recipientId": "3", "name": "Olga Office", "email": "office@people.example", "routingOrder": "3"}
            ],
        },
    }
    return definition | more
