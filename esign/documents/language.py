"""The language of document templates: Jinja2 cut down until staff may write it.

A template is template text with holes. It can print values, choose (`if`), repeat (`for`) and call the signature
tags; it cannot load, import, call methods, reach attributes of Python objects, or grow without bounds.
Three layers see to that, and each alone would do for most attacks:

1. the parsed template is held against a list of allowed constructs before it is compiled (`grammar`);
2. `{{ a.b }}` looks up keys of plain mappings only, so `''.__class__` finds nothing to hold on to (`sandbox`);
3. Jinja's own immutable sandbox runs below, with loops, arithmetic, output and time counted.

A name that is not there, or a value that is empty where it would be printed, raises `TemplateProblem` with
the line and the expression: a contract has no silent blanks.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from markupsafe import Markup

from esign.documents.errors import TemplateProblem
from esign.documents.grammar import Grammar, as_written
from esign.documents.sandbox import BUDGET, EXCESS, Budget, Missing, Stop, environment

MAX_SOURCE = 500_000  # characters of template text
MAX_OUTPUT = 1_500_000  # characters of HTML: some 300 pages


class DocumentText:
    """A template that passed the checks and can be rendered for any lease."""

    def __init__(self, text: str, *, tags: Iterable[str] = (), name: str = "") -> None:
        """Check and compile. Raises `TemplateProblem` with the line of the first thing that is not allowed."""
        self.name = name
        if len(text) > MAX_SOURCE:
            raise self._problem(f"The text has {len(text):,} characters; a document template may have {MAX_SOURCE:,}.")
        jinja = environment()
        try:
            tree = jinja.parse(text)
            checked = Grammar(frozenset(tags), frozenset(jinja.filters)).visit(tree)
            self._mentions = [
                (node.lineno, node.name if isinstance(node, nodes.Name) else node.attr, as_written(node))
                for node in checked.find_all((nodes.Name, nodes.Getattr))
            ]
            self._template: Template = jinja.from_string(checked)
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
            for piece in self._template.generate({**values, **functions, BUDGET: Budget()}):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise Stop("The document grows beyond what a contract can hold (about 300 pages).", fault=EXCESS)
        except TemplateProblem as problem:
            problem.template, problem.line = self.name, problem.line or _line_of(problem)
            raise
        except Stop as stop:
            raise self._problem(str(stop), line=_line_of(stop), variable=stop.variable, fault=stop.fault) from None
        except Missing as missing:
            raise self._missing(missing, values) from None
        except SecurityError as refusal:
            raise self._problem("This cannot be called from a document.", line=_line_of(refusal)) from refusal
        except (ArithmeticError, TypeError, ValueError, RecursionError) as mistake:
            # Values that do not go together: a date compared with a word, a division by zero, a tag misused.
            raise self._problem(f"This does not work here: {mistake}.", line=_line_of(mistake)) from mistake
        return "".join(pieces)

    def _missing(self, missing: Missing, values: Mapping[str, Any]) -> TemplateProblem:
        line = _line_of(missing)
        candidates = [m for m in self._mentions if m[1] == missing.name]
        written = min(candidates, key=lambda m: abs(m[0] - (line or 0)))[2] if candidates else missing.name
        known = [k for k in (missing.owner if missing.owner is not None else values) if not k.startswith("_")]
        close = difflib.get_close_matches(missing.name, known, n=1)
        message = f"“{written}” is not known here."
        if close:
            message += f" Did you mean “{written.removesuffix(missing.name)}{close[0]}”?"
        return self._problem(message, line=line, variable=written)

    def _problem(
        self, message: str, *, line: int | None = None, variable: str = "", fault: str = ""
    ) -> TemplateProblem:
        return TemplateProblem(message, line=line, variable=variable, template=self.name, fault=fault)


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
