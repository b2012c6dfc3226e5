"""Do any of our pinned packages have a known vulnerability? Part of `make check`.

Where the network is open, https://osv.dev is asked. Where it is closed, `advisories.json` answers: what the Python
Packaging Advisory Database (https://github.com/pypa/advisory-database, CC-BY-4.0) says of these packages, as of the
date in it. `audit.py --refresh DIRECTORY` writes that file again from a clone of the database.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

HERE = Path(__file__).resolve().parent
ADVISORIES = HERE / "advisories.json"
LOCKS = [*sorted(HERE.glob("*.txt")), *sorted((HERE.parent / "docusign_emulator" / "requirements").glob("*.txt"))]
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
OSV = "https://api.osv.dev/v1/querybatch"
SECONDS = 20
# What was looked at and does not concern us, with the reason.
ACCEPTED: dict[str, str] = {}

Pins = dict[str, set[str]]


def pinned(locks: Iterable[Path] = LOCKS) -> Pins:
    """Every version of every package that a lock file names."""
    pins: Pins = {}
    for lock in locks:
        for name, version in PIN.findall(lock.read_text()):
            pins.setdefault(re.sub(r"[-_.]+", "-", name).lower(), set()).add(version)
    return pins


def known_offline(pins: Pins, advisories: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What the advisories of the file say of these versions."""
    for advisory in advisories:
        for version in sorted(pins.get(advisory["package"], ())):
            if is_affected(version, advisory["ranges"]):
                yield _line(advisory["id"], advisory["package"], version)


def is_affected(version: str, ranges: Iterable[Mapping[str, str]]) -> bool:
    """Whether a version lies in one of the ranges: from `introduced`, before `fixed` or up to `last_affected`."""
    try:
        return any(_is_within(Version(version), one) for one in ranges)
    except InvalidVersion:
        return False


def _is_within(version: Version, one: Mapping[str, str]) -> bool:
    if version < Version(one["introduced"]):
        return False
    if "fixed" in one:
        return version < Version(one["fixed"])
    return "last_affected" not in one or version <= Version(one["last_affected"])


def known_online(pins: Pins) -> list[str]:
    """What osv.dev says. Raises OSError where the network is closed."""
    asked = [(name, version) for name, versions in sorted(pins.items()) for version in sorted(versions)]
    queries = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in asked]
    request = urllib.request.Request(
        OSV, json.dumps({"queries": queries}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310  # an address of ours, https
        results = json.loads(answer.read())["results"]
    return [
        _line(fault["id"], name, version)
        for (name, version), result in zip(asked, results, strict=True)
        for fault in result.get("vulns", [])
        if fault["id"] not in ACCEPTED
    ]


def _line(advisory: str, name: str, version: str) -> str:
    return f"{name} {version} has a known vulnerability: https://osv.dev/vulnerability/{advisory}"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    pins, kept = pinned(), json.loads(ADVISORIES.read_text())
    found = [line for line in known_offline(pins, kept["advisories"]) if not any(one in line for one in ACCEPTED)]
    try:
        found += known_online(pins)
        say(f"{len(pins)} packages; osv.dev was asked.")
    except (OSError, ValueError, KeyError):
        say(f"{len(pins)} packages; the network is closed, so only advisories up to {kept['as_of']} were looked at.")
    say("\n".join(sorted(set(found))) or "No known vulnerability.")
    return 1 if found else 0


# --- writing the file again -------------------------------------------------------------------------------


def refresh(database: Path) -> None:
    """From a clone of the advisory database (a bare one will do), for the packages that are pinned now."""
    import yaml  # noqa: PLC0415  # only here; `make check` needs nothing but packaging

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(database), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  # a folder that the developer names

    names = [name for name in git("ls-tree", "-r", "--name-only", "HEAD", "vulns").split() if name.endswith(".yaml")]
    pins = pinned()
    found = [
        fault
        for name in names
        if name.split("/")[1] in pins
        for fault in _advisories(yaml.safe_load(git("show", f"HEAD:{name}")))
    ]
    kept = {
        "source": "https://github.com/pypa/advisory-database",
        "licence": "CC-BY-4.0",
        "commit": git("rev-parse", "HEAD").strip(),
        "as_of": git("log", "-1", "--format=%cs").strip(),
        "advisories": found,
    }
    ADVISORIES.write_text(json.dumps(kept, indent=1) + "\n")


def _advisories(advisory: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if advisory.get("withdrawn"):
        return
    for affected in advisory.get("affected", []):
        ranges = [
            found
            for one in affected.get("ranges", [])
            if one["type"] == "ECOSYSTEM"
            for found in _ranges(one["events"])
        ]
        if ranges:
            yield {"id": advisory["id"], "package": affected["package"]["name"].lower(), "ranges": ranges}


def _ranges(events: Iterable[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """https://ossf.github.io/osv-schema/#affectedrangesevents-fields: each `introduced` with what ends it."""
    open_one: dict[str, str] | None = None
    for event in events:
        if "introduced" in event:
            open_one = {"introduced": str(event["introduced"])}
        elif open_one is not None:
            yield open_one | {name: str(value) for name, value in event.items()}
            open_one = None
    if open_one is not None:
        yield open_one


if __name__ == "__main__":
    if sys.argv[1:2] == ["--refresh"]:
        refresh(Path(sys.argv[2]))
    else:
        sys.exit(main())
