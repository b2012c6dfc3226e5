"""How much of the eSignature API is there: `python -m docusign_emulator.tests.coverage`.

Held against the operations of Docusign's Python SDK, which is made from the whole description of the API. With
`--missing` it lists what is not there.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys

import docusign_esign.apis as sdk

from docusign_emulator.rest.operations import ROUTER

_PATH = re.compile(r"resource_path = '([^']+)'")
_METHOD = re.compile(r"call_api\(resource_path, '([A-Z]+)'")

Operation = tuple[str, str]


def of_the_sdk() -> dict[Operation, str]:
    """Every operation by method and path, with the SDK's name for it."""
    found: dict[Operation, str] = {}
    for module in pkgutil.iter_modules(sdk.__path__):
        source = importlib.import_module(f"{sdk.__name__}.{module.name}")
        for _, api in inspect.getmembers(source, inspect.isclass):
            for name, method in inspect.getmembers(api, inspect.isfunction):
                if not name.endswith("_with_http_info"):
                    continue
                text = inspect.getsource(method)
                path, verb = _PATH.search(text), _METHOD.search(text)
                if path and verb and path[1].startswith("/v2.1/"):
                    found[(verb[1], nameless(path[1]))] = name.removesuffix("_with_http_info")
    return found


def of_the_emulator() -> set[Operation]:
    return {(one.method, nameless(one.pattern.removeprefix("/restapi"))) for one in ROUTER.operations()}


def nameless(path: str) -> str:
    """The path without the names of its parameters, which differ here and there."""
    return re.sub(r"\{\w+\}", "{}", path)


def main(arguments: list[str]) -> None:
    whole, here = of_the_sdk(), of_the_emulator()
    there = whole.keys() & here
    sys.stdout.write(f"{len(there)} of {len(whole)} operations of the SDK: {100 * len(there) // len(whole)} %\n")
    if "--missing" in arguments:
        for method, path in sorted(whole.keys() - here, key=lambda one: (one[1], one[0])):
            sys.stdout.write(f"{method:6} {path}  {whole[(method, path)]}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
