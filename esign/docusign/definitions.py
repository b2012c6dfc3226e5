"""From our rows to Docusign's envelope definition, in the SDK's own models.

Importing this module imports the SDK (0.2 s, 33 MB), so only the function that needs it does.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from typing import Any

import phonenumbers
from django.conf import settings
from docusign_esign import (
    CarbonCopy,
    CertifiedDelivery,
    Checkbox,
    ConnectEventData,
    CustomFields,
    DateSigned,
    Document,
    EnvelopeDefinition,
    EventNotification,
    Expirations,
    InitialHere,
    Notification,
    RecipientEmailNotification,
    RecipientPhoneNumber,
    Recipients,
    Reminders,
    SignHere,
    Tabs,
    Text,
    TextCustomField,
)
from docusign_esign import Signer as VendorSigner

from esign.docusign.answers import CUSTOM_FIELD
from esign.models import Channel, Envelope, EnvelopeDocument, Role, Signer

# Everything that changes what we show or keep; the bodies carry recipients and our custom field.
EVENTS = [
    *("envelope-sent", "envelope-delivered", "envelope-completed", "envelope-declined", "envelope-voided"),
    *("envelope-resent", "envelope-corrected", "envelope-deleted"),
    *("recipient-sent", "recipient-delivered", "recipient-completed", "recipient-declined"),
    *("recipient-authenticationfailed", "recipient-autoresponded", "recipient-reassign", "recipient-finish-later"),
]
LANGUAGES = {"en": "en", "es": "es"}


def build_definition(envelope: Envelope) -> Any:
    """The draft of an envelope: documents as frozen, recipients with their tabs, webhook, reminders, expiry."""
    documents = list(envelope.documents.filter(kind=EnvelopeDocument.Kind.SENT))
    return EnvelopeDefinition(
        status="created",
        transaction_id=str(envelope.pk),
        email_subject=envelope.subject,
        email_blurb=envelope.message or None,
        allow_reassign="false",
        documents=[_document(document) for document in documents],
        recipients=_recipients(envelope.signers.all(), documents),
        custom_fields=CustomFields(
            text_custom_fields=[
                TextCustomField(name=CUSTOM_FIELD, value=str(envelope.pk), show="false", required="false"),
                TextCustomField(name="lease_number", value=envelope.lease.number, show="true", required="false"),
            ]
        ),
        event_notification=event_notification(),
        notification=_notification(envelope),
    )


def event_notification() -> Any:
    """Connect for this one envelope: signed JSON messages to our webhook, kept by Docusign until acknowledged."""
    return EventNotification(
        url=settings.DOCUSIGN_CONNECT_URL,
        require_acknowledgment="true",
        logging_enabled="true",
        delivery_mode="SIM",
        include_hmac="true",
        events=EVENTS,
        event_data=ConnectEventData(version="restv2.1", format="json", include_data=["recipients", "custom_fields"]),
    )


def _document(document: EnvelopeDocument) -> Any:
    return Document(
        document_base64=b64encode(document.read()).decode(),
        name=document.name,
        file_extension="pdf",
        document_id=str(document.document_id),
        order=str(document.document_id),
    )


def _notification(envelope: Envelope) -> Any:
    return Notification(
        use_account_defaults="false",
        reminders=Reminders(reminder_enabled="true", reminder_delay="3", reminder_frequency="3"),
        expirations=Expirations(expire_enabled="true", expire_after=str(envelope.expires_after_days), expire_warn="5"),
    )


def _recipients(signers: Iterable[Signer], documents: list[EnvelopeDocument]) -> Any:
    people = list(signers)
    return Recipients(
        signers=[VendorSigner(**_person(s), tabs=_tabs(s.key, documents)) for s in people if s.must_sign],
        carbon_copies=[CarbonCopy(**_person(s)) for s in people if s.role == Role.CARBON_COPY],
        certified_deliveries=[CertifiedDelivery(**_person(s)) for s in people if s.role == Role.CERTIFIED_DELIVERY],
    )


def _person(signer: Signer) -> dict[str, Any]:
    person: dict[str, Any] = {
        "recipient_id": str(signer.recipient_id),
        "routing_order": str(signer.routing_order),
        "name": signer.name,
        "email": signer.email or None,
        "client_user_id": signer.client_user_id or None,
        "note": signer.note or None,
    }
    if signer.language in LANGUAGES and not signer.client_user_id and signer.channel == Channel.EMAIL:
        person["email_notification"] = RecipientEmailNotification(supported_language=LANGUAGES[signer.language])
    if signer.channel == Channel.SMS:
        person |= {"email": None, "delivery_method": "SMS", "phone_number": phone_number(signer.phone)}
    return person


def phone_number(e164: str) -> Any:
    """Docusign wants country code and number apart.

    https://developers.docusign.com/docs/esign-rest-api/how-to/request-signature-sms-whatsapp/
    """
    parsed = phonenumbers.parse(e164, None)
    return RecipientPhoneNumber(
        country_code=str(parsed.country_code), number=phonenumbers.national_significant_number(parsed)
    )


def _tabs(key: str, documents: list[EnvelopeDocument]) -> Any:
    # An anchor applies wherever it stands in any document, so each is told once per envelope.
    placed = {tab["anchor"]: tab for document in documents for tab in document.tabs if tab["signer_key"] == key}
    groups: dict[str, list[Any]] = {}
    for tab in placed.values():
        group, build = _KINDS[tab["kind"]]
        groups.setdefault(group, []).append(build(tab))
    return Tabs(**groups)


def _anchor(tab: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "anchor_string": tab["anchor"],
        "anchor_units": "pixels",
        "anchor_x_offset": "0",
        "anchor_y_offset": "0",
        "anchor_case_sensitive": "true",
        "anchor_ignore_if_not_present": "false",
        "tab_label": tab["label"] or tab["anchor"].strip("/"),
        **more,
    }


def _sign_here(tab: dict[str, Any]) -> Any:
    return SignHere(**_anchor(tab))


def _initial_here(tab: dict[str, Any]) -> Any:
    return InitialHere(**_anchor(tab))


def _date_signed(tab: dict[str, Any]) -> Any:
    return DateSigned(**_anchor(tab, font="helvetica", font_size="size9"))


def _text(tab: dict[str, Any]) -> Any:
    size = {name: str(tab[name]) for name in ("width", "height") if tab.get(name)}
    return Text(
        **_anchor(tab, font="helvetica", font_size="size9", **size),
        value=tab.get("value") or "",
        required=_flag(tab.get("required")),
        locked=_flag(tab.get("locked")),
    )


def _checkbox(tab: dict[str, Any]) -> Any:
    return Checkbox(
        **_anchor(tab),
        selected=_flag(tab.get("value")),
        required=_flag(tab.get("required")),
        locked=_flag(tab.get("locked")),
    )


def _flag(value: object) -> str:
    return "true" if value in (True, "true") else "false"


_KINDS: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "signature": ("sign_here_tabs", _sign_here),
    "initials": ("initial_here_tabs", _initial_here),
    "date_signed": ("date_signed_tabs", _date_signed),
    "text": ("text_tabs", _text),
    "checkbox": ("checkbox_tabs", _checkbox),
}
