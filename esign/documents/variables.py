"""What a template may print, with an example of each: the list beside the editor."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from esign.documents import formats


@dataclass(frozen=True)
class Variable:
    """One name of a document. `kind` is text, number, amount, date, yes/no, list or empty (nothing on this lease)."""

    name: str
    kind: str
    example: str


def variables(context: Mapping[str, Any]) -> list[Variable]:
    """Every name of a context, in its order. Items of a list are shown as `tenants[0].name`, once for all."""
    return list(_walk(context, ""))


def _walk(value: Any, name: str) -> Iterator[Variable]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        yield Variable(name, "list", "none" if not value else f"{len(value)} of them")
        if value:
            yield from _walk(value[0], f"{name}[0]")
    else:
        yield _variable(name, value)


def _variable(name: str, value: Any) -> Variable:
    if value is None or value == "":
        return Variable(name, "empty", "")
    if isinstance(value, bool):
        return Variable(name, "yes/no", "yes" if value else "no")
    if isinstance(value, date):
        return Variable(name, "date", formats.long_date(value))
    if isinstance(value, Decimal):
        return Variable(name, "amount", str(value))
    return Variable(name, "number" if isinstance(value, int) else "text", str(value))
