"""Every name in a template text that no lease could fill, found without rendering: also where an `if` is not taken.

Rendering stops at the first mistake and never looks into a branch that this lease does not take. Here the parsed
text is walked with the shapes of the values in hand, loops and `set` included.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from esign.documents.errors import TemplateProblem
from esign.documents.grammar import as_written
from esign.documents.sandbox import LOOP_FACTS, environment
from esign.documents.signature_tags import TAG_NAMES

# A shape is a mapping of names to shapes, a list holding the shape of its items, or one of these.
Shape = Any
VALUE = None  # something to print, with nothing inside
ANYTHING = object()  # the outcome of a sum, a filter or a mistake that is reported already


def shape_of(value: Any) -> Shape:
    """What can be named in this value."""
    if isinstance(value, Mapping):
        return {str(name): shape_of(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [merged(shape_of(item) for item in value)]
    return VALUE


def merged(shapes: Iterable[Shape]) -> Shape:
    """What can be named in any of these: a value may be empty on one lease and a group on another."""
    result: Shape = VALUE
    for shape in shapes:
        if isinstance(result, dict) and isinstance(shape, dict):
            result = {name: _both(result, shape, name) for name in [*result, *(n for n in shape if n not in result)]}
        elif isinstance(result, list) and isinstance(shape, list):
            result = [merged([*result, *shape])]
        elif shape is not VALUE:
            result = shape
    return result


def _both(one: dict[str, Shape], other: dict[str, Shape], name: str) -> Shape:
    return merged([one.get(name, VALUE), other.get(name, VALUE)])


def unknown_names(text: str, known: Shape) -> list[TemplateProblem]:
    """Each name that is not there, with its line; nothing for a text that cannot be read at all."""
    try:
        tree = environment().parse(text)
    except (TemplateSyntaxError, RecursionError):
        return []
    walk = _Walk()
    walk.statements(tree.body, dict(known))
    return walk.problems


class _Walk:
    def __init__(self) -> None:
        self.problems: list[TemplateProblem] = []
        self._said: set[tuple[int, str]] = set()

    def statements(self, body: Iterable[nodes.Node], names: dict[str, Shape]) -> None:
        for node in body:
            if isinstance(node, nodes.For):
                self._loop(node, names)
            elif isinstance(node, nodes.If):
                self._shape(node.test, names)
                for branch in (node.body, node.elif_, node.else_):
                    self.statements(branch, names)
            elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
                names[node.target.name] = self._shape(node.node, names)
            elif isinstance(node, nodes.Output):
                for expression in node.nodes:
                    self._shape(expression, names)

    def _loop(self, node: nodes.For, names: dict[str, Shape]) -> None:
        items = self._shape(node.iter, names)
        inside = {**names, "loop": dict.fromkeys(LOOP_FACTS)}
        if isinstance(node.target, nodes.Name):
            inside[node.target.name] = items[0] if isinstance(items, list) and items else ANYTHING
        self.statements(node.body, inside)
        self.statements(node.else_, dict(names))

    def _shape(self, node: nodes.Node, names: dict[str, Shape]) -> Shape:
        if isinstance(node, nodes.Name):
            return self._find(node, node.name, names)
        if isinstance(node, nodes.Getattr):
            return self._find(node, node.attr, self._shape(node.node, names))
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            return self._find(node, node.arg.value, self._shape(node.node, names))
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in TAG_NAMES:
            for argument in (*node.args, *(keyword.value for keyword in node.kwargs)):
                self._shape(argument, names)
            return ANYTHING
        for child in node.iter_child_nodes():
            self._shape(child, names)
        return ANYTHING

    def _find(self, node: nodes.Expr, name: Any, owner: Shape) -> Shape:
        if owner is ANYTHING:
            return ANYTHING
        if isinstance(owner, dict) and name in owner:
            return owner[name]
        if isinstance(owner, list) and isinstance(name, int):
            return owner[0]
        written = as_written(node)
        close = difflib.get_close_matches(str(name), list(owner), n=1) if isinstance(owner, dict) else []
        message = f"“{written}” is not known here."
        if close:
            message += f" Did you mean “{written.removesuffix(str(name))}{close[0]}”?"
        elif isinstance(owner, list):
            message += " It is asked of a list; write {% for %} and ask it of each."
        if (node.lineno, written) not in self._said:
            self._said.add((node.lineno, written))
            self.problems.append(TemplateProblem(message, line=node.lineno, variable=written))
        return ANYTHING
