"""From an event to the messages about it: one for each envelope-level webhook and account configuration.

The body is the JSON SIM form. It is written when the event happens, so that it tells what was true then.
https://developers.docusign.com/platform/webhooks/connect/json-sim-event-model/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from docusign_emulator.connect import deliveries
from docusign_emulator.envelopes import present
from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_body, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

EVENTS = {
    "envelope-created", "envelope-sent", "envelope-resent", "envelope-delivered", "envelope-completed",
    "envelope-declined", "envelope-voided", "envelope-corrected", "envelope-purge", "envelope-deleted",
    "envelope-discard", "recipient-sent", "recipient-resent", "recipient-delivered", "recipient-completed",
    "recipient-declined", "recipient-authenticationfailed", "recipient-autoresponded", "recipient-reassign",
    "recipient-delegate", "recipient-finish-later", "template-created", "template-modified", "template-deleted",
    "click-agreed", "click-declined", "sms-opt-in", "sms-opt-out", "envelope-removed", "envelope-reminder-sent",
}  # fmt: skip
# Taken in configurations; what they tell of is not played here.
FAMILIES = ("identity-verification-", "notary-", "workflow-", "agreement-")
NOT_PLAYED = {"extension-executed"}
# The sentence-case lists of the older message formats.
_OLD_ENVELOPE = {"draft": "envelope-created"} | {
    status: f"envelope-{status}" for status in ("sent", "delivered", "completed", "declined", "voided")
}
_OLD_RECIPIENT = {
    status: f"recipient-{status}"
    for status in ("sent", "delivered", "completed", "declined", "authenticationfailed", "autoresponded")
}


@dataclass(frozen=True)
class Listener:
    """One webhook: an account configuration or an envelope's own notification."""

    configuration_id: str
    name: str
    url: str
    events: frozenset[str]
    include: frozenset[str]
    hmac: bool
    oauth: bool
    acknowledge: bool
    logged: bool
    documents: bool
    certificate: bool


def emit(store: Store, envelope: Envelope, event: str, recipient: Recipient | None = None) -> None:
    """Queue a message about `event` for everyone who asked for it."""
    for listener in (*_of_envelope(envelope), *_of_account(store, envelope.sender_id)):
        if event in listener.events:
            queue(store, listener, envelope, event, recipient)


def queue(store: Store, listener: Listener, envelope: Envelope, event: str, recipient: Recipient | None = None) -> int:
    """Queue one message and answer its delivery's id."""
    body = body_of(store, listener, envelope, event, recipient)
    return deliveries.queue(
        store,
        deliveries.Delivery(
            envelope_id=envelope.id,
            event=event,
            configuration=listener.configuration_id,
            name=listener.name,
            url=listener.url,
            body=body,
            hmac=listener.hmac,
            oauth=listener.oauth,
            acknowledge=listener.acknowledge,
            logged=listener.logged,
            documents=listener.documents,
            certificate=listener.certificate,
            at=body["generatedDateTime"],
            subject=envelope.subject,
        ),
    )


def body_of(store: Store, listener: Listener, envelope: Envelope, event: str, recipient: Recipient | None) -> Json:
    data: Json = {"accountId": store.account.id, "userId": envelope.sender_id, "envelopeId": envelope.id}
    if recipient is not None:
        data["recipientId"] = recipient.recipient_id
    if listener.include or listener.documents:
        include = set(listener.include) | ({"documents"} if listener.documents else set())
        data["envelopeSummary"] = present.envelope(store, envelope, include)
    return {
        "event": event,
        "apiVersion": "v2.1",
        "uri": f"/restapi/v2.1/accounts/{store.account.id}/envelopes/{envelope.id}",
        "retryCount": 0,
        "configurationId": int(listener.configuration_id),
        "generatedDateTime": store.now(),
        "data": data,
    }


def envelope_listeners(store: Store, definition: Json) -> list[Json]:
    """`eventNotification` and `eventNotifications` of a definition, each given its configuration id.

    Raises ApiError for one that has no usable URL.
    """
    given = [formats.child(definition, "eventNotification"), *formats.children(definition, "eventNotifications")]
    kept = []
    for one in filter(None, given):
        from_notification(one | {"configurationId": "0", "url": ""})  # what is malformed is refused now
        check_url(store, one.get("url"))
        check_format(one)
        kept.append(one | {"configurationId": str(store.next_number("configuration", 10_000_001))})
    return kept


