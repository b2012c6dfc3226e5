"""The JWT grant: we sign an assertion with our RSA key and get a token to act as the system user.

https://developers.docusign.com/platform/auth/jwt/jwt-get-token/
"""

from __future__ import annotations

import logging
import time

import jwt
from django.views.decorators.debug import sensitive_variables

from esign.docusign import variables
from esign.docusign.errors import ConsentMissing, NotSignedIn
from esign.docusign.login import consent, keys, oauth, tokens
from esign.docusign.login.keys import SigningKey
from esign.docusign.login.oauth import KeyNotAccepted
from esign.docusign.login.token_cache import Token
from esign.models import DocusignConnection

logger = logging.getLogger(__name__)

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 3600


def request(connection: DocusignConnection) -> Token:
    """A new token, for everything switched on if that is allowed, else at least for sending.

    Raises ConsentMissing, NotSignedIn, Unreachable or DocusignBusy.
    """
    if not (connection.integration_key and connection.user_id):
        named = [variables.name(connection, suffix) for suffix in ("INTEGRATION_KEY", "USER_ID", "PRIVATE_KEY_FILE")]
        raise NotSignedIn(f"Docusign is not set up: set {', '.join(named)}.")
    least, wanted = consent.least_scopes(connection), consent.wanted_scopes(connection)
    try:
        return _with_scopes(connection, wanted)
    except ConsentMissing:
        if wanted == least:
            raise
        token = _with_scopes(connection, least)
        logger.warning("%s: consent is missing for %s", connection, " ".join(sorted(set(wanted) - set(least))))
        return token


def _with_scopes(connection: DocusignConnection, scopes: tuple[str, ...]) -> Token:
    """By the newest key that Docusign knows."""
    unknown: KeyNotAccepted | None = None
    for key in keys.signing_keys(connection):
        try:
            return _with_key(connection, key, " ".join(scopes))
        except KeyNotAccepted as refused:
            logger.warning("Docusign does not know the key in %s (public half %.12s…)", key.variable, key.fingerprint)
            unknown = refused
    raise unknown or NotSignedIn("There is no key to sign with.")


@sensitive_variables()
def _with_key(connection: DocusignConnection, key: SigningKey, scopes: str) -> Token:
    form = {"grant_type": GRANT_TYPE, "assertion": _assertion(connection, key, scopes)}
    answer = oauth.post(connection, "/oauth/token", form)
    token = tokens.token_of(answer, scopes=scopes, fingerprint=key.fingerprint)
    if token is None:
        raise oauth.refusal(connection, answer)
    return token


@sensitive_variables()
def _assertion(connection: DocusignConnection, key: SigningKey, scopes: str) -> str:
    now = int(time.time())
    claims = {
        "iss": connection.integration_key,
        "sub": connection.user_id,
        "aud": connection.oauth_host,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
        "scope": scopes,
    }
    return jwt.encode(claims, key.private, algorithm="RS256")
