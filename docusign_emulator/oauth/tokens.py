"""Access tokens: made by a grant, checked on every call.

Their times are real time, as clients' clocks are, unless a switch says that clients move their clocks along.

https://developers.docusign.com/platform/auth/
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs

from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

JWT_SECONDS = 3600
CODE_SECONDS = 28_800
_OPERATIONS = {
    "urn:ietf:params:oauth:grant-type:jwt-bearer": "requestJwtToken",
    "authorization_code": "generateAccessToken",
    "refresh_token": "refreshAccessToken",
}


def now(store: Store) -> float:
    """The time by which tokens, codes and assertions live, in seconds since the epoch."""
    return time.time() if store.switches["oauth_time"] == "real" else store.clock.now().timestamp()


def operation_name(body: bytes) -> str:
    """The name of a token call, by its grant."""
    grant = parse_qs(body.decode("utf-8", "replace")).get("grant_type", [""])[0]
    return _OPERATIONS.get(grant, "requestToken")


def issue(store: Store, *, user_id: str, client_id: str, scopes: list[str], seconds: int, grant: str) -> str:
    """A new access token, kept until it has expired."""
    issued = now(store)
    user = store.user(user_id)
    if user is not None and user.status == "ActivationSent":  # signing in activates
        store.keep_user(replace(user, status="Active"))
    for old in store.records("token"):
        if old["expires"] < issued:
            store.drop("token", old["token"])
    token = f"emu.{secrets.token_urlsafe(96)}.{secrets.token_urlsafe(32)}"
    facts: Json = {
        "token": token,
        "userId": user_id,
        "clientId": client_id,
        "scopes": scopes,
        "expires": issued + seconds,
        "grant": grant,
    }
    store.keep("token", token, facts)
    return token


def bearer(store: Store, headers: Mapping[str, str]) -> tuple[User, str]:
    """Who the call's token speaks for, and which integration key it was given to. Raises ApiError (401)."""
    facts = known(store, headers)
    user = store.user(facts["userId"])
    if user is None or user.status == "Closed":
        raise invalid()
    if "signature" not in facts["scopes"] and store.switches["scope_missing"] == "refuse":
        raise invalid()
    return user, facts["clientId"]


def known(store: Store, headers: Mapping[str, str]) -> Json:
    token = _presented(headers)
    facts = store.record("token", token) if token else None
    if facts is None or facts["expires"] < now(store):
        raise invalid() if token else missing(store.switches["no_token_code"])
    return facts


def revoke(store: Store, headers: Mapping[str, str]) -> None:
    store.drop("token", _presented(headers))


def invalid() -> ApiError:
    return ApiError("AUTHORIZATION_INVALID_TOKEN", "The access token provided is expired, revoked or malformed.", 401)


def missing(code: str) -> ApiError:
    words = {
        "PARTNER_AUTHENTICATION_FAILED": "The specified Integrator Key was not found or is disabled. "
        "An Integrator key was not specified.",
        "USER_AUTHENTICATION_FAILED": "One or both of Username and Password are invalid.",
    }
    return ApiError(code, words[code], 401)


def _presented(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
