"""Docusign's published description, made strict: every object closed, the overlay laid on."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from docusign_emulator.rest import described
from docusign_emulator.tests.contract import overlay

Json = dict[str, Any]
Way = Literal["answer", "request", "message"]
_FILE = Path(__file__).parents[2] / "description" / "esignature-v2.1-subset.json"
# Requests carry real booleans and numbers too, in the vendor's own samples, and null for what is not set.
_SCALARS = ["string", "boolean", "number", "null"]
_SDK_SCALARS = {"str": {"type": "string"}, "bool": {"type": "boolean"}, "int": {"type": "integer"}}


@dataclass(frozen=True)
class Operation:
    method: str
    path: re.Pattern[str]
    answer: str | None  # the definition of a good answer
    request: str | None


@cache
def operations() -> tuple[Operation, ...]:
    """What a later release has otherwise comes first, then literal paths before those with parameters."""
    account = "/v2.1/accounts/{accountId}"
    newer = [
        Operation(method, _expression(account + end), answer or _as_described(method, account + end), request)
        for (method, end), (request, answer) in overlay.NEWER_BODIES.items()
    ]
    found = []
    for pattern, methods in sorted(_whole()["paths"].items(), key=lambda item: item[0].count("{")):
        for method, told in methods.items():
            if method in ("get", "put", "post", "delete"):
                found.append(Operation(method.upper(), _expression(pattern), _answer(told), _request(told)))
    return (*newer, *found)


def find(method: str, url_path: str) -> Operation | None:
    return next((one for one in operations() if one.method == method and one.path.match(url_path)), None)


@cache
def definitions(way: Way) -> Json:
    """The definitions for what goes this way, those of a later release among them."""
    newer: Json = {name: {} for name in _newer("models")}
    return {name: _strict(name, told, way) for name, told in {**newer, **_whole()["definitions"]}.items()}


@cache
def _whole() -> Json:
    found: Json = json.loads(_FILE.read_text(encoding="utf-8"))
    return found


def _newer(what: str) -> Json:
    found: Json = _whole()["x-newer"][what]
    return found


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("/restapi" + re.sub(r"\{[^}]+\}", "[^/]+", pattern) + "$")


def _as_described(method: str, pattern: str) -> str | None:
    told = _whole()["paths"].get(pattern, {}).get(method.lower())
    return _answer(told) if told else None


def _of_sdk(kind: str) -> Json:
    """A type as the SDK names it, as a schema."""
    if kind.startswith("list["):
        return {"type": "array", "items": _of_sdk(kind[5:-1])}
    if kind in _SDK_SCALARS:
        return _SDK_SCALARS[kind]
    for name in (kind, kind[:1].lower() + kind[1:]):
        if name in _newer("models") or name in _whole()["definitions"]:
            return {"$ref": f"#/definitions/{name}"}
    return {}


def _strict(name: str, definition: Json, way: Way) -> Json:
    made = copy.deepcopy(definition)
    made.pop("x-ds-definition-name", None)
    properties: Json = made.setdefault("properties", {})
    for key, kind in _newer("fields").get(name, {}).items():
        properties.setdefault(key, _of_sdk(kind))
    for key, kind in _newer("models").get(name, {}).items():
        properties[key] = _of_sdk(kind)
    for key, kind in described.model(name[:1].upper() + name[1:]).items():
        properties.setdefault(key, _of_sdk(kind))
    for key, told in properties.items():
        properties[key] = _property(name, key, told, way)
    if way == "message":
        properties |= {key: {} for key in overlay.IN_MESSAGES_ONLY.get(name, ())}
    made["additionalProperties"] = False
    required = overlay.REQUIRED_IN_REQUESTS if way == "request" else overlay.REQUIRED_IN_ANSWERS
    if required.get(name, ((), ""))[0]:
        made["required"] = list(required[name][0])
    if way == "answer" and name in overlay.OTHERWISE:
        values, keys, _ = overlay.OTHERWISE[name]
        other = {"properties": {key: {"enum": [value]} for key, value in values.items()}, "required": list(keys)}
        made["anyOf"] = [{"required": made.pop("required")}, other]
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
