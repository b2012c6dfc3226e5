"""What a document template may say: checked on the parsed text, before any of it is compiled."""

from collections.abc import Iterable
from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from esign.documents.errors import TemplateProblem

MAX_LOOP_DEPTH = 3
MAX_BLOCK_DEPTH = 12
TESTS = ("none", "odd", "even")
# Put in below, around what is printed, filtered and looped over; an author cannot write them.
PRINT, GIVEN, TURNS = "print_value", "given", "turns"

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


def listed(names: Iterable[str], most: int = 8) -> str:
    """The first few names, with an ellipsis where there are more."""
    shown = [str(name) for name in names]
    return ", ".join(shown[:most]) + (", …" if len(shown) > most else "")


class Grammar(NodeTransformer):
    """Refuses what is not on the list, then wraps what is printed and what is looped over."""

    def __init__(self, tags: frozenset[str], filters: frozenset[str]) -> None:
        self.tags = tags
        self.filters = filters - {PRINT, GIVEN, TURNS}
        self.loops = 0
        self.blocks = 0

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(node, ALLOWED_NODES):
            what = NAMES_OF_REFUSED.get(type(node), type(node).__name__.lower())
            raise TemplateProblem(f"“{what}” cannot be used in a document.", line=node.lineno)
        return super().visit(node, *args, **kwargs)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        if node.name.startswith("_"):
            raise TemplateProblem(f"“{node.name}” cannot be used in a document.", line=node.lineno, variable=node.name)
        return node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        return self._public(node, node.attr)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        return self._public(node, node.arg.value if isinstance(node.arg, nodes.Const) else "")

    def _public(self, node: nodes.Expr, name: Any) -> nodes.Node:
        """The sandbox would find nothing there either; the author learns it before anything runs."""
        if str(name).startswith("_"):
            written = as_written(node)
            raise TemplateProblem(f"“{written}” cannot be used in a document.", line=node.lineno, variable=written)
        return self.generic_visit(node)

    def visit_Assign(self, node: nodes.Assign) -> nodes.Node:
        if not isinstance(node.target, nodes.Name):
            raise TemplateProblem("{% set %} gives one name a value.", line=node.lineno)
        return self.generic_visit(node)

    def visit_List(self, node: nodes.List) -> nodes.Node:
        return self._constants_only(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        # `for a, b in …` also parses as a tuple, of names to be filled: lists of pairs do not occur here.
        return self._constants_only(node)

    def _constants_only(self, node: nodes.List | nodes.Tuple) -> nodes.Node:
        if not all(isinstance(item, nodes.Const) for item in node.items):
            raise TemplateProblem("A list written in a template holds plain words and numbers only.", line=node.lineno)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        if not isinstance(node.node, nodes.Name) or node.node.name not in self.tags:
            written = as_written(node.node)
            raise TemplateProblem(
                f"“{written}(…)” cannot be called; a document knows "
                f"{listed(sorted(self.tags), 20) or 'no functions here'}.",
                line=node.lineno,
                variable=written,
            )
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            raise TemplateProblem("“*” and “**” cannot be used in a call.", line=node.lineno)
        return self.generic_visit(node)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:
        if node.name not in self.filters:
            raise TemplateProblem(
                f"There is no filter “{node.name}”. A document knows {listed(sorted(self.filters), 30)}.",
                line=node.lineno,
            )
        self.generic_visit(node)
        if node.node is None:
            raise TemplateProblem(f"“{node.name}” stands alone; write a value before it.", line=node.lineno)
        if not isinstance(node.node, nodes.Filter):
            written = nodes.Const(as_written(node.node), lineno=node.lineno)
            node.node = nodes.Filter(node.node, GIVEN, [written], [], None, None, lineno=node.lineno)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:
        if node.name not in TESTS:
            raise TemplateProblem(
                f"“is {node.name}” cannot be used; a document knows: is none, is odd, is even.",
                line=node.lineno,
            )
        return self.generic_visit(node)

    def visit_If(self, node: nodes.If) -> nodes.Node:
        return self._deeper(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:
        if node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
            raise TemplateProblem("Write loops as {% for item in list %}, with {% if %} inside.", line=node.lineno)
        self.loops += 1
        if self.loops > MAX_LOOP_DEPTH:
            raise TemplateProblem(f"Loops may be nested {MAX_LOOP_DEPTH} deep, no more.", line=node.lineno)
        self._deeper(node)
        self.loops -= 1
        node.iter = nodes.Filter(node.iter, TURNS, [], [], None, None, lineno=node.lineno)
        return node

    def _deeper(self, node: nodes.Node) -> nodes.Node:
        self.blocks += 1
        if self.blocks > MAX_BLOCK_DEPTH:
            raise TemplateProblem(f"Blocks may be nested {MAX_BLOCK_DEPTH} deep, no more.", line=node.lineno)
        self.generic_visit(node)
        self.blocks -= 1
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:
        self.generic_visit(node)
        node.nodes = [item if isinstance(item, nodes.TemplateData) else _printed(item) for item in node.nodes]
        return node


def _printed(expression: nodes.Expr) -> nodes.Expr:
    line = expression.lineno
    is_plain = isinstance(expression, nodes.Name | nodes.Getattr | nodes.Getitem)
    arguments: list[nodes.Expr] = [
        nodes.Const(as_written(expression), lineno=line),
        nodes.Const(is_plain, lineno=line),
    ]
    return nodes.Filter(expression, PRINT, arguments, [], None, None, lineno=line)


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
        if node.name == GIVEN:
            return as_written(node.node)
        return f"{as_written(node.node)}|{node.name}"
    if isinstance(node, nodes.Call):
        return f"{as_written(node.node)}()"
    return "this expression"
