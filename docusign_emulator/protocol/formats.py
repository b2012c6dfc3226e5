"""How Docusign writes things: times, booleans and numbers are strings; times are kept with seven decimals.

https://developers.docusign.com/docs/esign-rest-api/esign101/rules-and-limits/responses/
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, overload

from docusign_emulator.protocol.errors import invalid_body

Json = dict[str, Any]

_LONGEST_INTEGER = 18
# A time under a key that is one, in encoded JSON.
_TIME = re.compile(rb'(DateTime":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})\d{4}Z"')
_PRECISE_TIME = re.compile(rb'(DateTime":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d*?)0*Z"')


def stamp(moment: datetime) -> str:
    """UTC with seven decimals. Two stamps sort as text in the order of their times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "0Z"


def with_milliseconds(encoded: bytes) -> bytes:
    """Times as the REST API writes them: milliseconds, and four zeros."""
    return _TIME.sub(rb'\1.\g<2>0000Z"', encoded)


def without_zeros(encoded: bytes) -> bytes:
    """Times as Connect's JSON SIM messages write them: as precise as they are, "…24.5Z" or "…24Z"."""
    return _PRECISE_TIME.sub(lambda it: it[1] + (b"." + it[2] if it[2] else b"") + b'Z"', encoded)


def moment(text: str) -> datetime:
    """The time a client or `stamp` wrote. Without an offset it is read as UTC. Raises ValueError."""
    text = text.strip().replace(" ", "+") if "T" in text else text.strip()
    head, dot, tail = text.partition(".")
    if dot:  # Python reads at most six decimals
        digits = len(tail) - len(tail.lstrip("0123456789"))
        text = f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}"
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        parsed = _american(text)
    try:
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"a date beyond the calendar: {text}") from error


def _american(text: str) -> datetime:
    """`3/7/2026`, `3/7/2026 14:05` and the like, which Docusign's samples use in from_date."""
    for form in ("%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p"):
        try:
            return datetime.strptime(text.replace("+", " "), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"not a date: {text}")


def truth(value: Any, *, default: bool = False) -> bool:
    """Read a boolean that may come as true, "true", "True", 1 or not at all."""
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    return str(value).strip().lower() in ("true", "1", "yes")


def flag(value: bool) -> str:
    return "true" if value else "false"


def text(value: Any) -> str:
    """A scalar as Docusign answers it."""
    if isinstance(value, bool):
        return flag(value)
    return "" if value is None else str(value)


def integer(value: Any, default: int) -> int:
    """Read an integer sent as a number or a string. Raises ValueError for anything else."""
    if value is None or value == "":
        return default
    digits = str(value).strip()
    if len(digits) > _LONGEST_INTEGER:
        raise ValueError(f"not a number Docusign would take: {digits[:40]}")
    return int(digits)


def child(facts: Json, key: str) -> Json:
    """The object under `key`, empty when there is none. Raises ApiError when something else is there."""
    value = facts.get(key)
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise invalid_body(f"{key} is not an object.")
    return value


def children(facts: Json, key: str) -> list[Json]:
    """The objects listed under `key`. Raises ApiError when something else is there."""
    value = facts.get(key)
    if value is None or value == "":
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid_body(f"{key} is not a list of objects.")
    return value


def texts(facts: Json, key: str) -> list[str]:
    """The scalars listed under `key`, as text. Raises ApiError when something else is there."""
    value = facts.get(key)
    if value is None or value == "":
        return []
    if not isinstance(value, list) or any(isinstance(one, dict | list) for one in value):
        raise invalid_body(f"{key} is not a list of texts.")
    return [text(one) for one in value]


@overload
def stringified(value: Json) -> Json: ...
@overload
def stringified(value: Any) -> Any: ...
def stringified(value: Any) -> Any:
    """The same JSON with every scalar as a string, nulls dropped."""
    if isinstance(value, dict):
        return {key: stringified(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [stringified(item) for item in value]
    return text(value)
