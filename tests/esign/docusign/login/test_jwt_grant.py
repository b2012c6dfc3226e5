"""The system account's token: asked for rarely, shared by all, and a plain sentence when there is none."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
import time_machine
from django.db import DatabaseError, transaction
from pytest_django import Settings

from esign.docusign import ConsentMissing, NotSignedIn, variables
from esign.docusign.errors import Unreachable
from esign.docusign.login import access, jwt_grant, token_cache
from esign.docusign.login.keys import fingerprint_of, signing_keys
from esign.docusign.login.oauth import KeyNotAccepted, SignInAnswer, json_object, refusal
from esign.docusign.login.tokens import token_of
from esign.docusign.shared_redis import redis
from esign.models import DocusignConnection
from propertyapp.local.environment import BASE_DIR
from tests.esign.docusign.login.people import DocusignSide, let_token_age
from tests.stack import environment_of_the_test

WORKERS = 16

# A parent that forks like Celery's: each worker says that it is there, waits for the gun, asks, writes what it got.
FLEET = """
import django, hashlib, os, sys
django.setup()
from django.db import connections
from esign.docusign import shared_redis
from esign.docusign.login import access
from esign.models import DocusignConnection

def work():
    connection = DocusignConnection.objects.get()
    shared_redis.redis().rpush("test:ready", "1")
    shared_redis.redis().blpop(["test:go"], timeout=60)
    os.write(1, hashlib.sha256(access.access_token(connection).encode()).hexdigest().encode() + b"\\n")

