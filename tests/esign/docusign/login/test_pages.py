"""The connection page, the doctor in the terminal, and the page that answers "Which grant?"."""

import itertools
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign.docusign.doctor import examine
from esign.docusign.login import access, grant_choice
from esign.docusign.login.grant_choice import (
    COLUMNS,
    COMPARISON,
    CONFIDENTIAL,
    IMPLICIT,
    JWT,
    PUBLIC,
    Situation,
    recommend,
)
from esign.models import DocusignConnection, StaffAccount
from propertyapp.local.environment import BASE_DIR
from tests.esign.docusign.login.people import DocusignSide, messages_of, return_from
from tests.factories import UserFactory


def page(connection: DocusignConnection) -> str:
    return reverse("admin:esign_docusignconnection_change", args=[connection.pk])


# --- the connection page --------------------------------------------------------------------------------------


def test_it_tells_everything_about_how_we_sign_in(
    connection: DocusignConnection, docusign: DocusignSide, admin_browser: Client
) -> None:
    said = messages_of(admin_browser, page(connection))
    assert "not signed in" in said

    admin_browser.post(reverse("admin:esign_docusignconnection_test", args=[connection.pk]))
    said = messages_of(admin_browser, page(connection))

    connection.refresh_from_db()
    user, account = docusign.system_user(), docusign.account()
    for fact in (
        user["name"],
        user["email"],
        user["user_id"],
        account["accountId"],
        account["name"],
        docusign.emulator.base_url,
        "signature impersonation",
        connection.key_fingerprint,
        "DOCUSIGN_PRIVATE_KEY_FILE",
        "in use",
        "listStatusChanges",
        "http://127.0.0.1:8000/esign/oauth/callback/",
        "It works: we act in the account",
    ):
        assert str(fact).replace("'", "&#x27;") in said, fact


def test_it_shows_which_of_two_keys_is_in_use(
    connection: DocusignConnection, admin_browser: Client, settings: Settings, new_key_file: Callable[..., Path]
) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE_NEXT = str(new_key_file())
    access.connect(connection)
    said = messages_of(admin_browser, page(connection))
    following, current = said.index("DOCUSIGN_PRIVATE_KEY_FILE_NEXT"), said.rindex("DOCUSIGN_PRIVATE_KEY_FILE<")
    assert following < current < said.index("in use")
    assert said.count("in use") == 1


def test_a_broken_key_is_told_on_the_page(
    connection: DocusignConnection, admin_browser: Client, settings: Settings
) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE = "nowhere.pem"
    assert "cannot be read" in messages_of(admin_browser, page(connection))


