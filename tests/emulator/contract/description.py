"""Docusign's published description, made strict: every object closed, the overlay laid on."""

from __future__ import annotations

import copy
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.emulator.contract import overlay

Json = dict[str, Any]
Way = Literal["answer", "request", "message"]
_BESIDE = Path(__file__).parents[4] / "shared" / "docusign" / "esignature-v2.1-subset.json"
# Requests carry real booleans and numbers too, in the vendor's own samples, and null for what is not set.
_SCALARS = ["string", "boolean", "number", "null"]
_NEWER_TYPES = {"str": {"type": "string"}, "bool": {"type": "boolean"}, "list[str]": {"type": "array"}}


@dataclass(frozen=True)
class Operation:
    method: str
    path: re.Pattern[str]
    answer: str | None  # the definition of a good answer
    request: str | None


def path() -> Path | None:
    """Where the description is; None when it cannot be found."""
    named = os.environ.get("DOCUSIGN_DESCRIPTION")
    place = Path(named) if named else _BESIDE
    return place if place.exists() else None


@cache
def operations() -> tuple[Operation, ...]:
    """Literal paths before those with parameters."""
    found = []
    for pattern, methods in sorted(_whole()["paths"].items(), key=lambda item: item[0].count("{")):
        expression = re.compile("/restapi" + re.sub(r"\{[^}]+\}", "[^/]+", pattern) + "$")
        for method, told in methods.items():
            if method in ("get", "put", "post", "delete"):
                found.append(Operation(method.upper(), expression, _answer(told), _request(told)))
    return tuple(found)


def find(method: str, url_path: str) -> Operation | None:
    return next((one for one in operations() if one.method == method and one.path.match(url_path)), None)


@cache
def definitions(way: Way) -> Json:
    """The definitions for what goes this way."""
    return {name: _strict(name, definition, way) for name, definition in _whole()["definitions"].items()}


@cache
def _whole() -> Json:
    place = path()
    assert place is not None
    found: Json = json.loads(place.read_text())
    return found


def _strict(name: str, definition: Json, way: Way) -> Json:
    made = copy.deepcopy(definition)
    made.pop("x-ds-definition-name", None)
    properties: Json = made.setdefault("properties", {})
    for key, kind in _whole()["x-newer"]["fields"].get(name, {}).items():
        properties.setdefault(key, _NEWER_TYPES.get(kind, {}))
    for key, told in properties.items():
        properties[key] = _property(name, key, told, way)
    if way == "message":
        properties |= {key: {} for key in overlay.IN_MESSAGES_ONLY.get(name, ())}
    made["additionalProperties"] = False
    required = overlay.REQUIRED_IN_REQUESTS if way == "request" else overlay.REQUIRED_IN_ANSWERS
    if required.get(name, ((), ""))[0]:
        made["required"] = list(required[name][0])
    return made


def _property(name: str, key: str, told: Json, way: Way) -> Json:
    if (name, key) in overlay.VALUES:
        return {"enum": [*overlay.VALUES[name, key][0], *([None] if way == "request" else [])]}
    if told.get("type") == "string":
        if way == "request":
            return {"type": _SCALARS}
        for end, form in overlay.FORMS.items():
            if key.endswith(end):
                return {"type": "string", "pattern": form}
    if way == "request" and "$ref" in told:
        return {"anyOf": [told, {"type": "null"}]}
    if way == "request" and "type" in told:
        return told | {"type": [told["type"], "null", *(["string"] if told["type"] in ("boolean", "integer") else [])]}
    return told


def _answer(told: Json) -> str | None:
    good: Json = next((told["responses"][code] for code in ("200", "201") if code in told["responses"]), {})
    return _name(good.get("schema"))


def _request(told: Json) -> str | None:
    body: Json = next((one for one in told.get("parameters", []) if one["in"] == "body"), {})
    return _name(body.get("schema"))


def _name(schema: Json | None) -> str | None:
    reference = (schema or {}).get("$ref")
    return reference.rpartition("/")[2] if reference else None
