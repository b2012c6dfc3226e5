"""No token, key, code or assertion reaches a log line, an error page or an answer, whatever goes wrong."""

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from esign.docusign import DocusignError
from esign.docusign.doctor import examine
from esign.docusign.login import access, staff_accounts
from esign.docusign.sealing import unseal
from esign.envelopes.freeze import freeze
from esign.models import DocusignConnection, Grant, StaffAccount, State
from esign.tasks import advance_envelope
from propertyapp.local.processes import Child
from propertyapp.redaction import HIDDEN, RedactingFormatter, scrub
from tests import stack
from tests.emulator_client import EmulatorClient
from tests.esign.docusign.login.people import DocusignSide, let_token_age, query_of, return_from
from tests.factories import LeaseFactory

JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+")
TOKEN_OF_THE_EMULATOR = re.compile(r"emu(?:-refresh)?\.[A-Za-z0-9_-]{8,}")


@dataclass
class Secrets:
    """What must not be found, gathered as it comes up."""

    known: set[str] = field(default_factory=set)

    def add(self, *secrets: str) -> None:
        assert all(len(secret) >= 16 for secret in secrets)
        self.known.update(secrets)

    def assert_not_in(self, text: str) -> None:
        assert len(text) > 100, "there is something to look through"
        leaked = [secret[:6] for secret in self.known if secret in text]
        assert not leaked, f"secrets that begin with {leaked} leaked"
        assert not JWT.search(text)
        assert not TOKEN_OF_THE_EMULATOR.search(text)
        assert "PRIVATE KEY" not in text


@pytest.fixture
def secrets(docusign: DocusignSide, settings: Settings) -> Secrets:
    found = Secrets()
    found.add(settings.DOCUSIGN_SECRET_KEY, *Path(settings.DOCUSIGN_PRIVATE_KEY_FILE).read_text().splitlines()[1:-2])
    return found


def go_to_docusign(browser: Client, docusign: DocusignSide, secrets: Secrets) -> str:
    """Press “Connect my account” and allow it. The path one comes back to, with the code in it."""
    address = browser.post(reverse("esign:oauth-connect-mine"))["Location"]
    back = docusign.answer(address, user=docusign.agent())
    secrets.add(query_of(back)["code"])
    for asked in browser.session["docusign_sign_ins"].values():
        secrets.add(unseal(asked["verifier_sealed"]) or "")
    return return_from(back)


def note_tokens(connection: DocusignConnection, secrets: Secrets) -> None:
    secrets.add(access.access_token(connection))
    for account in StaffAccount.objects.exclude(refresh_sealed=""):
        secrets.add(unseal(account.refresh_sealed) or "", access.access_token(account.connection))


