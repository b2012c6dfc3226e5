"""Writes down what Docusign's Python SDK tells of the operations that the published description lacks.

`python -m docusign_emulator.tests.sdk_description` writes `description/esignature-v2.1-of-sdk.json`: for each operation
the models of its body and its answer, and each model's fields with their types. The emulator itself knows no SDK.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import sys
from pathlib import Path
from typing import Any

import docusign_esign as models
import docusign_esign.apis as sdk

Json = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "description"
FILE = FOLDER / "esignature-v2.1-of-sdk.json"
_SUBSET = FOLDER / "esignature-v2.1-subset.json"
_PATH = re.compile(r"resource_path = '([^']+)'")
_METHOD = re.compile(r"call_api\(resource_path, '([A-Z]+)'")
_ANSWER = re.compile(r"response_type='?([^',]+)'?,")
_BODY = re.compile(r"body_params = params\['(\w+)'\]")


def every_operation() -> dict[tuple[str, str], tuple[str, Json]]:
    """Every operation of v2.1 by method and nameless path: the SDK's name for it, and its body and answer."""
    found: dict[tuple[str, str], tuple[str, Json]] = {}
    for module in pkgutil.iter_modules(sdk.__path__):
        source = importlib.import_module(f"{sdk.__name__}.{module.name}")
        for _, api in inspect.getmembers(source, inspect.isclass):
            for name, method in inspect.getmembers(api, inspect.isfunction):
                if name.endswith("_with_http_info"):
                    text = inspect.getsource(method)
                    path, verb = _PATH.search(text), _METHOD.search(text)
                    if path and verb and path[1].startswith("/v2.1/"):
                        facts = _bodies(text, inspect.getdoc(method) or "")
                        found[(verb[1], nameless(path[1]))] = (name.removesuffix("_with_http_info"), facts)
    return found


def nameless(path: str) -> str:
    """The path without the names of its parameters, which differ here and there."""
    return re.sub(r"\{\w+\}", "{}", path)


def description() -> Json:
    """Operations that the subset lacks, and all models they reach."""
    described = json.loads(_SUBSET.read_text(encoding="utf-8"))["paths"]
    known = {(method.upper(), nameless(path)) for path, methods in described.items() for method in methods}
    operations = {f"{key[0]} {key[1]}": facts for key, (_, facts) in every_operation().items() if key not in known}
    reached: dict[str, dict[str, str]] = {}
    for facts in operations.values():
        for kind in facts.values():
            _reach(kind, reached)
    source = f"docusign-esign {_version()} for Python"
    return {"source": source, "operations": dict(sorted(operations.items())), "models": dict(sorted(reached.items()))}


def written(facts: Json) -> str:
    return json.dumps(facts, indent=1) + "\n"


def _bodies(text: str, told: str) -> Json:
    """{"request", "answer"}: the models, where there are any; an answer may be a "file"."""
    facts = {}
    body = _BODY.search(text)
    if body and (kind := re.search(rf":param (\w+) {body[1]}:", told)) and kind[1] in vars(models):
        facts["request"] = kind[1]
    answer = _ANSWER.search(text)
    if answer and (answer[1] in vars(models) or answer[1] == "file"):
        facts["answer"] = answer[1]
    return facts


def _reach(kind: str, reached: dict[str, dict[str, str]]) -> None:
    kind = kind.removeprefix("list[").removesuffix("]")
    model = vars(models).get(kind)
    if kind in reached or not hasattr(model, "swagger_types"):
        return
    reached[kind] = {model.attribute_map[name]: told for name, told in sorted(model.swagger_types.items())}
    for told in model.swagger_types.values():
        _reach(told, reached)


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415  # only to say where it is from

    return version("docusign-esign")


def main() -> None:
    FILE.write_text(written(description()), encoding="utf-8")
    sys.stdout.write(f"{FILE.name} is written.\n")


if __name__ == "__main__":
    main()
