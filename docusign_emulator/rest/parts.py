"""The parts of an envelope with a path of their own: custom fields, notification, lock, form data.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from docusign_emulator.envelopes import create as creating
from docusign_emulator.envelopes import notification, output, present
from docusign_emulator.envelopes.model import Envelope, Recipient, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_recipient, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply

_LISTS = {"textCustomFields": "text_fields", "listCustomFields": "list_fields"}
MAX_LOCK_SECONDS = 1800


def get_custom_fields(call: Call) -> Reply:
    return Reply(present.custom_fields(call.envelope()))


def add_custom_fields(call: Call) -> Reply:
    """POST: each added, or answered with its errorDetails."""
    envelope = _editable(call)
    answer: dict[str, Any] = {}
    for key, attribute in _LISTS.items():
        for facts in formats.children(call.json, key):
            fields: list[Json] = getattr(envelope, attribute)
            try:
                made = creating.custom_field(call.store, facts)
            except ApiError as error:
                answer.setdefault(key, []).append(formats.stringified(facts) | {"errorDetails": error.details()})
                continue
            fields[:] = [one for one in fields if one["name"] != made["name"]] + [made]
            answer.setdefault(key, []).append(made)
    save(call.store, envelope)
    return Reply(answer, 201)


def update_custom_fields(call: Call) -> Reply:
    """PUT: by fieldId."""
    return Reply(_each_field(call, _update_field))


def delete_custom_fields(call: Call) -> Reply:
    """DELETE: by fieldId."""
    return Reply(_each_field(call, _delete_field))


def get_notification(call: Call) -> Reply:
    return Reply(dict(call.envelope().notification))


def update_notification(call: Call) -> Reply:
    envelope = _editable(call)
    envelope.notification = notification.from_wire(call.json)
    notification.schedule(call.store, envelope)
    save(call.store, envelope)
    return Reply(dict(envelope.notification))


def get_email_settings(call: Call) -> Reply:
    settings = formats.child(call.envelope().extra, "emailSettings")
    return Reply(formats.stringified(settings))


def put_email_settings(call: Call) -> Reply:
    """POST or PUT: kept and told again. No reply is redirected and no copy is sent by them."""
    envelope = _editable(call)
    envelope.extra["emailSettings"] = formats.child(envelope.extra, "emailSettings") | call.json
    save(call.store, envelope)
    return get_email_settings(call)


def create_email_settings(call: Call) -> Reply:
    return Reply(put_email_settings(call).body, 201)


def delete_email_settings(call: Call) -> Reply:
    envelope = _editable(call)
    gone = envelope.extra.pop("emailSettings", {})
    save(call.store, envelope)
    return Reply(formats.stringified(gone))


def get_lock(call: Call) -> Reply:
    return Reply(present.lock(_lock(call, call.envelope()), token=True))


def create_lock(call: Call) -> Reply:
    """POST lock: one owner at a time, for at most half an hour."""
    envelope = call.envelope()
    if envelope.status not in ("created", "sent", "delivered", "template"):
        raise wrong_status("Only an envelope that is created, sent or delivered can be locked.")
    if _held(call, envelope):
        raise ApiError("EDIT_LOCK_ENVELOPE_ALREADY_LOCKED", "The envelope is already locked.")
    envelope.lock = _new_lock(call) | {"lockToken": secrets.token_hex(16)}
    save(call.store, envelope)
    return Reply(present.lock(envelope.lock, token=True), 201)


def update_lock(call: Call) -> Reply:
    """PUT lock: its owner makes it last longer."""
    envelope = call.envelope()
    held = _owned(call, envelope)
    envelope.lock = held | _new_lock(call)
    save(call.store, envelope)
    return Reply(present.lock(envelope.lock, token=True))


def delete_lock(call: Call) -> Reply:
    envelope = call.envelope()
    held = _owned(call, envelope)
    envelope.lock = None
    save(call.store, envelope)
    return Reply(present.lock(held, token=True))


def form_data(call: Call) -> Reply:
    """GET form_data: what everyone entered, together and by recipient."""
    envelope = call.envelope()
    everything = [item for person in envelope.recipients for item in _entered(person)]
    prefilled = [
        {"name": formats.text(tab.get("tabLabel")), "value": formats.text(tab.get("value"))}
        for document in envelope.documents
        for items in document.prefill.values()
        for tab in items
    ]
    return Reply(
        {
            "envelopeId": envelope.id,
            "emailSubject": envelope.subject,
            "status": envelope.status,
            "sentDateTime": envelope.sent_at or "",
            "formData": everything,
            "recipientFormData": [_of_recipient(person) for person in envelope.recipients if person.tabs],
            "prefillFormData": {"formData": prefilled},
        }
    )


def consumer_disclosure(call: Call) -> Reply:
    """GET a recipient's disclosure."""
    if call.envelope().recipient(call.params["recipientId"]) is None:
        raise no_such_recipient(call.params["recipientId"][:50])
    return Reply(disclosure(call))


