"""The emulator's own description of itself: every answer it gives has a shape told there."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft4Validator

from docusign_emulator.rest import shapes
from docusign_emulator.rest.operations import ROUTER


def check_shape(method: str, url_path: str, status: int, body: Any) -> None:
    """Raises AssertionError naming what the answer holds that is not described."""
    found = ROUTER.find(method, url_path)
    if found is None or found[0].name in shapes.FILES:
        return
    name = "Error" if status >= 400 else shapes.ANSWERS[found[0].name]
    told = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in _errors(name, body)]
    assert not told, f"{method} {url_path} {status} is not a {name}: {told[:5]}"


def _errors(name: str, body: Any) -> list[Any]:
    return list(_validator(name).iter_errors(body))


@cache
def _validator(name: str) -> Draft4Validator:
    return Draft4Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": shapes.COMPONENTS}})
