"""The electronic record and signature disclosure that a signer agrees to, in each language it is written in.

https://developers.docusign.com/docs/esign-rest-api/reference/accounts/accountconsumerdisclosures/
"""

from __future__ import annotations

from docusign_emulator.envelopes import output
from docusign_emulator.protocol.errors import invalid_parameter, no_such_recipient
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, ENVELOPE, Row
from docusign_emulator.rest.setup import settings

_FIXED = ("accountEsignId", "esignAgreement", "languageCode")


def get(call: Call) -> Reply:
    """GET consumer_disclosure, in the language that the path or `langCode` names."""
    return Reply(_told(call))


def update(call: Call) -> Reply:
    """PUT consumer_disclosure/{langCode}: signers see its `esignText` from now on."""
    call.administrator()
    language = _language(call)
    known = call.store.record(output.DISCLOSURES, language) or {}
    call.store.keep(output.DISCLOSURES, language, kept.over(known, call.json, *_FIXED))
    return get(call)


def get_of_recipient(call: Call) -> Reply:
    """GET recipients/{recipientId}/consumer_disclosure."""
    if call.envelope().recipient(call.params["recipientId"]) is None:
        raise no_such_recipient(call.params["recipientId"][:50])
    return get(call)


def _told(call: Call) -> Json:
    account, language = call.store.account, _language(call)
    told: Json = {
        "accountEsignId": account.id,
        "companyName": account.name,
        "esignText": output.DISCLOSURE,
        "enableEsign": "true",
        "mustAgreeToEsign": "true",
        "languageCode": language,
        "copyRequestEmail": account.sender.email,
        "changeEmail": account.sender.email,
        "withdrawByEmail": "true",
        "withdrawEmail": account.sender.email,
    }
    told |= call.store.record(output.DISCLOSURES, language) or {}
    return told | {"esignAgreement": told["esignText"]}


def _language(call: Call) -> str:
    language = call.params.get("langCode") or call.query.get("langCode") or "en"
    if language not in settings.LANGUAGES:
        raise invalid_parameter(f"langCode is a language Docusign has, not {language[:20]!r}.")
    return language


_RECIPIENT = ENVELOPE + "/recipients/{recipientId}/consumer_disclosure"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/consumer_disclosure", "getConsumerDisclosure", get),
    ("GET", ACCOUNT + "/consumer_disclosure/{langCode}", "getConsumerDisclosureByLanguage", get),
    ("PUT", ACCOUNT + "/consumer_disclosure/{langCode}", "updateConsumerDisclosure", update),
    ("GET", _RECIPIENT, "getConsumerDisclosureDefault", get_of_recipient),
    ("GET", _RECIPIENT + "/{langCode}", "getRecipientConsumerDisclosure", get_of_recipient),
]
