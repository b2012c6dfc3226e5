"""The emulator's own description of itself: every answer it gives has a shape told there."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft4Validator

from docusign_emulator.rest import answers
from docusign_emulator.rest.operations import ROUTER


def check_shape(method: str, url_path: str, status: int, body: Any) -> None:
    """Raises AssertionError naming what the answer holds that is not described."""
    found = ROUTER.find(method, url_path)
    if found is None or answers.is_file(found[0].name, method, found[0].pattern):
        return
    answered = answers.answer(found[0].name, method, found[0].pattern)
    wanted: str = "#/components/schemas/Error" if status >= 400 else answered["$ref"]
    errors = _validator(wanted).iter_errors(body)
    told = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]
    assert not told, f"{method} {url_path} {status} is not a {wanted.rpartition('/')[2]}: {told[:5]}"


@cache
def _validator(reference: str) -> Draft4Validator:
    schema = {"$ref": reference}
    return Draft4Validator(schema | {"components": {"schemas": answers.components([schema])}})
