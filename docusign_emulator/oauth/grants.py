"""POST /oauth/token: the JWT grant, the authorization code grant with or without PKCE, and refresh.

https://developers.docusign.com/platform/auth/reference/obtain-access-token/
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

from docusign_emulator.oauth import consents, tokens
from docusign_emulator.protocol.errors import OAuthError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.storage.account import App

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LEEWAY_SECONDS = 120
REFRESH_SECONDS = 30 * 24 * 3600


def token(call: Call) -> Reply:
    """Answer a token request by its grant. Raises OAuthError."""
    form = {key: values[0] for key, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    grant = form.get("grant_type")
    if not grant:
        raise OAuthError("invalid_request", "grant_type_missing")
    if grant == JWT_GRANT:
        return Reply(_jwt(call, form))
    if grant == "authorization_code":
        return Reply(_code(call, form))
    if grant == "refresh_token":
        return Reply(_refresh(call, form))
    raise OAuthError("unsupported_grant_type")


def _jwt(call: Call, form: dict[str, str]) -> Json:
    """A service account's token. https://developers.docusign.com/platform/auth/jwt-get-token/"""
    assertion = form.get("assertion")
    if not assertion:
        raise OAuthError("invalid_request", "assertion_missing")
    claims = _verified(call, assertion)
    user = call.store.user(str(claims.get("sub", "")))
    if user is None or user.status == "Closed":
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
    _in_time(claims, tokens.now(call.store), call.store.switches["longest_assertion_seconds"])
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


def _in_time(claims: dict[str, Any], now: float, longest: float) -> None:
    try:
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (KeyError, TypeError, ValueError) as error:
        raise OAuthError("invalid_grant", "iat_or_exp_missing") from error
    if expires <= now - LEEWAY_SECONDS:
        raise OAuthError("invalid_grant", "expired_assertion")
    if issued > now + LEEWAY_SECONDS or expires - issued > longest + LEEWAY_SECONDS:
        raise OAuthError("invalid_grant", "assertion_lifetime_invalid")


def _code(call: Call, form: dict[str, str]) -> Json:
    """A person's token, for the code their browser brought back. The code works once."""
    store, app = call.store, _client(call, form)
    code = form.get("code", "")
    facts = store.record("code", code)
    if facts is None or facts["clientId"] != app.integration_key:
        raise OAuthError("invalid_grant", "unknown_code")
    if facts["expires"] < tokens.now(store):
        raise OAuthError("invalid_grant", "expired_code", burns=("code", code))
    if not _proven(app, facts["challenge"], form.get("code_verifier", "")):
        raise OAuthError("invalid_grant", "code_verifier_mismatch", burns=("code", code))
    store.drop("code", code)
    return _pair(call, app, facts["userId"], facts["scopes"], expires=tokens.now(store) + REFRESH_SECONDS)


def _refresh(call: Call, form: dict[str, str]) -> Json:
    """A new pair for a refresh token, which is used up by it. Its last day moves only with the scope extended."""
    store, app = call.store, _client(call, form)
    old = store.record("refresh", form.get("refresh_token", ""))
    if old is None or old["clientId"] != app.integration_key or old["expires"] < tokens.now(store):
        raise OAuthError("invalid_grant", "refresh_token_invalid")
    wanted = form.get("scope", "").split()
    if not set(wanted) <= set(old["scopes"]):
        raise OAuthError("invalid_scope")
    store.drop("refresh", old["token"])
    expires = tokens.now(store) + REFRESH_SECONDS if "extended" in old["scopes"] else old["expires"]
    return _pair(call, app, old["userId"], old["scopes"], expires=expires)


def revoke(call: Call) -> Reply:
    """POST /oauth/revoke: forget a refresh token; live access tokens work on, as when consent is taken back.

    Docusign's documentation lists no such address, but integrations call it: whether it is there is a switch.
    """
    store = call.store
    if store.switches["oauth_revoke"] == "absent":
        raise OAuthError("not_found", "There is no such address.", 404)
    form = {key: values[0] for key, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    app = _client(call, form)
    kept = store.record("refresh", form.get("token", ""))
    if kept is not None and kept["clientId"] == app.integration_key:
        store.drop("refresh", kept["token"])
    return Reply({})


def _pair(call: Call, app: App, user_id: str, scopes: list[str], *, expires: float) -> Json:
    store = call.store
    seconds = tokens.CODE_SECONDS
    access_token = tokens.issue(
        store, user_id=user_id, client_id=app.integration_key, scopes=scopes, seconds=seconds, grant="code"
    )
    answer: Json = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": seconds,
        "scope": " ".join(scopes),
    }
    public_without = app.secret is None and not store.switches["public_client_refresh"]
    unextended = "extended" not in scopes and store.switches["refresh_without_extended"] == "refuse"
    if not public_without and not unextended:
        refresh = f"emu-refresh.{secrets.token_urlsafe(64)}"
        facts = {"token": refresh, "userId": user_id, "clientId": app.integration_key, "scopes": scopes}
        store.keep("refresh", refresh, facts | {"expires": expires})
        answer["refresh_token"] = refresh
    return answer


def _client(call: Call, form: dict[str, str]) -> App:
    """Who asks: by the secret in the Basic header, or a public client by its client_id alone."""
    scheme, _, given = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        app = call.store.account.app(form.get("client_id", ""))
        if app is None or app.secret is not None:
            raise OAuthError("invalid_client", "client_authentication_missing", 401)
        return app
    try:
        name, _, secret = base64.b64decode(given).decode().partition(":")
    except ValueError as error:
        raise OAuthError("invalid_client", "client_authentication_malformed", 401) from error
    app = call.store.account.app(name)
    if app is None or app.secret is None or not secrets.compare_digest(secret, app.secret):
        raise OAuthError("invalid_client", "unknown_client_or_secret", 401)
    return app


def _proven(app: App, challenge: str, verifier: str) -> bool:
    """PKCE: the verifier must hash to the challenge, where there was one; a public client must have had one."""
    if not challenge and app.secret is not None:
        return True
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return secrets.compare_digest(hashed, challenge)
