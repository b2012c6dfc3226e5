"""Embedded views: URLs that put one person in front of one envelope for a few minutes.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from docusign_emulator import templates
from docusign_emulator.envelopes.model import IN_PROGRESS, Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, unknown_recipient, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply

RECIPIENT_LIFE = timedelta(seconds=300)
SENDER_LIFE = timedelta(minutes=10)
MAX_RETURN_URL = 470
METHODS = {
    "biometric", "email", "httpbasicauth", "kerberos", "knowledgebasedauth", "none", "paperdocuments", "password",
    "rsasecureid", "singlesignon_casiteminder", "singlesignon_infocard", "singlesignon_microsoftactivedirectory",
    "singlesignon_other", "singlesignon_passport", "singlesignon_saml", "smartcard", "sslmutualauth",
    "x509certificate",
}  # fmt: skip


def recipient(call: Call) -> Reply:
    """POST views/recipient: the signing URL of an embedded signer whose turn it is."""
    return Reply({"url": recipient_url(call, call.envelope(), call.json)}, 201)


def recipient_url(call: Call, envelope: Envelope, body: Json) -> str:
    """A signing URL for the recipient `body` names. Raises ApiError when there can be none now."""
    method = formats.text(body.get("authenticationMethod"))
    if method.lower() not in METHODS:
        raise invalid_parameter("authenticationMethod is missing or not one Docusign knows.")
    return_url = checked_return_url(body)
    check_framing(body)
    person = _addressed(call, envelope, body)
    if envelope.status == "created":
        raise wrong_status("A recipient view needs an envelope that has been sent.")
    if envelope.status == "voided" and call.store.switches["view_of_voided"] == "refuse":
        raise wrong_status("The envelope was voided.")
    if envelope.status == "delivered" and not call.store.switches["view_when_delivered"]:
        raise wrong_status("A recipient view needs an envelope that is sent.")
    if envelope.status == "correct":
        raise wrong_status("The envelope is being corrected by its sender.")
    if envelope.status in IN_PROGRESS and person.status == "created":
        raise ApiError("RECIPIENT_NOT_IN_SEQUENCE", "A token for an out of sequence recipient cannot be generated.")
    evidence = {
        key: body[key]
        for key in ("authenticationMethod", "authenticationInstant", "assertionId", "securityDomain")
        if body.get(key)
    }
    return mint(
        call,
        {
            "kind": "recipient",
            "envelopeId": envelope.id,
            "recipientId": person.recipient_id,
            "returnUrl": return_url,
            "frameAncestors": formats.texts(body, "frameAncestors"),
            "messageOrigins": formats.texts(body, "messageOrigins"),
            "pingUrl": body.get("pingUrl"),
            "evidence": evidence,
        },
        RECIPIENT_LIFE,
    )


def preview(call: Call) -> Reply:
    """POST views/recipient_preview: the signing page with nothing to sign."""
    envelope, body = call.envelope(), call.json
    person = envelope.recipient(formats.text(body.get("recipientId"))) if body.get("recipientId") else None
    if person is None:
        person = next((one for one in envelope.recipients if one.signs), None)
    if person is None:
        raise unknown_recipient()
    return Reply({"url": mint(call, _preview(call, envelope, person), RECIPIENT_LIFE)}, 201)


def shared(call: Call) -> Reply:
    """POST views/shared: the documents to look at, for who shares the envelope."""
    envelope = call.envelope()
    person = next((one for one in envelope.recipients if one.signs), None)
    if person is None:
        raise unknown_recipient()
    return Reply({"url": mint(call, _preview(call, envelope, person), RECIPIENT_LIFE)}, 201)


def _preview(call: Call, envelope: Envelope, person: Recipient) -> Json:
    return {
        "kind": "preview",
        "envelopeId": envelope.id,
        "recipientId": person.recipient_id,
        "returnUrl": checked_return_url(call.json),
    }


def sender(call: Call) -> Reply:
    """POST views/sender, and views/edit, which it has superseded: prepare a draft in the browser."""
    envelope = call.unlocked()
    if envelope.status != "created":
        raise wrong_status("The sender view needs a draft.")
    return _sender_side(call, "sender", envelope.id)


def correct(call: Call) -> Reply:
    """POST views/correct: change an envelope under way."""
    envelope = call.unlocked()
    if envelope.status not in (*IN_PROGRESS, "correct"):
        raise wrong_status("Only an envelope that is sent or delivered can be corrected.")
    return _sender_side(call, "correct", envelope.id)


def delete_correct(call: Call) -> Reply:
    """DELETE views/correct: obsolete, does nothing."""
    call.envelope()
    return Reply({})


def console(call: Call) -> Reply:
    """POST views/console: the emulator's console, at the envelope if one is named."""
    checked_return_url({"returnUrl": call.json.get("returnUrl") or call.base_url})
    envelope_id = formats.text(call.json.get("envelopeId"))
    where = f"#envelope={envelope_id}" if envelope_id else ""
    return Reply({"url": f"{call.base_url}/_emulator/{where}"}, 201)


