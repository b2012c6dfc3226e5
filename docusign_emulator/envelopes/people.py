"""Recipients of an envelope, from and to the wire.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipients/
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import Any

from docusign_emulator.envelopes import mails
from docusign_emulator.envelopes import tabs as places
from docusign_emulator.envelopes.model import IN_PROGRESS, RECIPIENT_KINDS, Envelope, Recipient, Tabs, is_guid
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, duplicate_recipients, invalid_email, invalid_parameter
from docusign_emulator.protocol.formats import Json

MAX_RECIPIENTS = 100
MAX_TEXTED = 10
TEXTED_KINDS = ("signers", "carbonCopies", "certifiedDeliveries")
# These say who the people after them are, where the sender does not. https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/
NAMING_KINDS = ("agents", "intermediaries", "editors")
_LENGTHS = {
    "name": 100, "email": 100, "signerName": 100, "signerEmail": 100, "hostName": 100, "hostEmail": 100,
    "clientUserId": 100, "note": 1000, "accessCode": 50, "roleName": 100,
}  # fmt: skip
_NOTIFICATION_LENGTHS = {"emailSubject": 100, "emailBody": 10_000}
MAX_CUSTOM_FIELD = 100
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_OWN_KEYS = {
    "recipientId", "recipientIdGuid", "routingOrder", "name", "email", "userId", "status", "tabs", "sentDateTime",
    "deliveredDateTime", "signedDateTime", "declinedDateTime", "declinedReason", "autoRespondedReason",
    "completedCount", "recipientType", "recipientAuthenticationStatus", "errorDetails", "totalTabCount", "statusCode",
}  # fmt: skip
# Answered of a signer when the sender gave nothing.
_OF_A_SIGNER = {
    "requireUploadSignature": "false", "creationReason": "sender", "canSignOffline": "false",
    "requireIdLookup": "false", "note": "",
}  # fmt: skip
# What a sender may change after sending.
EDITABLE = {
    "accessCode", "agentCanEditEmail", "agentCanEditName", "customFields", "deliveryMethod", "documentVisibility",
    "excludedDocuments", "email", "emailNotification", "idCheckConfigurationName", "identityVerification", "name",
    "note", "phoneAuthentication", "phoneNumber", "additionalNotifications", "recipientType", "requireIdLookup",
    "routingOrder", "signingGroupId", "smsAuthentication", "suppressEmails", "userName", "clientUserId",
    "embeddedRecipientStartURL", "hostName", "hostEmail", "signerName", "signerEmail",
}  # fmt: skip


def from_wire(lists: Any) -> list[Recipient]:
    """Everyone in a `recipients` object, in its order. Raises ApiError for ids, lengths and numbers that cannot be."""
    if lists is None:
        return []
    if not isinstance(lists, dict):
        raise invalid_parameter("recipients is not an object.")
    people: list[Recipient] = []
    for kind in RECIPIENT_KINDS:
        for facts in formats.children(lists, kind):
            people.append(one(kind, facts))
    check_ids(people)
    return people


def one(kind: str, facts: Json) -> Recipient:
    _check_lengths(facts, _LENGTHS)
    _check_lengths(formats.child(facts, "emailNotification"), _NOTIFICATION_LENGTHS)
    if any(len(field) > MAX_CUSTOM_FIELD for field in formats.texts(facts, "customFields")):
        raise invalid_parameter(f"A custom field of a recipient may have {MAX_CUSTOM_FIELD} characters.")
    for key in ("phoneNumber", "identityVerification"):
        formats.child(facts, key)
    formats.texts(facts, "excludedDocuments")
    for extra in formats.children(facts, "additionalNotifications"):
        formats.child(extra, "phoneNumber")
    return Recipient(
        recipient_id=_recipient_id(facts),
        guid=str(uuid.uuid4()),
        kind=kind,
        order=routing_order(facts, 1),
        name=_name(kind, facts),
        email=_email(kind, facts),
        user_id=str(uuid.uuid4()),
        tabs=tabs_of(facts),
        mail_key=secrets.token_urlsafe(24),
        extra=_by_text(facts) | {k: v for k, v in facts.items() if k not in _OWN_KEYS and v is not None},
    )


def _by_text(facts: Json) -> Json:
    """Who has a phone number and no e-mail address is told by text message: Docusign's change log of April 2022."""
    is_texted = facts.get("phoneNumber") and not (facts.get("email") or facts.get("deliveryMethod"))
    return {"deliveryMethod": "SMS"} if is_texted else {}


