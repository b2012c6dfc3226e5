"""`.env.example` tells every variable, only those that exist, and in a way that can be copied."""

import re
from pathlib import Path

import environ
import pytest

from propertyapp.local.environment import BASE_DIR

EXAMPLE = BASE_DIR / ".env.example"
VARIABLE = re.compile(r"^#([A-Z_]+)=", flags=re.MULTILINE)
# Read by the supervisor, not by the settings.
SUPERVISOR = {"PORT", "EMULATOR_PORT"}


def test_every_variable_of_the_settings_is_explained_and_no_other() -> None:
    settings = (BASE_DIR / "propertyapp" / "settings.py").read_text()

    read = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", settings))

    assert set(VARIABLE.findall(EXAMPLE.read_text())) == read | SUPERVISOR


def test_a_copied_line_has_no_comment_in_its_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = VARIABLE.sub(r"\1=", EXAMPLE.read_text())
    (tmp_path / ".env").write_text(copied)
    monkeypatch.setattr(environ.Env, "ENVIRON", {})

    environ.Env.read_env(tmp_path / ".env")

    values = environ.Env.ENVIRON
    assert set(values) == set(VARIABLE.findall(EXAMPLE.read_text()))
    assert [name for name, value in values.items() if "#" in value or value != value.strip()] == []


def test_the_readmes_example_can_be_copied_too() -> None:
    block = [line for line in (BASE_DIR / "README.md").read_text().splitlines() if re.match(r"    [A-Z_]+=", line)]

    assert block
    assert [line for line in block if "#" in line] == []
