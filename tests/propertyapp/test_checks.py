"""A setting that would send a lease to the wrong place stops the site before it starts."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.contrib.auth.models import User
from django.core.checks import run_checks
from pytest_django import Settings


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture(scope="module")
def rsa_pem() -> str:
    return pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(autouse=True)
def production(settings: Settings, rsa_pem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound production site; each test spoils one thing."""
    settings.DEBUG = False
    settings.SECRET_KEY = "fifty-characters-that-no one-can-guess-0123456789-abcdef"
    settings.PUBLIC_URL = "https://leasing.example"
    settings.ALLOWED_HOSTS = ["leasing.example"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    settings.DOCUSIGN_ENVIRONMENT = "production"
    settings.DOCUSIGN_OAUTH_BASE = "https://account.docusign.com"
    settings.DOCUSIGN_INTEGRATION_KEY = "11111111-1111-1111-1111-111111111111"
    settings.DOCUSIGN_USER_ID = "22222222-2222-2222-2222-222222222222"
    settings.DOCUSIGN_ACCOUNT_ID = "33333333-3333-3333-3333-333333333333"
    settings.DOCUSIGN_PRIVATE_KEY = rsa_pem
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]
    settings.DOCUSIGN_CONNECT_URL = "https://leasing.example/esign/connect/"


def found() -> dict[str | None, str]:
    problems = [problem for problem in run_checks(tags=["docusign", "site"]) if problem.id]
    assert all(problem.hint for problem in problems), "Each says what to do."
    return {problem.id: problem.msg for problem in problems}


def test_a_sound_production_site_has_nothing_to_report() -> None:
    assert found() == {}


@pytest.mark.parametrize("share", [0.0, 1.0, 1.5, -0.1])
def test_campaigns_get_a_part_of_the_budget_and_neither_nothing_nor_all(settings: Settings, share: float) -> None:
    settings.CAMPAIGN_SHARE_OF_HOUR = share
    assert found() == {"propertyapp.E016": f"CAMPAIGN_SHARE_OF_HOUR is {share:g}."}
    settings.CAMPAIGN_SHARE_OF_HOUR, settings.CAMPAIGN_SHARE_OF_BURST = 0.85, share
    assert found() == {"propertyapp.E016": f"CAMPAIGN_SHARE_OF_BURST is {share:g}."}


@pytest.mark.parametrize(("url", "hosts"), [("https://leasing.example", []), ("http://127.0.0.1:8000", ["*"])])
def test_the_emulator_is_refused_where_others_reach_the_site(settings: Settings, url: str, hosts: list[str]) -> None:
    on_a_developers_machine(settings)
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = url, hosts

    assert "where no one real can sign and everyone can read the mails" in found()["propertyapp.E002"]


@pytest.mark.parametrize("debug", [True, False])
def test_everything_is_fine_on_a_developers_machine(settings: Settings, debug: bool) -> None:
    on_a_developers_machine(settings)
    settings.DEBUG = debug

    assert found() == {}


def on_a_developers_machine(settings: Settings) -> None:
    settings.DOCUSIGN_ENVIRONMENT = "emulator"
    settings.DOCUSIGN_OAUTH_BASE = "http://127.0.0.1:8900"
    settings.DOCUSIGN_CONNECT_KEYS = []
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
    settings.SECRET_KEY = settings.LOCAL_SECRET_KEY
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


def test_an_emulator_on_another_machine_is_refused(settings: Settings) -> None:
    on_a_developers_machine(settings)
    settings.DOCUSIGN_OAUTH_BASE = "http://10.0.0.7:8900"

    assert "which is not this machine" in found()["propertyapp.E003"]


@pytest.mark.parametrize("base", ["https://account-d.docusign.com", "http://127.0.0.1:8900"])
def test_production_never_signs_in_to_a_test_host(settings: Settings, base: str) -> None:
    settings.DOCUSIGN_OAUTH_BASE = base

    assert "a test host" in found()["propertyapp.E004"]


def test_the_demo_environment_never_signs_in_to_production(settings: Settings) -> None:
    settings.DOCUSIGN_ENVIRONMENT = "demo"

    assert "sign-in goes to account.docusign.com" in found()["propertyapp.E005"]


def test_an_unknown_environment_is_named(settings: Settings) -> None:
    settings.DOCUSIGN_ENVIRONMENT = "staging"

    assert found() == {"propertyapp.E001": "DOCUSIGN_ENVIRONMENT is 'staging'."}


@pytest.mark.parametrize("name", ["INTEGRATION_KEY", "USER_ID"])
def test_a_missing_value_of_the_account_is_named(settings: Settings, name: str) -> None:
    setattr(settings, f"DOCUSIGN_{name}", "")

    assert found() == {"propertyapp.E006": f"DOCUSIGN_{name} is not set."}


