"""A request's JSON as Docusign reads it, by its own description, before any handler does.

* Names are matched without regard to case, at every depth: Docusign's own Node examples send `DocumentBase64`.
* Fields that the description does not know are dropped, as Docusign ignores them, and told to the developer.
* Shapes are checked: an object where an object belongs, a list where a list belongs, a plain value elsewhere. Plain
  values may be strings, numbers, booleans or null, as Docusign's own samples send them.
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
# Bodies of the sender's views, before and since they have settings.
_REPLACED_BY = {"returnUrlRequest": "EnvelopeViewRequest", "correctViewRequest": "EnvelopeViewRequest"}


def read(method: str, pattern: str, body: Json) -> tuple[Json, list[str]]:
    """The body with the description's names, and the fields that Docusign would ignore, such as `signers[0].fooBar`.

    Raises ApiError (INVALID_REQUEST_BODY) that names the first field of a wrong shape.
    """
    definition = body_definition(method, pattern)
    if definition is None:
        return body, []
    ignored: list[str] = []
    return _read(definition, body, "", 0, ignored), ignored


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
    """Those of the description, and of later releases."""
    newer = _description()["x-newer"]
    found: dict[str, Json] = _description()["definitions"].get(definition, {}).get("properties", {})
    later = newer["fields"].get(definition, {}) | newer["models"].get(definition, {})
    later |= newer["models"].get(_REPLACED_BY.get(definition, ""), {})
    return {name: _later(kind) for name, kind in later.items()} | found


def _later(kind: str) -> Json:
    """The shape of a field that only the SDK tells of, by its type there."""
    if kind.startswith("list["):
        return {"type": "array", "items": _later(kind[5:-1])}
    if kind in _description()["x-newer"]["models"]:
        return {"$ref": kind}
    return {"type": "string"} if kind == "str" else {}


@cache
def _folded(definition: str) -> dict[str, str]:
    """The description's spelling by the name in lower case."""
    return {name.lower(): name for name in _properties(definition)}


def _nameless(pattern: str) -> str:
    """Parameters of a path have other names here and there."""
    return re.sub(r"\{\w+\}", "{}", pattern)


def _name(schema: Json) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def _read(definition: str, value: Any, where: str, depth: int, ignored: list[str]) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid_body(f"{where or 'It'} must be an object.")
    if depth > _MAX_DEPTH:
        raise invalid_body(f"{where} is nested too deeply.")
    properties, folded = _properties(definition), _folded(definition)
    if not properties:
        return value  # a definition without fields, such as a map of settings, is open
    taken: Json = {}
    for field, inner in value.items():
        name = field if field in properties else folded.get(field.lower())
        place = f"{where}.{name or field}" if where else name or field
        if name is None or (name != field and name in value):  # the exact spelling wins over another
            ignored.append(f"{where}.{field}" if where else field)
        else:
            taken[name] = _read_schema(properties[name], inner, place, depth + 1, ignored)
    return taken


def _read_schema(schema: Json, value: Any, where: str, depth: int, ignored: list[str]) -> Any:
    if value is None:
        return None
    if "$ref" in schema:
        return _read(_name(schema), value, where, depth, ignored)
    if schema.get("type") == "array":
        if not isinstance(value, list):
            raise invalid_body(f"{where} must be a list.")
        return [_read_item(schema, item, f"{where}[{place}]", depth, ignored) for place, item in enumerate(value)]
    if schema.get("type") in ("string", "integer", "number", "boolean") and isinstance(value, dict | list):
        raise invalid_body(f"{where} must be a plain value.")
    return value


def _read_item(schema: Json, item: Any, where: str, depth: int, ignored: list[str]) -> Any:
    if item is None:
        raise invalid_body(f"{where} must not be null.")
    return _read_schema(schema.get("items", {}), item, where, depth, ignored)
