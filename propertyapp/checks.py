"""System checks for the mistakes that would send a real lease to the wrong place, or let a stranger in.

They run with `manage.py check` and before every `migrate` and `runserver`. Each has an id and a hint that
says what to set.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

from esign.docusign.connect import objection_to
from esign.models.connection import LOOPBACK
from propertyapp.exposure import DEMO_LOGINS, is_local, public_names

NEW_KEY = (
    "Set SECRET_KEY to at least 50 random characters: "
    "python -c 'import secrets; print(secrets.token_urlsafe(50))' prints some."
)
KEY_LENGTH, KEY_VARIETY = 50, 10
NO_MAIL_SERVER = ("filebased", "console", "dummy")
ENVIRONMENTS = ("emulator", "demo", "production")
# What a real account needs, and the page of its values: Settings, "Apps and Keys" at Docusign.
REQUIRED_VALUES = {
    "DOCUSIGN_INTEGRATION_KEY": "the integration key of your app",
    "DOCUSIGN_USER_ID": "the API user id of the user who sends",
}


@register("docusign")
def check_environment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    environment, host = settings.DOCUSIGN_ENVIRONMENT, urlsplit(settings.DOCUSIGN_OAUTH_BASE).hostname or ""
    if environment not in ENVIRONMENTS:
        return [
            Error(
                f"DOCUSIGN_ENVIRONMENT is {environment!r}.",
                hint=f"Set it to one of: {', '.join(ENVIRONMENTS)}.",
                id="propertyapp.E001",
            )
        ]
    problems: list[CheckMessage] = []
    public = public_names()
    if environment == "emulator" and public:
        problems.append(
            Error(
                f"Others can reach this site at {', '.join(public)}, but leases would go to the Docusign emulator, "
                "where no one real can sign and everyone can read the mails.",
                hint="Set DOCUSIGN_ENVIRONMENT to demo or production, or PUBLIC_URL and ALLOWED_HOSTS to 127.0.0.1.",
                id="propertyapp.E002",
            )
        )
    if environment == "emulator" and host not in LOOPBACK:
        problems.append(
            Error(
                f"The emulator is expected at {host or 'no host'}, which is not this machine.",
                hint="Set DOCUSIGN_OAUTH_BASE to an address on 127.0.0.1, or DOCUSIGN_ENVIRONMENT to demo.",
                id="propertyapp.E003",
            )
        )
    if environment == "production" and (host in LOOPBACK or host.startswith("account-d.")):
        problems.append(
            Error(
                f"DOCUSIGN_ENVIRONMENT is production, but sign-in goes to {host}, a test host.",
                hint="Unset DOCUSIGN_OAUTH_BASE: production's host is known.",
                id="propertyapp.E004",
            )
        )
    if environment == "demo" and not host.startswith("account-d."):
        problems.append(
            Error(
                f"DOCUSIGN_ENVIRONMENT is demo, but sign-in goes to {host or 'no host'}.",
                hint="Unset DOCUSIGN_OAUTH_BASE: the demo host is known.",
                id="propertyapp.E005",
            )
        )
    return problems


@register("docusign")
def check_credentials(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A real account needs every value; the emulator's come by themselves from `make run`."""
    if settings.DOCUSIGN_ENVIRONMENT not in {"demo", "production"}:
        return []
    problems: list[CheckMessage] = [
        Error(
            f"{name} is not set.",
            hint=f'Set it to {meaning}, from Docusign\'s page "Apps and Keys".',
            id="propertyapp.E006",
        )
        for name, meaning in REQUIRED_VALUES.items()
        if not getattr(settings, name)
    ]
    problems += _problems_of_the_key("DOCUSIGN_PRIVATE_KEY")
    # A second key is there while keys change; the first goes on working without it.
    problems += [
        Warning(problem.msg, hint=problem.hint, id="propertyapp.W002")
        for problem in _problems_of_the_key("DOCUSIGN_PRIVATE_KEY_NEXT", required=False)
    ]
    if not settings.DOCUSIGN_CONNECT_KEYS:
        problems.append(
            Error(
                "DOCUSIGN_CONNECT_KEYS is empty, so every message from Docusign would be refused.",
                hint='Create an HMAC key on Docusign\'s page "Connect Keys" and put it here; '
                "several, separated by commas, while you change keys.",
                id="propertyapp.E009",
            )
        )
    return problems


