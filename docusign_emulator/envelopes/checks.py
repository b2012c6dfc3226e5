"""What a recipient has to prove before the documents open: by a code they were told, by their phone, by who they are.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/auth/
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from docusign_emulator.envelopes import mails
from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

PHONE_WORKFLOW, IDENTITY_WORKFLOW = "Phone Authentication", "DocuSign ID Verification"
TEXT_WORKFLOW = "SMS for access & signatures"
_WORKFLOWS = {
    PHONE_WORKFLOW: (
        uuid.UUID("5e4d1a3c-6f0a-4a52-9d6e-1f5d4d1c2b7a"),
        "The recipient enters a code sent to their phone.",
    ),
    TEXT_WORKFLOW: (
        uuid.UUID("8a1f6c04-52c7-4d0e-9a1d-7f0f4d9b6e35"),
        "The recipient enters a code from a text message, to open the documents and to sign.",
    ),
    IDENTITY_WORKFLOW: (
        uuid.UUID("0b9c7a52-3d0e-4f0d-8f49-6d3f1c0a2e11"),
        "The recipient shows an identity document.",
    ),
}
# The older way to ask, by the name the account has for it; "ID Check $" is also taken without its dollar sign.
# https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipients/
_BY_NAME = {"sms auth": "sms", "phone auth": "phone", "id check": "questions"}
_KEYS = (
    "identityVerification",
    "smsAuthentication",
    "phoneAuthentication",
    "idCheckConfigurationName",
    "requireIdLookup",
)


@dataclass(frozen=True)
class Check:
    """One thing to prove. `result`: where `recipientAuthenticationStatus` tells of it; `action`: its audit word."""

    kind: str  # access_code, phone or identity
    result: str
    name: str
    action: str
    ways: tuple[str, ...] = ()  # how the code comes: sms, voice
    numbers: tuple[str, ...] = ()  # those the sender gave, +14155550123
    own_number: bool = False  # the recipient may give one of their own


ACCESS_CODE = Check("access_code", "accessCodeResult", "Access code", "AccessCode")


def asked(store: Store, person: Recipient) -> list[Check]:
    """In the order they are asked in. Raises ApiError for a check the account does not have or cannot do."""
    checks = [ACCESS_CODE] if person.access_code else []
    extra = person.extra
    if verification := formats.child(extra, "identityVerification"):
        return [*checks, _by_workflow(store, person, verification)]
    name = formats.text(extra.get("idCheckConfigurationName")).strip()
    sms, phone = formats.child(extra, "smsAuthentication"), formats.child(extra, "phoneAuthentication")
    how = _BY_NAME.get(name.lower().removesuffix("$").rstrip())
    if name and how is None:
        raise _not_set_up(person, f"The account has no check called {name[:50]!r}.")
    if not name and formats.truth(extra.get("requireIdLookup")):
        how = "sms" if sms else "phone" if phone else "questions"
    if how == "sms":
        checks.append(Check("phone", "smsAuthResult", "SMS authentication", "SMSAuth", ("sms",), _given(person, sms)))
    elif how == "phone":
        own = formats.truth(phone.get("recipMayProvideNumber"))
        numbers = _given(person, phone, needed=not own)
        checks.append(Check("phone", "phoneAuthResult", "Phone authentication", "PhoneAuth", ("voice",), numbers, own))
    elif how == "questions":
        checks.append(Check("identity", "idQuestionsResult", "Knowledge-based questions", "IDCheck"))
    return checks


def unproven(store: Store, person: Recipient) -> list[Check]:
    """What they are asked when they open the envelope now."""
    once = store.switches["authentication_trigger"] == "first_time"
    return [check for check in asked(store, person) if not (once and passed(person, check))]


def passed(person: Recipient, check: Check) -> bool:
    result: Json = (person.authentication or {}).get(check.result, {})
    return result.get("status") == "Passed"


def check_sendable(store: Store, envelope: Envelope) -> None:
    """Every check that is asked for can be done. Raises ApiError."""
    for person in envelope.recipients:
        asked(store, person)


def handed_over(store: Store, person: Recipient, phone: str) -> Json:
    """What stays of `extra` when somebody else signs: nothing of the leaver's phone, and a phone check only by `phone`.

    https://support.docusign.com/s/document-item?bundleId=yca1573855023892&topicId=mbg1573854981921.html
    """
    kept = {key: value for key, value in person.extra.items() if key not in mails.CHANNEL_KEYS}
    if not any(check.kind == "phone" for check in asked(store, person)):
        return kept
    if not phone:
        return {key: value for key, value in kept.items() if key not in _KEYS}
    for key in ("smsAuthentication", "phoneAuthentication"):
        if kept.get(key):
            kept[key] = {"senderProvidedNumbers": [phone]}
    if verification := formats.child(kept, "identityVerification"):
        numbers = [{"countryCode": "", "number": phone.lstrip("+")}]
        option = {"name": "phone_number_list", "valueType": "PhoneNumberList", "phoneNumberList": numbers}
        kept["identityVerification"] = verification | {"inputOptions": [option]}
    return kept


def workflow_id(account_id: str, name: str) -> str:
    return str(uuid.uuid5(_WORKFLOWS[name][0], account_id))


def workflows(account_id: str) -> list[Json]:
    """As the account lists them."""
    by_phone = [{"optionName": "phone_number_list", "valueType": "PhoneNumberList"}]
    return [
        {
            "workflowId": workflow_id(account_id, name),
            "defaultName": name,
            "defaultDescription": words,
            "inputOptions": [] if name == IDENTITY_WORKFLOW else by_phone,
        }
        for name, (_, words) in _WORKFLOWS.items()
    ]


def number(text: str) -> str:
    """A telephone number without its dashes and brackets; empty when it is none."""
    kept = re.sub(r"[^\d+]", "", text)
    return kept if re.fullmatch(r"\+?\d{7,15}", kept) else ""


def masked(number: str) -> str:
    """As the page shows it: who has the phone knows it anyway."""
    return f"••• ••• {number[-4:]}"


def _by_workflow(store: Store, person: Recipient, verification: Json) -> Check:
    """https://developers.docusign.com/docs/esign-rest-api/how-to/phone-auth/"""
    wanted = formats.text(verification.get("workflowId")).lower()
    if wanted == workflow_id(store.account.id, IDENTITY_WORKFLOW):
        return Check("identity", "identityVerificationResult", "ID verification", "IDVerification")
    by_text = wanted == workflow_id(store.account.id, TEXT_WORKFLOW)
    if not by_text and wanted != workflow_id(store.account.id, PHONE_WORKFLOW):
        raise _not_set_up(person, "The workflowId is not one of the account's.")
    numbers = [
        f"+{formats.text(one.get('countryCode')).lstrip('+')}{formats.text(one.get('number'))}"
        for option in formats.children(verification, "inputOptions")
        for one in formats.children(option, "phoneNumberList")
    ]
    return Check(
        "phone",
        "identityVerificationResult",
        "SMS authentication" if by_text else "Phone authentication",
        "PhoneAuth",
        ("sms",) if by_text else ("sms", "voice"),
        _usable(person, numbers),
    )


def _given(person: Recipient, facts: Json, *, needed: bool = True) -> tuple[str, ...]:
    return _usable(person, formats.texts(facts, "senderProvidedNumbers"), needed=needed)


def _usable(person: Recipient, numbers: list[str], *, needed: bool = True) -> tuple[str, ...]:
    if (needed and not numbers) or not all(number(one) for one in numbers):
        raise _not_set_up(person, "A telephone number is missing or invalid.")
    return tuple(number(one) for one in numbers)


def _not_set_up(person: Recipient, why: str) -> ApiError:
    """The code as integrations meet it; Docusign's documentation only says that the call fails."""
    message = f"Authentication is not setup correctly for the recipient {person.recipient_id}. {why}"
    return ApiError("INVALIDAUTHENTICATIONSETUP", message)