def check_format(facts: Json) -> None:
    """Raises ApiError for the older forms of messages, XML and aggregate: better than JSON that no one expects.

    Without `eventData` the older lists of events (`envelopeEvents`) ask for XML.
    """
    data = formats.child(facts, "eventData")
    has_old_lists = bool(facts.get("envelopeEvents") or facts.get("recipientEvents")) and not facts.get("events")
    is_xml = formats.text(data.get("format")).lower() == "xml" or (has_old_lists and not data.get("version"))
    if is_xml or formats.text(facts.get("deliveryMode")).lower() == "aggregate":
        raise invalid_parameter(
            "The emulator plays Connect's JSON SIM messages only. Give eventData with format json and version "
            "restv2.1, and no deliveryMode but SIM: XML and aggregate messages are not played."
        )


def check_url(store: Store, url: Any) -> None:
    parts = urlsplit(formats.text(url))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise invalid_parameter("The url of a webhook must be an absolute https address.")
    if parts.scheme == "http" and store.switches["connect_https_only"]:
        raise ApiError("INVALID_REQUEST_PARAMETER", "The url of a webhook must be https.")


def from_notification(facts: Json) -> Listener:
    """An envelope's own webhook. https://developers.docusign.com/platform/webhooks/connect/"""
    data = formats.child(facts, "eventData")
    return Listener(
        configuration_id=facts["configurationId"],
        name="envelope",
        url=formats.text(facts["url"]),
        events=_events(facts),
        include=frozenset(formats.text(item) for item in formats.texts(data, "includeData")),
        hmac=formats.truth(facts.get("includeHMAC")),
        oauth=formats.truth(facts.get("includeOAuth")),
        acknowledge=formats.truth(facts.get("requireAcknowledgment")),
        logged=formats.truth(facts.get("loggingEnabled")),
        documents=formats.truth(facts.get("includeDocuments")) or "documents" in formats.texts(data, "includeData"),
        certificate=formats.truth(facts.get("includeCertificateOfCompletion")),
    )


def from_configuration(facts: Json) -> Listener:
    """An account-level webhook."""
    data = formats.child(facts, "eventData")
    return Listener(
        configuration_id=facts["connectId"],
        name=formats.text(facts.get("name")),
        url=formats.text(facts["urlToPublishTo"]),
        events=_events(facts),
        include=frozenset(formats.text(item) for item in formats.texts(data, "includeData")),
        hmac=formats.truth(facts.get("includeHMAC")),
        oauth=formats.truth(facts.get("includeOAuth")),
        acknowledge=formats.truth(facts.get("requiresAcknowledgement")),
        logged=formats.truth(facts.get("enableLog")),
        documents=formats.truth(facts.get("includeDocuments")) or "documents" in formats.texts(data, "includeData"),
        certificate=formats.truth(facts.get("includeCertificateOfCompletion")),
    )


def _events(facts: Json) -> frozenset[str]:
    """The events asked for; the older lists count only where there is no `events`."""
    if facts.get("events"):
        return frozenset(formats.text(event).lower() for event in facts["events"])
    wanted = set()
    for key, code, known in (
        ("envelopeEvents", "envelopeEventStatusCode", _OLD_ENVELOPE),
        ("recipientEvents", "recipientEventStatusCode", _OLD_RECIPIENT),
    ):
        listed = facts.get(key) or []  # objects in an envelope, plain texts in an account configuration
        if not isinstance(listed, list):
            raise invalid_body(f"{key} is not a list.")
        for item in listed:
            name = item.get(code) if isinstance(item, dict) else item
            wanted.add(known.get(formats.text(name).lower(), ""))
    return frozenset(wanted - {""})


def _of_envelope(envelope: Envelope) -> list[Listener]:
    return [from_notification(facts) for facts in envelope.event_notifications]


def _of_account(store: Store, user_id: str) -> list[Listener]:
    return [
        from_configuration(facts)
        for facts in store.records("connect")
        if formats.truth(facts.get("allowEnvelopePublish"))
        and (formats.truth(facts.get("allUsers"), default=True) or user_id in formats.texts(facts, "userIds"))
    ]
