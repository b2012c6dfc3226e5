"""The authorization code grant, confidential or public, always with PKCE, and the refresh of its tokens.

https://developers.docusign.com/platform/auth/confidential-authcode-get-token/
https://developers.docusign.com/platform/auth/public-authcode-get-token/
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from esign.docusign import variables
from esign.docusign.errors import DocusignReply, NotSignedIn
from esign.docusign.login import oauth
from esign.docusign.login.oauth import GrantRefused, SignInAnswer
from esign.docusign.login.token_cache import Token
from esign.docusign.login.tokens import token_of
from esign.models import DocusignConnection, Grant

IMPLICIT_REFUSED = (
    "The implicit grant is not used here: it would put the token into the browser's address, where history, add-ons "
    "and referrers see it, and it gives no way to renew. For keys without a secret use the authorization code grant "
    "with PKCE instead: DOCUSIGN_STAFF_GRANT=public."
)


class NoStaffGrant(NotSignedIn):
    """Staff cannot connect accounts of their own as the site is set up; the message says why and what to set."""


def staff_grant() -> Grant:
    """By which grant staff connect their own accounts. Raises NoStaffGrant."""
    wanted = settings.DOCUSIGN_STAFF_GRANT
    if wanted == "implicit":
        raise NoStaffGrant(IMPLICIT_REFUSED)
    if wanted == "off":
        raise NoStaffGrant("Staff send through the company's account here (DOCUSIGN_STAFF_GRANT=off).")
    if wanted not in (Grant.CONFIDENTIAL, Grant.PUBLIC):
        raise NoStaffGrant(f"DOCUSIGN_STAFF_GRANT is {wanted!r}. Set it to confidential, public or off.")
    if wanted == Grant.CONFIDENTIAL and not settings.DOCUSIGN_SECRET_KEY:
        raise NoStaffGrant(
            "DOCUSIGN_SECRET_KEY is not set. Set it to the secret of the integration key (Apps and Keys), or use a "
            "key without a secret: DOCUSIGN_STAFF_GRANT=public and DOCUSIGN_PUBLIC_INTEGRATION_KEY."
        )
    if not staff_integration_key(Grant(wanted)):
        which = "DOCUSIGN_PUBLIC_INTEGRATION_KEY" if wanted == Grant.PUBLIC else "DOCUSIGN_INTEGRATION_KEY"
        raise NoStaffGrant(f"{which} is not set. Set it to the integration key from Docusign's Apps and Keys page.")
    return Grant(wanted)


def staff_integration_key(grant: Grant) -> str:
    """Docusign ties "cannot keep a secret" to the key, so the public grant has a key of its own."""
    chosen = settings.DOCUSIGN_PUBLIC_INTEGRATION_KEY if grant == Grant.PUBLIC else settings.DOCUSIGN_INTEGRATION_KEY
    return str(chosen)


@dataclass(frozen=True)
class Pkce:
    """A secret of one sign-in, and its digest, which may be seen. https://www.rfc-editor.org/rfc/rfc7636"""

    verifier: str = field(repr=False)
    challenge: str

    @classmethod
    def new(cls) -> Pkce:
        verifier = secrets.token_urlsafe(64)
        digest = hashlib.sha256(verifier.encode()).digest()
        return cls(verifier, urlsafe_b64encode(digest).rstrip(b"=").decode())


@dataclass(frozen=True)
class Tokens:
    access: Token
    refresh: str = field(repr=False)  # empty when Docusign gave none


@sensitive_variables()
def exchange(connection: DocusignConnection, code: str, verifier: str, *, scopes: str) -> Tokens:
    """Tokens for the code that came back with the browser. Raises GrantRefused, NotSignedIn or Unreachable."""
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    return _tokens(
        connection,
        form,
        scopes,
        otherwise="Docusign did not accept the answer your browser brought back: it was used before, took too long, "
        "or belongs to another sign-in. Press “Connect my account” to start again.",
    )


@sensitive_variables()
def refresh(connection: DocusignConnection, refresh_token: str, *, scopes: str) -> Tokens:
    """New tokens for a refresh token, which is used up by this. Raises GrantRefused, NotSignedIn or Unreachable."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _tokens(
        connection,
        form,
        scopes,
        otherwise=f"Docusign no longer accepts the permission of {connection.name}: it ran out or was withdrawn. "
        "They have to press “Connect my account” again.",
    )


@sensitive_variables()
def revoke(connection: DocusignConnection, refresh_token: str) -> bool:
    """Ask Docusign to forget a refresh token. False: it did not say that it has.

    Integrations use this address, but Docusign's documentation does not list it, so nothing may rely on it: we
    forget the token whatever comes of it, and the person is told where Docusign lists the apps they have allowed.
    """
    form = {"token": refresh_token, "token_type_hint": "refresh_token"}
    answer = _post(connection, "/oauth/revoke", form)
    return answer.status == 200


@sensitive_variables()
def _tokens(connection: DocusignConnection, form: dict[str, str], scopes: str, *, otherwise: str) -> Tokens:
    answer = _post(connection, "/oauth/token", form)
    access = token_of(answer, scopes=scopes)
    if access is None:
        if answer.error == "invalid_grant" and "issuer" not in answer.detail:
            raise GrantRefused(otherwise, answer=DocusignReply(answer.status, answer.error, answer.detail))
        raise _refusal(connection, answer)
    given = answer.body.get("refresh_token")
    return Tokens(access, given if isinstance(given, str) else "")


@sensitive_variables()
def _post(connection: DocusignConnection, path: str, form: dict[str, str]) -> SignInAnswer:
    """Signed in as the integration key: by its secret, or, where it has none, by its name alone."""
    secret = variables.secret_key(connection)
    if secret is None:
        form = form | {"client_id": connection.integration_key}
    return oauth.post(connection, path, form, secret=secret)


def _refusal(connection: DocusignConnection, answer: SignInAnswer) -> NotSignedIn:
    if answer.error in ("invalid_client", "unauthorized_client"):
        return NotSignedIn(
            "Docusign does not accept the integration key's secret. Check DOCUSIGN_SECRET_KEY on Docusign's Apps and "
            "Keys page, and that the key is set to the authorization code grant.",
            answer=DocusignReply(answer.status, answer.error, answer.detail),
        )
    return oauth.refusal(connection, answer)
