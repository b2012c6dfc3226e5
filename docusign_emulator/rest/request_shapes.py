"""The shape of a request's JSON, checked against Docusign's description before any handler reads it.

Only shapes are checked: an object where an object belongs, a list where a list belongs, a plain value elsewhere.
Plain values may be strings, numbers, booleans or null, as Docusign's own samples send them. Fields that the
description does not know are left alone.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from docusign_emulator.protocol.errors import invalid_body
from docusign_emulator.protocol.formats import Json

_FILE = Path(__file__).parents[1] / "description" / "esignature-v2.1-subset.json"
_PREFIX = "/restapi"
_MAX_DEPTH = 64


def check(method: str, pattern: str, body: Any) -> None:
    """Raises ApiError (INVALID_REQUEST_BODY) that names the first field of a wrong shape."""
    definition = body_definition(method, pattern)
    if definition is not None:
        _check(definition, body, "", 0)


@cache
def body_definition(method: str, pattern: str) -> str | None:
    """The definition of the body of this operation; None when it has none, or the description lacks the operation."""
    return _bodies().get((method.lower(), _nameless(pattern.removeprefix(_PREFIX))))


@cache
def _bodies() -> dict[tuple[str, str], str]:
    found = {}
    for pattern, methods in _description()["paths"].items():
        for method, told in methods.items():
            for parameter in told.get("parameters", ()) if isinstance(told, dict) else ():
                if parameter.get("in") == "body" and "$ref" in parameter.get("schema", {}):
                    found[(method, _nameless(pattern))] = _name(parameter["schema"])
    return found


@cache
def _description() -> Json:
    found: Json = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


@cache
def _properties(definition: str) -> dict[str, Json]:
    found: dict[str, Json] = _description()["definitions"].get(definition, {}).get("properties", {})
    return found


def _nameless(pattern: str) -> str:
    """Parameters of a path have other names here and there."""
    return re.sub(r"\{\w+\}", "{}", pattern)


def _name(schema: Json) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def _check(definition: str, value: Any, where: str, depth: int) -> None:
    if value is None:
        return
    if not isinstance(value, dict):
        raise invalid_body(f"{where or 'It'} must be an object.")
    if depth > _MAX_DEPTH:
        raise invalid_body(f"{where} is nested too deeply.")
    properties = _properties(definition)
    for field, inner in value.items():
        if field in properties:
            _check_schema(properties[field], inner, f"{where}.{field}" if where else field, depth + 1)


def _check_schema(schema: Json, value: Any, where: str, depth: int) -> None:
    if value is None:
        return
    if "$ref" in schema:
        _check(_name(schema), value, where, depth)
    elif schema.get("type") == "array":
        if not isinstance(value, list):
            raise invalid_body(f"{where} must be a list.")
        for place, item in enumerate(value):
            if item is None:
                raise invalid_body(f"{where}[{place}] must not be null.")
            _check_schema(schema.get("items", {}), item, f"{where}[{place}]", depth)
    elif schema.get("type") in ("string", "integer", "number", "boolean") and isinstance(value, dict | list):
        raise invalid_body(f"{where} must be a plain value.")
