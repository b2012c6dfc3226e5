"""Small things an account keeps: found by id, changed field by field, listed in pages, refused one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter, no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call

MAX_PAGE = 1000


def one(call: Call, kind: str, parameter: str, *, what: str = "") -> Json:
    """The thing that the path names. Raises ApiError when there is none."""
    found = call.store.record(kind, call.params[parameter])
    if found is None:
        raise no_such_resource(what or kind.replace("_", " "))
    return found


def each(call: Call, key: str, do: Callable[[Json], Json]) -> list[Json]:
    """What became of each of those listed under `key`: what `do` answers, or the item with its errorDetails."""
    answered = []
    for item in formats.children(call.json, key):
        try:
            answered.append(do(item))
        except ApiError as error:
            answered.append(formats.stringified(item) | {"errorDetails": error.details()})
    return answered


def page(call: Call, key: str, found: Sequence[Any]) -> Json:
    """`count` things from `start_position` on, with the sizes that tell where they are in the whole."""
    start = _number(call, "start_position", 0)
    shown = list(found[start : start + _number(call, "count", MAX_PAGE)])
    return {
        key: shown,
        "resultSetSize": str(len(shown)),
        "totalSetSize": str(len(found)),
        "startPosition": str(start),
        "endPosition": str(max(start, start + len(shown) - 1)),
    }


def name(body: Json, key: str) -> str:
    """A name that must be there. Raises ApiError."""
    given = formats.text(body.get(key)).strip()
    if not given:
        raise invalid_parameter(f"{key} is missing.")
    return given


def over(known: Json, given: Json, *fixed: str) -> Json:
    """`known` with what is given, as texts; the `fixed` fields stay as they are."""
    changed: Json = formats.stringified({key: value for key, value in given.items() if key not in fixed})
    return known | changed


def _number(call: Call, key: str, default: int) -> int:
    try:
        number = formats.integer(call.query.get(key), default)
    except ValueError as error:
        raise invalid_parameter(f"{key} is not a number.") from error
    if number < 0:
        raise invalid_parameter(f"{key} is below zero.")
    return min(number, MAX_PAGE) if key == "count" else number
