"""Which variables a local stack runs with, and the file that gives them to `manage.py` as well."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import environ

from propertyapp.exposure import is_local_site
from propertyapp.local.broker import Broker
from propertyapp.local.emulator import Credentials, base_url
from propertyapp.local.ports import HOST

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class RunDirectory:
    """Where one stack keeps its state and listens. `overrides` win over the environment."""

    state_dir: Path
    web_port: int
    emulator_port: int
    overrides: Mapping[str, str] = field(default_factory=dict)

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def emulator_url(self) -> str:
        return base_url(self.emulator_port)

    @property
    def local_env_file(self) -> Path:
        return self.state_dir / "local.env"

    @property
    def static_root(self) -> Path:
        """Stays empty on a site of one's own: WhiteNoise serves from the applications. It only has to be there."""
        return self.state_dir / "static"

    @property
    def is_local(self) -> bool:
        """As the settings will see it: neither a real account nor an address that others can reach."""
        values = {**os.environ, **self.overrides}
        return is_local_site(
            values.get("DOCUSIGN_ENVIRONMENT") or "emulator",
            values.get("DOCUSIGN_OAUTH_BASE") or self.emulator_url,
            values.get("PUBLIC_URL") or self.web_url,
            [host for host in (values.get("ALLOWED_HOSTS") or "").split(",") if host],
        )

    def environment(self) -> dict[str, str]:
        """For every process of the stack. Only here is DEBUG switched on, and only where no one else can see it."""
        return {
            **({"DEBUG": "true"} if self.is_local else {}),
            **os.environ,
            **self.overrides,
            "STATE_DIR": str(self.state_dir),
            "LOCAL_ENV_FILE": str(self.local_env_file),
            "STATIC_ROOT": str(self.static_root),
            "DJANGO_SETTINGS_MODULE": "propertyapp.settings",
            "PYTHONUNBUFFERED": "1",
        }


def read_dotenv() -> None:
    """What `.env` says counts here as it does in the settings, and never beats the environment."""
    if (BASE_DIR / ".env").is_file():
        environ.Env.read_env(BASE_DIR / ".env")


def write_local_env(place: RunDirectory, broker: Broker | None, credentials: Credentials | None) -> dict[str, str]:
    """The values written. They count only where nothing else is set: this file never beats the environment."""
    values = {"PUBLIC_URL": place.web_url}
    if broker:
        values |= {"REDIS_URL": broker.redis_url, "CELERY_BROKER_URL": broker.celery_url}
    if credentials:
        values |= {
            "DOCUSIGN_ENVIRONMENT": "emulator",
            "DOCUSIGN_OAUTH_BASE": place.emulator_url,
            "DOCUSIGN_INTEGRATION_KEY": credentials.integration_key,
            "DOCUSIGN_SECRET_KEY": credentials.secret_key,
            "DOCUSIGN_PUBLIC_INTEGRATION_KEY": credentials.public_integration_key,
            "DOCUSIGN_USER_ID": credentials.user_id,
            "DOCUSIGN_ACCOUNT_ID": credentials.account_id,
            "DOCUSIGN_PRIVATE_KEY_FILE": credentials.private_key_file,
            "DOCUSIGN_CONNECT_KEYS": ",".join(credentials.connect_keys),
        }
    text = "# Written at every start of the local stack; your own values belong in .env\n"
    text += "".join(f"{name}={value}\n" for name, value in values.items())
    descriptor = os.open(place.local_env_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    place.local_env_file.chmod(0o600)  # an older file keeps its mode through O_CREAT
    return values
