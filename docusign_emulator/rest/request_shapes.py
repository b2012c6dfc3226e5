"""A request's JSON as Docusign reads it, by its own description, before any handler does.

* Names are matched without regard to case, at every depth: Docusign's own Node examples send `DocumentBase64`.
* Fields that the description does not know are dropped, as Docusign ignores them, and told to the developer.
* Shapes are checked: an object where an object belongs, a list where a list belongs, a plain value elsewhere. Plain
  values may be strings, numbers, booleans or null, as Docusign's own samples send them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from docusign_emulator.protocol.errors import invalid_body
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import described

_MAX_DEPTH = 64


def read(method: str, pattern: str, body: Json) -> tuple[Json, list[str]]:
    """The body with the description's names, and the fields that Docusign would ignore, such as `signers[0].fooBar`.

    Raises ApiError (INVALID_REQUEST_BODY) that names the first field of a wrong shape.
    """
    definition = described.body_definition(method, pattern)
    if definition is None:
        return body, []
    ignored: list[str] = []
    return _read(definition, body, "", 0, ignored), ignored


@cache
def _folded(definition: str) -> dict[str, str]:
    """The description's spelling by the name in lower case."""
    return {name.lower(): name for name in described.properties(definition)}


def _name(schema: Json) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def _read(definition: str, value: Any, where: str, depth: int, ignored: list[str]) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise invalid_body(f"{where or 'It'} must be an object.")
    if depth > _MAX_DEPTH:
        raise invalid_body(f"{where} is nested too deeply.")
    properties, folded = described.properties(definition), _folded(definition)
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
