"""The canonical form of JSON and its SHA-256: UTF-8, sorted keys, no blanks, numbers as RFC 8785 writes them.

Terms, evidence and the fingerprints of forms use this one form, so any RFC 8785 tool gets the same hash.
https://www.rfc-editor.org/rfc/rfc8785
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """The canonical form. Raises `rfc8785.CanonicalizationError` for what JSON cannot hold exactly."""
    return rfc8785.dumps(value)


def sha256_of(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def fingerprint(*shown: Any) -> str:
    """A short mark of what a page showed: a form that comes back with another mark was filled in for other facts."""
    return sha256_of([_as_json(value) for value in shown])[:24]


def _as_json(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _as_json(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): _as_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value