@register("docusign")
def check_connect_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Whether it answers is looked at when a worker starts. With a developer account one can do without: we sweep."""
    if settings.DOCUSIGN_ENVIRONMENT not in {"demo", "production"}:
        return []
    objection = objection_to(settings.DOCUSIGN_CONNECT_URL, settings.DOCUSIGN_ENVIRONMENT)
    if not objection:
        return []
    said = f"Docusign cannot send us messages: {objection}"
    hint = "Set PUBLIC_URL to the site's public https address, or DOCUSIGN_CONNECT_URL to a tunnel's."
    if settings.DOCUSIGN_ENVIRONMENT == "demo":
        return [Warning(said, hint=f"{hint} Until then updates are up to 15 minutes late.", id="propertyapp.W003")]
    return [Error(said, hint=hint, id="propertyapp.E012")]


@register("docusign")
def check_shares_of_campaigns(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """With all of the budget campaigns would keep people waiting for an hour; with none of it they would never end."""
    return [
        Error(
            f"{name} is {getattr(settings, name):g}.",
            hint="Set it to a number between 0 and 1, such as 0.85: the part that campaigns may use.",
            id="propertyapp.E016",
        )
        for name in ("CAMPAIGN_SHARE_OF_HOUR", "CAMPAIGN_SHARE_OF_BURST")
        if not 0 < getattr(settings, name) < 1
    ]


def _problems_of_the_key(where: str, *, required: bool = True) -> list[Error]:
    """`where` is the variable that holds the PEM text; with `_FILE`, before any `_NEXT`, its path."""
    pem = getattr(settings, where)
    file_variable = where.replace("PRIVATE_KEY", "PRIVATE_KEY_FILE")
    path = getattr(settings, file_variable)
    if not pem and path:
        where = f"{file_variable} ({path})"
        try:
            pem = Path(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            return [
                Error(
                    f"{where} cannot be read: {error}.",
                    hint="Check the path and that this user may read the file.",
                    id="propertyapp.E007",
                )
            ]
    if not pem:
        nothing = Error(
            "There is no private key to sign in to Docusign with.",
            hint="Set DOCUSIGN_PRIVATE_KEY_FILE to the RSA key you generated for your app.",
            id="propertyapp.E007",
        )
        return [nothing] if required else []
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None  # the error's text may quote the key
    if isinstance(key, RSAPrivateKey):
        return []
    return [
        Error(
            f"{where} is not an RSA private key.",
            hint="Give the whole PEM text, from its BEGIN line to its END line, without a passphrase.",
            id="propertyapp.E008",
        )
    ]


@register("site")
def check_secrets_and_addresses(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What is harmless on a developer's machine and dangerous where others reach the site."""
    if is_local():
        return []
    problems: list[CheckMessage] = []
    if settings.DEBUG:
        problems.append(
            Error(
                "DEBUG is on: every error would show strangers the settings, the code and what people typed.",
                hint="Remove DEBUG from the environment and from .env; it is off by default.",
                id="propertyapp.E013",
            )
        )
    if weakness := _weakness_of(settings.SECRET_KEY):
        problems.append(Error(f"SECRET_KEY {weakness}.", hint=NEW_KEY, id="propertyapp.E010"))
    if settings.EMAIL_BACKEND in {f"django.core.mail.backends.{name}.EmailBackend" for name in NO_MAIL_SERVER}:
        problems.append(
            Error(
                "Our mails would be kept on this machine: tenants would never get their links.",
                hint="Set EMAIL_URL to a mail server, such as smtp+tls://user:password@smtp.example.com:587.",
                id="propertyapp.E014",
            )
        )
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        problems.append(
            Error(
                f"PUBLIC_URL is {settings.PUBLIC_URL}: tenants' links would travel unencrypted.",
                hint="Set PUBLIC_URL to the https address that tenants see.",
                id="propertyapp.E011",
            )
        )
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        problems.append(
            Warning(
                "The database is SQLite, which serves one machine and one writer at a time.",
                hint="Set DATABASE_URL to a PostgreSQL database.",
                id="propertyapp.W001",
            )
        )
    return problems


def _weakness_of(key: str) -> str:
    if key == settings.LOCAL_SECRET_KEY:
        return "is the one from the source code, which anyone can read"
    if len(key) < KEY_LENGTH:
        return f"has {len(key)} characters and can be guessed"
    if len(set(key)) < KEY_VARIETY or key.startswith("django-insecure-"):
        return "is not random and can be guessed"
    return ""


@register(Tags.database)
def check_demo_logins(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Looked at before every `migrate`, and by `check --database default`."""
    if not databases or is_local():
        return []
    try:
        logins = list(get_user_model().objects.filter(username__in=DEMO_LOGINS, is_active=True))
    except DatabaseError:
        return []  # a database that has no tables yet has no logins either
    return [
        Error(
            f"The demo login “{login.get_username()}” still has its demo password.",
            hint=f"Run manage.py changepassword {login.get_username()}, or delete the login.",
            id="propertyapp.E015",
        )
        for login in logins
        if login.check_password(login.get_username())
    ]
