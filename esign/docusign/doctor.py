"""Everything that has to be right for leases to be signed, looked at one by one, each with what to do about it.

The connection page and `manage.py docusign_doctor` tell the same findings.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import urllib3
from django.conf import settings
from django.utils import timezone
from redis.exceptions import RedisError

from esign.docusign import budget, connect, shared_redis, variables
from esign.docusign.budget import Lane
from esign.docusign.client import DocusignClient
from esign.docusign.errors import ConsentMissing, DocusignError, NotSignedIn
from esign.docusign.login import access, consent, grants, keys, oauth
from esign.docusign.rest import oauth_pool
from esign.docusign.sealing import unseal
from esign.models import DocusignConnection, Grant, StaffAccount

logger = logging.getLogger(__name__)

WEAK_BITS = 2048
SOON = timedelta(days=7)


class Verdict(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what there is, and, unless it is well, what to do."""

    subject: str
    verdict: Verdict
    text: str
    fix: str = ""


def examine(connection: DocusignConnection) -> list[Finding]:
    """Look at one connection and what it needs around it. Signs in and makes one cheap call; sends nothing."""
    findings = [*_set_up(connection)]
    if all(finding.verdict != Verdict.FAIL for finding in findings):
        findings += _signing_in(connection)
    return [*findings, *_around(connection)]


def try_it(connection: DocusignConnection) -> None:
    """Sign in again and make one cheap call, whatever was wrong before. Raises DocusignError."""
    access.connect(connection)
    DocusignClient(connection, lane=Lane.INTERACTIVE).list_changes(timezone.now() - timedelta(minutes=1), count=1)


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject, Verdict.OK, text)


def _fail(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject, Verdict.FAIL, text, fix)


def _warn(subject: str, text: str, fix: str) -> Finding:
    return Finding(subject, Verdict.WARN, text, fix)


# --- what is set ------------------------------------------------------------------------------------------


def _set_up(connection: DocusignConnection) -> Iterator[Finding]:
    where = f"{connection.get_environment_display()}, signing in at {connection.oauth_host or 'no host'}"
    if objection := connection.objection():
        yield _fail("Environment", objection, "Set DOCUSIGN_ENVIRONMENT, and unset DOCUSIGN_OAUTH_BASE.")
    else:
        yield _ok("Environment", f"{where}.")
    if connection.disconnected_at is not None:
        yield _fail("Connected", "Somebody disconnected it.", "Press “Connect” on its page in the admin.")
    if connection.grant == Grant.JWT:
        yield from _jwt_set_up(connection)
    else:
        yield from _personal_set_up(connection)


def _jwt_set_up(connection: DocusignConnection) -> Iterator[Finding]:
    where_to_look = "It is on Docusign's page Apps and Keys."
    for field, suffix, meaning in (
        (connection.integration_key, "INTEGRATION_KEY", "integration key"),
        (connection.user_id, "USER_ID", "user id"),
    ):
        variable = variables.name(connection, suffix) if connection.is_default else f"the {meaning} on its page"
        if not field:
            yield _fail(meaning.capitalize(), "It is not set.", f"Set {variable}. {where_to_look}")
    try:
        found = keys.signing_keys(connection)
    except NotSignedIn as problem:
        yield _fail("Private key", str(problem), f"Set {variables.name(connection, 'PRIVATE_KEY_FILE')}.")
        return
    for key in found:
        if key.bits < WEAK_BITS:
            yield _warn("Private key", f"{key.variable} has only {key.bits} bits.", "Generate a new key pair.")
        else:
            yield _ok("Private key", f"{key.variable}, {key.bits} bits, public half {key.fingerprint[:16]}….")
    yield from _readable_by_others(connection)
    try:
        keys.load(connection, "PRIVATE_KEY_NEXT")
    except NotSignedIn as problem:
        yield _warn("Next private key", str(problem), "Until then the first key is used.")


def _readable_by_others(connection: DocusignConnection) -> Iterator[Finding]:
    for suffix in ("PRIVATE_KEY_FILE", "PRIVATE_KEY_FILE_NEXT"):
        path = variables.value(connection, suffix)
        if path and os.path.exists(path) and os.stat(path).st_mode & (stat.S_IRWXG | stat.S_IRWXO):  # noqa: PTH110, PTH116  # a text from the settings
            yield _warn("Private key", f"The file named by {variables.name(connection, suffix)} can be read by other "
                        "users of this machine.", "chmod 600 it.")  # fmt: skip


def _personal_set_up(connection: DocusignConnection) -> Iterator[Finding]:
    account = StaffAccount.objects.filter(connection=connection).first()
    if account is None or not account.refresh_sealed:
        yield _fail("Permission", "This person's account is not connected.", "They press “Connect my account”.")
    elif unseal(account.refresh_sealed) is None:
        yield _fail(
            "Permission",
            "It cannot be decrypted, because SECRET_KEY was changed.",
            "Put the earlier key into SECRET_KEY_FALLBACKS, or have them connect again.",
        )
    elif account.good_until and account.good_until < timezone.now() + SOON:
        yield _warn("Permission", f"It ends {account.good_until:%B %-d}.", "They press “Connect my account” again.")


# --- signing in -------------------------------------------------------------------------------------------


