"""The machinery under document templates: Jinja's immutable sandbox with nothing left in it but values.

`{{ a.b }}` finds keys of mappings and never attributes of Python objects; a name that is missing raises at its
mention; loops, sums and joined text are bounded.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from esign.documents import formats
from esign.documents.grammar import GIVEN, PRINT, TURNS, listed

MAX_STEPS = 20_000  # turns of all loops together
MAX_SECONDS = 2.0
MAX_NUMBER = Decimal(10) ** 15
MAX_JOINED = 10_000
BUDGET = "_budget"  # authors cannot write names that begin with an underscore
LOOP_FACTS = frozenset({"index", "index0", "revindex", "first", "last", "length"})


class _MissingValue(StrictUndefined):
    """Raises at the mention of a missing name, so that `if`, `for`, filters and tests cannot swallow it."""

    def __init__(self, hint: str | None = None, obj: Any = None, name: str | None = None, *_: Any) -> None:
        raise Missing(name or hint or "", obj)


class Missing(Exception):
    def __init__(self, name: str, owner: Any) -> None:
        super().__init__(name)
        self.name = name
        self.owner = owner if isinstance(owner, Mapping) else None


class Stop(Exception):
    """A rule was broken while the template ran; the message is already fit for staff."""

    def __init__(self, message: str, variable: str = "", fault: str = "") -> None:
        super().__init__(message)
        self.variable = variable
        self.fault = fault


EMPTY, EXCESS = "empty", "excess"


class Budget:
    """What one rendering may still use."""

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.until = time.monotonic() + MAX_SECONDS

    def turn(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Stop(f"The loops of this template turn more than {MAX_STEPS:,} times.", fault=EXCESS)
        if time.monotonic() > self.until:
            raise Stop(f"The template takes longer than {MAX_SECONDS:g} seconds.", fault=EXCESS)


class DocumentEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 with nothing but mappings, lists and values in it."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(
            autoescape=True,
            undefined=_MissingValue,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[],
            cache_size=0,
        )
        self.globals.clear()
        self.filters = {
            **formats.FILTERS,
            **{n: _in_language(f) for n, f in formats.LANGUAGE_FILTERS.items()},
            **_FILTERS,
        }
        self.tests = {
            "none": lambda value: value is None,
            "odd": lambda n: n % 2 == 1,
            "even": lambda n: n % 2 == 0,
        }

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, LoopContext) and argument in LOOP_FACTS:
            return getattr(obj, argument)
        if isinstance(obj, list | tuple) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        raise Missing(str(argument), obj)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not (_is_number(left) and _is_number(right)):
            raise Stop(f"“{operator}” works on numbers only.")
        result = super().call_binop(context, operator, _exact(left), _exact(right))
        if abs(result) > MAX_NUMBER:
            raise Stop("A calculation in this template gives a number that is too large.", fault=EXCESS)
        return result

    def is_safe_callable(self, obj: Any) -> bool:
        return getattr(obj, "is_document_tag", False) is True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _exact(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, float) else value


def _print_value(value: Any, written: str, plain: bool) -> Any:
    """What `{{ … }}` prints. `plain` is true where the author printed a variable and not a choice or a sum."""
    if isinstance(value, Markup):
        return value
    if value is None or (plain and isinstance(value, str) and not value.strip()):
        raise Stop(f"“{written}” is empty.", written, EMPTY)
    if isinstance(value, bool):
        raise Stop(f"“{written}” is a yes or no; ask for it with {{% if %}}.", written)
    if isinstance(value, str | int | Decimal | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        raise Stop(f"“{written}” is a group of values; name one of them: {listed(value)}.", written)
    raise Stop(f"“{written}” is a list; print its items with {{% for %}}.", written)


def _given(value: Any, written: str) -> Any:
    """What a filter works on must be there: `{{ tenant.phone|upper }}` may not stumble over nothing."""
    if value is None:
        raise Stop(f"“{written}” is empty.", written, EMPTY)
    return value


@pass_context
def _turns(context: Context, items: Any) -> Iterator[Any]:
    if not isinstance(items, list | tuple):
        raise Stop("{% for %} repeats over a list; this is not one.")
    budget: Budget = context[BUDGET]
    for item in items:
        budget.turn()
        yield item


def _join(values: Any, separator: str = ", ") -> str:
    if not isinstance(values, list | tuple) or not all(isinstance(v, str | int | Decimal) for v in values):
        raise Stop("“join” takes a list of words.")
    if sum(len(str(v)) + len(separator) for v in values) > MAX_JOINED:
        raise Stop("“join” would give more text than a document holds.", fault=EXCESS)
    return separator.join(str(v) for v in values)


def _length(value: Any) -> int:
    if not isinstance(value, list | tuple | Mapping | str):
        raise Stop("“length” counts lists and text.")
    return len(value)


def _text(change: Callable[[str], str]) -> Callable[[Any], str]:
    def filter_text(value: Any) -> str:
        if not isinstance(value, str):
            raise Stop("This filter changes text only.")
        return change(value)

    return filter_text


def _in_language(write: Callable[[Any, str], str]) -> Callable[..., str]:
    """`{{ day|long_date }}` in the language of the document; `{{ day|long_date("en") }}` in another."""

    @pass_context
    def filter_value(context: Context, value: Any, language: str = "") -> str:
        return write(value, language or str(context.get("language", "en")))

    return filter_value


_FILTERS: dict[str, Callable[..., Any]] = {
    PRINT: _print_value,
    GIVEN: _given,
    TURNS: _turns,
    "join": _join,
    "length": _length,
    "upper": _text(str.upper),
    "lower": _text(str.lower),
    "capitalize": _text(lambda text: text[:1].upper() + text[1:]),
    "trim": _text(str.strip),
}


@cache
def environment() -> DocumentEnvironment:
    """The one environment of this process; it holds no state between documents."""
    return DocumentEnvironment()
