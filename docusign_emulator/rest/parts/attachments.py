"""Attachments of an envelope: files for applications, which no signer sees.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeattachments/
"""

from __future__ import annotations

import base64
import uuid

from docusign_emulator.envelopes import files
from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.paths import ENVELOPE, Row

_KEY = "attachments"  # in the envelope's definition too
_TOLD = ("attachmentId", "attachmentType", "accessControl", "label", "name")


def list_all(call: Call) -> Reply:
    return Reply(_listed(call.envelope()))


def put_many(call: Call) -> Reply:
    """PUT attachments: those with a known id are replaced, the others added."""
    envelope = editable(call)
    for facts in formats.children(call.json, _KEY):
        _put(envelope, facts)
    save(call.store, envelope)
    return Reply(_listed(envelope))


def put_one(call: Call) -> Reply:
    envelope = editable(call)
    _put(envelope, call.json | {"attachmentId": call.params["attachmentId"]})
    save(call.store, envelope)
    return Reply(_listed(envelope))


def get(call: Call) -> Reply:
    """GET one attachment, as its bytes."""
    for one in _all(call.envelope()):
        if one["attachmentId"] == call.params["attachmentId"]:
            return Reply(files.decoded(one["data"]), content_type="application/octet-stream")
    raise no_such_resource("attachment")


def delete_many(call: Call) -> Reply:
    """DELETE attachments: those listed."""
    envelope = editable(call)
    gone = {formats.text(one.get("attachmentId")) for one in formats.children(call.json, _KEY)}
    envelope.extra[_KEY] = [one for one in _all(envelope) if one["attachmentId"] not in gone]
    save(call.store, envelope)
    return Reply(_listed(envelope))


def _put(envelope: Envelope, facts: Json) -> None:
    data = formats.text(facts.get("data"))
    files.decoded(data)
    made = {key: formats.text(facts[key]) for key in _TOLD if facts.get(key)}
    made = {"attachmentId": str(uuid.uuid4()), "attachmentType": ".txt", "accessControl": "sender"} | made
    left = [one for one in _all(envelope) if one["attachmentId"] != made["attachmentId"]]
    envelope.extra[_KEY] = [*left, made | {"data": data}]


def _all(envelope: Envelope) -> list[Json]:
    """With ids for those that the definition brought without one."""
    found = formats.children(envelope.extra, _KEY)
    for place, one in enumerate(found):
        one.setdefault("attachmentId", str(uuid.uuid5(uuid.UUID(envelope.id), f"attachment {place}")))
        one.setdefault("data", base64.b64encode(b"").decode())
    return found


def _listed(envelope: Envelope) -> Json:
    return {_KEY: [{key: formats.text(one[key]) for key in _TOLD if key in one} for one in _all(envelope)]}


_ATTACHMENT = ENVELOPE + "/attachments/{attachmentId}"
ROWS: list[Row] = [
    ("GET", f"{ENVELOPE}/attachments", "getAttachments", list_all),
    ("PUT", f"{ENVELOPE}/attachments", "putAttachments", put_many),
    ("DELETE", f"{ENVELOPE}/attachments", "deleteAttachments", delete_many),
    ("GET", _ATTACHMENT, "getAttachment", get),
    ("PUT", _ATTACHMENT, "putAttachment", put_one),
]
