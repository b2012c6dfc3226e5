"""Contracts go to Docusign's own hosts, whatever the sign-in service names."""

import pytest
from pytest_django import Settings

from esign.docusign.errors import NotSignedIn
from esign.docusign.login.userinfo import UserInfo, remember
from esign.models import DocusignConnection

pytestmark = pytest.mark.django_db

ACCOUNT = "33333333-3333-3333-3333-333333333333"


def named(base_uri: str) -> UserInfo:
    account = {"account_id": ACCOUNT, "account_name": "Juniper", "base_uri": base_uri, "is_default": True}
    return UserInfo.parse({"sub": "u", "name": "Ada", "email": "ada@juniper.example", "accounts": [account]})


@pytest.mark.parametrize("base", ["https://demo.docusign.net", "https://eu.docusign.net", "https://ca.docusign.com"])
def test_docusigns_own_hosts_are_taken(base: str, settings: Settings) -> None:
    settings.DOCUSIGN_ENVIRONMENT, settings.DOCUSIGN_OAUTH_BASE = "demo", "https://account-d.docusign.com"
    connection = DocusignConnection.objects.default()
    remember(connection, named(base))
    assert connection.base_uri == base


@pytest.mark.parametrize(
    "base",
    [
        "http://demo.docusign.net",
        "https://docusign.net.evil.example",
        "https://evildocusign.net",
        "https://evil.example/.docusign.net",
        "https://demo.docusign.net@evil.example",
        "http://127.0.0.1:8900",
        "",
    ],
)
def test_any_other_address_is_refused(base: str, settings: Settings) -> None:
    settings.DOCUSIGN_ENVIRONMENT, settings.DOCUSIGN_OAUTH_BASE = "demo", "https://account-d.docusign.com"
    connection = DocusignConnection.objects.default()
    with pytest.raises(NotSignedIn, match="no address of Docusign's"):
        remember(connection, named(base))
    connection.refresh_from_db()
    assert connection.base_uri == ""
