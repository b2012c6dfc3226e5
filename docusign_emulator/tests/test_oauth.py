"""OAuth: who gets a token, and who does not."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import docusign_esign as sdk
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from docusign_emulator.tests.conftest import Api, Json, ask_for_token, post_form
from docusign_emulator.tests.server import Emulator

CALLBACK = "http://localhost:8000/esign/oauth/callback/"
VERIFIER = "a-verifier-that-is-long-enough-for-everyone-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def test_a_service_gets_a_token_for_an_hour(docusign: Emulator) -> None:
    answer = ask_for_token(docusign)
    assert (answer["status"], answer["token_type"], answer["expires_in"]) == (200, "Bearer", 3600)
    assert "refresh_token" not in answer


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"iss": "00000000-0000-4000-8000-000000000000"}, "invalid_grant", "issuer_not_found"),
        ({"aud": "account-d.docusign.com"}, "invalid_grant", "issuer_not_found"),
        ({"sub": "00000000-0000-4000-8000-000000000000"}, "invalid_grant", "user_not_found"),
        ({"iat": time.time() - 9000, "exp": time.time() - 5400}, "invalid_grant", "expired_assertion"),
        ({"exp": time.time() + 9000}, "invalid_grant", "assertion_lifetime_invalid"),
        ({"exp": None}, "invalid_grant", "iat_or_exp_missing"),
        ({"scope": "signature impersonation click.manage"}, "consent_required", None),
    ],
)
def test_an_assertion_that_is_not_right_gets_no_token(
    docusign: Emulator, claims: Json, error: str, description: str | None
) -> None:
    answer = ask_for_token(docusign, **claims)
    assert (answer["status"], answer["error"], answer.get("error_description")) == (400, error, description)


def test_an_assertion_may_last_as_long_as_in_the_vendors_examples(docusign: Emulator) -> None:
    assert "access_token" in ask_for_token(docusign, exp=time.time() + 4000)
    docusign.control("PUT", "switches", {"longest_assertion_seconds": 3600})
    assert ask_for_token(docusign, exp=time.time() + 4000)["error_description"] == "assertion_lifetime_invalid"


def test_a_strangers_key_gets_no_token(docusign: Emulator) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = stranger.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    answer = ask_for_token(docusign, key=pem)
    assert answer["error_description"] == "no_valid_keys_or_signatures"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "invalid_request"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "rubbish"}, "invalid_grant"),
    ],
)
def test_a_malformed_token_request_is_refused(docusign: Emulator, form: dict[str, str], error: str) -> None:
    assert post_form(docusign, form)["error"] == error


def test_consent_is_asked_for_until_it_is_given_on_the_page(docusign: Emulator) -> None:
    docusign.control("PUT", "consent", {"granted": False})
    assert ask_for_token(docusign)["error"] == "consent_required"
    query = authorize_query(docusign, scope="signature impersonation")
    page = docusign.http("GET", f"/oauth/auth?{query}")
    assert page.status == 200
    assert b"impersonation" in page.data
    assert answered(docusign, query, "deny") == {"error": "access_denied", "state": "s1"}
    assert ask_for_token(docusign)["error"] == "consent_required"
    assert "code" in answered(docusign, query, "allow")
    assert "access_token" in ask_for_token(docusign)


def test_an_administrator_consents_for_everyone(docusign: Emulator) -> None:
    query = authorize_query(docusign, scope="openid", admin_consent_scope="signature impersonation")
    assert "code" in answered(docusign, query, "allow")
    assert "access_token" in ask_for_token(docusign, sub=docusign.credentials["second_user_id"])


def test_a_redirect_to_a_stranger_is_never_followed(docusign: Emulator) -> None:
    query = authorize_query(docusign, redirect_uri="https://evil.example/steal")
    page = docusign.http("GET", f"/oauth/auth?{query}")
    assert page.status == 400
    assert "location" not in page.headers


def test_a_member_of_staff_signs_in_with_a_code_used_once(docusign: Emulator) -> None:
    code = signed_in(docusign)
    form = {"grant_type": "authorization_code", "code": code}
    first = post_form(docusign, form, basic=confidential(docusign))
    assert (first["status"], first["expires_in"]) == (200, 28800)
    assert first["refresh_token"]
    assert post_form(docusign, form, basic=confidential(docusign))["error"] == "invalid_grant"


def test_a_code_is_worth_nothing_without_the_secret(docusign: Emulator) -> None:
    form = {"grant_type": "authorization_code", "code": signed_in(docusign)}
    wrong = (docusign.credentials["integration_key"], "guessed")
    assert post_form(docusign, form, basic=wrong)["error"] == "invalid_client"
    assert post_form(docusign, form | {"client_id": wrong[0]})["error"] == "invalid_client"


def test_a_code_does_not_keep(docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"authorization_code_seconds": 0})
    form = {"grant_type": "authorization_code", "code": signed_in(docusign)}
    assert post_form(docusign, form, basic=confidential(docusign))["error"] == "invalid_grant"


def test_pkce_ties_the_code_to_who_asked(docusign: Emulator) -> None:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    form = {"grant_type": "authorization_code", "code": signed_in(docusign, **pkce)}
    assert (
        post_form(docusign, form | {"code_verifier": "wrong"}, basic=confidential(docusign))["error"] == "invalid_grant"
    )
    form["code"] = signed_in(docusign, **pkce)
    assert post_form(docusign, form | {"code_verifier": VERIFIER}, basic=confidential(docusign))["status"] == 200


def test_a_public_client_needs_pkce_and_no_secret(docusign: Emulator) -> None:
    public = docusign.credentials["public_integration_key"]
    refused = answered(docusign, authorize_query(docusign, client_id=public), "allow")
    assert refused["error"] == "invalid_request"
    code = signed_in(docusign, client_id=public, code_challenge=CHALLENGE, code_challenge_method="S256")
    form = {"grant_type": "authorization_code", "client_id": public, "code": code, "code_verifier": VERIFIER}
    assert post_form(docusign, form)["status"] == 200


def test_a_refresh_token_is_used_up_by_its_use(docusign: Emulator) -> None:
    first = tokens_of(docusign)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = post_form(docusign, form, basic=confidential(docusign))
    assert second["status"] == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert post_form(docusign, form, basic=confidential(docusign))["error"] == "invalid_grant"


def test_a_revoked_consent_ends_refreshing_but_not_the_token_in_use(docusign: Emulator) -> None:
    first = tokens_of(docusign)
    docusign.control("PUT", "consent", {"granted": False})
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert post_form(docusign, form, basic=confidential(docusign))["error"] == "invalid_grant"
    assert user_info(docusign, first["access_token"])["sub"] == docusign.credentials["user_id"]


def test_the_implicit_grant_is_refused_where_it_is_not_set_up(docusign: Emulator) -> None:
    query = authorize_query(docusign, response_type="token")
    assert answered(docusign, query, "allow")["error"] == "unauthorized_client"
    docusign.control("PUT", "switches", {"implicit_allowed": True})
    location = decision(docusign, query, "allow")
    assert "access_token" in parse_qs(urlsplit(location).fragment)


def test_userinfo_is_typed_as_the_real_one_and_names_this_server(api: Api, docusign: Emulator) -> None:
    about = user_info(docusign, api.token)
    account = about["accounts"][0]
    assert account["is_default"] is True
    assert account["base_uri"] == docusign.base
    assert account["account_id"] == docusign.credentials["account_id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d", about["created"])


def test_a_call_without_a_token_or_with_a_dead_one_is_turned_away(api: Api) -> None:
    without = api.raw("GET", "/envelopes", headers={"Authorization": ""})
    assert (without.status, json.loads(without.data)["errorCode"]) == (401, "PARTNER_AUTHENTICATION_FAILED")
    dead = api.raw("GET", "/envelopes", headers={"Authorization": "Bearer gone"})
    assert (dead.status, json.loads(dead.data)["errorCode"]) == (401, "AUTHORIZATION_INVALID_TOKEN")


def test_tokens_live_by_the_moved_clock_for_a_client_that_moves_its_own(docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"oauth_time": "virtual"})
    docusign.control("POST", "clock/advance", {"hours": 5})
    ahead = time.time() + 5 * 3600
    assert ask_for_token(docusign)["error_description"] == "expired_assertion"
    token = ask_for_token(docusign, iat=ahead, exp=ahead + 600)["access_token"]
    assert "accounts" in user_info(docusign, token)
    docusign.control("POST", "clock/advance", {"hours": 2})
    assert "accounts" not in user_info(docusign, token)


@pytest.fixture
def trusting(docusign: Emulator) -> Iterator[sdk.ApiClient]:
    """The vendor's SDK over https, trusting nothing but the emulator's own CA."""
    configuration = sdk.Configuration()
    before = configuration.ssl_ca_cert
    configuration.ssl_ca_cert = docusign.credentials["ca_file"]
    host = docusign.credentials["oauth_tls_host"]
    yield sdk.ApiClient(host=f"https://{host}/restapi", oauth_host_name=host)
    configuration.ssl_ca_cert = before


def test_the_vendors_sdk_gets_its_token_over_tls(docusign: Emulator, trusting: sdk.ApiClient) -> None:
    credentials = docusign.credentials
    token = trusting.request_jwt_user_token(
        credentials["integration_key"],
        credentials["user_id"],
        credentials["oauth_tls_host"],
        Path(credentials["private_key_file"]).read_bytes(),
        3600,
        ["signature", "impersonation"],
    )
    about = trusting.get_user_info(token.access_token)
    assert about.accounts[0].base_uri == f"https://{credentials['oauth_tls_host']}"


def authorize_query(docusign: Emulator, **more: str) -> str:
    given = {
        "response_type": "code",
        "scope": "signature extended",
        "client_id": docusign.credentials["integration_key"],
        "redirect_uri": CALLBACK,
        "state": "s1",
    }
    return urlencode(given | more)


def decision(docusign: Emulator, query: str, what: str) -> str:
    """Where the browser is sent after the person's decision."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = docusign.http("POST", f"/oauth/auth?{query}", body=urlencode({"decision": what}), headers=headers)
    assert answer.status == 302, answer.data
    return str(answer.headers["location"])


def answered(docusign: Emulator, query: str, what: str) -> Json:
    location = decision(docusign, query, what)
    assert location.startswith(CALLBACK)
    found: dict[str, Any] = {key: values[0] for key, values in parse_qs(urlsplit(location).query).items()}
    found.pop("error_message", None)
    return found


def signed_in(docusign: Emulator, **more: str) -> str:
    return str(answered(docusign, authorize_query(docusign, **more), "allow")["code"])


def confidential(docusign: Emulator) -> tuple[str, str]:
    return docusign.credentials["integration_key"], docusign.credentials["secret_key"]


def tokens_of(docusign: Emulator) -> Json:
    form = {"grant_type": "authorization_code", "code": signed_in(docusign)}
    return post_form(docusign, form, basic=confidential(docusign))


def user_info(docusign: Emulator, token: str) -> Json:
    answer = docusign.http("GET", "/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
    found: Json = json.loads(answer.data)
    return found
