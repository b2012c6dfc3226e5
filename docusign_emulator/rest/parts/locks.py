"""Locks: one application at a time changes an envelope or a template.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/envelopes/lock/
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from docusign_emulator.envelopes import present
from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ENVELOPE, TEMPLATE, Row, of_template

MAX_LOCK_SECONDS = 1800


def get_lock(call: Call) -> Reply:
    return Reply(present.lock(_lock(call, call.envelope()), token=True))


def create_lock(call: Call) -> Reply:
    """POST lock: one owner at a time, for at most half an hour."""
    envelope = call.envelope()
    if envelope.status not in ("created", "sent", "delivered", "template"):
        raise wrong_status("Only an envelope that is created, sent or delivered can be locked.")
    if _held(call, envelope):
        raise ApiError("EDIT_LOCK_ENVELOPE_ALREADY_LOCKED", "The envelope is already locked.")
    envelope.lock = _new_lock(call) | {"lockToken": secrets.token_hex(16)}
    save(call.store, envelope)
    return Reply(present.lock(envelope.lock, token=True), 201)


def update_lock(call: Call) -> Reply:
    """PUT lock: its owner makes it last longer."""
    envelope = call.envelope()
    held = _owned(call, envelope)
    envelope.lock = held | _new_lock(call)
    save(call.store, envelope)
    return Reply(present.lock(envelope.lock, token=True))


def delete_lock(call: Call) -> Reply:
    envelope = call.envelope()
    held = _owned(call, envelope)
    envelope.lock = None
    save(call.store, envelope)
    return Reply(present.lock(held, token=True))


def _held(call: Call, envelope: Envelope) -> Json | None:
    lock = envelope.lock
    return lock if lock and lock["lockedUntilDateTime"] > call.store.now() else None


def _lock(call: Call, envelope: Envelope) -> Json:
    held = _held(call, envelope)
    if held is None:
        raise ApiError("EDIT_LOCK_ENVELOPE_NOT_LOCKED", "The envelope is not locked.")
    return held


def _owned(call: Call, envelope: Envelope) -> Json:
    held = _lock(call, envelope)
    if held["lockToken"] != call.lock_token:
        raise ApiError("EDIT_LOCK_NOT_LOCK_OWNER", "The lock belongs to another application or user.")
    return held


def _new_lock(call: Call) -> Json:
    try:
        seconds = formats.integer(call.json.get("lockDurationInSeconds"), 300)
    except ValueError as error:
        raise invalid_parameter("lockDurationInSeconds is not a number.") from error
    if not 0 < seconds <= MAX_LOCK_SECONDS:
        raise invalid_parameter(f"A lock lasts from 1 to {MAX_LOCK_SECONDS} seconds.")
    user = call.user
    return {
        "lockDurationInSeconds": str(seconds),
        "lockedByApp": formats.text(call.json.get("lockedByApp")),
        "lockType": formats.text(call.json.get("lockType")) or "edit",
        "lockedByUser": {"userId": user.user_id, "userName": user.name, "email": user.email},
        "lockedUntilDateTime": formats.stamp(call.store.clock.now() + timedelta(seconds=seconds)),
    }


ROWS: list[Row] = [
    ("GET", f"{ENVELOPE}/lock", "getLock", get_lock),
    ("POST", f"{ENVELOPE}/lock", "createLock", create_lock),
    ("PUT", f"{ENVELOPE}/lock", "updateLock", update_lock),
    ("DELETE", f"{ENVELOPE}/lock", "deleteLock", delete_lock),
    ("GET", f"{TEMPLATE}/lock", "getTemplateLock", of_template(get_lock)),
    ("POST", f"{TEMPLATE}/lock", "createTemplateLock", of_template(create_lock)),
    ("PUT", f"{TEMPLATE}/lock", "updateTemplateLock", of_template(update_lock)),
    ("DELETE", f"{TEMPLATE}/lock", "deleteTemplateLock", of_template(delete_lock)),
]
