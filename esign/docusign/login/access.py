"""The one seam for signing in: whatever the grant, callers ask here for a token and get one, or learn why not.

One token per account serves all workers (`token_cache`); no call asks for its own. When no token is to be had
because somebody has to act, the connection is paused and says so: rows wait, nothing is lost.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from esign.docusign.errors import ConsentMissing, NotSignedIn, TokenRejected
from esign.docusign.login import consent, jwt_grant, staff_accounts, token_cache, userinfo
from esign.docusign.login.token_cache import Token
from esign.models import DocusignConnection, Grant, StaffAccount


@sensitive_variables()
def access_token(connection: DocusignConnection, *, rejected: str | None = None, scope: str = "signature") -> str:
    """A token good for the next call; `rejected` is one that Docusign has just turned down.

    Raises ConsentMissing, NotSignedIn, Unreachable or DocusignBusy.
    """
    token = _token(connection, rejected=rejected)
    if scope not in token.scopes.split():
        # Not a reason to pause: sending, which needs less, goes on.
        raise ConsentMissing(
            f"Docusign's consent does not cover {scope!r} yet. Open “Docusign connection” in the admin and press "
            "“Grant consent”; if the feature is not switched on, add it to DOCUSIGN_FEATURES."
        )
    return token.value


def forget(connection: DocusignConnection) -> None:
    """Drop the cached token, here and for all workers."""
    token_cache.forget(cache_name(connection))


@sensitive_variables()
def identify(connection: DocusignConnection, *, again: bool = False) -> None:
    """Learn account id and base URI from the user info call, once per connection.

    Raises NotSignedIn (also when the configured account is not the user's), Unreachable or DocusignBusy.
    """
    if connection.base_uri and not again:
        return
    token = access_token(connection)
    try:
        info = userinfo.fetch(connection, token)
    except TokenRejected:  # revoked since it was cached: one new token is worth one more try
        info = userinfo.fetch(connection, access_token(connection, rejected=token))
    userinfo.remember(connection, info)


def connect(connection: DocusignConnection) -> None:
    """Sign in now, whatever was wrong before, and look again at who we are.

    What "Test connection" does, and what follows a consent. Raises what `access_token` and `identify` raise.
    """
    connection.switch_on()
    forget(connection)
    try:
        identify(connection, again=True)
    except NotSignedIn as error:
        _pause(connection, error)
        raise
    connection.works()


def disconnect(connection: DocusignConnection, by: User) -> None:
    """Sign out: no worker sends through this connection until somebody connects it again."""
    forget(connection)
    connection.switch_off(by)


@sensitive_variables()
def connect_person(user: User, grant: Grant, code: str, verifier: str) -> StaffAccount:
    """Connect a member of staff's own account by the code their browser brought back.

    Raises oauth.GrantRefused, NotSignedIn, Unreachable or DocusignBusy; nothing is kept then.
    """
    account, token = staff_accounts.connect(user, grant, code, verifier)
    token_cache.keep(cache_name(account.connection), token)
    account.connection.signed_in(until=token.until, scopes=token.scopes)
    account.connection.works()
    return account


def disconnect_person(account: StaffAccount, by: User) -> bool:
    """Forget a member of staff's account. True: Docusign says that it has forgotten the permission too."""
    forget(account.connection)
    return staff_accounts.disconnect(account, by)


@dataclass(frozen=True)
class SignInState:
    """Whether we are signed in, told from what is kept: nothing is asked of Docusign."""

    signed_in: bool
    until: datetime | None
    scopes: str
    because: str  # why not, in plain words; empty when signed in or simply not yet tried


def state(connection: DocusignConnection) -> SignInState:
    """What a page shows: are we signed in, until when, for what, and if not, why."""
    if because := _closed(connection):
        return SignInState(False, None, "", because)
    token = token_cache.peek(cache_name(connection))
    if token is None or not token.is_usable(None):
        return SignInState(False, None, "", connection.paused_because if connection.is_paused else "")
    return SignInState(True, token.until, token.scopes, "")


@sensitive_variables()
def _token(connection: DocusignConnection, *, rejected: str | None) -> Token:
    if because := _closed(connection):
        raise NotSignedIn(because)
    return token_cache.get(cache_name(connection), lambda: _fetch(connection), rejected=rejected)


def _fetch(connection: DocusignConnection) -> Token:
    """Called by the one worker whose turn it is; those who waited for it find the pause it may have left."""
    connection.refresh_from_db(fields=["paused_until", "paused_because", "disconnected_at"])
    if connection.is_paused:
        raise NotSignedIn(connection.paused_because, retry_at=connection.paused_until)
    try:
        request = jwt_grant.request if connection.grant == Grant.JWT else staff_accounts.request
        token = request(connection)
    except NotSignedIn as error:
        if isinstance(error, ConsentMissing):
            connection.lost_consent(" ".join(consent.least_scopes(connection)))
        _pause(connection, error)
        raise
    missing = set(consent.wanted_scopes(connection)) - set(token.scopes.split())
    connection.signed_in(
        until=token.until,
        scopes=token.scopes,
        fingerprint=token.fingerprint,
        consent_missing=" ".join(sorted(missing)) if connection.grant == Grant.JWT else "",
    )
    return token


def _pause(connection: DocusignConnection, error: NotSignedIn) -> None:
    if not connection.is_paused:
        connection.pause(str(error), wait=error.retry_at - timezone.now())


def _closed(connection: DocusignConnection) -> str:
    """Why nothing may be asked through this connection at all."""
    if connection.disconnected_at is not None:
        who = connection.disconnected_by or "somebody"
        return f"{connection.name} was disconnected by {who}. Open “Docusign connection” and connect it again."
    return connection.objection()


def cache_name(connection: DocusignConnection) -> str:
    """Tokens of different hosts, keys, users or scopes can never be taken for one another."""
    facts = [
        connection.oauth_base,
        connection.integration_key,
        connection.user_id,
        connection.grant,
        *consent.wanted_scopes(connection),
    ]
    return f"docusign:token:{connection.pk}:{hashlib.sha256('|'.join(facts).encode()).hexdigest()[:24]}"
