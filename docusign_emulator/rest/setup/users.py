"""Users of the account: made, changed, closed; their profiles, pictures and settings.

https://developers.docusign.com/docs/esign-rest-api/reference/users/users/
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, no_such_resource, not_administrator
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, USER, Row
from docusign_emulator.rest.setup import pictures, settings
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

# Kept of a user beside what the emulator itself knows of one.
_TOLD = (
    "title", "firstName", "middleName", "lastName", "suffixName", "jobTitle", "company", "countryCode", "workAddress",
    "homeAddress", "permissionProfileId",
)  # fmt: skip
_PICTURE = "profile"


def list_all(call: Call) -> Reply:
    """GET users, by `email`, `status` and `email_substring`. Closed ones only when asked for."""
    email, part = call.query.get("email", "").lower(), call.query.get("email_substring", "").lower()
    status = {one.strip().lower() for one in call.query.get("status", "").split(",") if one.strip()}
    found = [
        user
        for user in call.store.users()
        if (not email or user.email.lower() == email)
        and part in user.email.lower()
        and (user.status.lower() in status if status else user.status != "Closed")
    ]
    return Reply(kept.page(call, "users", [told(call.store, user) for user in found]))


def create(call: Call) -> Reply:
    """POST users: each is made, or answered with its errorDetails."""
    call.administrator()
    return Reply({"newUsers": kept.each(call, "newUsers", lambda facts: _made(call.store, facts))}, 201)


def update_many(call: Call) -> Reply:
    call.administrator()
    return Reply({"users": kept.each(call, "users", lambda facts: _changed(call.store, facts, facts))})


def close(call: Call) -> Reply:
    """DELETE users: they are closed. Their envelopes stay, and they get no tokens."""
    call.administrator()
    return Reply({"users": kept.each(call, "users", lambda facts: _closed(call, facts))})


def get(call: Call) -> Reply:
    return Reply(told(call.store, _named(call)))


def update(call: Call) -> Reply:
    user = _own(call)
    return Reply(_changed(call.store, {"userId": user.user_id}, call.json))


def get_profile(call: Call) -> Reply:
    """GET profile: what others may see of the user."""
    user = _named(call)
    profile = call.store.record("user_profile", user.user_id) or {}
    shown: Json = {"displayProfile": "true", "displayPersonalInfo": "true", "displayUsageHistory": "false"}
    shown |= {"userDetails": told(call.store, user), "profileImageUri": f"/users/{user.user_id}/profile/image"}
    return Reply(shown | formats.stringified(profile))


def update_profile(call: Call) -> Reply:
    user = _own(call)
    given = {key: value for key, value in call.json.items() if key not in ("userDetails", "profileImageUri")}
    details = formats.child(call.json, "userDetails")
    if details:
        _changed(call.store, {"userId": user.user_id}, details)
    known = call.store.record("user_profile", user.user_id) or {}
    call.store.keep("user_profile", user.user_id, kept.over(known, given))
    return Reply({})


def get_picture(call: Call) -> Reply:
    return pictures.reply(call.store, _PICTURE, _named(call).user_id)


def put_picture(call: Call) -> Reply:
    """PUT profile/image: a GIF, PNG or JPEG of at most 300 kB."""
    pictures.keep(call, _PICTURE, _own(call).user_id)
    return Reply({})


def delete_picture(call: Call) -> Reply:
    pictures.drop(call.store, _PICTURE, _own(call).user_id)
    return Reply({})


def get_settings(call: Call) -> Reply:
    return Reply(settings.of_user(call.store, _named(call)))


def update_settings(call: Call) -> Reply:
    call.administrator()
    settings.change(call.store, "user_settings", _named(call).user_id, call.json)
    return Reply({})


def get_custom_settings(call: Call) -> Reply:
    """GET custom_settings: names and values that an application keeps with a user."""
    known = call.store.record("custom_settings", _own(call).user_id) or {}
    return Reply({"customSettings": [{"name": name, "value": value} for name, value in known.items()]})


def update_custom_settings(call: Call) -> Reply:
    user = _own(call)
    known = call.store.record("custom_settings", user.user_id) or {}
    for item in formats.children(call.json, "customSettings"):
        known[kept.name(item, "name")] = formats.text(item.get("value"))
    call.store.keep("custom_settings", user.user_id, known)
    return get_custom_settings(call)


def delete_custom_settings(call: Call) -> Reply:
    """DELETE custom_settings: those named, or all of them."""
    user = _own(call)
    named = {formats.text(item.get("name")) for item in formats.children(call.json, "customSettings")}
    known = call.store.record("custom_settings", user.user_id) or {}
    left = {name: value for name, value in known.items() if named and name not in named}
    call.store.keep("custom_settings", user.user_id, left)
    return get_custom_settings(call)


def told(store: Store, user: User) -> Json:
    """A user as the API answers one."""
    given, _, family = user.name.partition(" ")
    return {
        "userId": user.user_id,
        "userName": user.name,
        "firstName": given,
        "lastName": family,
        "email": user.email,
        "userStatus": user.status,
        "userType": "CompanyUser",
        "isAdmin": formats.flag(user.administrator),
        "createdDateTime": formats.stamp(formats.moment(user.created)),
        "uri": f"/users/{user.user_id}",
    } | (store.record("user_facts", user.user_id) or {})


def brief(store: Store, user_id: str) -> Json:
    """A user as lists of members have them. Raises ApiError when there is none."""
    user = _found(store, user_id)
    facts = {"userId": user.user_id, "userName": user.name, "email": user.email, "userStatus": user.status}
    return facts | {"userType": "CompanyUser", "uri": f"/users/{user.user_id}"}


def _made(store: Store, facts: Json) -> Json:
    email = kept.name(facts, "email")
    parts = " ".join(formats.text(facts.get(key)) for key in ("firstName", "lastName")).strip()
    name = formats.text(facts.get("userName")).strip() or parts or email
    if any(one.email.lower() == email.lower() and one.status != "Closed" for one in store.users()):
        raise ApiError("USER_ALREADY_EXISTS_IN_ACCOUNT", f"{email[:80]} is a user of this account.")
    user = User(
        user_id=str(uuid.uuid4()),
        name=name,
        email=email,
        administrator=formats.truth(facts.get("isAdmin")),
        created=store.now(),
        status="ActivationSent",
    )
    store.keep_user(user)
    _keep_facts(store, user, facts)
    made = told(store, user)
    keys = ("userId", "userName", "email", "userStatus", "createdDateTime", "uri", "permissionProfileId")
    return {key: made[key] for key in keys if key in made}


def _changed(store: Store, named: Json, facts: Json) -> Json:
    user = _found(store, formats.text(named.get("userId")))
    name = formats.text(facts.get("userName")).strip()
    if not name and (facts.get("firstName") or facts.get("lastName")):
        name = " ".join(formats.text(facts.get(key)) for key in ("firstName", "lastName")).strip()
    user = replace(user, name=name or user.name, email=formats.text(facts.get("email")).strip() or user.email)
    store.keep_user(user)
    _keep_facts(store, user, facts)
    return told(store, user)


def _closed(call: Call, facts: Json) -> Json:
    user = _found(call.store, formats.text(facts.get("userId")))
    if user.user_id == call.user.user_id:
        raise ApiError("USER_CANNOT_DELETE_SELF", "A user cannot close their own membership.")
    call.store.keep_user(replace(user, status="Closed"))
    return brief(call.store, user.user_id)


def _keep_facts(store: Store, user: User, facts: Json) -> None:
    given = {key: facts[key] for key in _TOLD if facts.get(key)}
    if given:
        store.keep("user_facts", user.user_id, kept.over(store.record("user_facts", user.user_id) or {}, given))


def _found(store: Store, user_id: str) -> User:
    user = store.user(user_id)
    if user is None:
        raise ApiError("USER_NOT_FOUND", "There is no such user in this account.", 404)
    return user


def _named(call: Call) -> User:
    user = call.store.user(call.params["userId"])
    if user is None:
        raise no_such_resource("user")
    return user


def _own(call: Call) -> User:
    """The user named, if that is the caller, or the caller is an administrator."""
    user = _named(call)
    if user.user_id != call.user.user_id and not call.user.administrator:
        raise not_administrator()
    return user


ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/users", "listUsers", list_all),
    ("POST", f"{ACCOUNT}/users", "createUsers", create),
    ("PUT", f"{ACCOUNT}/users", "updateUsers", update_many),
    ("DELETE", f"{ACCOUNT}/users", "deleteUsers", close),
    ("GET", USER, "getUser", get),
    ("PUT", USER, "updateUser", update),
    ("GET", f"{USER}/profile", "getProfile", get_profile),
    ("PUT", f"{USER}/profile", "updateProfile", update_profile),
    ("GET", f"{USER}/profile/image", "getProfileImage", get_picture),
    ("PUT", f"{USER}/profile/image", "updateProfileImage", put_picture),
    ("DELETE", f"{USER}/profile/image", "deleteProfileImage", delete_picture),
    ("GET", f"{USER}/settings", "getUserSettings", get_settings),
    ("PUT", f"{USER}/settings", "updateUserSettings", update_settings),
    ("GET", f"{USER}/custom_settings", "listCustomSettings", get_custom_settings),
    ("PUT", f"{USER}/custom_settings", "updateCustomSettings", update_custom_settings),
    ("DELETE", f"{USER}/custom_settings", "deleteCustomSettings", delete_custom_settings),
]
