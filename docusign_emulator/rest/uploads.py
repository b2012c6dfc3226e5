"""Chunked uploads: a large document in parts, used by its uri afterwards.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/chunkeduploads/
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from datetime import timedelta

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply

MAX_TOTAL = 52_428_800
MAX_PARTS = 512
LIFE = timedelta(minutes=20)


def create(call: Call) -> Reply:
    """POST chunked_uploads: the first part."""
    upload: Json = {
        "id": str(uuid.uuid4()),
        "parts": {},
        "committed": False,
        "expires": formats.stamp(call.store.clock.now() + LIFE),
    }
    _take(call, upload, "0")
    return Reply(_shown(call, upload), 201)


def get(call: Call) -> Reply:
    return Reply(_shown(call, _upload(call)))


def put_part(call: Call) -> Reply:
    upload = _upload(call)
    if upload["committed"]:
        raise ApiError("CHUNKED_UPLOAD_ALREADY_COMMITTED", "The chunked upload is committed.")
    _take(call, upload, call.params["chunkedUploadPartSeq"])
    return Reply(_shown(call, upload))


def commit(call: Call) -> Reply:
    """PUT with action=commit: nothing can be added afterwards."""
    upload = _upload(call)
    if call.query.get("action") != "commit":
        raise invalid_parameter("action is commit.")
    if sorted(upload["parts"], key=int) != [str(number) for number in range(len(upload["parts"]))]:
        raise ApiError("CHUNKED_UPLOAD_PARTS_MISSING", "A part of the chunked upload is missing.")
    upload["committed"] = True
    call.store.keep("chunked_upload", upload["id"], upload)
    return Reply(_shown(call, upload))


def delete(call: Call) -> Reply:
    upload = _upload(call)
    call.store.drop("chunked_upload", upload["id"])
    return Reply(_shown(call, upload))


def _take(call: Call, upload: Json, sequence: str) -> None:
    if not sequence.isdigit() or int(sequence) >= MAX_PARTS:
        raise invalid_parameter(f"The sequence of a part is a number below {MAX_PARTS}.")
    try:
        data = base64.b64decode(formats.text(call.json.get("data")))
    except ValueError as error:
        raise invalid_parameter("data is not base64.") from error
    upload["parts"][str(int(sequence))] = call.store.keep_bytes(data)
    if sum(len(call.store.bytes_of(digest)) for digest in upload["parts"].values()) > MAX_TOTAL:
        raise ApiError("CHUNKED_UPLOAD_TOO_LARGE", "A chunked upload may have 50 MB.")
    call.store.keep("chunked_upload", upload["id"], upload)


def _upload(call: Call) -> Json:
    upload = call.store.record("chunked_upload", call.params["chunkedUploadId"].lower())
    if upload is None or (not upload["committed"] and upload["expires"] < call.store.now()):
        raise no_such_resource("chunked upload")
    return upload


def _shown(call: Call, upload: Json) -> Json:
    parts = {sequence: call.store.bytes_of(digest) for sequence, digest in upload["parts"].items()}
    whole = hashlib.sha256(b"".join(parts[sequence] for sequence in sorted(parts, key=int)))
    return {
        "chunkedUploadId": upload["id"],
        "chunkedUploadUri": f"/accounts/{call.store.account.id}/chunked_uploads/{upload['id']}",
        "chunkedUploadParts": [{"sequence": one, "size": str(len(parts[one]))} for one in sorted(parts, key=int)],
        "checksum": whole.hexdigest(),
        "committed": formats.flag(upload["committed"]),
        "expirationDateTime": upload["expires"],
        "maxChunkedUploadParts": str(MAX_PARTS),
        "maxTotalSize": str(MAX_TOTAL),
        "totalSize": str(sum(map(len, parts.values()))),
    }
