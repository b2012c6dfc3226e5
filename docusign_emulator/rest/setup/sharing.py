"""Shared access: an agent acts for the principal who let them, and items that users share with each other.

https://developers.docusign.com/docs/esign-rest-api/how-to/share-access/
"""

from __future__ import annotations

import uuid

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ACCOUNT, USER, Row
from docusign_emulator.rest.setup import users
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

_ACT_ON_BEHALF = "x-docusign-act-on-behalf"
_PERMISSIONS = ("manage", "send", "sign")
_SHARED = ("envelopes", "templates", "folders")


def list_given(call: Call) -> Reply:
    """GET users/{userId}/authorizations: whom the user lets act for them."""
    return _listed(call, "principalUser")


def list_received(call: Call) -> Reply:
    """GET users/{userId}/authorizations/agent: for whom the user may act."""
    return _listed(call, "agentUser")


def authorize(call: Call) -> Reply:
    """POST users/{userId}/authorization: let another user act for this one."""
    return Reply(_authorized(call, _principal(call), call.json), 201)


def authorize_many(call: Call) -> Reply:
    """POST users/{userId}/authorizations: each is made or changed, or told why not."""
    principal = _principal(call)
    results = []
    for facts in formats.children(call.json, "authorizations"):
        try:
            known = call.store.record("authorization", formats.text(facts.get("authorizationId")))
            made = _redated(call, known, facts) if known else _authorized(call, principal, facts)
            results.append({"authorization": made, "success": "true"})
        except ApiError as error:
            results.append({"success": "false", "errorMessage": error.message})
    return Reply({"results": results})


def get(call: Call) -> Reply:
    return Reply(_named(call))


def update(call: Call) -> Reply:
    """PUT users/{userId}/authorization/{authorizationId}: from when until when."""
    return Reply(_redated(call, _named(call), call.json))


def withdraw(call: Call) -> Reply:
    """DELETE users/{userId}/authorization/{authorizationId}."""
    call.store.drop("authorization", _named(call)["authorizationId"])
    return Reply({})


def withdraw_many(call: Call) -> Reply:
    """DELETE users/{userId}/authorizations: those listed by id."""
    principal = _principal(call)
    results = []
    for authorization_id in formats.texts(call.json, "authorizations"):
        known = call.store.record("authorization", authorization_id)
        is_theirs = known is not None and known["principalUser"]["userId"] == principal.user_id
        if is_theirs:
            call.store.drop("authorization", authorization_id)
        result = {"authorizationId": authorization_id, "success": formats.flag(is_theirs)}
        results.append(result | ({} if is_theirs else {"errorMessage": "There is no such authorization."}))
    return Reply({"results": results})


def acting(call: Call) -> User:
    """Who the call is made for: the token's user, or the principal its header names. Raises ApiError."""
    principal = call.headers.get(_ACT_ON_BEHALF, "").lower()
    if not principal or principal == call.user.user_id:
        return call.user
    now = call.store.now()
    for one in call.store.records("authorization"):
        is_agent = one["agentUser"]["userId"] == call.user.user_id and one["principalUser"]["userId"] == principal
        if is_agent and one["startDate"] <= now and now < one.get("endDate", "9"):
            return _user(call.store, principal)
    raise ApiError("USER_LACKS_PERMISSIONS", "This user may not act on behalf of the one named.", 403)


def list_shared(call: Call) -> Reply:
    """GET shared_access: what users share, by `item_type` and `user_ids`. Envelopes are when nothing is said."""
    kinds = [one for one in call.query.get("item_type", "envelopes").lower().split(",") if one in _SHARED]
    wanted = [one for one in call.query.get("user_ids", "").lower().split(",") if one] or [call.user.user_id]
    found = []
    for user_id in wanted:
        known = call.store.record("shared_access", user_id) or {}
        found.append({"user": users.brief(call.store, user_id)} | {kind: known.get(kind, []) for kind in kinds})
    return Reply({"accountId": call.store.account.id} | kept.page(call, "sharedAccess", found))


