"""What administrators set up: brands, permission profiles, groups, shared access.

Kept and told again, so that integrations which set them up run. Of their effects only shared access is played: an
agent may act for the principal who let them.
https://developers.docusign.com/docs/esign-rest-api/reference/accounts/
https://developers.docusign.com/docs/esign-rest-api/how-to/share-access/
"""

from __future__ import annotations

import uuid

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

# As a new account has them.
_PROFILES = ("Account Administrator", "DocuSign Sender", "DocuSign Viewer")
_GROUPS = (("Administrators", "adminGroup"), ("Everyone", "everyoneGroup"))
_ACT_ON_BEHALF = "x-docusign-act-on-behalf"


def list_profiles(call: Call) -> Reply:
    _set_up(call.store)
    return Reply({"permissionProfiles": [_without_settings(one) for one in call.store.records("permission_profile")]})


def create_profile(call: Call) -> Reply:
    call.administrator()
    _set_up(call.store)
    name = _name(call.json, "permissionProfileName")
    return Reply(_keep_profile(call.store, name, formats.child(call.json, "settings")), 201)


def get_profile(call: Call) -> Reply:
    return Reply(_profile(call))


def update_profile(call: Call) -> Reply:
    """PUT one profile: its name, and those of its settings that are given."""
    call.administrator()
    known = _profile(call)
    name = formats.text(call.json.get("permissionProfileName")) or known["permissionProfileName"]
    settings = known["settings"] | formats.stringified(formats.child(call.json, "settings"))
    changed = known | {"permissionProfileName": name, "settings": settings, "modifiedDateTime": call.store.now()}
    call.store.keep("permission_profile", known["permissionProfileId"], changed)
    return Reply(changed)


def delete_profile(call: Call) -> Reply:
    call.administrator()
    call.store.drop("permission_profile", _profile(call)["permissionProfileId"])
    return Reply({})


def list_groups(call: Call) -> Reply:
    _set_up(call.store)
    groups = call.store.records("group")
    return Reply({"groups": groups} | _sizes(len(groups)))


def update_groups(call: Call) -> Reply:
    """PUT groups: each named by its id, and answered for itself."""
    call.administrator()
    _set_up(call.store)
    return Reply({"groups": [_changed_group(call.store, facts) for facts in formats.children(call.json, "groups")]})


def list_brands(call: Call) -> Reply:
    brands = call.store.records("brand")
    default = brands[0]["brandId"] if brands else ""
    return Reply({"brands": brands, "recipientBrandIdDefault": default, "senderBrandIdDefault": default})


def create_brand(call: Call) -> Reply:
    """POST brands. The answer lists the brand made."""
    call.administrator()
    name = _name(call.json, "brandName")
    if any(one["brandName"] == name for one in call.store.records("brand")):
        raise invalid_parameter(f"A brand named {name[:50]} is there already.")
    kept: Json = {
        "brandId": str(uuid.uuid4()),
        "brandName": name,
        "brandCompany": formats.text(call.json.get("brandCompany")) or call.store.account.name,
        "defaultBrandLanguage": formats.text(call.json.get("defaultBrandLanguage")) or "en",
        "isOverridingCompanyName": False,
    }
    call.store.keep("brand", kept["brandId"], kept)
    return Reply({"brands": [kept]}, 201)


def get_brand(call: Call) -> Reply:
    return Reply(_brand(call))


def delete_brand(call: Call) -> Reply:
    call.administrator()
    call.store.drop("brand", _brand(call)["brandId"])
    return Reply({})


def list_given(call: Call) -> Reply:
    """GET users/{userId}/authorizations: whom the user lets act for them."""
    return _authorizations(call, "principalUser")


def list_received(call: Call) -> Reply:
    """GET users/{userId}/authorizations/agent: for whom the user may act."""
    return _authorizations(call, "agentUser")


def authorize(call: Call) -> Reply:
    """POST users/{userId}/authorization: let another user act for this one."""
    principal = _user(call.store, call.params["userId"])
    if call.user.user_id != principal.user_id:
        call.administrator()
    agent = _user(call.store, formats.text(formats.child(call.json, "agentUser").get("userId")))
    permission = formats.text(call.json.get("permission")).lower()
    if permission not in ("manage", "send", "sign"):
        raise invalid_parameter("permission is manage, send or sign.")
    now = call.store.now()
    kept: Json = {
        "authorizationId": str(uuid.uuid4()),
        "principalUser": _told(call.store, principal),
        "agentUser": _told(call.store, agent),
        "permission": permission,
        "startDate": now,
        "created": now,
        "createdBy": call.user.user_id,
    }
    call.store.keep("authorization", kept["authorizationId"], kept)
    return Reply(kept, 201)