def _signing_in(connection: DocusignConnection) -> Iterator[Finding]:
    try:
        unsigned = oauth.get(connection, "/oauth/userinfo", "")
    except DocusignError as problem:
        yield _fail("Sign-in service", str(problem), f"Open https port 443 to {connection.oauth_host} from here.")
        return
    yield _ok("Sign-in service", f"{connection.oauth_host} answers.")
    if skew := oauth.skew_sentence(unsigned.ahead):
        yield _fail("Clock", skew, "Switch on time synchronisation (NTP).")
    elif unsigned.ahead is not None:
        yield _ok("Clock", f"Within {abs(unsigned.ahead):.0f} s of Docusign's.")
    try:
        access.connect(connection)
    except ConsentMissing as problem:
        yield _fail("Consent", str(problem), f"{_page(connection)} and press “Grant consent”.")
        return
    except oauth.KeyNotAccepted as problem:
        yield _fail("Key pair", str(problem), "Compare the public halves; see docs/authentication.md.")
        return
    except DocusignError as problem:
        yield _fail("Signing in", str(problem), f"{_page(connection)} and press “Test connection” when it is fixed.")
        return
    yield from _signed_in(connection)


def _page(connection: DocusignConnection) -> str:
    return f"Open {settings.PUBLIC_URL}/admin/esign/docusignconnection/{connection.pk}/change/"


def _signed_in(connection: DocusignConnection) -> Iterator[Finding]:
    state = access.state(connection)
    until = f" until {timezone.localtime(state.until):%H:%M}" if state.until else ""
    yield _ok("Signing in", f"As {connection.user_name} ({connection.user_email}){until}.")
    if waiting := consent.features_waiting(connection):
        yield _fail(
            "Consent", f"It does not cover: {', '.join(waiting)}.", f"{_page(connection)} and press “Grant consent”."
        )
    else:
        yield _ok("Consent", f"For {connection.token_scopes}.")
    yield _ok("Account", f"{connection.account_name} ({connection.account_id}) at {connection.base_uri}.")
    try:
        DocusignClient(connection, lane=Lane.INTERACTIVE).list_changes(timezone.now() - timedelta(minutes=1), count=1)
    except DocusignError as problem:
        yield _fail("eSignature API", str(problem), "See the calls in the admin, under Docusign, Calls.")
    else:
        yield _ok("eSignature API", "It answers for this account.")


# --- around it --------------------------------------------------------------------------------------------


def _around(connection: DocusignConnection) -> Iterator[Finding]:
    try:
        shared_redis.redis().ping()
        used = budget.state(connection)
        hourly, _ = budget.limits(connection)
        yield _ok("Redis", f"It answers; {used['hour']} of {hourly} calls used this hour.")
    except RedisError:
        yield _fail("Redis", "It does not answer, so each process signs in by itself.", "Start it; see REDIS_URL.")
    yield from connect_set_up(connection)
    if connection.is_default:
        yield from _staff(connection)


def connect_set_up(connection: DocusignConnection) -> Iterator[Finding]:
    """Would Docusign's messages reach us, and would we believe them?"""
    yield from _connect_url(connection)
    keys_set = [key for key in settings.DOCUSIGN_CONNECT_KEYS if key]
    if keys_set:
        yield _ok("Connect keys", f"{len(keys_set)} set; messages with another signature are turned away.")
    else:
        yield _fail(
            "Connect keys",
            "None is set, so every message from Docusign is turned away.",
            "Create an HMAC key at Docusign (Connect, Connect Keys) and set DOCUSIGN_CONNECT_KEYS.",
        )


def _connect_url(connection: DocusignConnection) -> Iterator[Finding]:
    """Asked from here, which is not from the internet: an answer shows that the site serves it, no more."""
    url = settings.DOCUSIGN_CONNECT_URL
    if objection := connect.objection_to(url, connection.environment):
        advice = "Set PUBLIC_URL to the site's public https address, or DOCUSIGN_CONNECT_URL to a tunnel's."
        yield _fail("Connect URL", objection, advice)
        return
    try:
        answer = oauth_pool().request("HEAD", url, redirect=False)
    except urllib3.exceptions.HTTPError:
        yield _fail("Connect URL", f"Nothing answers at {url}.", "Start the site, or correct DOCUSIGN_CONNECT_URL.")
        return
    if answer.status == 200:
        yield _ok("Connect URL", f"{url} answers from here.")
    else:
        yield _fail(
            "Connect URL",
            f"{url} answers {answer.status} instead of 200.",
            "Correct DOCUSIGN_CONNECT_URL; a proxy must pass /esign/connect/ on as it is.",
        )


def _staff(connection: DocusignConnection) -> Iterator[Finding]:
    try:
        grant = grants.staff_grant()
    except grants.NoStaffGrant as problem:
        if settings.DOCUSIGN_STAFF_GRANT in ("off", Grant.CONFIDENTIAL):
            yield _ok("Staff's own accounts", f"Not offered. {problem}")
        else:
            yield _fail("Staff's own accounts", str(problem), "Set DOCUSIGN_STAFF_GRANT.")
        return
    connected = list(StaffAccount.objects.exclude(refresh_sealed="").select_related("connection"))
    yield _ok("Staff's own accounts", f"By the {Grant(grant).value} grant; {len(connected)} connected.")
    for account in connected:
        if account.good_until and account.good_until < timezone.now() + SOON:
            yield _warn(
                "Staff's own accounts",
                f"The permission of {account.connection.name} ends {account.good_until:%B %-d}.",
                "They press “Connect my account” again.",
            )
