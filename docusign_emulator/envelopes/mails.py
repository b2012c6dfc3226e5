"""The mails and text messages Docusign would send; here they land in the inbox page.

kinds: invitation, reminder, resend, correction, expiry_warning, expired, voided, declined, completed, copy,
certified, reassigned, handed_over, one_time_code, purge_warning, autoresponded.
"""

from __future__ import annotations

from docusign_emulator.envelopes import signing_groups
from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json, text
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

_INVITED_BY_TEXT = ("sms", "whatsapp")
MAX_TEXTS = 50
# What of a recipient says how they are reached.
CHANNEL_KEYS = ("deliveryMethod", "phoneNumber", "additionalNotifications")


def channels(person: Recipient) -> list[str]:
    """How this person hears from us; no one of an embedded signer's unless a start URL is set.

    https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/embedding/embedded-signing/
    """
    if person.embedded and not person.extra.get("embeddedRecipientStartURL"):
        return []
    if str(person.extra.get("suppressEmails", "")).lower() == "true":
        return []
    first = text(person.extra.get("deliveryMethod")).lower() or "email"
    ways = [first if first in _INVITED_BY_TEXT else "email"]
    if not person.embedded:  # text messages reach remote recipients only
        for extra in formats.children(person.extra, "additionalNotifications"):
            way = text(extra.get("secondaryDeliveryMethod")).lower()
            if way in _INVITED_BY_TEXT and way not in ways:
                ways.append(way)
    return ways


def to_recipient(store: Store, envelope: Envelope, person: Recipient, kind: str, *, body: str = "") -> None:
    """Write to someone by each of their channels, with the link that opens the envelope for them."""
    own = formats.child(person.extra, "emailNotification")
    subject = text(own.get("emailSubject")) or envelope.subject
    blurb = body or text(own.get("emailBody")) or envelope.blurb
    store.keep("mail_key", person.mail_key, {"envelopeId": envelope.id, "recipientId": person.recipient_id})
    for channel in channels(person):
        by_text = channel in _INVITED_BY_TEXT
        to = number_of(person, channel) if by_text else person.email
        if by_text and not _text_allowed(store, envelope, to, kind):
            continue
        group = [] if by_text or person.email else signing_groups.members(store, person)
        told = [(one["email"], one["userName"]) for one in group] or [(to, person.name)]
        for address, name in told:
            _keep(
                store,
                envelope,
                kind=kind,
                channel=channel,
                to=address,
                name=name,
                recipient_id=person.recipient_id,
                # A text carries none of the sender's words.
                subject=_TITLES.get(kind, "{}").format(envelope.subject if by_text else subject),
                body="" if by_text else blurb,
                link=f"/signing/mail?k={person.mail_key}",
            )


def _text_allowed(store: Store, envelope: Envelope, to: str, kind: str) -> bool:
    """No one is texted who does not want it, no one reminded twice by text, and an envelope has so many texts.

    https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/sms-delivery/sms-delivery-limitations/
    """
    if store.record("opted_out", to):
        return False
    lines = store.lines("mail", envelope_id=envelope.id)
    texts = [line for line in lines if line["channel"] in _INVITED_BY_TEXT and line["kind"] != "one_time_code"]
    reminded = kind == "reminder" and any(line["kind"] == kind and line["to"] == to for line in texts)
    return len(texts) < MAX_TEXTS and not reminded


def to_sender(store: Store, envelope: Envelope, sender: User, kind: str, body: str) -> None:
    _keep(
        store,
        envelope,
        kind=kind,
        channel="email",
        to=sender.email,
        name=sender.name,
        recipient_id=None,
        subject=_TITLES.get(kind, "{}").format(envelope.subject),
        body=body,
        link=f"/_emulator/#envelope={envelope.id}",
    )


def one_time_code(store: Store, envelope: Envelope, person: Recipient, code: str, *, to: str, way: str) -> None:
    """A code to prove that they hold the phone: a text, or (`voice`) what a call would say. It has no link."""
    _keep(
        store,
        envelope,
        kind="one_time_code",
        channel=way,
        to=to,
        name=person.name,
        recipient_id=person.recipient_id,
        subject=f"{code} is your code to open the documents",
        body=code,
        link="",
    )


def sent(store: Store, to: str | None = None, envelope_id: str | None = None) -> list[Json]:
    lines = store.lines("mail", envelope_id=envelope_id)
    return [line for line in lines if not to or to.lower() in str(line["to"]).lower()]


_TITLES = {
    "reminder": "Reminder: {}",
    "correction": "Corrected: {}",
    "expiry_warning": "About to expire: {}",
    "expired": "Expired: {}",
    "voided": "Voided: {}",
    "declined": "Declined: {}",
    "completed": "Completed: {}",
    "copy": "Copy: {}",
    "purge_warning": "Documents will be deleted: {}",
    "autoresponded": "Could not be delivered: {}",
    "handed_over": "Somebody else signs: {}",
}


def number_of(person: Recipient, channel: str) -> str:
    """Where this person's text messages go; empty when there are none."""
    numbers = [formats.child(person.extra, "phoneNumber")] + [
        formats.child(extra, "phoneNumber")
        for extra in formats.children(person.extra, "additionalNotifications")
        if text(extra.get("secondaryDeliveryMethod")).lower() == channel
    ]
    for number in numbers:
        if number:
            return f"+{text(number.get('countryCode')).lstrip('+')}{text(number.get('number'))}"
    return ""


def _keep(store: Store, envelope: Envelope, *, recipient_id: str | None, **facts: object) -> None:
    store.add_line("mail", facts | {"envelopeId": envelope.id, "recipientId": recipient_id}, envelope_id=envelope.id)