workers = []
for _ in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    workers.append(pid)
sys.exit(any(os.waitpid(pid, 0)[1] for pid in workers))
"""


def test_one_token_serves_many_calls(connection: DocusignConnection, docusign: DocusignSide) -> None:
    assert len({access.access_token(connection) for _ in range(5)}) == 1
    assert docusign.token_calls() == 1


def test_it_says_who_we_are_with_an_assertion_good_for_an_hour(connection: DocusignConnection) -> None:
    key = signing_keys(connection)[0]
    assertion = jwt_grant._assertion(connection, key, "signature impersonation")
    claims = jwt.decode(assertion, key.private.public_key(), algorithms=["RS256"], audience=connection.oauth_host)
    assert (claims["iss"], claims["sub"]) == (connection.integration_key, connection.user_id)
    assert claims["scope"] == "signature impersonation"
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_at_the_end_of_a_token_make_one_call(docusign: DocusignSide) -> None:
    connection = DocusignConnection.objects.default()
    access.access_token(connection)
    old = let_token_age(connection, seconds_left=0)
    docusign.emulator.clear_journal()

    fleet = subprocess.Popen(
        [sys.executable, "-c", FLEET, str(WORKERS)],
        env={**environment_of_the_test(), "DJANGO_SETTINGS_MODULE": "propertyapp.settings"},
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 90
    while redis().llen("test:ready") != WORKERS:
        assert time.monotonic() < deadline, "the workers did not come up"
        time.sleep(0.05)
    redis().rpush("test:go", *(["go"] * WORKERS))
    said, errors = fleet.communicate(timeout=60)

    assert fleet.returncode == 0, errors
    assert len(said.split()) == WORKERS
    assert len(set(said.split())) == 1, "all have the same token"
    renewed = token_cache.peek(access.cache_name(connection))
    assert renewed is not None
    assert renewed.value != old
    assert docusign.token_calls() == 1


def test_a_token_is_renewed_ten_minutes_before_it_ends(connection: DocusignConnection, docusign: DocusignSide) -> None:
    access.access_token(connection)
    old = let_token_age(connection, seconds_left=599)
    assert access.access_token(connection) != old
    assert docusign.token_calls() == 2


def test_while_one_worker_renews_the_others_go_on_with_the_old_token(
    connection: DocusignConnection, docusign: DocusignSide
) -> None:
    access.access_token(connection)
    old = let_token_age(connection, seconds_left=300)
    redis().set(f"{access.cache_name(connection)}:lock", "another worker", ex=30)
    started = time.monotonic()
    assert access.access_token(connection) == old
    assert time.monotonic() - started < 1
    assert docusign.token_calls() == 1


def test_a_sign_in_service_that_fails_near_the_end_is_not_felt(
    connection: DocusignConnection, docusign: DocusignSide
) -> None:
    access.access_token(connection)
    old = let_token_age(connection, seconds_left=300)
    fault = docusign.emulator.fault("requestJwtToken", "before_effect", status=503)
    assert access.access_token(connection) == old
    assert docusign.emulator.fault_hits(fault) == 1
    connection.refresh_from_db()
    assert not connection.is_paused


def test_a_sign_in_service_that_fails_is_no_reason_to_call_an_operator(
    connection: DocusignConnection, docusign: DocusignSide
) -> None:
    docusign.emulator.fault("requestJwtToken", "before_effect", status=503)
    with pytest.raises(Unreachable, match="we keep trying"):
        access.access_token(connection)
    connection.refresh_from_db()
    assert not connection.is_paused
    assert access.access_token(connection)


def test_a_rejected_token_is_replaced_for_everyone(connection: DocusignConnection, docusign: DocusignSide) -> None:
    old = access.access_token(connection)
    new = access.access_token(connection, rejected=old)
    assert new != old
    assert access.access_token(connection) == new
    assert docusign.token_calls() == 2


def test_the_shared_token_is_encrypted(connection: DocusignConnection) -> None:
    token = access.access_token(connection)
    kept = redis().get(access.cache_name(connection))
    assert isinstance(kept, bytes)
    assert token.encode() not in kept


def test_a_token_sealed_with_a_key_no_one_knows_is_asked_for_again(
    connection: DocusignConnection, docusign: DocusignSide, settings: Settings
) -> None:
    access.access_token(connection)
    token_cache.forget_own()
    settings.SECRET_KEY = "another-key-altogether"
    assert access.access_token(connection)
    assert docusign.token_calls() == 2


def test_the_user_info_is_asked_once(connection: DocusignConnection, docusign: DocusignSide) -> None:
    for _ in range(3):
        access.identify(connection)
    assert len(docusign.emulator.journal("userInfo")) == 1
    assert connection.account_id == docusign.account()["accountId"]
    assert connection.user_email == docusign.system_user()["email"]


# --- keys -------------------------------------------------------------------------------------------------


def test_the_key_may_stand_in_a_variable_with_its_line_ends_written_out(
    connection: DocusignConnection, settings: Settings
) -> None:
    pem = Path(settings.DOCUSIGN_PRIVATE_KEY_FILE).read_text()
    settings.DOCUSIGN_PRIVATE_KEY_FILE = ""
    settings.DOCUSIGN_PRIVATE_KEY = pem.replace("\n", "\\n")
    assert access.access_token(connection)


def test_a_next_key_that_docusign_does_not_know_yet_leaves_the_first_in_use(
    connection: DocusignConnection, docusign: DocusignSide, settings: Settings, new_key_file: Callable[..., Path]
) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE_NEXT = str(new_key_file())
    access.access_token(connection)
    following, current = signing_keys(connection)
    assert connection.key_fingerprint == current.fingerprint != following.fingerprint
    assert docusign.token_calls() == 2  # the newer was tried first


def test_a_next_key_that_docusign_knows_takes_over(
    connection: DocusignConnection, docusign: DocusignSide, settings: Settings, new_key_file: Callable[..., Path]
) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE_NEXT = settings.DOCUSIGN_PRIVATE_KEY_FILE
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(new_key_file("old.pem"))
    access.access_token(connection)
    assert connection.key_fingerprint == signing_keys(connection)[0].fingerprint
    assert docusign.token_calls() == 1


def test_a_broken_next_key_does_not_stop_a_site_whose_first_key_works(
    connection: DocusignConnection, settings: Settings, tmp_path: Path
) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE_NEXT = str(tmp_path / "nothing-here.pem")
    assert access.access_token(connection)


MALFORMED = {
    "empty": "",
    "text": "this is no key",
    "cut off": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n",
    "public": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
    "garbled": "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_key_is_named_and_not_quoted(
    connection: DocusignConnection, docusign: DocusignSide, settings: Settings, tmp_path: Path, content: str
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text(content)
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(broken)
    with pytest.raises(NotSignedIn) as problem:
        access.access_token(connection)
    assert "DOCUSIGN_PRIVATE_KEY_FILE" in str(problem.value)
    assert "MII" not in str(problem.value)
    assert docusign.token_calls() == 0


def test_a_key_that_is_not_rsa_is_refused(
    connection: DocusignConnection, settings: Settings, new_key_file: Callable[..., Path]
) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(new_key_file(kind="ec"))
    with pytest.raises(NotSignedIn, match="RSA"):
        access.access_token(connection)


def test_the_fingerprint_is_of_the_public_half_only(connection: DocusignConnection) -> None:
    key = signing_keys(connection)[0]
    assert key.fingerprint == fingerprint_of(key.private)
    assert "private" not in repr(key)


# --- what Docusign may say ----------------------------------------------------------------------------------


def test_without_consent_it_says_which_button_to_press(connection: DocusignConnection, docusign: DocusignSide) -> None:
    docusign.set_consent()
    with pytest.raises(ConsentMissing, match="Grant consent"):
        access.access_token(connection)
    connection.refresh_from_db()
    assert connection.is_paused
    assert "Grant consent" in connection.paused_because


def test_an_unknown_integration_key_is_named(
    connection: DocusignConnection, docusign: DocusignSide, settings: Settings
) -> None:
    settings.DOCUSIGN_INTEGRATION_KEY = "5ed3f5c1-0c2e-4a73-9c31-5d8f4e2a7b10"
    with pytest.raises(NotSignedIn, match="does not know the integration key 5ed3f5c1"):
        access.access_token(DocusignConnection.objects.default())


def test_an_unknown_user_is_named(connection: DocusignConnection, settings: Settings) -> None:
    settings.DOCUSIGN_USER_ID = "somebody@property.example"
    with pytest.raises(NotSignedIn, match="not an e-mail"):
        access.access_token(DocusignConnection.objects.default())


def test_the_key_of_another_environment_is_told_from_a_wrong_one(
    connection: DocusignConnection, settings: Settings, new_key_file: Callable[..., Path]
) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(new_key_file())
    with pytest.raises(KeyNotAccepted, match="does not belong to any key pair"):
        access.access_token(connection)


@pytest.mark.parametrize(("minutes", "word"), [(-90, "behind"), (90, "ahead of")])
def test_a_skewed_clock_is_measured(connection: DocusignConnection, minutes: int, word: str) -> None:
    with (
        time_machine.travel(time.time() + minutes * 60, tick=True),
        pytest.raises(NotSignedIn, match=f"90 minutes {word} Docusign's"),
    ):
        access.access_token(connection)


def test_an_account_the_user_is_not_a_member_of_is_named_with_those_there_are(
    connection: DocusignConnection, docusign: DocusignSide, settings: Settings
) -> None:
    settings.DOCUSIGN_ACCOUNT_ID = "11111111-2222-3333-4444-555555555555"
    connection = DocusignConnection.objects.default()
    with pytest.raises(NotSignedIn) as problem:
        access.connect(connection)
    assert "not a member of account 11111111" in str(problem.value)
    assert docusign.account()["accountId"] in str(problem.value)
    connection.refresh_from_db()
    assert connection.is_paused
    assert connection.base_uri == ""


def test_nothing_secret_is_sent_to_a_host_that_is_not_docusigns(
    connection: DocusignConnection, docusign: DocusignSide, settings: Settings
) -> None:
    settings.DOCUSIGN_ENVIRONMENT = "production"
    connection.environment, connection.oauth_base = "production", docusign.emulator.base_url
    with pytest.raises(NotSignedIn, match="not Docusign's host"):
        access.access_token(connection)
    assert docusign.token_calls() == 0


def test_a_connection_of_another_environment_is_not_used(connection: DocusignConnection, settings: Settings) -> None:
    settings.DOCUSIGN_ENVIRONMENT = "demo"
    with pytest.raises(NotSignedIn, match="made for Emulator"):
        access.access_token(connection)


def test_a_worker_that_waited_finds_the_pause_and_does_not_ask_again(
    connection: DocusignConnection, docusign: DocusignSide
) -> None:
    docusign.set_consent()
    stale = DocusignConnection.objects.get(pk=connection.pk)
    for one in (connection, stale):
        with pytest.raises(NotSignedIn):
            access.access_token(one)
    assert docusign.token_calls() == 1


TABLE = {
    # (error, error_description): (class, what the office reads)
    ("consent_required", ""): (ConsentMissing, "Grant consent"),
    ("invalid_grant", "issuer_not_found"): (NotSignedIn, "belongs to this environment"),
    ("invalid_grant", "user_not_found"): (NotSignedIn, "API user id"),
    ("invalid_grant", "no_valid_keys_or_signatures"): (KeyNotAccepted, "generate a key pair"),
    ("invalid_grant", "expired_assertion"): (NotSignedIn, "Check this machine's clock"),
    ("invalid_grant", ""): (NotSignedIn, "invalid_grant"),
    ("invalid_request", "grant_type_missing"): (NotSignedIn, "invalid_request grant_type_missing"),
    ("unsupported_grant_type", ""): (NotSignedIn, "unsupported_grant_type"),
    ("", ""): (NotSignedIn, "HTTP 400"),
}


@pytest.mark.parametrize(("said", "meant"), TABLE.items(), ids=["-".join(filter(None, key)) for key in TABLE])
def test_every_refusal_of_the_table_is_told_in_plain_words(
    connection: DocusignConnection, said: tuple[str, str], meant: tuple[type[NotSignedIn], str]
) -> None:
    error, description = said
    answer = SignInAnswer(400, {"error": error, "error_description": description}, ahead=0.5)
    told = refusal(connection, answer)
    assert type(told) is meant[0]
    assert meant[1] in str(told)


@pytest.mark.parametrize("body", ['{"access_token": ""}', "<html>", '{"access_token": "x", "expires_in": "soon"}'])
def test_an_answer_without_a_token_is_tried_again_and_blames_no_one(connection: DocusignConnection, body: str) -> None:
    with pytest.raises(Unreachable, match="we keep trying"):
        token_of(SignInAnswer(200, json_object(body.encode())), scopes="signature")


# --- connect, disconnect, state -----------------------------------------------------------------------------


def test_we_can_say_whether_we_are_signed_in_without_asking(
    connection: DocusignConnection, docusign: DocusignSide
) -> None:
    assert not access.state(connection).signed_in
    access.connect(connection)
    state = access.state(connection)
    assert state.signed_in
    assert state.scopes == "signature impersonation"
    assert state.until is not None
    assert docusign.token_calls() == 1


def test_a_disconnected_account_is_silent_until_somebody_connects_it(
    connection: DocusignConnection, docusign: DocusignSide, administrator: object
) -> None:
    access.connect(connection)
    access.disconnect(connection, administrator)  # type: ignore[arg-type]
    elsewhere = DocusignConnection.objects.get(pk=connection.pk)
    with pytest.raises(NotSignedIn, match="was disconnected by ada"):
        access.access_token(elsewhere)
    assert access.state(elsewhere).because
    access.connect(elsewhere)
    assert access.state(elsewhere).signed_in


def test_connecting_clears_what_was_wrong(connection: DocusignConnection) -> None:
    connection.pause("The private key does not match.", wait=timedelta(hours=1))
    access.connect(connection)
    connection.refresh_from_db()
    assert not connection.is_paused
    assert connection.last_error == ""


def test_keys_have_no_names_in_common(connection: DocusignConnection) -> None:
    other = DocusignConnection(slug="harbor-homes")
    assert variables.name(other, "PRIVATE_KEY_FILE") == "DOCUSIGN_HARBOR_HOMES_PRIVATE_KEY_FILE"
    assert variables.name(connection, "PRIVATE_KEY_FILE") == "DOCUSIGN_PRIVATE_KEY_FILE"


# --- on record ------------------------------------------------------------------------------------------


def test_signing_in_is_on_record_like_any_other_call(connection: DocusignConnection, docusign: DocusignSide) -> None:
    access.access_token(connection)
    access.identify(connection, again=True)

    calls = list(connection.calls.order_by("pk"))
    assert [(call.operation, call.outcome, call.status) for call in calls] == [
        ("requestToken", "ok", 200),
        ("getUserInfo", "ok", 200),
    ]
    assert not any(call.message or call.error_code for call in calls)


def test_a_refused_sign_in_is_on_record_with_docusigns_own_words(
    connection: DocusignConnection, docusign: DocusignSide
) -> None:
    connection.user_id = "00000000-0000-0000-0000-000000000000"

    with pytest.raises(NotSignedIn):
        access.access_token(connection)

    call = connection.calls.get()
    assert (call.operation, call.outcome, call.status) == ("requestToken", "refused", 400)
    assert "user_not_found" in f"{call.error_code} {call.message}"


def test_no_one_changes_what_is_on_record(connection: DocusignConnection, docusign: DocusignSide) -> None:
    access.access_token(connection)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        connection.calls.update(outcome="refused")

    assert connection.calls.get().outcome == "ok"
