"""The emulator tells what it is, and keeps to itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from docusign_emulator.behaviour.switches import SWITCHES, Switches
from docusign_emulator.protocol.errors import UNSURE_CODES
from docusign_emulator.rest.operations import ROUTER
from docusign_emulator.tests import coverage

PACKAGE = Path(__file__).parents[1]
NOT_CALLS = {"allowReassign"}  # what else the first column names
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "tests" not in path.relative_to(PACKAGE).parts)


@pytest.mark.parametrize("name", SWITCHES)
def test_every_open_question_is_told_and_has_an_effect(name: str) -> None:
    assert f"`{name}`" in (PACKAGE / "FIDELITY.md").read_text()
    users = [path for path in MODULES if path.name != "switches.py" and f'"{name}"' in path.read_text()]
    assert users


@pytest.mark.parametrize("name", sorted({operation.name for operation in ROUTER.operations()}))
def test_every_call_is_told_to_be_the_same_simplified_or_assumed(name: str) -> None:
    rows = [line.split("|") for line in (PACKAGE / "FIDELITY.md").read_text().splitlines() if f"`{name}`" in line]
    verdicts = [cells[2].split()[0].rstrip(":.") for cells in rows if len(cells) > 3 and f"`{name}`" in cells[1]]
    assert verdicts
    assert set(verdicts) <= {"same", "simplified", "assumed"}


def test_only_calls_that_are_there_are_told_of() -> None:
    known = {operation.name for operation in ROUTER.operations()}
    rows = [line.split("|") for line in (PACKAGE / "FIDELITY.md").read_text().splitlines() if line.startswith("| `")]
    told = {name for cells in rows for name in re.findall(r"`([a-z][A-Za-z]+)`", cells[1])}
    assert told - known == NOT_CALLS


def test_the_table_of_operations_is_as_it_would_be_made() -> None:
    """After a change: `python -m docusign_emulator.tests.coverage --table`."""
    assert coverage.TABLE.read_text() == coverage.table()


def test_every_unsure_code_is_told() -> None:
    told = (PACKAGE / "FIDELITY.md").read_text()
    assert {code for code in UNSURE_CODES if code not in told} == set()


@pytest.mark.parametrize(
    "wanted", [{"limit_status": 500}, {"no_such": 1}, {"search_lag_seconds": -1}, {"limit_retry_after": "yes"}]
)
def test_a_switch_takes_only_what_it_knows(wanted: dict[str, object]) -> None:
    switches = Switches()
    with pytest.raises(ValueError, match=next(iter(wanted))):
        switches.turn({"bulk_per_second": 1.0} | wanted)
    assert switches.changed() == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_it_imports_nothing_of_the_application(path: Path) -> None:
    named: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named.add(node.module)
    strangers = {
        name for name in named if name.split(".")[0] in ("esign", "leases", "propertyapp", "django", "docusign_esign")
    }
    assert not strangers
