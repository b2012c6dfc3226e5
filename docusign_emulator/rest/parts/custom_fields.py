"""Custom fields of an envelope: words and lists for its sender, found by a search.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopecustomfields/
"""

from __future__ import annotations

from typing import Any

from docusign_emulator.envelopes import create as creating
from docusign_emulator.envelopes import present
from docusign_emulator.envelopes.model import save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.paths import ENVELOPE, TEMPLATE, Row, of_template

_LISTS = {"textCustomFields": "text_fields", "listCustomFields": "list_fields"}


def get_custom_fields(call: Call) -> Reply:
    return Reply(present.custom_fields(call.envelope()))


def add_custom_fields(call: Call) -> Reply:
    """POST: each added, or answered with its errorDetails."""
    envelope = editable(call)
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


def _each_field(call: Call, change: Any) -> Json:
    envelope = editable(call)
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


ROWS: list[Row] = [
    ("GET", f"{ENVELOPE}/custom_fields", "listCustomFields", get_custom_fields),
    ("POST", f"{ENVELOPE}/custom_fields", "createCustomFields", add_custom_fields),
    ("PUT", f"{ENVELOPE}/custom_fields", "updateCustomFields", update_custom_fields),
    ("DELETE", f"{ENVELOPE}/custom_fields", "deleteCustomFields", delete_custom_fields),
    ("GET", f"{TEMPLATE}/custom_fields", "listTemplateCustomFields", of_template(get_custom_fields)),
    ("POST", f"{TEMPLATE}/custom_fields", "createTemplateCustomFields", of_template(add_custom_fields)),
    ("PUT", f"{TEMPLATE}/custom_fields", "updateTemplateCustomFields", of_template(update_custom_fields)),
    ("DELETE", f"{TEMPLATE}/custom_fields", "deleteTemplateCustomFields", of_template(delete_custom_fields)),
]