def update_shared(call: Call) -> Reply:
    """PUT shared_access: what users share with whom, kept and told again."""
    call.administrator()

    def put(facts: Json) -> Json:
        user = users.brief(call.store, formats.text(formats.child(facts, "user").get("userId")))
        known = call.store.record("shared_access", user["userId"]) or {}
        given = {kind: formats.stringified(formats.children(facts, kind)) for kind in _SHARED if kind in facts}
        call.store.keep("shared_access", user["userId"], known | given)
        return {"user": user} | given

    return Reply(
        {"accountId": call.store.account.id} | kept.page(call, "sharedAccess", kept.each(call, "sharedAccess", put))
    )


def _authorized(call: Call, principal: User, facts: Json) -> Json:
    agent = _user(call.store, formats.text(formats.child(facts, "agentUser").get("userId")))
    permission = formats.text(facts.get("permission")).lower()
    if permission not in _PERMISSIONS:
        raise invalid_parameter("permission is manage, send or sign.")
    now = call.store.now()
    made: Json = {
        "authorizationId": str(uuid.uuid4()),
        "principalUser": _told(call.store, principal),
        "agentUser": _told(call.store, agent),
        "permission": permission,
        "startDate": now,
        "created": now,
        "createdBy": call.user.user_id,
    } | _dates(facts)
    call.store.keep("authorization", made["authorizationId"], made)
    return made


def _redated(call: Call, known: Json, facts: Json) -> Json:
    changed = known | _dates(facts) | {"modified": call.store.now(), "modifiedBy": call.user.user_id}
    call.store.keep("authorization", known["authorizationId"], changed)
    return changed


def _dates(facts: Json) -> Json:
    try:
        given = {key: formats.moment(formats.text(facts[key])) for key in ("startDate", "endDate") if facts.get(key)}
    except ValueError as error:
        raise invalid_parameter("startDate and endDate are dates.") from error
    return {key: formats.stamp(moment) for key, moment in given.items()}


def _named(call: Call) -> Json:
    principal = _principal(call)
    known = call.store.record("authorization", call.params["authorizationId"])
    if known is None or known["principalUser"]["userId"] != principal.user_id:
        raise no_such_resource("authorization")
    return known


def _principal(call: Call) -> User:
    """The user whom the path names: the caller, or anyone for an administrator."""
    principal = _user(call.store, call.params["userId"])
    if call.user.user_id != principal.user_id:
        call.administrator()
    return principal


def _listed(call: Call, side: str) -> Reply:
    user = _user(call.store, call.params["userId"])
    wanted = call.query.get("permissions", "").lower().split(",")
    found = [
        one
        for one in call.store.records("authorization")
        if one[side]["userId"] == user.user_id and (wanted == [""] or one["permission"] in wanted)
    ]
    return Reply(kept.page(call, "authorizations", found))


def _user(store: Store, user_id: str) -> User:
    user = store.user(user_id)
    if user is None:
        raise ApiError("USER_NOT_FOUND", "There is no such user in this account.", 404)
    return user


def _told(store: Store, user: User) -> Json:
    return {"accountId": store.account.id, "userId": user.user_id, "name": user.name, "email": user.email}


_ONE = USER + "/authorization/{authorizationId}"
ROWS: list[Row] = [
    ("GET", f"{USER}/authorizations", "getPrincipalUserAuthorizations", list_given),
    ("POST", f"{USER}/authorizations", "createUserAuthorizations", authorize_many),
    ("DELETE", f"{USER}/authorizations", "deleteUserAuthorizations", withdraw_many),
    ("GET", f"{USER}/authorizations/agent", "getAgentUserAuthorizations", list_received),
    ("POST", f"{USER}/authorization", "createUserAuthorization", authorize),
    ("GET", _ONE, "getUserAuthorization", get),
    ("PUT", _ONE, "updateUserAuthorization", update),
    ("DELETE", _ONE, "deleteUserAuthorization", withdraw),
    ("GET", f"{ACCOUNT}/shared_access", "listSharedAccess", list_shared),
    ("PUT", f"{ACCOUNT}/shared_access", "updateSharedAccess", update_shared),
]
