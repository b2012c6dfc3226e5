"""From our rows to Docusign's envelope definition, in the SDK's own models.

Importing this module imports the SDK (0.2 s, 33 MB), so only the function that needs it does.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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
    InPersonSigner,
    Notification,
    RecipientAdditionalNotification,
    RecipientEmailNotification,
    RecipientIdentityInputOption,
    RecipientIdentityPhoneNumber,
    RecipientIdentityVerification,
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
from esign.docusign.composites import with_templates
from esign.docusign.sealing import unseal
from esign.models import Channel, Envelope, EnvelopeDocument, Role, Signer
from esign.models.signer import BY_TEXT
from leases.languages import CODES

# Everything that changes what we show or keep; the bodies carry recipients and our custom field.
EVENTS = [
    *("envelope-sent", "envelope-delivered", "envelope-completed", "envelope-declined", "envelope-voided"),
    *("envelope-resent", "envelope-corrected", "envelope-deleted"),
    *("recipient-sent", "recipient-delivered", "recipient-completed", "recipient-declined"),
    *("recipient-authenticationfailed", "recipient-autoresponded", "recipient-reassign", "recipient-finish-later"),
]
# Our codes that Docusign writes mails in; it uses the same codes.
LANGUAGES = set(CODES)


@dataclass(frozen=True)
class Means:
    """What a definition needs beside its rows."""

    phone_workflow: str = ""  # the account's id for checking a phone
    start_url: Callable[[Signer], str] | None = None  # where Docusign's mail leads who signs in our portal


def build_definition(envelope: Envelope, means: Means | None = None) -> Any:
    """The draft of an envelope: documents as frozen, recipients with their tabs, webhook, reminders, expiry."""
    means = means or Means()
    documents = [one for one in envelope.documents.all() if one.kind == EnvelopeDocument.Kind.SENT]
    definition = EnvelopeDefinition(
        status="created",
        transaction_id=str(envelope.pk),
        email_subject=envelope.subject,
        email_blurb=envelope.message or None,
        allow_reassign="false",
        documents=[_document(document) for document in documents],
        recipients=_recipients(envelope.signers.all(), documents, means),
        custom_fields=CustomFields(
            text_custom_fields=[
                TextCustomField(name=CUSTOM_FIELD, value=str(envelope.pk), show="false", required="false"),
                TextCustomField(name="lease_number", value=envelope.lease.number, show="true", required="false"),
            ]
        ),
        event_notification=event_notification(envelope),
        notification=notification(envelope),
    )
    numbers = {signer.key: signer.recipient_id for signer in envelope.signers.all()}
    return with_templates(definition, envelope.riders.all(), numbers)


def event_notification(envelope: Envelope) -> Any:
    """Connect for this one envelope: signed JSON messages to our webhook, kept by Docusign until acknowledged.

    Where signers have something to fill in, the messages carry the tabs, which saves a call to read them.
    """
    tabs = ["tabs"] if envelope.filled_in_by_signers() else []
    return EventNotification(
        url=settings.DOCUSIGN_CONNECT_URL,
        require_acknowledgment="true",
        logging_enabled="true",
        delivery_mode="SIM",
        include_hmac="true",
        events=EVENTS,
        event_data=ConnectEventData(
            version="restv2.1", format="json", include_data=["recipients", "custom_fields", *tabs]
        ),
    )


def _document(document: EnvelopeDocument) -> Any:
    return Document(
        document_base64=b64encode(document.read()).decode(),
        name=document.name,
        file_extension="pdf",
        document_id=str(document.document_id),
        order=str(document.document_id),
    )


def notification(envelope: Envelope) -> Any:
    """Docusign's own reminders and the end, counted from the sending. Always whole: what is left out is reset.

    Docusign reminds and warns only those it writes to; `esign.envelopes.reminders` does the same for our portal.
    """
    return Notification(
        use_account_defaults="false",
        reminders=Reminders(
            reminder_enabled=_flag(envelope.remind_after_days > 0),
            reminder_delay=str(envelope.remind_after_days),
            reminder_frequency=str(envelope.remind_every_days),
        ),
        expirations=Expirations(
            expire_enabled="true",
            expire_after=str(envelope.expires_after_days),
            expire_warn=str(envelope.warn_before_days),
        ),
    )


def _recipients(signers: Iterable[Signer], documents: list[EnvelopeDocument], means: Means) -> Any:
    people = list(signers)
    seated = [s for s in people if s.must_sign and s.is_in_person]
    others = [s for s in people if s.must_sign and not s.is_in_person]
    return Recipients(
        signers=[
            VendorSigner(**_person(s, means), **_identity(s, means), tabs=_tabs(s.key, documents)) for s in others
        ],
        in_person_signers=[
            InPersonSigner(**_seated(s), **_identity(s, means), tabs=_tabs(s.key, documents)) for s in seated
        ],
        carbon_copies=[CarbonCopy(**_person(s, means)) for s in people if s.role == Role.CARBON_COPY],
        certified_deliveries=[
            CertifiedDelivery(**_person(s, means)) for s in people if s.role == Role.CERTIFIED_DELIVERY
        ],
    )


def _who(signer: Signer) -> dict[str, Any]:
    return {
        "recipient_id": str(signer.recipient_id),
        "routing_order": str(signer.routing_order),
        "client_user_id": signer.client_user_id or None,
        "note": signer.note or None,
    }


def _person(signer: Signer, means: Means) -> dict[str, Any]:
    return {**_who(signer), "name": signer.name, **_reached(signer, means)}


def _seated(signer: Signer) -> dict[str, Any]:
    """Somebody who signs at the office: the host opens the envelope, and hands over the screen.

    https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/
    """
    return {
        **_who(signer),
        "in_person_signing_type": "inPersonSigner",
        "signer_name": signer.name,
        "signer_email": signer.email or None,
        "host_name": signer.host_name,
        "host_email": signer.host_email,
    }


def _reached(signer: Signer, means: Means) -> dict[str, Any]:
    """How Docusign is to reach this person: e-mail, text message, both, or by e-mail into our portal.

    https://developers.docusign.com/docs/esign-rest-api/how-to/request-signature-multiple-delivery-methods/
    """
    if signer.channel == Channel.SMS:
        return {"email": None, "delivery_method": "SMS", "phone_number": phone_number(signer.phone)}
    how: dict[str, Any] = {"email": signer.email or None}
    if signer.told_by_docusign and signer.language in LANGUAGES:
        how["email_notification"] = RecipientEmailNotification(supported_language=signer.language)
    if signer.channel == Channel.EMAIL_SMS:
        text = RecipientAdditionalNotification(secondary_delivery_method="SMS", phone_number=phone_number(signer.phone))
        how |= {"delivery_method": "Email", "additional_notifications": [text]}
    if signer.channel == Channel.INVITED and means.start_url:
        how["embedded_recipient_start_url"] = means.start_url(signer)
    return how


def _identity(signer: Signer, means: Means) -> dict[str, Any]:
    """What Docusign asks for before it opens the documents: a code that we told them, a code to their phone.

    https://developers.docusign.com/docs/esign-rest-api/how-to/phone-auth/
    """
    asked: dict[str, Any] = {}
    if signer.sealed_access_code:
        asked["access_code"] = unseal(signer.sealed_access_code)
    if signer.phone_check:
        number = phone_number(signer.phone)
        numbers = [RecipientIdentityPhoneNumber(country_code=number.country_code, number=number.number)]
        asked["identity_verification"] = RecipientIdentityVerification(
            workflow_id=means.phone_workflow,
            input_options=[
                RecipientIdentityInputOption(
                    name="phone_number_list", value_type="PhoneNumberList", phone_number_list=numbers
                )
            ],
        )
    return asked


def corrected_recipients(signer: Signer, changed: set[str], means: Means) -> Any:
    """One recipient with only what is to change: names of our fields in, Docusign's lists out."""
    person: dict[str, Any] = {"recipient_id": str(signer.recipient_id)}
    if "name" in changed:
        person["signer_name" if signer.is_in_person else "name"] = signer.name
    if "email" in changed:
        person["signer_email" if signer.is_in_person else "email"] = signer.email
    if "phone" in changed:
        how = _reached(signer, means) if signer.channel in BY_TEXT else {}
        person |= {name: how[name] for name in ("phone_number", "additional_notifications") if name in how}
        if signer.phone_check:
            person |= {"identity_verification": _identity(signer, means)["identity_verification"]}
    if "access_code" in changed:
        person["access_code"] = unseal(signer.sealed_access_code)
    if signer.channel == Channel.INVITED and means.start_url and changed & {"email", "phone"}:
        # The old link dies with the old address.
        person["embedded_recipient_start_url"] = means.start_url(signer)
    if signer.is_in_person:
        return Recipients(in_person_signers=[InPersonSigner(**person)])
    if signer.role == Role.CARBON_COPY:
        return Recipients(carbon_copies=[CarbonCopy(**person)])
    if signer.role == Role.CERTIFIED_DELIVERY:
        return Recipients(certified_deliveries=[CertifiedDelivery(**person)])
    return Recipients(signers=[VendorSigner(**person)])


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
