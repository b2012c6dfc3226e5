"""The language of document templates: Jinja2 cut down until staff may write it.

A template is wording with holes. It can print values, choose (`if`), repeat (`for`) and call the signature
tags; it cannot load, import, call methods, reach attributes of Python objects, or grow without bounds.
Three layers see to that, and each alone would do for most attacks:

1. the parsed template is held against a list of allowed constructs before it is compiled;
2. `{{ a.b }}` looks up keys of plain mappings only, so `''.__class__` finds nothing to hold on to;
3. Jinja's own immutable sandbox runs below, with loops, arithmetic, output and time counted.

A name that is not there, or a value that is empty where it would be printed, raises `TemplateProblem` with
the line and the expression: a contract has no silent blanks.
"""

import difflib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes, pass_context
from jinja2.environment import Template
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from esign.documents import formats
from esign.documents.errors import TemplateProblem

MAX_SOURCE = 500_000  # characters of template text
MAX_OUTPUT = 1_500_000  # characters of HTML: some 300 pages
MAX_STEPS = 20_000  # turns of all loops together
MAX_SECONDS = 2.0
MAX_LOOP_DEPTH = 3
MAX_BLOCK_DEPTH = 12
MAX_NUMBER = Decimal(10) ** 15
MAX_JOINED = 10_000

NAMES_OF_REFUSED: dict[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.Block: "block",
    nodes.AssignBlock: "set … endset",
    nodes.Dict: "a { } mapping",
    nodes.Slice: "a slice [a:b]",
    nodes.Concat: "~",
    nodes.Pow: "**",
}
ALLOWED_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.Assign,
    nodes.Name,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Call,
    nodes.Keyword,
    nodes.Filter,
    nodes.Test,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Neg,
    nodes.Pos,
)
BUDGET = "_budget"  # authors cannot write names that begin with an underscore
LOOP_FACTS = frozenset({"index", "index0", "revindex", "first", "last", "length"})
RESERVED_FILTERS = frozenset({"print_value", "turns"})  # put in by the compiler below, never by an author


class _MissingValue(StrictUndefined):
    """Raises at the mention of a missing name, so that `if`, `for`, filters and tests cannot swallow it."""

    def __init__(self, hint: str | None = None, obj: Any = None, name: str | None = None, *_: Any) -> None:
        raise _Missing(name or hint or "", obj)


class _Missing(Exception):  # noqa: N818 - a signal between this module's own parts
    def __init__(self, name: str, owner: Any) -> None:
        super().__init__(name)
        self.name = name
        self.owner = owner if isinstance(owner, Mapping) else None


class _Stop(Exception):  # noqa: N818 - a signal between this module's own parts
    """A rule was broken while the template ran; the message is already fit for staff."""

    def __init__(self, message: str, variable: str = "") -> None:
        super().__init__(message)
        self.variable = variable


class _Budget:
    """What one rendering may still use."""

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.until = time.monotonic() + MAX_SECONDS

    def turn(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise _Stop(f"The loops of this template turn more than {MAX_STEPS:,} times.")
        if time.monotonic() > self.until:
            raise _Stop(f"The template takes longer than {MAX_SECONDS:g} seconds.")


class DocumentEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 with nothing but mappings, lists and values in it."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(
            autoescape=True, undefined=_MissingValue, trim_blocks=True, lstrip_blocks=True, extensions=[], cache_size=0
        )
        self.globals.clear()
        self.filters = {**formats.FILTERS, **{n: _in_language(f) for n, f in formats.LANGUAGE_FILTERS.items()}, **_FILTERS}
        self.tests = {"none": lambda value: value is None, "odd": lambda n: n % 2 == 1, "even": lambda n: n % 2 == 0}

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str) and argument in obj:
            return obj[argument]
        if isinstance(obj, LoopContext) and argument in LOOP_FACTS:
            return getattr(obj, argument)
        if isinstance(obj, list | tuple) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        raise _Missing(str(argument), obj)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not (_is_number(left) and _is_number(right)):
            raise _Stop(f"“{operator}” works on numbers only.")
        result = super().call_binop(context, operator, _exact(left), _exact(right))
        if abs(result) > MAX_NUMBER:
            raise _Stop("A calculation in this template gives a number that is too large.")
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
        raise _Stop(f"“{written}” is empty.", written)
    if isinstance(value, bool):
        raise _Stop(f"“{written}” is a yes or no; ask for it with {{% if %}}.", written)
    if isinstance(value, str | int | Decimal | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        raise _Stop(f"“{written}” is a group of values; name one of them: {_some(value)}.", written)
    raise _Stop(f"“{written}” is a list; print its items with {{% for %}}.", written)


def _some(names: Iterable[str], most: int = 8) -> str:
    shown = [str(name) for name in names]
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "")


