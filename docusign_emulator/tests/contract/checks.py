"""Holding one body against the description. Every check raises AssertionError naming what it does not know."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft4Validator

from docusign_emulator.rest import request_shapes
from docusign_emulator.rest.operations import ROUTER
from docusign_emulator.tests.contract import description, overlay
from docusign_emulator.tests.contract.description import Way


def check_answer(method: str, url_path: str, status: int, body: Any) -> None:
    what = f"{method} {url_path} {status}"
    if status >= 400:
        _check("errorDetails", body, what, "answer")
        return
    operation = description.find(method, url_path)
    if operation is not None and operation.answer:
        _check(operation.answer, body, what, "answer")


def check_request(method: str, url_path: str, body: Any) -> None:
    """A request that was accepted. Scalars may be real booleans and numbers, as in the vendor's own samples."""
    if not isinstance(body, dict):
        return
    operation = description.find(method, url_path)
    if operation is not None and operation.request:
        _check(operation.request, body, f"request {method} {url_path}", "request")
    elif operation is None and (found := ROUTER.find(method, url_path)):
        _, ignored = request_shapes.read(method, found[0].pattern, body)
        assert not ignored, f"request {method} {url_path} has fields that Docusign would ignore: {ignored}"


def check_message(body: Any) -> None:
    """A Connect message."""
    _check("message", body, f"Connect message {body.get('event')}", "message")


def undescribed(method: str, url_path: str) -> bool:
    """Whether the description has no such operation."""
    return description.find(method, url_path) is None


def _check(definition: str, body: Any, what: str, way: Way) -> None:
    errors = sorted(_validator(definition, way).iter_errors(body), key=lambda error: list(map(str, error.path)))
    told = [f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message[:200]}" for error in errors[:8]]
    assert not errors, f"{what} does not match {definition}:\n  " + "\n  ".join(told)


@cache
def _validator(definition: str, way: Way) -> Draft4Validator:
    known = description.definitions(way) | {"message": overlay.MESSAGE}
    return Draft4Validator({"$ref": f"#/definitions/{definition}", "definitions": known})