def disclosure(call: Call) -> Json:
    account = call.store.account
    return {
        "accountEsignId": account.id,
        "companyName": account.name,
        "esignAgreement": output.DISCLOSURE,
        "esignText": output.DISCLOSURE,
        "enableEsign": "true",
        "mustAgreeToEsign": "true",
        "languageCode": call.query.get("langCode", "en"),
        "copyRequestEmail": account.sender.email,
        "changeEmail": account.sender.email,
        "withdrawByEmail": "true",
        "withdrawEmail": account.sender.email,
    }


def _entered(person: Recipient) -> list[Json]:
    items = []
    for key, tab in person.all_tabs():
        if key == "radioGroupTabs":
            items.append({"name": formats.text(tab.get("groupName")), "value": formats.text(tab.get("value"))})
        elif key == "checkboxTabs":
            ticked = formats.truth(tab.get("selected"))
            items.append({"name": formats.text(tab.get("tabLabel")), "value": "X" if ticked else ""})
        elif key not in ("signHereTabs", "initialHereTabs"):
            item = {"name": formats.text(tab.get("tabLabel")), "value": formats.text(tab.get("value"))}
            if "originalValue" in tab:
                item["originalValue"] = tab["originalValue"]
            if key == "listTabs":
                item["listSelectedValue"] = formats.text(tab.get("listSelectedValue"))
            items.append(item)
    return items


def _of_recipient(person: Recipient) -> Json:
    times = {
        "SentTime": person.sent_at,
        "DeliveredTime": person.delivered_at,
        "SignedTime": person.signed_at,
        "DeclinedTime": person.declined_at,
    }
    return {
        "recipientId": person.recipient_id,
        "name": person.name,
        "email": person.email,
        "formData": _entered(person),
    } | {key: value for key, value in times.items() if value}


def _each_field(call: Call, change: Any) -> Json:
    envelope = _editable(call)
    answer: Json = {}
    for key, attribute in _LISTS.items():
        for facts in formats.children(call.json, key):
            answer.setdefault(key, []).append(change(getattr(envelope, attribute), facts))
    save(call.store, envelope)
    return answer


def _update_field(fields: list[Json], facts: Json) -> Json:
    for field in fields:
        if field["fieldId"] == formats.text(facts.get("fieldId")):
            value = formats.text(facts.get("value"))
            if len(value) > creating.MAX_FIELD:
                return field | {"errorDetails": invalid_parameter("The value is too long.").details()}
            field.update(formats.stringified(facts))
            return field
    return _unknown_field(facts)


def _delete_field(fields: list[Json], facts: Json) -> Json:
    for field in list(fields):
        if field["fieldId"] == formats.text(facts.get("fieldId")):
            fields.remove(field)
            return field
    return _unknown_field(facts)


def _unknown_field(facts: Json) -> Json:
    details = {"errorCode": "INVALID_CUSTOM_FIELD_ID", "message": "The envelope has no field of that id."}
    return dict(formats.stringified(facts)) | {"errorDetails": details}


def _editable(call: Call) -> Envelope:
    envelope = call.unlocked()
    if envelope.final:
        raise wrong_status(f"The envelope is {envelope.status}; nothing of it can be changed.")
    return envelope


def _held(call: Call, envelope: Envelope) -> Json | None:
    lock = envelope.lock
    return lock if lock and lock["lockedUntilDateTime"] > call.store.now() else None


def _lock(call: Call, envelope: Envelope) -> Json:
    held = _held(call, envelope)
    if held is None:
        raise ApiError("EDIT_LOCK_ENVELOPE_NOT_LOCKED", "The envelope is not locked.")
    return held


def _owned(call: Call, envelope: Envelope) -> Json:
    held = _lock(call, envelope)
    if held["lockToken"] != call.lock_token:
        raise ApiError("EDIT_LOCK_NOT_LOCK_OWNER", "The lock belongs to another application or user.")
    return held


def _new_lock(call: Call) -> Json:
    try:
        seconds = formats.integer(call.json.get("lockDurationInSeconds"), 300)
    except ValueError as error:
        raise invalid_parameter("lockDurationInSeconds is not a number.") from error
    if not 0 < seconds <= MAX_LOCK_SECONDS:
        raise invalid_parameter(f"A lock lasts from 1 to {MAX_LOCK_SECONDS} seconds.")
    user = call.user
    return {
        "lockDurationInSeconds": str(seconds),
        "lockedByApp": formats.text(call.json.get("lockedByApp")),
        "lockType": formats.text(call.json.get("lockType")) or "edit",
        "lockedByUser": {"userId": user.user_id, "userName": user.name, "email": user.email},
        "lockedUntilDateTime": formats.stamp(call.store.clock.now() + timedelta(seconds=seconds)),
    }
