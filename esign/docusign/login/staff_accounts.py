"""Staff's own Docusign accounts: connected once by the person, then used by workers, until disconnected.

What is kept is the refresh token, encrypted; it changes with every use (`StaffAccount`).
"""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from esign.docusign.errors import DocusignBusy, NothingDone, NotSignedIn
from esign.docusign.login import grants, userinfo
from esign.docusign.login.consent import wanted_scopes
from esign.docusign.login.oauth import GrantRefused
from esign.docusign.login.token_cache import Token
from esign.docusign.login.userinfo import UserInfo
from esign.docusign.sealing import seal, unseal
from esign.models import DocusignConnection, Grant, StaffAccount
from esign.models.connection import UNLEARNT


def sign_in_of(user: User, grant: Grant) -> DocusignConnection:
    """How this person will sign in: not saved, and not yet known to Docusign."""
    company = DocusignConnection.objects.default()
    return DocusignConnection(
        slug=f"staff-{user.pk}",
        name=user.get_full_name() or user.get_username(),
        grant=grant,
        environment=company.environment,
        oauth_base=company.oauth_base,
        integration_key=grants.staff_integration_key(grant),
    )


@sensitive_variables()
def connect(user: User, grant: Grant, code: str, verifier: str) -> tuple[StaffAccount, Token]:
    """Redeem the code and keep what came of it. Raises GrantRefused, NotSignedIn, Unreachable or DocusignBusy."""
    draft = sign_in_of(user, grant)
    scopes = " ".join(wanted_scopes(draft))
    tokens = grants.exchange(draft, code, verifier, scopes=scopes)
    if not tokens.refresh:
        raise NotSignedIn(
            "Docusign gave no permission that lasts (no refresh token), so nothing could be sent for you later. "
            "Set DOCUSIGN_STAY_CONNECTED=true, or use the confidential grant."
        )
    info = userinfo.fetch(draft, tokens.access.value)
    with transaction.atomic():
        connection = _keep_connection(draft, info)
        account, _ = StaffAccount.objects.get_or_create(user=user, defaults={"connection": connection})
        account.authorize(seal(tokens.refresh), scopes)
    return account, tokens.access


def _keep_connection(draft: DocusignConnection, info: UserInfo) -> DocusignConnection:
    """The company's account where the person is a member of it, else their default one."""
    company = DocusignConnection.objects.default()
    of_company = any(one.id.lower() == company.account_id.lower() for one in info.accounts if company.account_id)
    account = info.account(company.account_id if of_company else "")
    facts = {
        "name": draft.name,
        "grant": draft.grant,
        "environment": draft.environment,
        "oauth_base": draft.oauth_base,
        "integration_key": draft.integration_key,
        "user_id": info.user_id,
        "configured_account_id": account.id,
        **UNLEARNT,
    }
    connection, _ = DocusignConnection.objects.update_or_create(slug=draft.slug, defaults=facts)
    userinfo.remember(connection, info)
    connection.switch_on()
    return connection


@sensitive_variables()
def request(connection: DocusignConnection) -> Token:
    """A new access token by the refresh token, which is replaced in the same moment.

    Raises GrantRefused when the person has to connect again, NotSignedIn, Unreachable or DocusignBusy.
    """
    account = StaffAccount.objects.select_related("user").filter(connection=connection).first()
    if account is None or not account.refresh_sealed:
        raise GrantRefused(f"{connection.name} has no Docusign account connected. They can connect it again.")
    if not account.user.is_active:
        raise NotSignedIn(f"{connection.name} no longer works here, so nothing is sent in their name.")
    claim = account.claim()
    if claim is None:
        raise DocusignBusy(
            "Another worker is just renewing this sign-in.", retry_at=timezone.now() + timedelta(seconds=5)
        )
    refresh_token = unseal(account.refresh_sealed)
    if refresh_token is None:
        account.release(claim)
        raise GrantRefused(
            f"The permission of {connection.name} cannot be decrypted, because SECRET_KEY was changed. Put the earlier "
            "key into SECRET_KEY_FALLBACKS, or have them connect again."
        )
    try:
        tokens = grants.refresh(connection, refresh_token, scopes=account.scopes)
    except GrantRefused:
        account.expire(claim)
        raise
    except NothingDone:
        account.release(claim)
        raise
    account.rotate(claim, seal(tokens.refresh or refresh_token))
    return tokens.access


@sensitive_variables()
def disconnect(account: StaffAccount, by: User) -> bool:
    """Forget everything we hold, and ask Docusign to. True: Docusign says it has forgotten it too."""
    refresh_token = unseal(account.refresh_sealed) if account.refresh_sealed else None
    revoked = False
    if refresh_token:
        try:
            revoked = grants.revoke(account.connection, refresh_token)
        except NothingDone:
            revoked = False
    account.forget()
    account.connection.switch_off(by)
    return revoked