def withdraw(call: Call) -> Reply:
    """DELETE users/{userId}/authorization/{authorizationId}."""
    known = call.store.record("authorization", call.params["authorizationId"])
    if known is None or known["principalUser"]["userId"] != call.params["userId"].lower():
        raise no_such_resource("authorization")
    if call.user.user_id != known["principalUser"]["userId"]:
        call.administrator()
    call.store.drop("authorization", known["authorizationId"])
    return Reply({})


def acting(call: Call) -> User:
    """Who the call is made for: the token's user, or the principal its header names. Raises ApiError."""
    principal = call.headers.get(_ACT_ON_BEHALF, "").lower()
    if not principal or principal == call.user.user_id:
        return call.user
    for one in call.store.records("authorization"):
        if one["agentUser"]["userId"] == call.user.user_id and one["principalUser"]["userId"] == principal:
            return _user(call.store, principal)
    raise ApiError("USER_LACKS_PERMISSIONS", "This user may not act on behalf of the one named.", 403)


def _set_up(store: Store) -> None:
    if store.get("administration"):
        return
    store.put("administration", True)
    for name in _PROFILES:
        _keep_profile(store, name, {})
    for number, (name, kind) in enumerate(_GROUPS, start=1):
        group = {"groupId": str(100_000 + number), "groupName": name, "groupType": kind}
        store.keep("group", group["groupId"], group | {"usersCount": str(len(store.account.users))})


def _keep_profile(store: Store, name: str, settings: Json) -> Json:
    kept: Json = {
        "permissionProfileId": str(store.next_number("permission_profile", 200_001)),
        "permissionProfileName": name,
        "modifiedDateTime": store.now(),
        "settings": formats.stringified(settings),
    }
    store.keep("permission_profile", kept["permissionProfileId"], kept)
    return kept


def _profile(call: Call) -> Json:
    _set_up(call.store)
    known = call.store.record("permission_profile", call.params["permissionProfileId"])
    if known is None:
        raise no_such_resource("permission profile")
    return known


def _without_settings(profile: Json) -> Json:
    return {key: value for key, value in profile.items() if key != "settings"}


def _changed_group(store: Store, facts: Json) -> Json:
    known = store.record("group", formats.text(facts.get("groupId")))
    if known is None:
        error = {"errorCode": "INVALID_GROUP_ID", "message": "There is no such group."}
        return {"groupId": formats.text(facts.get("groupId")), "errorDetails": error}
    changed = known | {key: formats.text(facts[key]) for key in ("groupName", "permissionProfileId") if facts.get(key)}
    store.keep("group", known["groupId"], changed)
    return changed


def _brand(call: Call) -> Json:
    known = call.store.record("brand", call.params["brandId"])
    if known is None:
        raise no_such_resource("brand")
    return known


def _authorizations(call: Call, side: str) -> Reply:
    user = _user(call.store, call.params["userId"])
    wanted = call.query.get("permissions", "").lower().split(",")
    found = [
        one
        for one in call.store.records("authorization")
        if one[side]["userId"] == user.user_id and (wanted == [""] or one["permission"] in wanted)
    ]
    return Reply({"authorizations": found} | _sizes(len(found)))


def _user(store: Store, user_id: str) -> User:
    user = store.account.user(user_id)
    if user is None:
        raise ApiError("USER_NOT_FOUND", "There is no such user in this account.", 404)
    return user


def _told(store: Store, user: User) -> Json:
    return {"accountId": store.account.id, "userId": user.user_id, "name": user.name, "email": user.email}


def _name(body: Json, key: str) -> str:
    name = formats.text(body.get(key)).strip()
    if not name:
        raise invalid_parameter(f"{key} is missing.")
    return name


def _sizes(count: int) -> Json:
    size = str(count)
    return {"resultSetSize": size, "totalSetSize": size, "startPosition": "0", "endPosition": str(max(0, count - 1))}
