"""The three addresses of Docusign's sign-in service, and what can come of asking there.

Asking for a token twice harms nothing, so whatever goes wrong on the way counts as not reached. Redirects are
never followed: what we post here are secrets.

https://developers.docusign.com/platform/auth/reference/
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import urllib3
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from esign.docusign.errors import ConsentMissing, DocusignBusy, DocusignReply, NotSignedIn, Unreachable
from esign.docusign.rest import oauth_pool
from esign.models import DocusignCall, DocusignConnection

# Docusign's clocks and ours may differ by this much before it matters to an assertion.
TOLERATED_SKEW_SECONDS = 120
ASK_AGAIN = timedelta(minutes=1)
OPERATIONS = {"/oauth/token": "requestToken", "/oauth/userinfo": "getUserInfo", "/oauth/revoke": "revokeToken"}


class KeyNotAccepted(NotSignedIn):
    """Docusign has no public key that fits our signature."""


class GrantRefused(NotSignedIn):
    """A code or a refresh token is not accepted: the person has to connect again."""


@dataclass(frozen=True)
class SignInAnswer:
    """What the sign-in service said. `ahead`: seconds by which this machine's clock is ahead of Docusign's."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    ahead: float | None = None

    @property
    def error(self) -> str:
        return str(self.body.get("error") or "")[:80]

    @property
    def detail(self) -> str:
        return str(self.body.get("error_description") or "")[:200]


@sensitive_variables()
def post(
    connection: DocusignConnection,
    path: str,
    form: Mapping[str, str],
    *,
    secret: str | None = None,
) -> SignInAnswer:
    """Post a form; with a secret, signed in as the integration key. Raises Unreachable, DocusignBusy or NotSignedIn."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if secret is not None:
        headers["Authorization"] = f"Basic {b64encode(f'{connection.integration_key}:{secret}'.encode()).decode()}"
    return _ask(connection, "POST", path, headers, urlencode(form))


@sensitive_variables()
def get(connection: DocusignConnection, path: str, token: str) -> SignInAnswer:
    """Read with a token; an empty one asks without. Raises Unreachable, DocusignBusy or NotSignedIn."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return _ask(connection, "GET", path, headers, None)


@sensitive_variables()
def _ask(
    connection: DocusignConnection, method: str, path: str, headers: dict[str, str], body: str | None
) -> SignInAnswer:
    if objection := connection.objection():
        raise NotSignedIn(objection)
    started_at, clock = timezone.now(), time.monotonic()
    try:
        response = oauth_pool().request(
            method, f"{connection.oauth_base}{path}", body=body, headers=headers, redirect=False
        )
    except urllib3.exceptions.HTTPError:
        _record(connection, path, started_at, clock, None, {})
        raise Unreachable(
            f"Docusign's sign-in service ({connection.oauth_host}) cannot be reached. "
            "Check the network; we keep trying."
        ) from None
    _record(connection, path, started_at, clock, response.status, json_object(response.data))
    if response.status == 429:
        raise DocusignBusy("Docusign's sign-in service asks us to wait; we keep trying.")
    if not 200 <= response.status < 500:
        raise Unreachable(f"Docusign's sign-in service is failing (HTTP {response.status}); we keep trying.")
    return SignInAnswer(response.status, json_object(response.data), _ahead(response.headers.get("Date", "")))


def _record(
    connection: DocusignConnection,
    path: str,
    started_at: datetime,
    clock: float,
    status: int | None,
    body: Mapping[str, Any],
) -> None:
    """A row like that of any other call. Of the body only a refusal's own words are kept: the rest are secrets."""
    if connection.pk is None:
        return  # somebody's first sign-in: there is no connection yet that the row could belong to
    good = status is not None and 200 <= status < 300
    DocusignCall.objects.create(
        connection=connection,
        operation=OPERATIONS.get(path, path)[:60],
        started_at=started_at,
        duration_ms=int((time.monotonic() - clock) * 1000),
        outcome=DocusignCall.Outcome.OK if good else DocusignCall.Outcome.REFUSED,
        status=status,
        error_code="" if good else str(body.get("error") or "")[:80],
        message="" if good else str(body.get("error_description") or "")[:300],
    )


def json_object(body: bytes) -> dict[str, Any]:
    """Empty for whatever is no JSON object."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _ahead(date: str) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


REASONS = {
    "issuer_not_found": "Docusign does not know the integration key {key} at {host}. Check that the key is right and "
    "that it belongs to this environment: a developer key works at account-d.docusign.com only, until it is live.",
    "user_not_found": "Docusign does not know the user {user} at {host}. Check the user id: it is the API user id "
    "(a GUID) from Docusign's Apps and Keys page, not an e-mail address, and of this environment.",
}


def refusal(connection: DocusignConnection, answer: SignInAnswer) -> NotSignedIn:
    """What a refused token request means, in words for the office. Nothing secret is quoted."""
    said = DocusignReply(answer.status, answer.error, answer.detail)
    again = timezone.now() + ASK_AGAIN
    detail = answer.detail.lower()
    if answer.error == "consent_required":
        return ConsentMissing(
            f"Docusign asks for consent: no one has yet allowed this app to act for {_whom(connection)}. "
            "Open “Docusign connection” in the admin and press “Grant consent”.",
            answer=said,
            retry_at=again,
        )
    for code, sentence in REASONS.items():
        if code in detail:
            why = sentence.format(key=connection.integration_key, user=connection.user_id, host=connection.oauth_host)
            return NotSignedIn(why, answer=said, retry_at=again)
    if "no_valid_keys" in detail:
        return KeyNotAccepted(
            "Docusign does not accept our signature: the private key does not belong to any key pair of the "
            "integration key. On Docusign's Apps and Keys page generate a key pair, or upload the public half of ours.",
            answer=said,
            retry_at=again,
        )
    if skew := skew_sentence(answer.ahead):
        return NotSignedIn(skew, answer=said, retry_at=again)
    if "expired" in detail or "lifetime" in detail:
        return NotSignedIn(
            "Docusign says our sign-in is out of date. Check this machine's clock.", answer=said, retry_at=again
        )
    return NotSignedIn(
        f"Docusign gave no token ({' '.join(filter(None, [answer.error or f'HTTP {answer.status}', answer.detail]))}).",
        answer=said,
        retry_at=again,
    )


def skew_sentence(ahead: float | None) -> str:
    """Empty when the clocks agree well enough, or Docusign's is unknown."""
    if ahead is None or abs(ahead) <= TOLERATED_SKEW_SECONDS:
        return ""
    direction = "ahead of" if ahead > 0 else "behind"
    return (
        f"This machine's clock is {_duration(abs(ahead))} {direction} Docusign's, which makes our sign-in invalid. "
        "Set the clock (NTP), on every machine that runs a worker."
    )


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 180 else f"{round(minutes / 60)} hours"


def _whom(connection: DocusignConnection) -> str:
    return connection.user_name or f"its user ({connection.user_id})"