def _check_lengths(facts: Json, lengths: dict[str, int]) -> None:
    for key, longest in lengths.items():
        if len(formats.text(facts.get(key))) > longest:
            raise invalid_parameter(f"{key} of a recipient may have {longest} characters.")


def tabs_of(facts: Json) -> Tabs:
    tabs = formats.child(facts, "tabs")
    return {kind: formats.children(tabs, kind) for kind in tabs if tabs[kind] and kind != "prefillTabs"}


def routing_order(facts: Json, default: int) -> int:
    try:
        order = formats.integer(facts.get("routingOrder"), default)
    except ValueError as error:
        raise invalid_parameter("routingOrder is not a number.") from error
    if not 0 <= order < 10_000:  # 0 as pydocusign sends it
        raise invalid_parameter("routingOrder must be between 0 and 9999.")
    return order


def check_ids(people: list[Recipient]) -> None:
    ids = [person.recipient_id for person in people]
    if len(set(ids)) != len(ids):
        raise duplicate_recipients()
    if len(people) > MAX_RECIPIENTS:
        raise ApiError("ENVELOPE_RECIPIENTS_LIMIT_EXCEEDED", "An envelope may have 100 recipients.")


def check_sendable(envelope: Envelope) -> None:
    """Everyone can be reached, or is named by somebody before them. Raises ApiError for the first who cannot."""
    _check_texted(envelope)
    for person in envelope.recipients:
        if named_later(envelope, person) or _chosen_later(envelope, person):
            continue
        if not person.name:
            raise ApiError("RECIPIENT_NAME_REQUIRED", f"Recipient {person.recipient_id} has no name.")
        if not reachable(person):
            raise invalid_email(person.recipient_id)
    seen: dict[tuple[str, str, int], str] = {}
    for person in envelope.recipients:
        key = (person.email.lower(), person.name.lower(), person.order)
        if person.email and key in seen and seen[key] == person.kind and not person.embedded:
            raise duplicate_recipients()
        seen[key] = person.kind


def _check_texted(envelope: Envelope) -> None:
    """https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/sms-delivery/sms-delivery-limitations/"""
    texted = [one for one in envelope.recipients if {"sms", "whatsapp"} & set(mails.channels(one))]
    if len(texted) > MAX_TEXTED:
        raise invalid_parameter(f"An envelope may have {MAX_TEXTED} recipients told by text message.")
    for person in texted:
        if person.kind not in TEXTED_KINDS:
            raise invalid_parameter(f"Recipient {person.recipient_id} cannot be told by text message: {person.kind}.")


def named_later(envelope: Envelope, person: Recipient, *, but: Recipient | None = None) -> bool:
    """Whether somebody of those before them (`but` for one) is still to say who they are."""
    return any(
        one.kind in NAMING_KINDS and one.order < person.order and not one.finished and one is not but
        for one in envelope.recipients
    )


def _chosen_later(envelope: Envelope, person: Recipient) -> bool:
    """A place that a condition fills, or a notary whom another company sends, may lack name and address until then.

    https://developers.docusign.com/docs/esign-rest-api/how-to/use-conditional-recipients/
    """
    if person.kind == "notaries" and person.extra.get("notaryThirdPartyPartner"):
        return True
    steps = formats.children(formats.child(envelope.extra, "workflow"), "workflowSteps")
    rules = (formats.child(formats.child(step, "recipientRouting"), "rules") for step in steps)
    filled = (rule for one in rules for rule in formats.children(one, "conditionalRecipients"))
    return any(formats.text(rule.get("recipientId")) == person.recipient_id for rule in filled)


def reachable(person: Recipient) -> bool:
    by_text = formats.text(person.extra.get("deliveryMethod")).lower() in ("sms", "whatsapp")
    return bool(person.email or (by_text and person.extra.get("phoneNumber")) or _reached_by_group(person))