def test_no_secret_is_logged_however_much_is_logged(
    connection: DocusignConnection,
    docusign: DocusignSide,
    agent: User,
    agent_browser: Client,
    secrets: Secrets,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Raw lines, before the net of the formatter: every library at DEBUG, good ways and bad."""
    caplog.set_level(logging.DEBUG)
    # By its own name: the SDK silences the logger above it whenever it makes a client.
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    examine(connection)
    back = go_to_docusign(agent_browser, docusign, secrets)
    agent_browser.get(back)
    agent_browser.get(back)  # the second time it is turned away
    note_tokens(connection, secrets)
    account = StaffAccount.objects.get()
    let_token_age(account.connection, seconds_left=5)
    note_tokens(connection, secrets)
    with pytest.raises(DocusignError):
        staff_accounts.connect(agent, Grant.CONFIDENTIAL, query_of(back)["code"], "x" * 64)
    docusign.set_consent()
    access.forget(connection)
    with pytest.raises(DocusignError):
        access.access_token(connection)

    text = "\n".join([caplog.text, *(str(record.__dict__) for record in caplog.records)])
    assert "docusign listStatusChanges" in text, "the calls themselves are logged"
    assert "/oauth/token" in text, "the HTTP library's own lines are among what is looked through"
    secrets.assert_not_in(text)


def test_a_worker_tells_no_secret(
    worker: Child,
    emulator: EmulatorClient,
    server_output: stack.Output,
    transactional_db: None,
    secrets: Secrets,
) -> None:
    started_at = len(server_output.lines)
    envelope = freeze(LeaseFactory())
    advance_envelope.delay(str(envelope.pk))
    deadline = time.monotonic() + 60
    while envelope.state != State.SENT and time.monotonic() < deadline:
        time.sleep(0.2)
        envelope.refresh_from_db()
    assert envelope.state == State.SENT
    secrets.add(access.access_token(envelope.connection))
    said = "\n".join(server_output.lines[started_at:])
    assert "createEnvelope" in said
    secrets.assert_not_in(said)


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_page_shows_no_secret(
    connection: DocusignConnection,
    docusign: DocusignSide,
    agent_browser: Client,
    secrets: Secrets,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    debug: bool,
) -> None:
    """It crashes at the worst moment: the tokens are there, and the row cannot be written."""
    settings.DEBUG = debug
    access.connect(connection)
    back = go_to_docusign(agent_browser, docusign, secrets)
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE esign_staffaccount RENAME TO gone")
    agent_browser.raise_request_exception = False
    answer = agent_browser.get(back)

    assert answer.status_code == 500
    page = answer.content.decode()
    if debug:
        assert "esign_staffaccount" in page, "it is the page with every variable of every frame"
        assert "verifier" in page
    secrets.assert_not_in(page + caplog.text + " " * 100)


def test_a_crash_while_signing_the_assertion_shows_no_key(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client, secrets: Secrets, settings: Settings
) -> None:
    settings.DEBUG = True
    settings.DOCUSIGN_PRIVATE_KEY = Path(settings.DOCUSIGN_PRIVATE_KEY_FILE).read_text()
    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE esign_docusigncall RENAME TO gone")
    admin_browser.raise_request_exception = False
    answer = admin_browser.post(reverse("admin:esign_docusignconnection_test", args=[connection.pk]))
    assert answer.status_code == 500
    secrets.assert_not_in(answer.content.decode())


def test_pages_show_no_secret(
    connection: DocusignConnection, docusign: DocusignSide, agent_browser: Client, secrets: Secrets
) -> None:
    access.connect(connection)
    agent_browser.get(go_to_docusign(agent_browser, docusign, secrets))
    note_tokens(connection, secrets)
    for name in ("changelist", "mine", "which_grant"):
        secrets.assert_not_in(agent_browser.get(reverse(f"admin:esign_docusignconnection_{name}")).content.decode())
    for row in DocusignConnection.objects.all():
        url = reverse("admin:esign_docusignconnection_change", args=[row.pk])
        secrets.assert_not_in(agent_browser.get(url).content.decode())


# --- the net below: what other libraries may write --------------------------------------------------------------


SECRET = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", min_size=16, max_size=200)
LINES = [
    "GET /esign/oauth/callback/?code={}&state=abc HTTP/1.1",
    "GET /esign/oauth/callback/?state=abc&code={}",
    "grant_type=refresh_token&refresh_token={}",
    "body='assertion={}&grant_type=x'",
    '{{"access_token": "{}", "expires_in": 3600}}',
    "{{'refresh_token': '{}'}}",
    "Authorization: Bearer {}",
    "'Authorization': 'Basic {}'",
    "client_secret={}&code_verifier=x",
]


@given(secret=SECRET, line=st.sampled_from(LINES))
def test_a_secret_in_any_line_is_hidden(secret: str, line: str) -> None:
    scrubbed = scrub(line.format(secret))
    assert secret not in scrubbed
    assert HIDDEN in scrubbed


@given(header=SECRET, claims=SECRET, signature=SECRET)
def test_an_assertion_is_hidden_wherever_it_stands(header: str, claims: str, signature: str) -> None:
    assertion = f"eyJ{header}.{claims}.{signature}"
    assert claims not in scrub(f"something failed for {assertion}!").replace(HIDDEN, "")


@pytest.mark.parametrize("lines", ["\n", "\\n"], ids=["lines", "written out"])
def test_a_private_key_is_hidden(secrets: Secrets, settings: Settings, lines: str) -> None:
    pem = Path(settings.DOCUSIGN_PRIVATE_KEY_FILE).read_text().replace("\n", lines)
    assert scrub(f"key: {pem} end") == f"key: {HIDDEN}{lines} end"


@pytest.mark.parametrize(
    "line",
    [
        "docusign createEnvelope ok 201",
        "error code=404 for the token of the lease",
        "POST /oauth/token HTTP/1.1 200",
        "envelope 6f1c2c9e-0a2b-4c55-9d8e-1f2a3b4c5d6e needs attention: the basic plan does not allow it",
    ],
)
def test_ordinary_lines_stay_as_they_are(line: str) -> None:
    assert scrub(line) == line


@pytest.fixture
def formatter() -> Iterator[logging.Formatter]:
    """The one that the settings configure."""
    handler = logging.getHandlerByName("console") if hasattr(logging, "getHandlerByName") else None
    handlers = [handler] if handler else logging.getLogger().handlers
    yield next(h.formatter for h in handlers if isinstance(h.formatter, RedactingFormatter))


def test_every_line_of_the_site_goes_through_the_net(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("code=abcdefghijklmnopqrstuvwxyz")
    except ValueError as error:
        traceback = (type(error), error, error.__traceback__)
        said = ("GET /x?code=%s", ("zyxwvutsrqponmlkjihg",))
        record = logging.LogRecord("other.library", logging.ERROR, __file__, 1, *said, traceback)
    line = formatter.format(record)
    assert "zyxwvutsrqponmlkjihg" not in line
    assert "abcdefghijklmnopqrstuvwxyz" not in line
    assert "ValueError" in line


def test_the_lines_of_the_development_server_go_through_it_too() -> None:
    server = logging.getLogger("django.server")
    assert not server.propagate
    # (The test runner adds handlers of its own.)
    of_the_site = [handler for handler in server.handlers if not type(handler).__module__.startswith("_pytest")]
    assert [type(handler.formatter) for handler in of_the_site] == [RedactingFormatter]
