"""`.env.example` tells every variable, and only those that exist."""

import re

from propertyapp.local.environment import BASE_DIR

# Read by the supervisor, not by the settings.
SUPERVISOR = {"PORT", "EMULATOR_PORT"}


def test_every_variable_of_the_settings_is_explained_and_no_other() -> None:
    settings = (BASE_DIR / "propertyapp" / "settings.py").read_text()
    example = (BASE_DIR / ".env.example").read_text()

    read = set(re.findall(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"", settings))
    explained = set(re.findall(r"^# ([A-Z_]+)=", example, flags=re.MULTILINE))

    assert explained == read | SUPERVISOR