def edit_template(call: Call) -> Reply:
    """POST templates/{templateId}/views/edit."""
    template = templates.required(call.store, call.params["templateId"])
    body = call.json
    _check_access(call, body, "template")
    facts = {
        "kind": "template",
        "templateId": template.id,
        "returnUrl": checked_return_url(body),
        "settings": formats.child(body, "settings"),
    }
    return Reply({"url": mint(call, facts, SENDER_LIFE, path="/sending/start")}, 201)


def _sender_side(call: Call, kind: str, envelope_id: str) -> Reply:
    body = call.json
    _check_access(call, body, "envelope")
    facts = {
        "kind": kind,
        "envelopeId": envelope_id,
        "returnUrl": checked_return_url(body),
        "settings": formats.child(body, "settings"),
    }
    return Reply({"url": mint(call, facts, SENDER_LIFE, path="/sending/start")}, 201)


def _check_access(call: Call, body: Json, wanted: str) -> None:
    """viewAccess came with the request body of June 2024; the old body is refused unless the switch says so."""
    given = formats.text(body.get("viewAccess"))
    if given.lower() == wanted or (not given and call.store.switches["old_sender_view"] == "accept"):
        return
    raise invalid_parameter(f"viewAccess must be {wanted!r}.")


def mint(call: Call, facts: Json, life: timedelta, *, path: str = "/signing/start") -> str:
    """A URL that works once, for so long."""
    token = secrets.token_urlsafe(32)
    expires = formats.stamp(call.store.clock.now() + life)
    call.store.keep("view", token, facts | {"expiresAt": expires, "used": False, "userId": call.user.user_id})
    return f"{call.base_url}{path}?t={token}"


def checked_return_url(body: Json) -> str:
    """The return URL, cut where Docusign cuts it. Raises ApiError when it is no absolute URL."""
    url = formats.text(body.get("returnUrl"))[:MAX_RETURN_URL]
    if not url:
        raise invalid_parameter("returnUrl is missing.")
    parts = urlsplit(url)
    if not parts.scheme or not (parts.netloc or parts.path):
        raise invalid_parameter("returnUrl is no absolute URL.")
    return url


def check_framing(body: Json) -> None:
    """https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/embedding/docusign-js-embedded-reference/"""
    ancestors, origins = formats.texts(body, "frameAncestors"), formats.texts(body, "messageOrigins")
    if sum(len(formats.text(one)) for one in ancestors) > 500:
        raise invalid_parameter("frameAncestors may have 500 characters together.")
    if len(origins) > 1:
        raise invalid_parameter("messageOrigins takes exactly one origin.")
    for one in (*ancestors, *origins):
        parts = urlsplit(formats.text(one))
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
            raise invalid_parameter(f"{formats.text(one)[:80]!r} is no origin.")


def _addressed(call: Call, envelope: Envelope, body: Json) -> Recipient:
    """The recipient meant: clientUserId and name and e-mail (or user id) must match exactly."""
    client_user_id = formats.text(body.get("clientUserId"))
    user_id, recipient_id = formats.text(body.get("userId")).lower(), formats.text(body.get("recipientId"))
    name, email = formats.text(body.get("userName")), formats.text(body.get("email")).lower()
    if not user_id and not (name and email):
        raise invalid_parameter("userName and email, or userId, are required.")
    for person in envelope.recipients:
        if recipient_id and recipient_id != person.recipient_id:
            continue
        if (person.client_user_id or "") != client_user_id:
            continue
        if user_id and user_id in (person.user_id, person.guid):
            return person
        known_email, names = _known_as(person)
        if not user_id and email == known_email and name in names and (client_user_id or _own(call, known_email)):
            return person
    raise unknown_recipient()


def _known_as(person: Recipient) -> tuple[str, set[str]]:
    """E-mail and names a view may be asked for by: an in-person signer is reached through the host."""
    if person.kind == "inPersonSigners":
        host = formats.text(person.extra.get("hostEmail")).lower()
        return host, {formats.text(person.extra.get("hostName")), person.name}
    return person.email.lower(), {person.name}


def _own(call: Call, email: str) -> bool:
    """A remote signer (or host) may be sent to a view only with their own token."""
    return email == call.user.email.lower()