@pass_context
def _turns(context: Context, items: Any) -> Iterator[Any]:
    if not isinstance(items, list | tuple):
        raise _Stop("{% for %} repeats over a list; this is not one.")
    budget: _Budget = context[BUDGET]
    for item in items:
        budget.turn()
        yield item


def _join(values: Any, separator: str = ", ") -> str:
    if not isinstance(values, list | tuple) or not all(isinstance(v, str | int | Decimal) for v in values):
        raise _Stop("“join” takes a list of words.")
    if sum(len(str(v)) + len(separator) for v in values) > MAX_JOINED:
        raise _Stop("“join” would give more text than a document holds.")
    return separator.join(str(v) for v in values)


def _length(value: Any) -> int:
    if not isinstance(value, list | tuple | Mapping | str):
        raise _Stop("“length” counts lists and text.")
    return len(value)


def _text(change: Callable[[str], str]) -> Callable[[Any], str]:
    def filter_text(value: Any) -> str:
        if not isinstance(value, str):
            raise _Stop("This filter changes text only.")
        return change(value)

    return filter_text


def _in_language(write: Callable[[Any, str], str]) -> Callable[..., str]:
    """`{{ day|long_date }}` in the language of the document; `{{ day|long_date("en") }}` in another."""

    @pass_context
    def filter_value(context: Context, value: Any, language: str = "") -> str:
        return write(value, language or str(context.get("language", "en")))

    return filter_value


_FILTERS: dict[str, Callable[..., Any]] = {
    "print_value": _print_value,
    "turns": _turns,
    "join": _join,
    "length": _length,
    "upper": _text(str.upper),
    "lower": _text(str.lower),
    "capitalize": _text(lambda text: text[:1].upper() + text[1:]),
    "trim": _text(str.strip),
}


