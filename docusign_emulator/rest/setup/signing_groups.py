"""Signing groups: several people of whom any one may sign. Each member gets the mail; the first to open it signs.

https://developers.docusign.com/docs/esign-rest-api/reference/signinggroups/
"""

from __future__ import annotations

from docusign_emulator.envelopes import people
from docusign_emulator.envelopes.signing_groups import KIND
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, Row
from docusign_emulator.storage.store import Store

MAX_GROUPS, MAX_MEMBERS = 100, 50


def list_all(call: Call) -> Reply:
    """GET signing_groups, with their members when `include_users` says so."""
    whole = formats.truth(call.query.get("include_users"))
    kinds = call.query.get("group_type", "").lower()
    found = [one for one in call.store.records(KIND) if not kinds or one["groupType"].lower() in kinds]
    return Reply({"groups": [one if whole else _brief(one) for one in found]})


def create(call: Call) -> Reply:
    call.administrator()
    return Reply({"groups": kept.each(call, "groups", lambda facts: _made(call, facts))}, 201)


def update_many(call: Call) -> Reply:
    """PUT signing_groups: the name of each."""
    call.administrator()
    return Reply(
        {"groups": kept.each(call, "groups", lambda facts: _brief(_changed(call, _found(call.store, facts), facts)))}
    )


def delete_many(call: Call) -> Reply:
    call.administrator()
    return Reply({"groups": kept.each(call, "groups", lambda facts: _dropped(call.store, facts))})


def get(call: Call) -> Reply:
    return Reply(kept.one(call, KIND, "signingGroupId"))


def update(call: Call) -> Reply:
    call.administrator()
    return Reply(_changed(call, kept.one(call, KIND, "signingGroupId"), call.json))


def list_members(call: Call) -> Reply:
    return Reply({"users": kept.one(call, KIND, "signingGroupId")["users"]})


def add_members(call: Call) -> Reply:
    """PUT users: they are members from now on, or have another name from now on."""
    call.administrator()
    group = kept.one(call, KIND, "signingGroupId")

    def add(facts: Json) -> Json:
        member = _member(facts)
        group["users"] = [one for one in group["users"] if one["email"].lower() != member["email"].lower()] + [member]
        if len(group["users"]) > MAX_MEMBERS:
            raise invalid_parameter(f"A signing group may have {MAX_MEMBERS} members.")
        return member

    return _keep_members(call, group, kept.each(call, "users", add))


def remove_members(call: Call) -> Reply:
    call.administrator()
    group = kept.one(call, KIND, "signingGroupId")

    def remove(facts: Json) -> Json:
        email = kept.name(facts, "email").lower()
        left = [one for one in group["users"] if one["email"].lower() != email]
        if len(left) == len(group["users"]):
            raise ApiError("USER_NOT_FOUND", "The signing group has no such member.")
        group["users"] = left
        return formats.stringified(facts)

    return _keep_members(call, group, kept.each(call, "users", remove))


def _keep_members(call: Call, group: Json, answered: list[Json]) -> Reply:
    _keep(call, group)
    return Reply({"users": answered})


def _made(call: Call, facts: Json) -> Json:
    name = kept.name(facts, "groupName")
    known = call.store.records(KIND)
    if any(one["groupName"].lower() == name.lower() for one in known):
        raise ApiError("SIGNING_GROUP_ALREADY_EXISTS", f"There is a signing group named {name[:50]} already.")
    if len(known) >= MAX_GROUPS:
        raise invalid_parameter(f"An account may have {MAX_GROUPS} signing groups.")
    members = [_member(one) for one in formats.children(facts, "users")]
    if len(members) > MAX_MEMBERS:
        raise invalid_parameter(f"A signing group may have {MAX_MEMBERS} members.")
    group: Json = {
        "signingGroupId": str(call.store.next_number(KIND, 300_001)),
        "groupName": name,
        "groupType": formats.text(facts.get("groupType")) or "sharedSigningGroup",
        "groupEmail": formats.text(facts.get("groupEmail")),
        "created": call.store.now(),
        "createdBy": call.user.name,
        "users": members,
    }
    return _keep(call, group)


def _changed(call: Call, known: Json, facts: Json) -> Json:
    given = {key: facts[key] for key in ("groupName", "groupEmail") if facts.get(key)}
    return _keep(call, kept.over(known, given))


def _keep(call: Call, group: Json) -> Json:
    group |= {"modified": call.store.now(), "modifiedBy": call.user.name}
    call.store.keep(KIND, group["signingGroupId"], group)
    return group


def _dropped(store: Store, facts: Json) -> Json:
    known = _found(store, facts)
    store.drop(KIND, known["signingGroupId"])
    return _brief(known)


def _found(store: Store, facts: Json) -> Json:
    known = store.record(KIND, formats.text(facts.get("signingGroupId")))
    if known is None:
        raise ApiError("SIGNING_GROUP_NOT_FOUND", "There is no such signing group.")
    return known


def _member(facts: Json) -> Json:
    email = kept.name(facts, "email")
    if not people.valid_email(email):
        raise invalid_parameter(f"{email[:80]} is no e-mail address.")
    return {"userName": kept.name(facts, "userName"), "email": email}


def _brief(group: Json) -> Json:
    return {key: value for key, value in group.items() if key != "users"}


_GROUP = ACCOUNT + "/signing_groups/{signingGroupId}"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/signing_groups", "listSigningGroups", list_all),
    ("POST", f"{ACCOUNT}/signing_groups", "createSigningGroups", create),
    ("PUT", f"{ACCOUNT}/signing_groups", "updateSigningGroups", update_many),
    ("DELETE", f"{ACCOUNT}/signing_groups", "deleteSigningGroups", delete_many),
    ("GET", _GROUP, "getSigningGroup", get),
    ("PUT", _GROUP, "updateSigningGroup", update),
    ("GET", f"{_GROUP}/users", "listSigningGroupUsers", list_members),
    ("PUT", f"{_GROUP}/users", "updateSigningGroupUsers", add_members),
    ("DELETE", f"{_GROUP}/users", "deleteSigningGroupUsers", remove_members),
]
