"""The audit of our packages finds what is known, with the network and without it."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from propertyapp.local.environment import BASE_DIR


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", BASE_DIR / "requirements" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_package_of_every_lock_file_is_looked_at(audit: ModuleType) -> None:
    pins = audit.pinned()
    assert {"django", "docusign-esign", "celery", "reportlab"} <= set(pins)
    assert sum(lock.read_text().count("==") for lock in audit.LOCKS) >= sum(map(len, pins.values()))


def test_a_version_with_a_known_fault_is_found_offline(audit: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("Django==5.0.7 \\\n    --hash=sha256:00\nrequests[socks]==2.0.0 ; python_version > '3'\n")
    kept = json.loads(audit.ADVISORIES.read_text())

    found = list(audit.known_offline(audit.pinned([lock]), kept["advisories"]))

    assert any(line.startswith("django 5.0.7") and "PYSEC-2024-70" in line for line in found)
    assert any(line.startswith("requests 2.0.0") for line in found)
    assert list(audit.known_offline({"django": {"5.0.8"}}, kept["advisories"][:0])) == []


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [("0.9", False), ("1.0", True), ("1.4.9", True), ("1.5", False), ("2.0", True), ("2.3", True), ("2.3.1", False)],
)
def test_ranges_end_before_the_repair_or_with_the_last_that_is_affected(
    version: str, is_affected: bool, audit: ModuleType
) -> None:
    ranges = [{"introduced": "1.0", "fixed": "1.5"}, {"introduced": "2.0", "last_affected": "2.3"}]
    assert audit.is_affected(version, ranges) is is_affected
    assert audit.is_affected("999", [{"introduced": "0"}])
    assert not audit.is_affected("no version", ranges)


def test_the_pinned_list_says_where_it_is_from_and_of_when(audit: ModuleType) -> None:
    kept = json.loads(audit.ADVISORIES.read_text())
    assert (kept["licence"], len(kept["commit"])) == ("CC-BY-4.0", 40)
    assert kept["as_of"] > "2024-01-01"
    assert len(kept["advisories"]) > 50
