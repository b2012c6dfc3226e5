"""What the stack tells `manage.py` and the settings, and what it leaves to the user."""

import os
import stat
from pathlib import Path

import environ
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from propertyapp.local.broker import Broker
from propertyapp.local.console import Console
from propertyapp.local.database import unknown_migrations
from propertyapp.local.emulator import Credentials
from propertyapp.local.environment import RunDirectory, write_local_env
from propertyapp.local.stack import Stack

CREDENTIALS = Credentials(
    account_id="account",
    user_id="user",
    integration_key="integration",
    secret_key="secret",
    public_integration_key="a-public-key",
    private_key_file="/keys/with space.pem",
    connect_keys=("first=", "second="),
)


@pytest.fixture
def place(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path, web_port=8123, emulator_port=8923)


def written(place: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The file as the settings read it."""
    monkeypatch.setattr(environ.Env, "ENVIRON", {})
    environ.Env.read_env(place.local_env_file)
    return dict(environ.Env.ENVIRON)


def test_the_settings_find_the_emulators_account(place: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    write_local_env(place, Broker(Path("/run/v.sock")), CREDENTIALS)

    values = written(place, monkeypatch)

    assert values["DOCUSIGN_OAUTH_BASE"] == "http://127.0.0.1:8923"
    assert values["DOCUSIGN_PRIVATE_KEY_FILE"] == "/keys/with space.pem"
    assert values["DOCUSIGN_CONNECT_KEYS"].split(",") == ["first=", "second="]
    assert values["REDIS_URL"] == "unix:///run/v.sock"
    assert values["CELERY_BROKER_URL"] == "redis+socket:///run/v.sock"
    assert values["PUBLIC_URL"] == "http://127.0.0.1:8123"


def test_a_real_account_never_sees_the_emulators_keys(place: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    write_local_env(place, None, CREDENTIALS)
    write_local_env(place, None, None)

    assert written(place, monkeypatch) == {"PUBLIC_URL": "http://127.0.0.1:8123"}


def test_others_on_this_machine_cannot_read_the_keys(place: RunDirectory) -> None:
    place.local_env_file.write_text("from an older version")
    place.local_env_file.chmod(0o644)

    write_local_env(place, None, CREDENTIALS)

    assert stat.S_IMODE(place.local_env_file.stat().st_mode) == 0o600


@pytest.mark.parametrize(("environment", "expected"), [("emulator", True), ("demo", False), ("production", False)])
def test_the_emulator_starts_only_where_it_is_used(
    place: RunDirectory, monkeypatch: pytest.MonkeyPatch, environment: str, expected: bool
) -> None:
    monkeypatch.setitem(os.environ, "DOCUSIGN_ENVIRONMENT", environment)

    assert Stack(place, Console()).uses_emulator is expected


@pytest.mark.django_db
def test_a_database_of_an_earlier_state_of_the_code_is_known_by_its_migrations() -> None:
    assert unknown_migrations() == []
    MigrationRecorder(connection).record_applied("esign", "0042_long_gone")
    MigrationRecorder(connection).record_applied("somebody_elses", "0001_initial")
    assert unknown_migrations() == ["esign.0042_long_gone"]
