"""What this server says of itself: an OpenAPI description made of the table of operations and the shapes of answers.

Served at `/_emulator/api/description`. Requests are free objects here: their fields are Docusign's, and the tests hold
them against Docusign's own description.
"""

from __future__ import annotations

import re

from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import answers
from docusign_emulator.rest.operations import ROUTER, Operation

_FORMS = ("/oauth/token", "/oauth/revoke")  # these take a form and refuse as OAuth does


def description(base_url: str) -> Json:
    """The whole, as OpenAPI 3.0."""
    paths: Json = {}
    told = [answers.answer(one.name, one.method, one.pattern) for one in ROUTER.operations()]
    for operation in ROUTER.operations():
        paths.setdefault(operation.pattern, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Docusign emulator", "version": "v2.1"},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {
            "schemas": answers.components(told),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> Json:
    names = re.findall(r"\{(\w+)\}", operation.pattern)
    told: Json = {
        "operationId": operation.name,
        "parameters": [{"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in names],
        "responses": _responses(operation),
    }
    if operation.method != "GET":
        told["requestBody"] = {"content": {_body_type(operation): {"schema": {"type": "object"}}}}
    if not operation.open:
        told["security"] = [{"token": []}]
    return told


def _responses(operation: Operation) -> Json:
    error = "OAuthError" if operation.pattern in _FORMS else "Error"
    refused = {"application/json": {"schema": {"$ref": f"#/components/schemas/{error}"}}}
    if answers.is_file(operation.name, operation.method, operation.pattern):
        file: Json = {"schema": {"type": "string", "format": "binary"}}
        good = {"application/pdf": file, "application/zip": file, "image/png": file}
    else:
        good = {"application/json": {"schema": answers.answer(operation.name, operation.method, operation.pattern)}}
    return {
        "200": {"description": "Done.", "content": good},
        "201": {"description": "Made.", "content": good},
        "4XX": {"description": "Refused.", "content": refused},
    }


def _body_type(operation: Operation) -> str:
    return "application/x-www-form-urlencoded" if operation.pattern in _FORMS else "application/json"
