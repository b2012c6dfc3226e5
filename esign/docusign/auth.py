"""The JWT grant: one access token per account, shared by all workers.

Docusign's advice is followed: a token is kept until shortly before it expires and never asked for per
call. Asking is single flight over a Redis lock; without Redis each process keeps its own.

https://developers.docusign.com/platform/auth/jwt/
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import urllib3
from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from esign.docusign import keys, shared
from esign.docusign.errors import Answer, ConsentMissing, DocusignBusy, NotSignedIn, Unreachable
from esign.docusign.rest import oauth_pool
from esign.models import DocusignConnection

SCOPES = ("signature", "impersonation")
RENEW_EARLY = 600  # seconds before the end of a token's life
LOCK_SECONDS, WAIT_SECONDS = 30, 10


@dataclass(frozen=True)
class Token:
    value: str
    good_until: float  # seconds since the epoch

    def is_good(self, rejected: str | None) -> bool:
        return self.value != rejected and time.time() < self.good_until


_own: dict[str, Token] = {}
_own_lock = threading.Lock()


def access_token(connection: DocusignConnection, *, rejected: str | None = None) -> str:
    """A token good for the next call; `rejected` is one that Docusign has just turned down.

    Raises ConsentMissing, NotSignedIn, Unreachable or DocusignBusy.
    """
    name = f"docusign:token:{connection.pk}:{connection.integration_key}:{connection.user_id}"
    own = _own.get(name)
    if own and own.is_good(rejected):
        return own.value
    with _own_lock:
        token = _shared_token(connection, name, rejected)
        _own[name] = token
    return token.value


def forget(connection: DocusignConnection) -> None:
    """Drop the cached token, here and for all workers."""
    name = f"docusign:token:{connection.pk}:{connection.integration_key}:{connection.user_id}"
    _own.pop(name, None)
    with suppress(RedisError):
        shared.redis().delete(name)


def _shared_token(connection: DocusignConnection, name: str, rejected: str | None) -> Token:
    own = _own.get(name)
    if own and own.is_good(rejected):
        return own
    try:
        return _single_flight(connection, name, rejected)
    except RedisError:
        return _request(connection)


def _single_flight(connection: DocusignConnection, name: str, rejected: str | None) -> Token:
    redis = shared.redis()
    me = uuid.uuid4().hex
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        if (known := _read(name)) and known.is_good(rejected):
            return known
        if redis.set(f"{name}:lock", me, nx=True, px=LOCK_SECONDS * 1000):
            break
        if time.monotonic() > deadline:
            raise DocusignBusy(
                "Another worker is still fetching a Docusign token.", retry_at=timezone.now() + timedelta(seconds=5)
            )
        time.sleep(0.05)
    try:
        if (known := _read(name)) and known.is_good(rejected):
            return known
        token = _request(connection)
        life = max(1, int(token.good_until - time.time()))
        redis.set(name, keys.seal(json.dumps([token.value, token.good_until])), ex=life)
        return token
    finally:
        if redis.get(f"{name}:lock") == me.encode():
            redis.delete(f"{name}:lock")


def _read(name: str) -> Token | None:
    sealed = shared.redis().get(name)
    opened = keys.unseal(sealed) if isinstance(sealed, bytes) else None
    if opened is None:
        return None
    value, good_until = json.loads(opened)
    return Token(value, good_until)


def _request(connection: DocusignConnection) -> Token:
    if not (connection.integration_key and connection.user_id):
        raise NotSignedIn(
            "Docusign is not set up: set DOCUSIGN_INTEGRATION_KEY, DOCUSIGN_USER_ID and DOCUSIGN_PRIVATE_KEY_FILE."
        )
    now = int(time.time())
    claims = {
        "iss": connection.integration_key,
        "sub": connection.user_id,
        "aud": connection.oauth_host,
        "iat": now,
        "exp": now + 3600,
        "scope": " ".join(SCOPES),
    }
    assertion = jwt.encode(claims, keys.private_key(), algorithm="RS256")
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    status, answer = _post(f"{connection.oauth_base}/oauth/token", grant)
    if status == 200 and isinstance(answer.get("access_token"), str):
        life = int(answer.get("expires_in") or 3600)
        return Token(answer["access_token"], time.time() + max(life - RENEW_EARLY, life // 2))
    raise _no_token(connection, status, answer)


def _no_token(connection: DocusignConnection, status: int, answer: dict[str, Any]) -> NotSignedIn:
    error = str(answer.get("error") or "")[:80]
    detail = str(answer.get("error_description") or "")[:200]
    said = Answer(status, error, detail)
    wait = timezone.now() + timedelta(minutes=1)
    if error == "consent_required":
        return ConsentMissing(
            "Docusign asks for consent: nobody has yet allowed this app to act for its user. "
            "Open “Docusign connection” in the admin and press “Grant consent”.",
            answer=said,
            retry_at=wait,
        )
    reasons = {
        "issuer_not_found": "Docusign does not know the integration key here. Check DOCUSIGN_INTEGRATION_KEY "
        "and that it belongs to this environment.",
        "user_not_found": "Docusign does not know the user we act as. Check DOCUSIGN_USER_ID (a GUID, not an e-mail).",
        "no_valid_keys_or_signatures": "Docusign does not accept our signature: the private key does not match "
        "a key pair of the integration key.",
    }
    why = next((text for code, text in reasons.items() if code in detail.lower()), None)
    if why is None and "expired" in detail.lower():
        why = "Docusign says our sign-in is out of date. Check this machine's clock."
    return NotSignedIn(why or f"Docusign gave no token ({error or status} {detail}).", answer=said, retry_at=wait)


def _post(url: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
    try:
        response = oauth_pool().request(
            "POST",
            url,
            body=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )
    except urllib3.exceptions.HTTPError:
        # Asking for a token twice harms nothing, so every failure on the way counts as not reached.
        raise Unreachable("Docusign's sign-in service cannot be reached. Check the network; we keep trying.") from None
    return response.status, _json_object(response.data)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def identify(connection: DocusignConnection) -> None:
    """Learn account id and base URI from the user info call, once per connection.

    https://developers.docusign.com/platform/auth/reference/user-info/
    """
    if connection.base_uri:
        return
    token = access_token(connection)
    try:
        response = oauth_pool().request(
            "GET", f"{connection.oauth_base}/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}
        )
    except urllib3.exceptions.HTTPError:
        raise Unreachable("Docusign's user information cannot be reached. Check the network; we keep trying.") from None
    listed = _json_object(response.data).get("accounts")
    accounts = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    wanted = connection.configured_account_id.lower()
    chosen = next(
        (
            a
            for a in accounts
            if (str(a.get("account_id", "")).lower() == wanted if wanted else a.get("is_default") in (True, "true"))
        ),
        None,
    )
    if response.status != 200 or chosen is None or not chosen.get("base_uri"):
        raise NotSignedIn(
            f"The Docusign user is not a member of account {wanted}. Check DOCUSIGN_ACCOUNT_ID."
            if wanted
            else "The Docusign user has no default account. Set DOCUSIGN_ACCOUNT_ID."
        )
    base_uri = str(chosen["base_uri"])
    if not (base_uri.startswith("https://") or settings.DOCUSIGN_ENVIRONMENT == "emulator"):
        raise NotSignedIn("Docusign named a base address without https; we do not send contracts there.")
    connection.identify(
        account_id=str(chosen["account_id"]), account_name=str(chosen.get("account_name", ""))[:200], base_uri=base_uri
    )
