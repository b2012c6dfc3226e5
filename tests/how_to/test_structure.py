"""The walls of the house, measured: few rooms at the top, short chains of imports, short functions, short lines."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import grimp
import pytest

from propertyapp.local.environment import BASE_DIR

ROOMS = ("esign", "leases", "propertyapp", "docusign_emulator")
ASIDE = {"migrations", "management", "locale", "static"}
MAX_FUNCTION = 60
MAX_TEMPLATE_LINE = 160
MAX_CHAIN = 24


def test_esign_has_at_most_fourteen_packages_and_five_modules_at_its_top() -> None:
    top = BASE_DIR / "esign"
    packages = {path.parent.name for path in top.glob("*/__init__.py")} - ASIDE
    modules = {path.stem for path in top.glob("*.py")}
    assert len(packages) <= 14, sorted(packages)
    assert modules == {"__init__", "apps", "tasks", "urls", "webhooks"}


def test_no_chain_of_imports_is_longer_than_twenty_four_modules() -> None:
    graph = grimp.build_graph("propertyapp", "leases", "esign", exclude_type_checking_imports=True)

    @cache
    def longest_from(module: str) -> tuple[str, ...]:
        following = sorted(graph.find_modules_directly_imported_by(module))
        return (module, *max(map(longest_from, following), key=len, default=()))

    chain = max((longest_from(one) for one in sorted(graph.modules) if ".migrations" not in one), key=len)
    assert len(chain) <= MAX_CHAIN, "\n".join(chain)


@pytest.mark.parametrize("room", ROOMS)
def test_no_function_has_more_than_sixty_lines(room: str) -> None:
    long = [
        f"{path.relative_to(BASE_DIR)}:{node.lineno} {node.name} ({node.end_lineno - node.lineno + 1})"
        for path in sorted((BASE_DIR / room).rglob("*.py"))
        if not {"migrations", "tests"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("folder", ["templates", "docusign_emulator/pages/templates"])
def test_no_line_of_a_template_is_longer_than_a_hundred_and_sixty_characters(folder: str) -> None:
    long = [
        f"{path.relative_to(BASE_DIR)}:{number}"
        for path in sorted(Path(BASE_DIR / folder).rglob("*.*"))
        if path.suffix in (".html", ".txt")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > MAX_TEMPLATE_LINE
    ]
    assert long == []
