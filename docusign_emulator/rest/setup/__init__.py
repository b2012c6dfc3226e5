"""What administrators and users set up: people, groups, brands, settings, signatures, power forms."""

from __future__ import annotations

import importlib

from docusign_emulator.rest.paths import Row

_ROOMS = (
    "brands",
    "contacts",
    "disclosures",
    "fields",
    "gateways",
    "groups",
    "lists",
    "logs",
    "power_forms",
    "profiles",
    "settings",
    "sharing",
    "signatures",
    "signing_groups",
    "users",
)


def rows() -> list[Row]:
    """Their operations, which stand beside what does them."""
    return [row for name in _ROOMS for row in importlib.import_module(f"{__name__}.{name}").ROWS]
