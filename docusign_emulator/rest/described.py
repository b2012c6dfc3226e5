"""Docusign's own description of its API, as the emulator reads it: the bodies of operations, and their fields.

Two files stand in `description/`: a part of the published description, and what the Python SDK tells of the rest.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from docusign_emulator.protocol.formats import Json

_FOLDER = Path(__file__).parents[1] / "description"
_PREFIX = "/restapi"
# Bodies of the sender's views, before and since they have settings.
_REPLACED_BY = {"returnUrlRequest": "EnvelopeViewRequest", "correctViewRequest": "EnvelopeViewRequest"}
_SCALARS = {"str": "string", "bool": "boolean", "int": "integer", "float": "number"}
FILE = "file"


@cache
def body_definition(method: str, pattern: str) -> str | None:
    """The definition of the body of this operation; None when it has none, or no description knows the operation."""
    published = _bodies().get((method.lower(), _nameless(pattern.removeprefix(_PREFIX))))
    return published or _of_sdk(method, pattern).get("request")


@cache
def answer_model(method: str, pattern: str) -> str | None:
    """What an operation that only the SDK tells of answers with: a model, `FILE`, or None for an empty object."""
    return _of_sdk(method, pattern).get("answer")


@cache
def properties(definition: str) -> dict[str, Json]:
    """The fields of a definition: those published, and those of later releases."""
    newer = _published()["x-newer"]
    found: dict[str, Json] = _published()["definitions"].get(definition, {}).get("properties", {})
    later = newer["fields"].get(definition, {}) | newer["models"].get(definition, {})
    later |= newer["models"].get(_REPLACED_BY.get(definition, ""), {})
    if not found and not later:
        later = model(definition)
    return {name: _schema(kind) for name, kind in later.items()} | found


def model(name: str) -> dict[str, str]:
    """The fields of a model of the SDK, with their types there. Empty when it has no such model."""
    found: dict[str, str] = _sdk()["models"].get(name, {})
    return found


def typed(kind: str, reference: str) -> Json:
    """The JSON schema of a type as the SDK writes it. `reference`: where models stand, such as "#/models/"."""
    if kind.startswith("list["):
        return {"type": "array", "items": typed(kind[5:-1], reference)}
    if kind.startswith("dict("):
        return {"type": "object"}
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    return {"$ref": f"{reference}{kind}"} if model(kind) else {}


@cache
def _bodies() -> dict[tuple[str, str], str]:
    found = {}
    for pattern, methods in _published()["paths"].items():
        for method, told in methods.items():
            for parameter in told.get("parameters", ()) if isinstance(told, dict) else ():
                if parameter.get("in") == "body" and "$ref" in parameter.get("schema", {}):
                    found[(method, _nameless(pattern))] = str(parameter["schema"]["$ref"]).rsplit("/", 1)[-1]
    return found


def _of_sdk(method: str, pattern: str) -> dict[str, str]:
    found: dict[str, str] = _sdk()["operations"].get(f"{method.upper()} {_nameless(pattern.removeprefix(_PREFIX))}", {})
    return found


@cache
def _published() -> Json:
    return _read("esignature-v2.1-subset.json")


@cache
def _sdk() -> Json:
    return _read("esignature-v2.1-of-sdk.json")


def _read(name: str) -> Json:
    found: Json = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return found


def _schema(kind: str) -> Json:
    """The shape of a field that only the SDK tells of. Of scalars, only texts are known to be what it says."""
    if kind.startswith("list["):
        return {"type": "array", "items": _schema(kind[5:-1])}
    if kind in _published()["x-newer"]["models"] or model(kind):
        return {"$ref": kind}
    return {"type": "string"} if kind == "str" else {}


def _nameless(pattern: str) -> str:
    """Parameters of a path have other names here and there."""
    return re.sub(r"\{\w+\}", "{}", pattern)
