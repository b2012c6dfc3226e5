"""The README's lines for a real account, copied as they stand: they make a safe site, and no line can be left out."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from propertyapp.local.environment import BASE_DIR
from tests.propertyapp.test_checks import pem

SECRETS = {
    "DOCUSIGN_INTEGRATION_KEY": "11111111-1111-1111-1111-111111111111",
    "DOCUSIGN_ACCOUNT_ID": "33333333-3333-3333-3333-333333333333",
    "DOCUSIGN_USER_ID": "22222222-2222-2222-2222-222222222222",
    "DOCUSIGN_CONNECT_KEYS": "a-key",
    "SECRET_KEY": "fifty-characters-that-others-cannot-guess-0123456789-abcdef",
}


def lines_of_the_readme() -> dict[str, str]:
    block = (BASE_DIR / "README.md").read_text().partition("## With a real Docusign account")[2]
    lines = re.findall(r"^    ([A-Z_]+)=(.+)$", block, flags=re.MULTILINE)
    assert len(lines) > 8
    return dict(lines)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "private.pem"
    path.write_text(pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)))
    return path


def outcome_of(command: list[str], values: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What becomes of a process on a site with exactly these values."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"LOCAL_ENV_FILE": os.devnull, "STATE_DIR": str(folder), "DATABASE_URL": "postgres://u:p@db.example/p"}
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        env=bare | own | values,
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
    )


def check(values: dict[str, str], folder: Path) -> str:
    """What `manage.py check` says of a site with exactly these values; empty when nothing is wrong."""
    done = outcome_of(["manage.py", "check", "--tag", "docusign", "--tag", "site"], values, folder)
    return "" if done.returncode == 0 else done.stderr


def test_the_lines_of_the_readme_make_a_site_with_nothing_to_object_to(tmp_path: Path, key_file: Path) -> None:
    values = lines_of_the_readme()
    assert "DEBUG" not in values
    asked_for = {name for name, value in values.items() if value == "…"}
    assert asked_for == set(SECRETS)
    values |= SECRETS | {"DOCUSIGN_PRIVATE_KEY_FILE": str(key_file)}

    assert check(values, tmp_path) == ""

    needed = {"SECRET_KEY": "source code", "EMAIL_URL": "mail", "DOCUSIGN_ENVIRONMENT": "emulator"}
    said = check({key: value for key, value in values.items() if key not in needed}, tmp_path)
    assert [name for name, word in needed.items() if word not in said] == []


@pytest.mark.parametrize(
    "command",
    [["-m", "celery", "--app", "propertyapp", "worker", "--pool", "solo"], ["-c", "import propertyapp.wsgi"]],
    ids=["worker", "web server"],
)
def test_no_process_starts_with_a_developers_settings(command: list[str], tmp_path: Path, key_file: Path) -> None:
    values = lines_of_the_readme() | SECRETS | {"DOCUSIGN_PRIVATE_KEY_FILE": str(key_file), "DEBUG": "true"}
    done = outcome_of(command, values | {"REDIS_URL": "redis://127.0.0.1:1/0"}, tmp_path)
    assert done.returncode != 0
    assert "DEBUG is on" in done.stderr
    assert "Remove DEBUG from the environment" in done.stderr
