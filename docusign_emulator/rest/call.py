"""One API call as the handlers see it, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from docusign_emulator import templates
from docusign_emulator.envelopes.model import Envelope, is_guid, load
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import (
    ApiError,
    invalid_body,
    invalid_parameter,
    no_such_envelope,
    not_administrator,
)
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import multipart
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store


@dataclass
class Reply:
    """Status and body: JSON, bytes, or nothing."""

    body: Json | bytes | None = None
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return formats.with_milliseconds(json.dumps(self.body, separators=(",", ":")).encode())


@dataclass
class Call:
    """What came in. `user` is who the token speaks for."""

    store: Store
    method: str
    path: str
    operation: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    user: User
    trace_token: str = ""
    client_id: str = ""
    of_template: bool = False  # the path names a template where it would name an envelope
    ignored: list[str] = field(default_factory=list)
    _as_read: Json | None = None

    @property
    def json(self) -> Json:
        """The body as an object. Raises ApiError when it is none; an empty body is an empty object."""
        return self._parts[0] if self._as_read is None else self._as_read

    def read_as(self, body: Json, ignored: list[str]) -> None:
        """From now on `body` is what was sent, without the fields that Docusign would ignore."""
        self._as_read, self.ignored = body, ignored

    @property
    def files(self) -> dict[str, bytes]:
        """The file parts of a multipart body, by documentId."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[Json, dict[str, bytes]]:
        kind = self.headers.get("content-type", "")
        raw = self.body
        uploads: dict[str, bytes] = {}
        if kind.lower().startswith("multipart/"):
            raw, uploads = multipart.split(kind, self.body)
        if not raw.strip():
            return {}, uploads
        try:
            value: Any = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise invalid_body("It is not JSON.") from error
        if not isinstance(value, dict):
            raise invalid_body("It is not a JSON object.")
        return value, uploads

    def envelope(self) -> Envelope:
        """The envelope the path names. Raises ApiError when there is none, or none of this user's."""
        if self.of_template:
            return templates.required(self.store, self.params["templateId"])
        envelope_id = self.params["envelopeId"]
        if not is_guid(envelope_id) and self.store.switches["odd_envelope_id"] == "invalid_parameter":
            raise invalid_parameter("Invalid value specified for envelopeId.")
        envelope = self.find(envelope_id)
        if envelope is None or envelope.status == "template":
            raise no_such_envelope()
        return envelope

    def find(self, envelope_id: str) -> Envelope | None:
        """The envelope, if it is one of this user's: its sender, and administrators of the account.

        Who acts on behalf of another is that other here.
        """
        envelope = load(self.store, envelope_id)
        is_theirs = envelope is not None and (self.user.administrator or envelope.sender_id == self.user.user_id)
        return envelope if is_theirs else None

    def unlocked(self) -> Envelope:
        """The envelope, for writing. Raises ApiError when somebody else has locked it."""
        envelope = self.envelope()
        lock = envelope.lock
        if lock and lock["lockedUntilDateTime"] > self.store.now() and lock["lockToken"] != self.lock_token:
            raise ApiError("EDIT_LOCK_NOT_LOCK_OWNER", "The envelope is locked by another application or user.")
        return envelope

    @property
    def lock_token(self) -> str:
        """From X-DocuSign-Edit, which carries it as JSON or XML."""
        header = self.headers.get("x-docusign-edit", "")
        try:
            return str(json.loads(header).get("LockToken") or json.loads(header).get("lockToken") or "")
        except (ValueError, AttributeError):
            return header.partition("<LockToken>")[2].partition("</LockToken>")[0]

    def administrator(self) -> None:
        """Raises ApiError unless the user is one."""
        if not self.user.administrator:
            raise not_administrator()
