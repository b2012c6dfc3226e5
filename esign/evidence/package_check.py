"""Whether an exported package holds. Needs no database and believes nothing: the package may come from anybody."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from esign.evidence import keys
from esign.evidence.chain import chain_problems, document_problems
from esign.evidence.package import FORMAT

MAX_FILES = 2_000
MAX_JSON = 50 * 1024 * 1024
MAX_FILE = 100 * 1024 * 1024
MAX_TOTAL = 500 * 1024 * 1024
FIXED = ("README.txt", "events.json", "head.json", "manifest.json")
NO_PACKAGE = "This is not an evidence package, or it is damaged."
UNKNOWN_FORMAT = "This is not an evidence package of a format that is known here."


# What zipfile, its decompressors and json raise for what they cannot read.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    KeyError,
    ValueError,
    RuntimeError,  # RecursionError and NotImplementedError among them
    OSError,
    EOFError,
)


class _Refused(Exception):
    """The package cannot even be looked through; the message says why."""


def verify_package(content: bytes, *, trusted: Mapping[str, str] | None = None) -> list[str]:
    """What does not hold in an exported package; empty when everything does.

    `trusted` are public keys by their id (`keys.known_keys`); a head signed by another key is a problem then. Without
    them the signature has to fit the key in the package, and whose key that is has to be asked of the office.
    """
    try:
        package = _opened(content)
    except _Refused as refusal:
        return [str(refusal)]
    problems = list(chain_problems(package.events))
    if package.last_hash != package.manifest.get("last_hash"):
        problems.append("Events are missing at the end: the manifest names another last hash.")
    problems += _head_problems(package, trusted)
    problems += _file_problems(package)
    problems += document_problems(package.events, set(package.hashes.values()))
    return problems


@dataclass
class _Package:
    """What is in it, with the shapes that the checks rely on."""

    events: list[dict[str, Any]]
    manifest: dict[str, Any]
    manifest_sha256: str
    head: dict[str, Any]
    hashes: dict[str, str] = field(default_factory=dict)  # SHA-256 by file name, of all but the four fixed ones

    @property
    def last_hash(self) -> object:
        return self.events[-1].get("hash") if self.events else "0" * 64


def _opened(content: bytes) -> _Package:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _read(package)
    except DAMAGED:
        raise _Refused(NO_PACKAGE) from None


def _read(package: zipfile.ZipFile) -> _Package:
    names = package.namelist()
    if len(names) > MAX_FILES:
        raise _Refused(f"The package has {len(names):,} files; {MAX_FILES:,} are looked at.")
    if len(set(names)) < len(names):
        raise _Refused("The package has two files of one name.")
    events = _json(package, "events.json")
    manifest_text = _bytes(package, "manifest.json", MAX_JSON)
    manifest, head = json.loads(manifest_text), _json(package, "head.json") if "head.json" in names else {}
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _Refused(UNKNOWN_FORMAT)
    well = isinstance(events, list) and all(isinstance(event, dict) for event in events) and isinstance(head, dict)
    if not well or not all(isinstance(one, dict) for one in _named(manifest)):
        raise _Refused(UNKNOWN_FORMAT)
    found = _Package(events, manifest, hashlib.sha256(manifest_text).hexdigest(), head)
    total = 0
    for name in sorted(set(names) - set(FIXED)):
        data = _bytes(package, name, MAX_FILE)
        total += len(data)
        if total > MAX_TOTAL:
            raise _Refused(f"The package holds more than {MAX_TOTAL // 1024 // 1024} MB.")
        found.hashes[name] = hashlib.sha256(data).hexdigest()
    return found


def _bytes(package: zipfile.ZipFile, name: str, most: int) -> bytes:
    """The content of a file. What it says of its own size is not believed."""
    with package.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise _Refused(f"{name[:80]} in the package is larger than {most // 1024 // 1024} MB.")
    return data


def _json(package: zipfile.ZipFile, name: str) -> Any:
    return json.loads(_bytes(package, name, MAX_JSON))


def _named(manifest: Mapping[str, Any]) -> list[Any]:
    """What the manifest names: documents and texts."""
    documents, texts = manifest.get("documents", []), manifest.get("texts", [])
    if not isinstance(documents, list) or not isinstance(texts, list):
        raise _Refused(UNKNOWN_FORMAT)
    return [*documents, *texts]


def _head_problems(package: _Package, trusted: Mapping[str, str] | None) -> list[str]:
    """Whether the signed end of the chain is this package's end, and who signed it."""
    statement, signature = str(package.head.get("statement", "")), str(package.head.get("signature", ""))
    public = str(package.head.get("public_key", ""))
    if not statement or not signature:
        return ["The end of the chain is not signed."]
    if trusted is not None and keys.key_id(public) not in trusted:
        return [f"The package is signed with key {keys.key_id(public)}, which is not known here."]
    if not keys.is_signed(statement.encode(errors="replace"), signature, public):
        return ["The signature under the end of the chain does not fit."]
    try:
        said = json.loads(statement)
    except (ValueError, RecursionError):
        said = None
    expected = {
        "events": len(package.events),
        "last_hash": package.last_hash,
        "manifest_sha256": package.manifest_sha256,
    }
    if not isinstance(said, dict) or {name: said.get(name) for name in expected} != expected:
        return ["Something was taken out or put in after the package was signed."]
    return []


def _file_problems(package: _Package) -> list[str]:
    """Files that are not what their name says, that are missing, and that no one put there."""
    problems = []
    wanted = {
        **{f"documents/{one.get('sha256')}.pdf": one for one in package.manifest.get("documents", [])},
        **{f"texts/{one.get('sha256')}.html": one for one in package.manifest.get("texts", [])},
    }
    for name, sha256 in package.hashes.items():
        if name not in wanted:
            problems.append(f"{name[:80]} is in the package, and the manifest does not name it.")
        elif sha256 != wanted[name].get("sha256"):
            problems.append(f"{name} has been changed: its SHA-256 is {sha256}.")
    for name in wanted.keys() - package.hashes.keys():
        where = "documents" if name.startswith("documents/") else "texts"
        problems.append(f"“{wanted[name].get('name')}”, named in the manifest, is not among the {where}.")
    return problems
