"""Groups of users, who get a permission profile and brands together.

https://developers.docusign.com/docs/esign-rest-api/reference/usergroups/groups/
"""

from __future__ import annotations

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, Row
from docusign_emulator.rest.setup import brands, users
from docusign_emulator.storage.store import Store

_AS_SEEDED = (("Administrators", "adminGroup"), ("Everyone", "everyoneGroup"))
_KIND, _MEMBERS = "group", "group_members"


def list_all(call: Call) -> Reply:
    groups = [_shown(call.store, group) for group in _all(call.store)]
    return Reply(kept.page(call, "groups", groups))


def create(call: Call) -> Reply:
    """POST groups: each is made, or answered with its errorDetails."""
    call.administrator()
    _all(call.store)
    return Reply({"groups": kept.each(call, "groups", lambda facts: _made(call.store, facts))}, 201)


def update(call: Call) -> Reply:
    """PUT groups: each named by its id, and answered for itself."""
    call.administrator()
    return Reply({"groups": kept.each(call, "groups", lambda facts: _changed(call.store, facts))})


def delete(call: Call) -> Reply:
    """DELETE groups: those an administrator has made."""
    call.administrator()
    return Reply({"groups": kept.each(call, "groups", lambda facts: _dropped(call.store, facts))})


def list_users(call: Call) -> Reply:
    return Reply(kept.page(call, "users", _members(call.store, _named(call))))


def add_users(call: Call) -> Reply:
    """PUT users: they are members from now on."""
    call.administrator()
    group = _own(call)

    def add(facts: Json) -> Json:
        user = users.brief(call.store, formats.text(facts.get("userId")))
        _keep_members(
            call.store, group, [one for one in _ids(call.store, group) if one != user["userId"]] + [user["userId"]]
        )
        return user

    return Reply(kept.page(call, "users", kept.each(call, "users", add)))


def remove_users(call: Call) -> Reply:
    call.administrator()
    group = _own(call)

    def remove(facts: Json) -> Json:
        user = users.brief(call.store, formats.text(facts.get("userId")))
        _keep_members(call.store, group, [one for one in _ids(call.store, group) if one != user["userId"]])
        return user

    return Reply(kept.page(call, "users", kept.each(call, "users", remove)))


def list_brands(call: Call) -> Reply:
    return Reply(_brands(call.store, _named(call)))


def add_brands(call: Call) -> Reply:
    """PUT brands: the group may use them."""
    return _with_brands(call, lambda known, given: known + [one for one in given if one not in known])


def remove_brands(call: Call) -> Reply:
    return _with_brands(call, lambda known, given: [one for one in known if one not in given])


def _all(store: Store) -> list[Json]:
    if not store.get("groups"):
        store.put("groups", True)
        for name, kind in _AS_SEEDED:
            _keep_new(store, name, kind, "")
    return store.records(_KIND)


def _keep_new(store: Store, name: str, kind: str, profile: str) -> Json:
    group = {"groupId": str(store.next_number(_KIND, 100_001)), "groupName": name, "groupType": kind}
    store.keep(_KIND, group["groupId"], group | ({"permissionProfileId": profile} if profile else {}))
    return group


def _made(store: Store, facts: Json) -> Json:
    name = kept.name(facts, "groupName")
    if any(one["groupName"].lower() == name.lower() for one in _all(store)):
        raise ApiError("GROUP_ALREADY_EXISTS", f"There is a group named {name[:50]} already.")
    group = _keep_new(store, name, "customGroup", formats.text(facts.get("permissionProfileId")))
    ids = [users.brief(store, formats.text(one.get("userId")))["userId"] for one in formats.children(facts, "users")]
    _keep_members(store, group, ids)
    return _shown(store, group)


def _changed(store: Store, facts: Json) -> Json:
    known = found(store, facts)
    changed = known | {key: formats.text(facts[key]) for key in ("groupName", "permissionProfileId") if facts.get(key)}
    store.keep(_KIND, known["groupId"], changed)
    return _shown(store, changed)


def _dropped(store: Store, facts: Json) -> Json:
    known = found(store, facts)
    if known["groupType"] != "customGroup":
        raise ApiError("INVALID_GROUP_ID", "A group that Docusign has made cannot be deleted.")
    store.drop(_KIND, known["groupId"])
    store.drop(_MEMBERS, known["groupId"])
    return known


def found(store: Store, facts: Json) -> Json:
    _all(store)
    known = store.record(_KIND, formats.text(facts.get("groupId")))
    if known is None:
        raise ApiError("INVALID_GROUP_ID", "There is no such group.")
    return known


def _named(call: Call) -> Json:
    _all(call.store)
    return kept.one(call, _KIND, "groupId")


def _own(call: Call) -> Json:
    """A group whose members are chosen. Raises ApiError: everyone is always in "Everyone"."""
    group = _named(call)
    if group["groupType"] == "everyoneGroup":
        raise ApiError("INVALID_GROUP_ID", "The members of this group cannot be chosen.")
    return group


def _ids(store: Store, group: Json) -> list[str]:
    everyone = [one for one in store.users() if one.status != "Closed"]
    if group["groupType"] == "everyoneGroup":
        return [one.user_id for one in everyone]
    chosen = store.record(_MEMBERS, group["groupId"])
    if chosen is None:
        return [one.user_id for one in everyone if one.administrator and group["groupType"] == "adminGroup"]
    return [one.user_id for one in everyone if one.user_id in chosen["ids"]]


def _keep_members(store: Store, group: Json, ids: list[str]) -> None:
    store.keep(_MEMBERS, group["groupId"], {"ids": ids})


def _members(store: Store, group: Json) -> list[Json]:
    return [users.brief(store, one) for one in _ids(store, group)]


def _shown(store: Store, group: Json) -> Json:
    return group | {"usersCount": str(len(_ids(store, group)))}


def _with_brands(call: Call, choose: brands.Choose) -> Reply:
    call.administrator()
    group = _named(call)
    given = [
        brands.required(call.store, kept.name(one, "brandId"))["brandId"]
        for one in formats.children(call.json, "brands")
    ]
    known = (call.store.record("group_brands", group["groupId"]) or {"ids": []})["ids"]
    call.store.keep("group_brands", group["groupId"], {"ids": choose(known, given)})
    return list_brands(call)


def _brands(store: Store, group: Json) -> Json:
    ids = (store.record("group_brands", group["groupId"]) or {"ids": []})["ids"]
    return brands.listed(store, [one for one in store.records("brand") if one["brandId"] in ids])


_GROUP = ACCOUNT + "/groups/{groupId}"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/groups", "listGroups", list_all),
    ("POST", f"{ACCOUNT}/groups", "createGroups", create),
    ("PUT", f"{ACCOUNT}/groups", "updateGroups", update),
    ("DELETE", f"{ACCOUNT}/groups", "deleteGroups", delete),
    ("GET", f"{_GROUP}/users", "listGroupUsers", list_users),
    ("PUT", f"{_GROUP}/users", "updateGroupUsers", add_users),
    ("DELETE", f"{_GROUP}/users", "deleteGroupUsers", remove_users),
    ("GET", f"{_GROUP}/brands", "getGroupBrands", list_brands),
    ("PUT", f"{_GROUP}/brands", "updateGroupBrands", add_brands),
    ("DELETE", f"{_GROUP}/brands", "deleteGroupBrands", remove_brands),
]
