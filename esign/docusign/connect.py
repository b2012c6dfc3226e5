"""Connect: is this message Docusign's, and what does it say?

https://developers.docusign.com/platform/webhooks/connect/validate/
https://developers.docusign.com/platform/webhooks/connect/json-sim-event-model/
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.core.exceptions import SuspiciousOperation

from esign.docusign.answers import EnvelopeUpdate, parse_time, parse_uuid, text
from esign.models.connection import LOOPBACK

SIGNATURE_HEADER = "x-docusign-signature-"
DEEPEST = 64  # a message of Docusign's goes some ten deep
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class UnsignedMessage(SuspiciousOperation):
    """No configured key matches the message. Django answers 400 and logs it."""


class UnreadableMessage(Exception):
    """Signed, but not the JSON object that Docusign describes."""


def objection_to(url: str, environment: str) -> str:
    """Why Docusign's messages cannot arrive at this address, told from its text alone; empty when they may.

    https://developers.docusign.com/platform/webhooks/connect/
    """
    address = urlsplit(url)
    if environment == "emulator":
        return ""
    if address.scheme != "https":
        return f"{url} is not https; Docusign posts nowhere else."
    if address.hostname in LOOPBACK:
        return f"{url} is this machine, which Docusign cannot reach."
    return ""


@dataclass(frozen=True)
class ConnectKey:
    """One HMAC key, and the account whose messages it signs; without one, that of the site's own connection."""

    secret: str
    account_id: UUID | None = None

    @classmethod
    def parse(cls, text: str) -> ConnectKey:
        """`<key>`, or `<account id>:<key>` for an account that a colleague connected."""
        before, colon, after = text.partition(":")
        account_id = parse_uuid(before) if colon else None
        return cls(text) if account_id is None else cls(after, account_id)


def verify(body: bytes, headers: Mapping[str, str], keys: Sequence[str]) -> list[ConnectKey]:
    """The keys that signed this message. Any offered signature may match any key, so that keys can be rotated.

    The HMAC is over the raw bytes and compared in constant time. Raises UnsignedMessage; with no keys nothing passes.
    """
    offered = [value.encode() for name, value in headers.items() if name.lower().startswith(SIGNATURE_HEADER)]
    matching = []
    for key in [ConnectKey.parse(one) for one in keys if one]:
        expected = b64encode(hmac.digest(key.secret.encode(), body, "sha256"))
        if any(hmac.compare_digest(one, expected) for one in offered):
            matching.append(key)
    if not matching:
        raise UnsignedMessage("No configured Connect key matches this message.")
    return matching


@dataclass(frozen=True)
class Message:
    """One Connect message."""

    event: str
    body: dict[str, Any]
    account_id: UUID | None
    envelope_id: UUID | None
    generated_at: datetime | None

    @cached_property
    def digest(self) -> str:
        """Tells it from others, however often it is sent again."""
        lasting = {name: value for name, value in self.body.items() if name != "retryCount"}
        return hashlib.sha256(json.dumps(lasting, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @cached_property
    def envelope(self) -> EnvelopeUpdate | None:
        """What it says of the envelope; None when it says nothing that can be read."""
        summary = _data(self.body).get("envelopeSummary")
        if not isinstance(summary, dict):
            return None
        return EnvelopeUpdate.parse({"envelopeId": str(self.envelope_id), **summary})


def parse(body: bytes) -> Message:
    """Raises UnreadableMessage."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableMessage("The message is not JSON.") from None
    if not isinstance(parsed, dict):
        raise UnreadableMessage("The message is not a JSON object.")
    return read(_storable(parsed))


def read(body: dict[str, Any]) -> Message:
    """A message from its JSON, fresh or from the inbox."""
    data = _data(body)
    return Message(
        event=text(body.get("event"), 60) or "unknown",
        body=body,
        account_id=parse_uuid(data.get("accountId")),
        envelope_id=parse_uuid(data.get("envelopeId")),
        generated_at=parse_time(body.get("generatedDateTime")),
    )


def _data(body: dict[str, Any]) -> dict[str, Any]:
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _storable(value: Any, depth: int = 0) -> Any:
    """Without what PostgreSQL cannot keep: NUL, halves of emoji that were cut in two, and numbers that are no JSON."""
    if depth > DEEPEST:
        raise UnreadableMessage(f"The message is nested more than {DEEPEST} deep.")
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {UNSTORABLE.sub("", k): _storable(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if (isinstance(value, float) and value in (float("inf"), float("-inf"))) or value != value:  # noqa: PLR0124  # NaN
        return None
    return value