def test_the_office_may_look_and_not_press(connection: DocusignConnection) -> None:
    looker = UserFactory(is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_docusignconnection"))
    browser = Client()
    browser.force_login(looker)
    said = messages_of(browser, page(connection))
    assert "Whom we act as" in said
    for button in ("Test connection", "Grant consent", "Disconnect", "Connect my account"):
        assert f"</span>{button}</button>" not in said
        assert f"</span>{button}</a>" not in said
    assert browser.get(f"{page(connection)}?edit").status_code == 200, "no form, the page"


def test_disconnecting_the_company_says_first_what_that_stops(
    connection: DocusignConnection, admin_browser: Client
) -> None:
    said = messages_of(admin_browser, page(connection))
    assert "Disconnect…</summary>" in said
    asked, _, button = said.partition("Disconnect…</summary>")[2].partition("Disconnect it for everyone</button>")
    assert "nothing is sent, reminded or voided through this account" in asked
    assert reverse("esign:oauth-disconnect", args=[connection.pk]) in asked
    assert "</details>" in button


def test_disconnect_and_connect(connection: DocusignConnection, admin_browser: Client) -> None:
    admin_browser.post(reverse("esign:oauth-disconnect", args=[connection.pk]))
    said = messages_of(admin_browser, page(connection))
    assert "Disconnected" in said
    assert "Test connection</button>" not in said
    assert "Connect it first" in messages_of_post(
        admin_browser, reverse("admin:esign_docusignconnection_test", args=[connection.pk])
    )
    admin_browser.post(reverse("esign:oauth-connect", args=[connection.pk]))
    assert "Connected: we act for" in messages_of(admin_browser, page(connection))


def messages_of_post(browser: Client, address: str) -> str:
    return " ".join(browser.post(address, follow=True).content.decode().split())


# --- the doctor -----------------------------------------------------------------------------------------------


def doctor(*arguments: str) -> tuple[int, str]:
    """(exit code, what it said)."""
    out = StringIO()
    try:
        call_command("docusign_doctor", *arguments, stdout=out, no_color=True)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def served(transactional_db: None, docusign: DocusignSide, site: str) -> str:
    """The site answers, so that the doctor finds its Connect URL."""
    return site


def test_a_healthy_site_gets_a_clean_bill(served: str, connection: DocusignConnection) -> None:
    code, said = doctor()
    assert code == 0, said
    assert "FAIL" not in said
    for subject in (
        "Environment",
        "Private key",
        "Sign-in service",
        "Clock",
        "Signing in",
        "Consent",
        "Account",
        "eSignature API",
        "Redis",
        "Connect URL",
        "Connect keys",
        "Staff's own accounts",
    ):
        assert f"ok    {subject}: " in said, subject


def lose_consent(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    docusign.set_consent()


def wrong_key(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(new_key)


def no_key(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE = ""


def wrong_account(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_ACCOUNT_ID = "11111111-2222-3333-4444-555555555555"


def no_host(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_OAUTH_BASE = "http://127.0.0.1:1"


def foreign_host(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_OAUTH_BASE = "http://10.0.0.8:8900"


def no_webhook(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_CONNECT_URL = "http://127.0.0.1:1/esign/connect/"


def wrong_webhook(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_CONNECT_URL = f"{docusign.emulator.base_url}/_emulator/api/clock/nowhere"


def no_hmac(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = []


def implicit(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_STAFF_GRANT = "implicit"


def new_feature(docusign: DocusignSide, settings: Settings, new_key: Path) -> None:
    settings.DOCUSIGN_FEATURES = ["signing", "workflows"]


@pytest.mark.parametrize(
    ("harm", "subject", "fix"),
    [
        (lose_consent, "Consent", "press “Grant consent”"),
        (new_feature, "Consent", "press “Grant consent”"),
        (wrong_key, "Key pair", "docs/authentication.md"),
        (no_key, "Private key", "Set DOCUSIGN_PRIVATE_KEY_FILE"),
        (wrong_account, "Signing in", "press “Test connection”"),
        (no_host, "Sign-in service", "443"),
        (foreign_host, "Environment", "unset DOCUSIGN_OAUTH_BASE"),
        (no_webhook, "Connect URL", "Start the site"),
        (wrong_webhook, "Connect URL", "Correct DOCUSIGN_CONNECT_URL"),
        (no_hmac, "Connect keys", "DOCUSIGN_CONNECT_KEYS"),
        (implicit, "Staff's own accounts", "Set DOCUSIGN_STAFF_GRANT"),
    ],
)
def test_the_doctor_names_what_is_wrong_and_the_fix(
    served: str,
    docusign: DocusignSide,
    settings: Settings,
    new_key_file: Callable[..., Path],
    harm: Callable[[DocusignSide, Settings, Path], None],
    subject: str,
    fix: str,
) -> None:
    harm(docusign, settings, new_key_file())
    code, said = doctor()
    docusign.emulator.clear_journal()
    assert code == 1
    lines = said.splitlines()
    failed = [index for index, line in enumerate(lines) if line.startswith(f"  FAIL  {subject}: ")]
    assert failed, said
    assert fix in lines[failed[0] + 1]


def test_the_doctor_sees_a_skewed_clock(served: str, docusign: DocusignSide) -> None:
    with time_machine.travel(time.time() + 3 * 3600 + 600, tick=True):
        code, said = doctor()
    assert code == 1
    assert "FAIL  Clock: This machine's clock is 3 hours ahead of Docusign's" in said


def test_in_production_the_webhook_must_be_https_and_reachable(
    connection: DocusignConnection, settings: Settings
) -> None:
    settings.DOCUSIGN_ENVIRONMENT, settings.DOCUSIGN_OAUTH_BASE = "production", "http://127.0.0.1:1"
    connection.environment, connection.oauth_base = "production", "http://127.0.0.1:1"
    settings.DOCUSIGN_CONNECT_URL = "http://leasing.example.com/esign/connect/"
    assert "is not https" in " ".join(finding.text for finding in examine(connection))
    settings.DOCUSIGN_CONNECT_URL = "https://localhost/esign/connect/"
    assert "Docusign cannot reach" in " ".join(finding.text for finding in examine(connection))


def test_the_doctor_warns_of_a_key_others_can_read(served: str, settings: Settings, tmp_path: Path) -> None:
    loose = tmp_path / "loose.pem"
    loose.write_text(Path(settings.DOCUSIGN_PRIVATE_KEY_FILE).read_text())
    loose.chmod(0o644)
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(loose)
    code, said = doctor()
    assert code == 0
    assert "look  Private key" in said
    assert "chmod 600" in said


def test_the_doctor_looks_at_one_connection_when_asked(served: str, connection: DocusignConnection) -> None:
    assert doctor("--connection", "default")[0] == 0
    with pytest.raises(CommandError, match="There are: default"):
        call_command("docusign_doctor", "--connection", "harbor")


def test_permissions_can_be_sealed_again_so_that_old_keys_can_go(
    served: str, docusign: DocusignSide, agent_browser: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    address = agent_browser.post(reverse("esign:oauth-connect-mine"))["Location"]
    agent_browser.get(return_from(docusign.answer(address, user=docusign.agent())))
    settings.PUBLIC_URL = served
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the-next-key-of-the-site"
    assert "1 permission(s) encrypted again, 0 cannot" in doctor("--reseal")[1]
    settings.SECRET_KEY_FALLBACKS = []
    account = StaffAccount.objects.get()
    access.forget(account.connection)
    assert access.access_token(account.connection)


# --- which grant? ---------------------------------------------------------------------------------------------

EXPECTED = {
    # (person present, keeps a secret, own account sends): grant
    (False, True, False): JWT,
    (True, True, False): JWT,
    (True, True, True): CONFIDENTIAL,
    (False, True, True): CONFIDENTIAL,
    (True, False, True): PUBLIC,
    (True, False, False): "",
    (False, False, True): "",
    (False, False, False): "",
}


ANSWERS = list(itertools.product([True, False], repeat=3))


@pytest.mark.parametrize("answers", ANSWERS)
def test_three_questions_lead_to_a_grant_or_to_a_reason(answers: tuple[bool, bool, bool]) -> None:
    advice = recommend(Situation(*answers))
    assert advice.grant == EXPECTED[answers]
    assert advice.grant != IMPLICIT
    assert advice.why.endswith(".")
    assert bool(advice.settings) == bool(advice.grant)


@pytest.mark.parametrize("answers", ANSWERS)
def test_the_page_says_the_same(
    connection: DocusignConnection, admin_browser: Client, answers: tuple[bool, bool, bool]
) -> None:
    words = ["yes" if answer else "no" for answer in answers]
    query = "person_present={}&keeps_secret={}&own_account={}".format(*words)
    said = messages_of(admin_browser, reverse("admin:esign_docusignconnection_which_grant") + f"?{query}")
    assert f"{EXPECTED[answers]} grant</h2>" in said if EXPECTED[answers] else "None fits</h2>" in said
    assert "Implicit is refused here" in said


def test_the_settings_it_shows_exist() -> None:
    example = (BASE_DIR / ".env.example").read_text()
    for lines in (grant_choice.JWT_SETTINGS, grant_choice.CONFIDENTIAL_SETTINGS, grant_choice.PUBLIC_SETTINGS):
        for line in lines:
            assert f"#{line.split('=')[0]}=" in example


def test_the_comparison_is_the_same_in_the_docs() -> None:
    docs = (BASE_DIR / "docs" / "authentication.md").read_text()
    assert f"| | {' | '.join(COLUMNS)} |" in docs
    for subject, cells in COMPARISON:
        assert f"| {subject} | {' | '.join(cells)} |" in docs
    assert grant_choice.IMPLICIT_REASON in " ".join(docs.split())


def test_the_page_of_ones_own_account_is_the_only_one_that_the_menu_shows_as_open(admin_browser: Client) -> None:
    answer = admin_browser.get(reverse("admin:esign_docusignconnection_mine"))

    items = [item for group in answer.context["sidebar_navigation"] for item in group["items"]]
    assert [item["title"] for item in items if item.get("active")] == ["My account"]
