"""What happens at Docusign, done for a test: people at its consent page, consents, and an account's users and keys."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3
from django.test import Client

from esign.docusign.login import access, token_cache
from esign.models import DocusignConnection
from tests.emulator_client import EmulatorClient

_http = urllib3.PoolManager(retries=False)


@dataclass(frozen=True)
class DocusignSide:
    """The emulator as its own people and administrators use it."""

    emulator: EmulatorClient

    def account(self) -> dict[str, Any]:
        return dict(self._control("GET", "account"))

    def system_user(self) -> dict[str, Any]:
        return dict(self.account()["users"][0])

    def agent(self) -> dict[str, Any]:
        """A member of the account who is no administrator."""
        return dict(self.account()["users"][1])

    def public_key(self) -> str:
        """The integration key that has no secret."""
        return str(next(app["integrationKey"] for app in self.account()["apps"] if app["public"]))

    def set_consent(self, *scopes: str) -> None:
        """The system user's consent becomes exactly this; nothing at all takes it away."""
        self._control("PUT", "consent", {"granted": False})
        if scopes:
            self._control("PUT", "consent", {"granted": True, "scopes": list(scopes)})

    def withdraw(self, user: dict[str, Any], integration_key: str) -> None:
        """The user takes back what they allowed this app, under Connected Apps."""
        body = {"granted": False, "userId": user["user_id"], "integrationKey": integration_key}
        self._control("PUT", "consent", body)

    def answer(self, url: str, *, allow: bool = True, user: dict[str, Any] | None = None) -> str:
        """Press “Allow access” or “Cancel” on the page at this address. Returns the address one is sent back to."""
        form = {"decision": "allow" if allow else "deny"} | ({"user_id": user["user_id"]} if user else {})
        answer = _http.request("POST", url, fields=form, encode_multipart=False, redirect=False)
        assert answer.status == 302, answer.data
        return str(answer.headers["Location"])

    def token_calls(self) -> int:
        return len(self.emulator.journal("requestJwtToken"))

    def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self.emulator.base_url}/_emulator/api/{path}"
        answer = _http.request(method, url, json=body) if body is not None else _http.request(method, url)
        assert answer.status == 200, answer.data
        return answer.json()


def return_from(address: str) -> str:
    """The path on our site that a browser follows, whatever host it was sent back to."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def messages_of(client: Client, page: str) -> str:
    """Everything a page says, in one line."""
    return " ".join(client.get(page).content.decode().split())


def let_token_age(connection: DocusignConnection, *, seconds_left: float) -> str:
    """The shared token has only so long to live. Returns it."""
    name = access.cache_name(connection)
    token = token_cache.peek(name)
    assert token is not None
    token_cache.keep(name, replace(token, expires_at=time.time() + seconds_left))
    return token.value
