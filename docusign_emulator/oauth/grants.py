"""POST /oauth/token: the JWT grant, the authorization code grant with or without PKCE, and refresh.

https://developers.docusign.com/platform/auth/reference/obtain-access-token/
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from docusign_emulator.errors import OAuthError
from docusign_emulator.oauth import consents, tokens
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.wire import Json

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST_ASSERTION_SECONDS = 3600
LEEWAY_SECONDS = 120


def token(call: Call) -> Reply:
    """Answer a token request by its grant. Raises OAuthError."""
    form = {key: values[0] for key, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    grant = form.get("grant_type")
    if not grant:
        raise OAuthError("invalid_request", "grant_type_missing")
    if grant == JWT_GRANT:
        return Reply(_jwt(call, form))
    raise OAuthError("unsupported_grant_type")


def _jwt(call: Call, form: dict[str, str]) -> Json:
    """A service account's token. https://developers.docusign.com/platform/auth/jwt-get-token/"""
    assertion = form.get("assertion")
    if not assertion:
        raise OAuthError("invalid_request", "assertion_missing")
    claims = _verified(call, assertion)
    user = call.store.account.user(str(claims.get("sub", "")))
    if user is None:
        raise OAuthError("invalid_grant", "user_not_found")
    scopes = str(claims.get("scope", "")).split()
    if not scopes:
        raise OAuthError("invalid_scope", "scope_missing")
    client_id = str(claims["iss"]).lower()
    if not {*scopes, "impersonation"} <= consents.granted(call.store, user.user_id, client_id):
        raise OAuthError("consent_required")
    access_token = tokens.issue(
        call.store,
        user_id=user.user_id,
        client_id=client_id,
        scopes=scopes,
        seconds=tokens.JWT_SECONDS,
        grant="jwt",
    )
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": tokens.JWT_SECONDS,
        "scope": " ".join(scopes),
    }


def _verified(call: Call, assertion: str) -> dict[str, Any]:
    """The claims of an assertion signed by a registered key of its issuer, for us, in its time."""
    try:
        claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise OAuthError("invalid_grant", "malformed_assertion") from error
    app = call.store.account.app(str(claims.get("iss", "")))
    if app is None or claims.get("aud") != urlsplit(call.base_url).netloc:
        raise OAuthError("invalid_grant", "issuer_not_found")
    if not any(_signed_with(assertion, key) for key in app.public_keys):
        raise OAuthError("invalid_grant", "no_valid_keys_or_signatures")
    _in_time(claims)
    return claims


def _signed_with(assertion: str, public_key: str) -> bool:
    try:
        jwt.decode(
            assertion,
            public_key,
            algorithms=["RS256"],
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.InvalidTokenError:
        return False
    return True


def _in_time(claims: dict[str, Any]) -> None:
    now = time.time()
    try:
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (KeyError, TypeError, ValueError) as error:
        raise OAuthError("invalid_grant", "iat_or_exp_missing") from error
    if expires <= now - LEEWAY_SECONDS:
        raise OAuthError("invalid_grant", "expired_assertion")
    if issued > now + LEEWAY_SECONDS or expires - issued > LONGEST_ASSERTION_SECONDS + LEEWAY_SECONDS:
        raise OAuthError("invalid_grant", "assertion_lifetime_invalid")
