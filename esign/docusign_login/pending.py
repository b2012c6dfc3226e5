"""What was asked for, kept while the browser is away at Docusign.

The address carries a `state` that is signed, dated and good for one return; what it stands for, the PKCE
verifier among it, waits in the session of the person who asked. A return without both is not theirs.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from esign.docusign.login.grants import Pkce
from esign.docusign.sealing import seal, unseal

SALT = "esign.docusign_login"
GOOD_FOR_SECONDS = 600
SESSION_KEY = "docusign_sign_ins"
AT_ONCE = 5  # windows of one person


class NotAsked(Exception):
    """This session did not ask for this return, or it has been used. The message says what to do."""


class TooLate(NotAsked):
    """It was asked for, but too long ago."""


class Purpose(StrEnum):
    CONSENT = "consent"
    ADMIN_CONSENT = "admin_consent"
    CONNECT = "connect"


@dataclass(frozen=True)
class Pending:
    """One request under way."""

    purpose: Purpose
    user_id: int
    connection_id: int | None
    grant: str
    back_to: str
    verifier_sealed: str = field(repr=False)

    @property
    def verifier(self) -> str:
        verifier = unseal(self.verifier_sealed)
        if verifier is None:
            raise NotAsked("The site's keys were changed meanwhile. Start again.")
        return verifier


def remember(
    request: HttpRequest,
    purpose: Purpose,
    *,
    connection_id: int | None = None,
    grant: str = "",
    back_to: str = "",
) -> tuple[str, str]:
    """(state, PKCE challenge) for the address at Docusign."""
    pkce, nonce = Pkce.new(), secrets.token_urlsafe(24)
    pending = Pending(
        purpose=purpose,
        user_id=_staff(request).pk,
        connection_id=connection_id,
        grant=grant,
        back_to=back_to if is_ours(request, back_to) else "",
        verifier_sealed=seal(pkce.verifier),
    )
    kept = {**request.session.get(SESSION_KEY, {}), nonce: asdict(pending)}
    request.session[SESSION_KEY] = dict(list(kept.items())[-AT_ONCE:])
    return signing.dumps(nonce, salt=SALT), pkce.challenge


def recall(request: HttpRequest, state: str) -> Pending:
    """What this return was asked for; a second return with the same state finds nothing. Raises NotAsked."""
    try:
        nonce = signing.loads(state, salt=SALT, max_age=GOOD_FOR_SECONDS)
    except signing.SignatureExpired:
        raise TooLate("You were away at Docusign for more than ten minutes. Start again.") from None
    except signing.BadSignature:
        nonce = None
    kept = dict(request.session.get(SESSION_KEY, {}))
    raw = kept.pop(nonce, None) if isinstance(nonce, str) else None
    if raw is None or raw["user_id"] != _staff(request).pk:
        raise NotAsked("This answer from Docusign does not belong to anything you asked for. Nothing was changed.")
    request.session[SESSION_KEY] = kept
    return Pending(**{**raw, "purpose": Purpose(raw["purpose"])})


def is_ours(request: HttpRequest, address: str) -> bool:
    """A path on this site, so that no one is sent elsewhere on their way back."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotAsked("You are not signed in.")
    return request.user
