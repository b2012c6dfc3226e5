"""The address book of a user.

https://developers.docusign.com/docs/esign-rest-api/reference/users/contacts/
"""

from __future__ import annotations

import uuid

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, Row

_FIXED = ("contactId", "contactUri", "isOwner", "errorDetails", "signingGroup")


def get(call: Call) -> Reply:
    """GET one contact. Users see their own, and those that are shared."""
    return Reply(kept.page(call, "contacts", [_shown(call, _required(call, call.params["contactId"]))]))


def create(call: Call) -> Reply:
    return Reply({"contacts": kept.each(call, "contactList", lambda facts: _made(call, facts))}, 201)


def update(call: Call) -> Reply:
    return Reply({"contacts": kept.each(call, "contactList", lambda facts: _changed(call, facts))})


def delete_many(call: Call) -> Reply:
    """DELETE contacts: those listed."""
    return Reply(
        {"contacts": kept.each(call, "contactList", lambda facts: _dropped(call, formats.text(facts.get("contactId"))))}
    )


def delete(call: Call) -> Reply:
    return Reply({"contacts": [_dropped(call, call.params["contactId"])]})


def _made(call: Call, facts: Json) -> Json:
    name, emails = kept.name(facts, "name"), formats.texts(facts, "emails")
    if not emails and not formats.children(facts, "contactPhoneNumbers"):
        raise invalid_parameter("A contact needs an e-mail address or a phone number.")
    mine = [one for one in call.store.records("contact") if one["owner"] == call.user.user_id]
    if any(one["facts"]["name"] == name and one["facts"].get("emails", []) == emails for one in mine):
        raise ApiError("CONTACT_ALREADY_EXISTS", f"{name[:50]} is in the address book.")
    contact_id = str(uuid.uuid4())
    kept_one = {
        "owner": call.user.user_id,
        "facts": kept.over({"contactId": contact_id, "shared": "false"}, facts, *_FIXED),
    }
    call.store.keep("contact", contact_id, kept_one)
    return _shown(call, kept_one)


def _changed(call: Call, facts: Json) -> Json:
    known = _required(call, formats.text(facts.get("contactId")), own=True)
    changed = known | {"facts": kept.over(known["facts"], facts, *_FIXED)}
    call.store.keep("contact", known["facts"]["contactId"], changed)
    return _shown(call, changed)


def _dropped(call: Call, contact_id: str) -> Json:
    known = _required(call, contact_id, own=True)
    call.store.drop("contact", known["facts"]["contactId"])
    return {"contactId": known["facts"]["contactId"]}


def _required(call: Call, contact_id: str, *, own: bool = False) -> Json:
    known = call.store.record("contact", contact_id.lower())
    if known is None or (known["owner"] != call.user.user_id and (own or not formats.truth(known["facts"]["shared"]))):
        raise no_such_resource("contact")
    return known


def _shown(call: Call, contact: Json) -> Json:
    facts: Json = contact["facts"]
    uri = f"/contacts/{facts['contactId']}"
    return facts | {"contactUri": uri, "isOwner": contact["owner"] == call.user.user_id}


_CONTACT = ACCOUNT + "/contacts/{contactId}"
ROWS: list[Row] = [
    ("POST", f"{ACCOUNT}/contacts", "createContacts", create),
    ("PUT", f"{ACCOUNT}/contacts", "updateContacts", update),
    ("DELETE", f"{ACCOUNT}/contacts", "deleteContacts", delete_many),
    ("GET", _CONTACT, "getContact", get),
    ("DELETE", _CONTACT, "deleteContact", delete),
]
