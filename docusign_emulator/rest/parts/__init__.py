"""The parts of an envelope, and of a template, that have a path of their own."""

from __future__ import annotations

import importlib

from docusign_emulator.rest.paths import Row

_ROOMS = (
    "applied_templates",
    "attachments",
    "comments",
    "custom_fields",
    "docgen",
    "document_fields",
    "form_data",
    "locks",
    "notification",
    "pages",
    "signature_images",
    "visibility",
    "workflow",
)


def rows() -> list[Row]:
    """Their operations, which stand beside what does them."""
    return [row for name in _ROOMS for row in importlib.import_module(f"{__name__}.{name}").ROWS]