def valid_email(address: str) -> bool:
    return _EMAIL.fullmatch(address) is not None


def to_wire(person: Recipient, *, tabs: bool = False, payments: bool = False, extended: bool = False) -> Json:
    """A recipient as the API answers it; with tabs only when asked, or with those of them that ask for money."""
    facts: Json = {
        **formats.stringified({key: value for key, value in person.extra.items() if key != "accessCode" or extended}),
        "recipientId": person.recipient_id,
        "recipientIdGuid": person.guid,
        "userId": person.user_id,
        "routingOrder": str(person.order),
        "status": person.status,
        "recipientType": RECIPIENT_KINDS[person.kind],
        "completedCount": str(person.completed_count),
    }
    if person.kind == "inPersonSigners":
        facts |= {"signerName": person.name, "signerEmail": person.email}
    else:
        facts["name"] = person.name
        if person.kind != "seals":
            facts["email"] = person.email
    if person.access_code:
        facts["accessCode"] = person.access_code
    if "deliveryMethod" not in facts and person.kind != "seals":
        facts["deliveryMethod"] = "email"
    if person.kind == "signers":
        facts.setdefault("isBulkRecipient", "false")
        for name, value in _OF_A_SIGNER.items():
            facts.setdefault(name, value)
    if person.signs:
        facts["totalTabCount"] = str(sum(len(items) for items in person.tabs.values()))
    facts |= {
        key: value
        for key, value in (
            ("sentDateTime", person.sent_at),
            ("deliveredDateTime", person.delivered_at),
            ("signedDateTime", person.signed_at),
            ("declinedDateTime", person.declined_at),
            ("declinedReason", person.declined_reason),
            ("autoRespondedReason", person.autoresponded_reason),
            ("recipientAuthenticationStatus", person.authentication),
        )
        if value is not None
    }
    if tabs and (person.signs or person.tabs):
        facts["tabs"] = places.to_wire(person.tabs)
    elif payments and (asking := [one for one in person.tabs.get("formulaTabs", []) if one.get("paymentDetails")]):
        facts["tabs"] = places.to_wire({"formulaTabs": asking})
    return facts


def lists_to_wire(
    envelope: Envelope,
    *,
    tabs: bool = False,
    payments: bool = False,
    extended: bool = False,
    unreached: str = "created",
) -> Json:
    """The `recipients` object. The API answers the empty lists of the common kinds too.

    `unreached`: the status told of those whose turn has not come in an envelope that was sent.
    """
    lists: Json = {kind: [] for kind in RECIPIENT_KINDS if kind not in ("participants",)}
    for person in envelope.recipients:
        facts = to_wire(person, tabs=tabs, payments=payments, extended=extended)
        if person.status == "created" and envelope.status in IN_PROGRESS:
            facts["status"] = unreached
        lists.setdefault(person.kind, []).append(facts)
    lists["recipientCount"] = str(len(envelope.recipients))
    order = envelope.current_order
    if order is not None:
        lists["currentRoutingOrder"] = str(order)
    return lists


def _recipient_id(facts: Json) -> str:
    given = formats.text(facts.get("recipientId"))
    if not given:
        return str(uuid.uuid4())
    if not (given.isdigit() or is_guid(given)) or len(given) > 36:
        raise ApiError("INVALID_RECIPIENT_ID", f"recipientId must be a number or a GUID, not {given[:50]!r}.")
    return given


def _name(kind: str, facts: Json) -> str:
    if kind == "inPersonSigners":
        return formats.text(facts.get("signerName") or facts.get("name"))
    return formats.text(facts.get("name"))


def _email(kind: str, facts: Json) -> str:
    email = formats.text(facts.get("email"))
    if kind == "inPersonSigners":
        email = formats.text(facts.get("signerEmail") or email or facts.get("hostEmail"))
    if email and not valid_email(email):
        raise invalid_email(formats.text(facts.get("recipientId"))[:50])
    return email


def _reached_by_group(person: Recipient) -> bool:
    return bool(person.extra.get("signingGroupId")) or person.kind == "seals"
