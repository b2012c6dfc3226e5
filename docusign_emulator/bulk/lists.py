"""Bulk send lists: what a list may hold, and whether it fits a draft or template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docusign_emulator import templates
from docusign_emulator.envelopes import files, model, people
from docusign_emulator.envelopes.model import Envelope
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_body, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

MAX_COPIES = 1000
MAX_QUEUED = 2000
MAX_BYTES = 75 * 1024 * 1024


def checked(body: Json) -> Json:
    """The list as it is kept. Raises ApiError with the code of the first thing wrong with it."""
    copies = body.get("bulkCopies")
    if copies is not None and (not isinstance(copies, list) or not all(isinstance(one, dict) for one in copies)):
        raise invalid_body("bulkCopies is not a list of objects.")
    copies = copies or []
    if len(copies) > MAX_COPIES:
        raise _error("MAX_COPIES_EXCEEDED", f"A list may have {MAX_COPIES} copies.")
    for copy in copies:
        _check_copy(copy)
    kinds = {"role" if one.get("roleName") else "id" for copy in copies for one in formats.children(copy, "recipients")}
    if len(kinds) > 1:
        raise _error("CANNOT_USE_BOTH_ROLE_AND_ID_IN_SAME_LIST", "Use roles or ids in a list, not both.")
    return {"name": formats.text(body.get("name")), "bulkCopies": copies}


def required(store: Store, list_id: str) -> Json:
    found = store.record("bulk_list", list_id.lower())
    if found is None:
        raise no_such_resource("bulk send list")
    return found


def source(store: Store, id: str) -> Envelope | None:
    """The draft or template a list is to be sent with."""
    return templates.load(store, id) or model.load(store, id)


def problems(store: Store, bulk_list: Json, envelope: Envelope | None) -> list[ApiError]:
    """Everything that keeps this list from being sent with this envelope."""
    if envelope is None:
        return [_error("ENVELOPE_NOT_FOUND", "There is no draft or template of that id.")]
    return list(_problems(store, bulk_list, envelope))


def queued(store: Store) -> int:
    """Envelopes of the account waiting in the queue."""
    return int(store.sql("SELECT count(*) AS n FROM due WHERE kind = 'bulk'")[0]["n"])


def _problems(store: Store, bulk_list: Json, envelope: Envelope) -> Iterator[ApiError]:
    copies = bulk_list["bulkCopies"]
    if envelope.status not in ("created", "template"):
        yield _error("ENVELOPE_NOT_IN_SENDABLE_STATE", "Only a draft or a template can be sent in bulk.")
    if not copies:
        yield _error("ENVELOPE_LIST_CONTAINS_NO_COPIES", "The list has no copies.")
    if queued(store) + len(copies) > MAX_QUEUED:
        yield _error("ACCOUNT_HAS_TOO_MANY_QUEUED_ENVELOPES", f"The account's queue holds {MAX_QUEUED} envelopes.")
    if not envelope.recipients:
        yield _error("ENVELOPE_HAS_NO_RECIPIENTS", "The draft has no recipients.")
    if sum(len(store.bytes_of(one.source)) for one in files.in_order(envelope)) > MAX_BYTES:
        yield _error("ENVELOPE_SIZE_LIMIT_EXCEEDED", "A bulk envelope may have 75 MB.")
    yield from _unmatched(bulk_list, envelope)


def _unmatched(bulk_list: Json, envelope: Envelope) -> Iterator[ApiError]:
    ids = {person.recipient_id for person in envelope.recipients}
    roles = {person.role.lower() for person in envelope.recipients}
    labels = {formats.text(tab.get("tabLabel")) for person in envelope.recipients for _, tab in person.all_tabs()}
    fields = {field["name"] for field in (*envelope.text_fields, *envelope.list_fields)}
    copies = bulk_list["bulkCopies"]
    people_of = [one for copy in copies for one in formats.children(copy, "recipients")]
    if any(one.get("recipientId") and formats.text(one["recipientId"]) not in ids for one in people_of):
        yield _error("RECIPIENT_ID_DOES_NOT_EXIST_IN_ENVELOPE", "A recipientId of the list is not in the draft.")
    if any(one.get("roleName") and formats.text(one["roleName"]).lower() not in roles for one in people_of):
        yield _error("RECIPIENT_ROLE_DOES_NOT_MATCH", "A roleName of the list is not in the draft.")
    asked = {formats.text(tab.get("tabLabel")) for one in people_of for tab in formats.children(one, "tabs")}
    if asked and not labels:
        yield _error("ENVELOPE_HAS_NO_TABS", "The list sets tabs, but the draft has none.")
    elif asked - labels:
        yield _error(
            "TAB_LABEL_DOES_NOT_EXIST_IN_ENVELOPE", f"The draft has no tab {sorted(asked - labels)[0][:60]!r}."
        )
    wanted = {formats.text(field.get("name")) for copy in copies for field in formats.children(copy, "customFields")}
    if wanted and not fields:
        yield _error("ENVELOPE_HAS_NO_ENVELOPE_CUSTOM_FIELDS", "The list sets custom fields, but the draft has none.")
    elif wanted - fields:
        yield _error(
            "ENVELOPE_CUSTOM_FIELD_DOES_NOT_EXIST_IN_ENVELOPE",
            f"The draft has no field {sorted(wanted - fields)[0][:60]!r}.",
        )


def _check_copy(copy: Json) -> None:
    recipients = formats.children(copy, "recipients")
    ids, roles = [], []
    for one in recipients:
        if one.get("recipientId") and one.get("roleName"):
            raise _error("CANNOT_USE_BOTH_ROLE_AND_ID_ON_SAME_RECIPIENT", "A recipient has a role and an id.")
        if not one.get("recipientId") and not one.get("roleName"):
            raise _error("RECIPIENT_ID_REQUIRED", "A recipient has neither recipientId nor roleName.")
        if not one.get("name") and not one.get("signerName"):
            raise _error("RECIPIENT_NAME_REQUIRED", "A recipient has no name.")
        if not one.get("email") and not one.get("hostEmail"):
            raise _error("EMAIL_ADDRESS_REQUIRED_FOR_EMAIL_RECIPIENT", "A recipient has no email.")
        if one.get("email") and not people.valid_email(formats.text(one["email"])):
            raise _error("EMAIL_ADDRESS_NOT_VALID", f"{formats.text(one['email'])[:80]!r} is no email address.")
        ids.append(formats.text(one.get("recipientId")))
        roles.append(formats.text(one.get("roleName")))
        tabs = formats.children(one, "tabs")
        _check_names(
            tabs,
            "tabLabel",
            "initialValue",
            "TAB_LABEL",
            "TAB_VALUE",
            "TAB_LABELS_MUST_BE_UNIQUE",
        )
    if _twice(ids):
        raise _error("RECIPIENT_IDS_MUST_BE_UNIQUE", "A recipientId stands twice in one copy.")
    if _twice(roles):
        raise _error("ROLE_NAMES_MUST_BE_UNIQUE", "A roleName stands twice in one copy.")
    field = "ENVELOPE_CUSTOM_FIELD"
    _check_names(
        formats.children(copy, "customFields"),
        "name",
        "value",
        f"{field}_NAME",
        f"{field}_VALUE",
        f"{field}_NAME_MUST_BE_UNIQUE",
    )


def _check_names(items: list[Any], name: str, value: str, name_code: str, value_code: str, unique_code: str) -> None:
    for item in items:
        if not item.get(name):
            raise _error(f"{name_code}_REQUIRED", f"{name} is missing.")
        if item.get(value) is None:
            raise _error(f"{value_code}_REQUIRED", f"{value} is missing.")
    if _twice([formats.text(item.get(name)) for item in items]):
        raise _error(unique_code, f"A {name} stands twice.")


def _twice(names: list[str]) -> bool:
    given = [name for name in names if name]
    return len(set(given)) != len(given)


def _error(code: str, message: str) -> ApiError:
    return ApiError(f"BULK_SEND_{code}", message)
