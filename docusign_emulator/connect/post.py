"""One try of one delivery: the signed POST, outside any transaction.

https://developers.docusign.com/platform/webhooks/connect/validate/
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from docusign_emulator.connect import authorizing, deliveries, outgoing
from docusign_emulator.connect.deliveries import Delivery
from docusign_emulator.envelopes import model, output
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store


def attempt(store: Store, delivery_id: int) -> Delivery | None:
    """Try to deliver, write down how it went, and answer the delivery; None when it has gone meanwhile."""
    with store.transaction():
        delivery = deliveries.load(store, delivery_id)
        if delivery is None or delivery.state not in ("queued", "held", "pending"):
            return None
        body = encoded(store, delivery)
        headers = _headers(store, delivery, body)
        oauth = authorizing.configured(store) if delivery.oauth else None
        at = store.now()
    answer = _posted(delivery.url, body, headers, oauth)
    with store.transaction():
        current = deliveries.load(store, delivery_id)
        if current is None:  # the state was reset while the message was under way
            return None
        tried: Json = {
            "at": at,
            "status": answer.status,
            "error": answer.error,
            "bodySha256": hashlib.sha256(body).hexdigest(),
            "retryCount": current.retry_count,
            "signed": any(name.startswith("X-DocuSign-Signature") for name in headers),
        }
        if answer.error is None:
            deliveries.succeeded(store, current, tried)
        else:
            deliveries.failed(store, current, tried)
        return current


def _posted(url: str, body: bytes, headers: dict[str, str], oauth: Json | None) -> outgoing.Answer:
    if oauth is None:
        return outgoing.post(url, body, headers)
    token, error = authorizing.token(oauth)
    if error:
        return outgoing.Answer(None, error)
    return outgoing.post(url, body, headers | {"Authorization": f"Bearer {token}"})


def encoded(store: Store, delivery: Delivery) -> bytes:
    """The body of this try: the event as it was, with the count of retries and the documents asked for."""
    body = delivery.body | {"retryCount": delivery.retry_count}
    if delivery.documents or delivery.certificate:
        envelope = model.load(store, delivery.envelope_id)
        if envelope is not None:
            summary = dict(formats.child(body["data"], "envelopeSummary"))
            summary["envelopeDocuments"] = output.documents_with_bytes(
                store, envelope, certificate=delivery.certificate
            )
            body["data"] = body["data"] | {"envelopeSummary": summary}
    return formats.without_zeros(json.dumps(body, separators=(",", ":")).encode())


def signatures(keys: list[str], body: bytes) -> dict[str, str]:
    """One header for every active key, so that keys can be rotated."""
    return {
        f"X-DocuSign-Signature-{number}": base64.b64encode(hmac.digest(key.encode(), body, "sha256")).decode()
        for number, key in enumerate(keys, 1)
    }


def _headers(store: Store, delivery: Delivery, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Docusign Connect (emulator)"}
    keys = store.account.hmac_keys
    if delivery.hmac and keys:
        action = (delivery.fault or {}).get("action")
        if action == "bad_hmac":
            keys = ["not the key of this account"]
        elif action == "old_key":
            keys = store.get("retired_hmac_keys", []) or ["a key that was removed"]
        headers |= signatures(keys, body) | {"X-Authorization-Digest": "HMACSHA256"}
    return headers
