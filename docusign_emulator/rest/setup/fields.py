"""Fields that an account keeps for its senders: envelope custom fields, and tabs with a style of their own.

https://developers.docusign.com/docs/esign-rest-api/reference/accounts/accountcustomfields/
https://developers.docusign.com/docs/esign-rest-api/reference/accounts/accounttabdefinitions/
"""

from __future__ import annotations

import uuid

from docusign_emulator.envelopes.tabs import KINDS
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, Row

_FIXED_OF_TAB = ("customTabId", "createdByUserId", "createdByDisplayName", "lastModified", "editable")


def list_custom_fields(call: Call) -> Reply:
    return Reply(_custom_fields(call))


def create_custom_field(call: Call) -> Reply:
    """POST custom_fields: a field offered for every envelope."""
    call.administrator()
    field_id = str(call.store.next_number("account_field", 400_001))
    _keep_field(call, {"fieldId": field_id, "customFieldType": "text", "required": "false", "show": "false"})
    return Reply(_custom_fields(call), 201)


def update_custom_field(call: Call) -> Reply:
    call.administrator()
    _keep_field(call, kept.one(call, "account_field", "customFieldId"))
    return Reply(_custom_fields(call))


def delete_custom_field(call: Call) -> Reply:
    call.administrator()
    call.store.drop("account_field", kept.one(call, "account_field", "customFieldId")["fieldId"])
    return Reply({})


def list_tabs(call: Call) -> Reply:
    """GET tab_definitions: the caller's, and those that are shared."""
    own = formats.truth(call.query.get("custom_tab_only"))
    return Reply({"tabs": [one for one in call.store.records("tab_definition") if not own or _is_own(call, one)]})


def create_tab(call: Call) -> Reply:
    """POST tab_definitions: a kind of tab with a name."""
    kind = kept.name(call.json, "type")
    if kind.lower() not in _kinds():
        raise invalid_parameter(f"type is a kind of tab, not {kind[:50]!r}.")
    kept.name(call.json, "tabLabel")
    made: Json = {
        "customTabId": str(uuid.uuid4()),
        "createdByUserId": call.user.user_id,
        "createdByDisplayName": call.user.name,
        "shared": "false",
        "editable": "true",
    }
    return Reply(_keep_tab(call, made), 201)


def get_tab(call: Call) -> Reply:
    return Reply(kept.one(call, "tab_definition", "customTabId"))


def update_tab(call: Call) -> Reply:
    return Reply(_keep_tab(call, _own_tab(call)))


def delete_tab(call: Call) -> Reply:
    call.store.drop("tab_definition", _own_tab(call)["customTabId"])
    return Reply({})


def _keep_field(call: Call, known: Json) -> None:
    field = kept.over(known, call.json, "fieldId", "errorDetails")
    kept.name(field, "name")
    if field["customFieldType"] not in ("text", "list"):
        raise invalid_parameter("customFieldType is text or list.")
    if field["customFieldType"] == "list" and not field.get("listItems"):
        raise invalid_parameter("listItems is missing.")
    call.store.keep("account_field", field["fieldId"], field)


def _custom_fields(call: Call) -> Json:
    found = call.store.records("account_field")
    return {
        f"{kind}CustomFields": [_of_kind(one, kind) for one in found if one["customFieldType"] == kind]
        for kind in ("text", "list")
    }


def _of_kind(field: Json, kind: str) -> Json:
    own = ("customFieldType",) if kind == "list" else ("customFieldType", "listItems")
    return {key: value for key, value in field.items() if key not in own}


def _kinds() -> set[str]:
    return {key.removesuffix("Tabs").lower() for key in KINDS} | {"signhere", "initialhere", "datesigned"}


def _is_own(call: Call, tab: Json) -> bool:
    return bool(tab["createdByUserId"] == call.user.user_id)


def _own_tab(call: Call) -> Json:
    tab = kept.one(call, "tab_definition", "customTabId")
    if not _is_own(call, tab):
        call.administrator()
    return tab


def _keep_tab(call: Call, known: Json) -> Json:
    changed = kept.over(known, call.json, *_FIXED_OF_TAB)
    changed |= {
        "lastModified": call.store.now(),
        "lastModifiedByUserId": call.user.user_id,
        "lastModifiedByDisplayName": call.user.name,
    }
    call.store.keep("tab_definition", changed["customTabId"], changed)
    return changed


_FIELD, _TAB = ACCOUNT + "/custom_fields/{customFieldId}", ACCOUNT + "/tab_definitions/{customTabId}"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/custom_fields", "listAccountCustomFields", list_custom_fields),
    ("POST", f"{ACCOUNT}/custom_fields", "createAccountCustomField", create_custom_field),
    ("PUT", _FIELD, "updateAccountCustomField", update_custom_field),
    ("DELETE", _FIELD, "deleteAccountCustomField", delete_custom_field),
    ("GET", f"{ACCOUNT}/tab_definitions", "listTabDefinitions", list_tabs),
    ("POST", f"{ACCOUNT}/tab_definitions", "createTabDefinition", create_tab),
    ("GET", _TAB, "getTabDefinition", get_tab),
    ("PUT", _TAB, "updateTabDefinition", update_tab),
    ("DELETE", _TAB, "deleteTabDefinition", delete_tab),
]
