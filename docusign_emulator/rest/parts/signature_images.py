"""How a recipient signed, and the picture of it.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipients/getsignature/
"""

from __future__ import annotations

import base64
import importlib

from docusign_emulator.envelopes import output
from docusign_emulator.envelopes.model import Recipient, save
from docusign_emulator.protocol.errors import ApiError, no_such_recipient, no_such_resource, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.paths import ENVELOPE, Row

_PNG = b"\x89PNG\r\n\x1a\n"
MAX_BYTES = 200 * 1024


def get(call: Call) -> Reply:
    """GET signature: as it was adopted. Raises ApiError before they have signed."""
    envelope = call.envelope()
    person, adopted = _signed(call)
    base = f"/envelopes/{envelope.id}/recipients/{person.recipient_id}"
    return Reply(
        {
            "signatureId": person.guid,
            "signatureName": adopted["name"],
            "signatureInitials": adopted.get("initials", ""),
            "signatureType": "UploadedImage" if adopted.get("png") else "RightToLeft",
            "signatureFont": adopted.get("style") or "",
            "signatureImageUri": f"{base}/signature_image",
            "initialsImageUri": f"{base}/initials_image",
            "adoptedDateTime": person.signed_at or "",
        }
    )


def get_signature(call: Call) -> Reply:
    """GET signature_image: the picture that was drawn or uploaded, or the name in the hand that was chosen."""
    _, adopted = _signed(call)
    return _picture(adopted, "png", adopted["name"])


def get_initials(call: Call) -> Reply:
    _, adopted = _signed(call)
    return _picture(adopted, "initialsPng", adopted.get("initials") or adopted["name"][:1])


def put_signature(call: Call) -> Reply:
    """PUT signature_image: the picture a captive recipient will sign with, a PNG."""
    return _put(call, "png")


def put_initials(call: Call) -> Reply:
    return _put(call, "initialsPng")


def _person(call: Call) -> Recipient:
    person = call.envelope().recipient(call.params["recipientId"])
    if person is None:
        raise no_such_recipient(call.params["recipientId"][:50])
    return person


def _signed(call: Call) -> tuple[Recipient, Json]:
    person = _person(call)
    if not person.signature or not person.signature.get("name"):
        raise no_such_resource("signature")
    return person, person.signature


def _picture(adopted: Json, key: str, text: str) -> Reply:
    if adopted.get(key):
        data = output.picture(adopted[key]) or b""
    else:
        hands = importlib.import_module("docusign_emulator.pdf.hands")  # slow import, and a start is to be fast
        data = hands.png(text, adopted.get("style") or "")
    return Reply(data, content_type="image/png")


def _put(call: Call, key: str) -> Reply:
    envelope = editable(call)
    person = envelope.recipient(call.params["recipientId"])
    if person is None:
        raise no_such_recipient(call.params["recipientId"][:50])
    if person.finished:
        raise wrong_status("The recipient has signed.")
    if not call.body.startswith(_PNG) or len(call.body) > MAX_BYTES:
        raise ApiError("INVALID_IMAGE", "The picture is a PNG of at most 200 kB.")
    person.signature = (person.signature or {}) | {
        "name": person.name,
        key: base64.b64encode(call.body).decode(),
    }
    save(call.store, envelope)
    return Reply({})


_RECIPIENT = ENVELOPE + "/recipients/{recipientId}"
ROWS: list[Row] = [
    ("GET", f"{_RECIPIENT}/signature", "getRecipientSignature", get),
    ("GET", f"{_RECIPIENT}/signature_image", "getRecipientSignatureImage", get_signature),
    ("PUT", f"{_RECIPIENT}/signature_image", "updateRecipientSignatureImage", put_signature),
    ("GET", f"{_RECIPIENT}/initials_image", "getRecipientInitialsImage", get_initials),
    ("PUT", f"{_RECIPIENT}/initials_image", "updateRecipientInitialsImage", put_initials),
]
