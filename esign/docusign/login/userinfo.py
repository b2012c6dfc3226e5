"""Who a token speaks for, and where their account lives. Asked once per connection and kept.

https://developers.docusign.com/platform/auth/reference/user-info/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from django.views.decorators.debug import sensitive_variables

from esign.docusign.errors import NotSignedIn, TokenRejected
from esign.docusign.login import oauth
from esign.models import DocusignConnection
from esign.models.connection import LOOPBACK

DOCUSIGN_DOMAINS = (".docusign.net", ".docusign.com")


@dataclass(frozen=True)
class Account:
    """One account that the user is a member of."""

    id: str
    name: str
    base_uri: str
    is_default: bool

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        # `is_default` is a JSON boolean here, though nearly everywhere else Docusign writes texts.
        return cls(
            id=str(raw.get("account_id") or "")[:64],
            name=str(raw.get("account_name") or "")[:200],
            base_uri=str(raw.get("base_uri") or "")[:200].rstrip("/"),
            is_default=raw.get("is_default") in (True, "true", "True"),
        )


@dataclass(frozen=True)
class UserInfo:
    user_id: str
    name: str
    email: str
    accounts: tuple[Account, ...]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self:
        listed = raw.get("accounts")
        return cls(
            user_id=str(raw.get("sub") or "")[:64],
            name=str(raw.get("name") or "")[:200],
            email=str(raw.get("email") or "")[:254],
            accounts=tuple(
                Account.parse(one) for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)
            ),
        )

    def account(self, wanted: str) -> Account:
        """The configured account, else the user's default. Raises NotSignedIn, naming those there are."""
        for one in self.accounts:
            if one.id.lower() == wanted.lower() if wanted else one.is_default:
                return one
        there_are = ", ".join(f"{one.name} ({one.id})" for one in self.accounts) or "none"
        if wanted:
            raise NotSignedIn(
                f"{self.name or 'The Docusign user'} is not a member of account {wanted}. Check the account id; "
                f"accounts of this user: {there_are}."
            )
        raise NotSignedIn(f"{self.name or 'The Docusign user'} has no default account. Name one of these: {there_are}.")


@sensitive_variables("token")
def fetch(connection: DocusignConnection, token: str) -> UserInfo:
    """Raises TokenRejected, Unreachable, DocusignBusy or NotSignedIn."""
    answer = oauth.get(connection, "/oauth/userinfo", token)
    if answer.status == 401:
        raise TokenRejected("Docusign no longer accepts our token.")
    if answer.status != 200:
        raise NotSignedIn(f"Docusign did not say who we act as (HTTP {answer.status}). We ask again.")
    return UserInfo.parse(answer.body)


def _is_docusigns(base_uri: str, connection: DocusignConnection) -> bool:
    """Whether contracts may go there: https within Docusign's own domains, or the emulator beside us.

    https://developers.docusign.com/platform/auth/reference/user-info/
    """
    address = urlsplit(base_uri)
    host = address.hostname or ""
    if connection.environment == "emulator":
        return host in LOOPBACK
    return address.scheme == "https" and host.endswith(DOCUSIGN_DOMAINS)


def remember(connection: DocusignConnection, info: UserInfo) -> None:
    """Check the account and keep what was learnt. Raises NotSignedIn."""
    account = info.account(connection.configured_account_id)
    if not _is_docusigns(account.base_uri, connection):
        raise NotSignedIn(
            f"Docusign named {account.base_uri[:60] or 'no address'} as the place of the account, which is no address "
            "of Docusign's. We send no contracts there."
        )
    connection.identify(
        account_id=account.id,
        account_name=account.name,
        base_uri=account.base_uri,
        user_name=info.name,
        user_email=info.email,
    )
