"""Comments on an envelope, and their transcript.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/comments/
"""

from __future__ import annotations

import importlib
import uuid

from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.documents import as_file
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.paths import ENVELOPE, Row

MAX_TEXT = 1000


def create(call: Call) -> Reply:
    """POST comments: each in its thread, or the first of a new one."""
    envelope = editable(call)
    if not formats.truth(envelope.extra.get("allowComments"), default=True):
        raise wrong_status("The envelope allows no comments.")
    known = _all(envelope)
    made = [_made(call, envelope, facts) for facts in formats.children(call.json, "commentsToPublish")]
    envelope.extra["comments"] = [*known, *made]
    save(call.store, envelope)
    times = [one["timestamp"] for one in made] or [""]
    return Reply({"comments": made, "count": len(made), "startTimetoken": times[0], "endTimetoken": times[-1]}, 201)


def transcript(call: Call) -> Reply:
    """GET comments/transcript: a PDF of who said what, and when."""
    envelope = call.envelope()
    lines = [f"Comments on: {envelope.subject}", f"Envelope: {envelope.id}", ""]
    for one in _all(envelope):
        lines += [f"{one['timestamp']}  {one['sentByFullName']} <{one['sentByEmail']}>", one["text"], ""]
    convert = importlib.import_module("docusign_emulator.pdf.convert")  # slow import, and a start is to be fast
    return as_file(call, convert.to_pdf("\n".join(lines).encode(), "txt"), "Comments.pdf", "transcript")


def _all(envelope: Envelope) -> list[Json]:
    return formats.children(envelope.extra, "comments")


def _made(call: Call, envelope: Envelope, facts: Json) -> Json:
    text = kept.name(facts, "text")
    if len(text) > MAX_TEXT:
        raise invalid_parameter(f"A comment may have {MAX_TEXT} characters.")
    thread = formats.text(facts.get("threadId")) or str(uuid.uuid4())
    first = next((one for one in _all(envelope) if one["threadId"] == thread), None)
    return {
        "id": formats.text(facts.get("id")) or str(uuid.uuid4()),
        "envelopeId": envelope.id,
        "threadId": thread,
        "threadOriginatorId": first["threadOriginatorId"] if first else call.user.user_id,
        "text": text,
        "mentions": formats.texts(facts, "mentions"),
        "visibleTo": formats.texts(facts, "visibleTo"),
        "sentByUserId": call.user.user_id,
        "sentByFullName": call.user.name,
        "sentByEmail": call.user.email,
        "sentByInitials": "".join(part[0] for part in call.user.name.split()[:2]),
        "subject": envelope.subject,
        "timestamp": call.store.now(),
        "read": False,
    }


ROWS: list[Row] = [
    ("POST", f"{ENVELOPE}/comments", "createEnvelopeComments", create),
    ("GET", f"{ENVELOPE}/comments/transcript", "getCommentsTranscript", transcript),
]
