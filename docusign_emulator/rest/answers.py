"""The JSON schema of each call's good answer: told in `shapes`, or the model that Docusign's SDK has of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache

from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import described, shapes

_MODELS = "#/components/schemas/sdk."


def is_file(operation: str, method: str, pattern: str) -> bool:
    return operation in shapes.FILES or (
        operation not in shapes.ANSWERS and described.answer_model(method, pattern) == described.FILE
    )


def answer(operation: str, method: str, pattern: str) -> Json:
    """The schema of a good answer in JSON: one told here, or else the SDK's model of it."""
    if operation in shapes.ANSWERS:
        return {"$ref": f"#/components/schemas/{shapes.ANSWERS[operation]}"}
    name = described.answer_model(method, pattern)
    return described.typed(name, _MODELS) if name else {"$ref": "#/components/schemas/Nothing"}


@cache
def _model(name: str) -> Json:
    """A model of the SDK as a closed object."""
    fields = {field: described.typed(kind, _MODELS) for field, kind in described.model(name).items()}
    return {"type": "object", "properties": fields, "additionalProperties": False}


def components(roots: Iterable[Json]) -> dict[str, Json]:
    """Those of the emulator, and the models that the schemas `roots` reach."""
    found, waiting = dict(shapes.COMPONENTS), list(roots)
    while waiting:
        for name in re.findall(_MODELS + r"(\w+)", json.dumps(waiting.pop())):
            if f"sdk.{name}" not in found:
                found[f"sdk.{name}"] = _model(name)
                waiting.append(found[f"sdk.{name}"])
    return found