def test_no_private_key_is_an_error(settings: Settings) -> None:
    settings.DOCUSIGN_PRIVATE_KEY = ""

    assert "no private key" in found()["propertyapp.E007"]


def test_a_key_file_that_is_not_there_is_named(settings: Settings, tmp_path: Path) -> None:
    settings.DOCUSIGN_PRIVATE_KEY = ""
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(tmp_path / "lost.pem")

    assert "lost.pem) cannot be read" in found()["propertyapp.E007"]


def test_a_key_from_a_file_is_as_good_as_one_from_a_variable(settings: Settings, tmp_path: Path, rsa_pem: str) -> None:
    (tmp_path / "key.pem").write_text(rsa_pem)
    settings.DOCUSIGN_PRIVATE_KEY = ""
    settings.DOCUSIGN_PRIVATE_KEY_FILE = str(tmp_path / "key.pem")

    assert found() == {}


def test_half_a_key_is_an_error_that_does_not_show_the_key(settings: Settings, rsa_pem: str) -> None:
    half = rsa_pem[: len(rsa_pem) // 2]
    settings.DOCUSIGN_PRIVATE_KEY = half

    message = found()["propertyapp.E008"]

    assert message == "DOCUSIGN_PRIVATE_KEY is not an RSA private key."


def test_a_key_of_another_kind_is_an_error(settings: Settings) -> None:
    settings.DOCUSIGN_PRIVATE_KEY = pem(ec.generate_private_key(ec.SECP256R1()))

    assert "propertyapp.E008" in found()


def test_without_an_account_id_the_users_default_account_is_meant(settings: Settings) -> None:
    settings.DOCUSIGN_ACCOUNT_ID = ""

    assert found() == {}


def test_a_broken_key_that_is_to_follow_is_only_a_warning(settings: Settings, tmp_path: Path) -> None:
    settings.DOCUSIGN_PRIVATE_KEY_FILE_NEXT = str(tmp_path / "lost.pem")

    assert set(found()) == {"propertyapp.W002"}


def test_webhooks_need_a_key_outside_the_emulator(settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = []

    assert "would be refused" in found()["propertyapp.E009"]


@pytest.mark.parametrize("url", ["http://leasing.example/esign/connect/", "https://localhost/esign/connect/"])
def test_an_address_that_docusign_cannot_post_to_is_refused(settings: Settings, url: str) -> None:
    settings.DOCUSIGN_CONNECT_URL = url

    assert url in found()["propertyapp.E012"]


def test_a_developer_without_a_tunnel_is_only_warned(settings: Settings) -> None:
    settings.DOCUSIGN_ENVIRONMENT, settings.DOCUSIGN_OAUTH_BASE = "demo", "https://account-d.docusign.com"
    settings.DOCUSIGN_CONNECT_URL = "http://127.0.0.1:8000/esign/connect/"

    assert set(found()) == {"propertyapp.W003"}


@pytest.mark.parametrize("environment", ["demo", "production"])
def test_debug_is_refused_with_a_real_account(settings: Settings, environment: str) -> None:
    settings.DEBUG = True
    settings.DOCUSIGN_ENVIRONMENT = environment
    settings.DOCUSIGN_OAUTH_BASE = f"https://account{'-d' if environment == 'demo' else ''}.docusign.com"

    assert "would show strangers the settings" in found()["propertyapp.E013"]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "is the one from the source code"),
        ("short", "has 5 characters"),
        ("0" * 64, "is not random"),
        ("django-insecure-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ", "is not random"),
    ],
)
def test_a_secret_key_that_others_can_know_is_refused(settings: Settings, key: str, said: str) -> None:
    settings.SECRET_KEY = key or settings.LOCAL_SECRET_KEY

    assert said in found()["propertyapp.E010"]


@pytest.mark.parametrize("backend", ["filebased", "console", "dummy"])
def test_a_site_that_mails_no_one_is_refused(settings: Settings, backend: str) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"

    assert "tenants would never get their links" in found()["propertyapp.E014"]


@pytest.mark.django_db
def test_a_demo_login_that_still_works_is_refused_until_its_password_is_another(settings: Settings) -> None:
    admin = User.objects.create_superuser("admin", password="admin")
    assert [one.id for one in run_checks(tags=["database"], databases=["default"])] == ["propertyapp.E015"]

    admin.set_password("three-words-of-mine")
    admin.save()
    assert run_checks(tags=["database"], databases=["default"]) == []

    on_a_developers_machine(settings)
    admin.set_password("admin")
    admin.save()
    assert run_checks(tags=["database"], databases=["default"]) == []


def test_unencrypted_links_are_refused(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://leasing.example"

    assert "propertyapp.E011" in found()


def test_sqlite_in_production_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")

    assert set(found()) == {"propertyapp.W001"}