class _Checked(NodeTransformer):
    """Refuses what is not on the list, then wraps what is printed and what is looped over."""

    def __init__(self, tags: frozenset[str], filters: frozenset[str]) -> None:
        self.tags = tags
        self.filters = filters - RESERVED_FILTERS
        self.loops = 0
        self.blocks = 0

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(node, ALLOWED_NODES):
            what = NAMES_OF_REFUSED.get(type(node), type(node).__name__.lower())
            raise TemplateProblem(f"“{what}” cannot be used in a document.", line=node.lineno)
        return super().visit(node, *args, **kwargs)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja names visitors after node classes
        if node.name.startswith("_"):
            raise TemplateProblem(f"“{node.name}” cannot be used in a document.", line=node.lineno, variable=node.name)
        return node

    def visit_Assign(self, node: nodes.Assign) -> nodes.Node:  # noqa: N802
        if not isinstance(node.target, nodes.Name):
            raise TemplateProblem("{% set %} gives one name a value.", line=node.lineno)
        return self.generic_visit(node)

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        return self._constants_only(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        # `for a, b in …` also parses as a tuple, of names to be filled: lists of pairs do not occur here.
        return self._constants_only(node)

    def _constants_only(self, node: nodes.List | nodes.Tuple) -> nodes.Node:
        if not all(isinstance(item, nodes.Const) for item in node.items):
            raise TemplateProblem("A list written in a template holds plain words and numbers only.", line=node.lineno)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        if not isinstance(node.node, nodes.Name) or node.node.name not in self.tags:
            written = as_written(node.node)
            raise TemplateProblem(
                f"“{written}(…)” cannot be called; a document knows {_some(sorted(self.tags), 20)}.",
                line=node.lineno,
                variable=written,
            )
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise TemplateProblem("“*” and “**” cannot be used in a call.", line=node.lineno)
        return self.generic_visit(node)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        if node.name not in self.filters:
            raise TemplateProblem(
                f"There is no filter “{node.name}”. A document knows {_some(sorted(self.filters), 30)}.",
                line=node.lineno,
            )
        return self.generic_visit(node)

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        if node.name not in {"none", "odd", "even"}:
            raise TemplateProblem(
                f"“is {node.name}” cannot be used; a document knows: is none, is odd, is even.", line=node.lineno
            )
        return self.generic_visit(node)

    def visit_If(self, node: nodes.If) -> nodes.Node:  # noqa: N802
        return self._deeper(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
            raise TemplateProblem("Write loops as {% for item in list %}, with {% if %} inside.", line=node.lineno)
        self.loops += 1
        if self.loops > MAX_LOOP_DEPTH:
            raise TemplateProblem(f"Loops may be nested {MAX_LOOP_DEPTH} deep, no more.", line=node.lineno)
        self._deeper(node)
        self.loops -= 1
        node.iter = nodes.Filter(node.iter, "turns", [], [], None, None, lineno=node.lineno)
        return node

    def _deeper(self, node: nodes.Node) -> nodes.Node:
        self.blocks += 1
        if self.blocks > MAX_BLOCK_DEPTH:
            raise TemplateProblem(f"Blocks may be nested {MAX_BLOCK_DEPTH} deep, no more.", line=node.lineno)
        self.generic_visit(node)
        self.blocks -= 1
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [
            item if isinstance(item, nodes.TemplateData) else _printed(item) for item in node.nodes
        ]
        return node


def _printed(expression: nodes.Expr) -> nodes.Expr:
    line = expression.lineno
    is_plain = isinstance(expression, nodes.Name | nodes.Getattr | nodes.Getitem)
    arguments: list[nodes.Expr] = [
        nodes.Const(as_written(expression), lineno=line),
        nodes.Const(is_plain, lineno=line),
    ]
    return nodes.Filter(expression, "print_value", arguments, [], None, None, lineno=line)


def as_written(node: nodes.Node) -> str:
    """The expression as its author would recognise it: `tenant.name`, `tenants[0].name`, `rent|money`."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{as_written(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem):
        return f"{as_written(node.node)}[{as_written(node.arg)}]"
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.Filter) and node.node is not None:
        return f"{as_written(node.node)}|{node.name}"
    if isinstance(node, nodes.Call):
        return f"{as_written(node.node)}()"
    return "this expression"


class DocumentText:
    """A template that passed the checks and can be rendered for any lease."""

    def __init__(self, text: str, *, tags: Iterable[str] = (), name: str = "") -> None:
        """Check and compile. Raises `TemplateProblem` with the line of the first thing that is not allowed."""
        self.name = name
        if len(text) > MAX_SOURCE:
            raise self._problem(
                f"The text has {len(text):,} characters; a document template may have {MAX_SOURCE:,}."
            )
        environment = _environment()
        try:
            tree = environment.parse(text)
            checked = _Checked(frozenset(tags), frozenset(environment.filters)).visit(tree)
            self._mentions = [
                (node.lineno, node.name if isinstance(node, nodes.Name) else node.attr, as_written(node))
                for node in checked.find_all((nodes.Name, nodes.Getattr))
            ]
            self._template: Template = environment.from_string(checked)
        except TemplateProblem as problem:
            problem.template = name
            raise
        except TemplateSyntaxError as mistake:
            raise self._problem(_in_plain_words(mistake), line=mistake.lineno) from mistake
        except (RecursionError, MemoryError, SyntaxError, ValueError, OverflowError) as excess:
            # Python's own limits on depth, on nested blocks and on the digits of a number
            raise self._problem("The template is nested too deep or holds a number that is too long.") from excess

    def render(self, values: Mapping[str, Any], tags: Mapping[str, Callable[..., Markup]] | None = None) -> str:
        """The HTML. Raises `TemplateProblem` naming the variable that is missing or the rule that was broken."""
        functions = tags or {}
        pieces: list[str] = []
        size = 0
        try:
            for piece in self._template.generate({**values, **functions, BUDGET: _Budget()}):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise _Stop("The document grows beyond what a contract can hold (about 300 pages).")
        except TemplateProblem as problem:
            problem.template, problem.line = self.name, problem.line or _line_of(problem)
            raise
        except _Stop as stop:
            raise self._problem(str(stop), line=_line_of(stop), variable=stop.variable) from None
        except _Missing as missing:
            raise self._missing(missing, values) from None
        except SecurityError as refusal:
            raise self._problem("This cannot be called from a document.", line=_line_of(refusal)) from refusal
        except (ArithmeticError, TypeError, ValueError, RecursionError) as mistake:
            # Values that do not go together: a date compared with a word, a division by zero, a tag misused.
            raise self._problem(f"This does not work here: {mistake}.", line=_line_of(mistake)) from mistake
        return "".join(pieces)

    def _missing(self, missing: _Missing, values: Mapping[str, Any]) -> TemplateProblem:
        line = _line_of(missing)
        candidates = [m for m in self._mentions if m[1] == missing.name]
        written = min(candidates, key=lambda m: abs(m[0] - (line or 0)))[2] if candidates else missing.name
        known = [k for k in (missing.owner if missing.owner is not None else values) if not k.startswith("_")]
        close = difflib.get_close_matches(missing.name, known, n=1)
        message = f"“{written}” is not known here."
        if close:
            message += f" Did you mean “{written.removesuffix(missing.name)}{close[0]}”?"
        return self._problem(message, line=line, variable=written)

    def _problem(self, message: str, *, line: int | None = None, variable: str = "") -> TemplateProblem:
        return TemplateProblem(message, line=line, variable=variable, template=self.name)


def _line_of(error: BaseException) -> int | None:
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _in_plain_words(mistake: TemplateSyntaxError) -> str:
    message = (mistake.message or "").strip()
    unknown = message.removeprefix("Encountered unknown tag ")
    if unknown != message:
        name = unknown.split("'")[1] if "'" in unknown else unknown
        return f"“{{% {name} %}}” cannot be used in a document; the tags are if, elif, else, for and set."
    return f"The template cannot be read: {message}"


@cache
def _environment() -> DocumentEnvironment:
    return DocumentEnvironment()
