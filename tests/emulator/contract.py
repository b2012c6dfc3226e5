"""The emulator's answers held against Docusign's own description: objects closed, scalars strings.

The description is not part of this repository. It is looked for beside it, or where DOCUSIGN_DESCRIPTION points;
without it the checks are left out and the tests of the contract are skipped with that reason.
"""

from __future__ import annotations

import copy
import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

Json = dict[str, Any]
_BESIDE = Path(__file__).parents[3] / "shared" / "docusign" / "esignature-v2.1-subset.json"
# Answers the description types as strings and Docusign documents as something else.
# https://developers.docusign.com/docs/esign-rest-api/reference/bulkenvelopes/bulksend/createbulksendtest/
_OVERLAY_TYPES = {("bulkSendTestResponse", "canBeSent"): {"type": "boolean"}}
# What must not be missing from an answer, with the page that says so.
_OVERLAY_REQUIRED = {
    # https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/create/
    "envelopeSummary": ["envelopeId", "status", "statusDateTime", "uri"],
    # https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/get/
    "envelope": ["envelopeId", "status", "createdDateTime", "lastModifiedDateTime", "emailSubject"],
    # https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/liststatuschanges/
    "envelopesInformation": ["resultSetSize", "startPosition", "endPosition", "totalSetSize"],
    # https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/createrecipient/
    "viewUrl": ["url"],
    # https://developers.docusign.com/docs/esign-rest-api/esign101/error-codes/
    "errorDetails": ["errorCode", "message"],
}
_OVERLAY_ENUM = {
    # https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/envelopes/status-codes/
    ("envelope", "status"): ["created", "sent", "delivered", "signed", "completed", "declined", "voided", "correct",
                             "processing", "deleted", "template"],
    # https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/status-codes/
    ("signer", "status"): ["created", "sent", "delivered", "signed", "completed", "declined", "autoresponded",
                           "faxpending"],
}  # fmt: skip


def path() -> Path | None:
    """Where the description is; None when it cannot be found."""
    named = os.environ.get("DOCUSIGN_DESCRIPTION")
    place = Path(named) if named else _BESIDE
    return place if place.exists() else None


def check_answer(method: str, url_path: str, status: int, body: Any) -> None:
    """Raises AssertionError naming everything in `body` that Docusign's description does not know."""
    if path() is None:
        return
    if status >= 400:
        _check("errorDetails", body, f"{method} {url_path} {status}")
        return
    reference = _answer_schema(method.lower(), url_path)
    if reference is not None:
        _check(reference, body, f"{method} {url_path} {status}")


def check_request(definition: str, body: Any) -> None:
    """A request of ours, held against one definition of the description."""
    if path() is not None:
        _check(definition, body, f"request {definition}")


def undescribed(method: str, url_path: str) -> bool:
    """Whether the description has no such operation."""
    return path() is not None and not any(
        known == method.lower() and expression.match(url_path) for known, expression, _ in _operations()
    )


def _check(definition: str, body: Any, what: str) -> None:
    errors = sorted(_validator(definition).iter_errors(body), key=lambda error: list(map(str, error.path)))
    told = [f"{'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message[:200]}" for error in errors[:8]]
    assert not errors, f"{what} does not match {definition}:\n  " + "\n  ".join(told)


@cache
def _validator(definition: str) -> Draft4Validator:
    return Draft4Validator({"$ref": f"#/definitions/{definition}", "definitions": _closed()})


@cache
def _description() -> Json:
    place = path()
    assert place is not None
    found: Json = json.loads(place.read_text())
    return found


@cache
def _closed() -> Json:
    """Every object closed, the fields of later releases added, our overlay on top."""
    newer = _description()["x-newer"]["fields"]
    closed: Json = {}
    for name, definition in _description()["definitions"].items():
        made = copy.deepcopy(definition)
        properties = made.setdefault("properties", {})
        for key in newer.get(name, {}):
            properties.setdefault(key, {})
        for key in properties:
            if (name, key) in _OVERLAY_TYPES:
                properties[key] = _OVERLAY_TYPES[name, key]
            if (name, key) in _OVERLAY_ENUM:
                properties[key] = {"type": "string", "enum": _OVERLAY_ENUM[name, key]}
        made["additionalProperties"] = False
        if name in _OVERLAY_REQUIRED:
            made["required"] = _OVERLAY_REQUIRED[name]
        made.pop("x-ds-definition-name", None)
        closed[name] = made
    return closed


@cache
def _operations() -> list[tuple[str, re.Pattern[str], str | None]]:
    found = []
    for pattern, operations in sorted(_description()["paths"].items(), key=lambda item: item[0].count("{")):
        expression = re.compile("/restapi" + re.sub(r"\{[^}]+\}", "[^/]+", pattern) + "$")
        for method, operation in operations.items():
            if method not in ("get", "put", "post", "delete"):
                continue
            good: Json = next(
                (operation["responses"][code] for code in ("200", "201") if code in operation["responses"]), {}
            )
            reference = good.get("schema", {}).get("$ref")
            found.append((method, expression, reference.rpartition("/")[2] if reference else None))
    return found


def _answer_schema(method: str, url_path: str) -> str | None:
    for known, expression, reference in _operations():
        if known == method and expression.match(url_path):
            return reference
    return None
