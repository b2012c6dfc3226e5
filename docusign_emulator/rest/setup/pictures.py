"""Pictures that users and brands keep: taken in, checked by their first bytes, given out."""

from __future__ import annotations

from docusign_emulator.protocol.errors import ApiError, invalid_body, no_such_resource
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.storage.store import Store

MAX_BYTES = 300 * 1024  # https://developers.docusign.com/docs/esign-rest-api/reference/users/users/updateprofileimage/
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif", b"\xff\xd8\xff": "image/jpeg"}


def keep(call: Call, kind: str, id: str) -> None:
    """Keep the body as the picture of that kind and id. Raises ApiError for what is no GIF, PNG or JPEG."""
    data = call.body
    if not data:
        raise invalid_body("There is no picture in it.")
    if len(data) > MAX_BYTES:
        raise ApiError("INVALID_IMAGE", "A picture may have 300 kB.")
    found = next((media for start, media in _KINDS.items() if data.startswith(start)), None)
    if found is None:
        raise ApiError("INVALID_IMAGE", "The picture is no GIF, PNG or JPEG.")
    call.store.keep("picture", f"{kind} {id}", {"bytes": call.store.keep_bytes(data), "media": found})


def reply(store: Store, kind: str, id: str) -> Reply:
    """The picture as bytes. Raises ApiError when there is none."""
    known = store.record("picture", f"{kind} {id}")
    if known is None:
        raise no_such_resource("image")
    return Reply(store.bytes_of(known["bytes"]), content_type=known["media"])


def there(store: Store, kind: str, id: str) -> bool:
    return store.record("picture", f"{kind} {id}") is not None


def drop(store: Store, kind: str, id: str) -> None:
    if not store.drop("picture", f"{kind} {id}"):
        raise no_such_resource("image")
