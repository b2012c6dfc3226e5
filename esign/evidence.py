"""Evidence of a lease: the chain of events and the documents, verified here or anywhere from an exported package.

A package is a ZIP that needs nothing of ours to be checked: `events.json` (each event with the hash over its facts
and the hash before it), the PDFs under their SHA-256, and `manifest.json`, which says what is what. Whoever holds it
can follow the hashes with any tool; `manage.py verify_evidence --package FILE` does it offline.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from esign.models import AuditEvent, EnvelopeDocument
from esign.models.audit import GENESIS, hash_of
from esign.models.document import DocumentTampered
from leases.models import Lease

FORMAT = 1
README = """\
Evidence of one lease.

events.json    everything that happened, oldest first; each event's hash covers its facts and the hash before it
documents/     every document as it was sent and as it came back signed, named by its SHA-256
manifest.json  what each document is, and the last hash of the chain

To check an event: SHA-256 over the UTF-8 JSON of its facts (every field but "hash"), keys sorted, no blanks.
To check a document: its SHA-256 is its file name; the events name the hashes that were sent and that came back.
"""


def verify_lease(lease: Lease) -> list[str]:
    """What does not hold in the evidence we keep of this lease; empty when everything does."""
    events = [facts_of(event) for event in lease.audit_events.order_by("number")]
    problems = list(chain_problems(events))
    documents = EnvelopeDocument.objects.filter(envelope__lease=lease).select_related("envelope")
    for document in documents:
        try:
            document.read()
        except DocumentTampered as error:
            problems.append(str(error))
        except OSError:
            problems.append(f"The file of {document} cannot be read.")
    problems += document_problems(events, {document.sha256 for document in documents})
    return problems


def export(lease: Lease) -> bytes:
    """The package of one lease. Raises DocumentTampered: broken evidence is not handed out as if it were whole."""
    events = [facts_of(event) for event in lease.audit_events.order_by("number")]
    documents = list(EnvelopeDocument.objects.filter(envelope__lease=lease).select_related("envelope"))
    manifest = {
        "format": FORMAT,
        "lease": lease.number,
        "last_hash": events[-1]["hash"] if events else GENESIS,
        "documents": [
            {
                "sha256": document.sha256,
                "name": document.name,
                "kind": document.kind,
                "envelope": str(document.envelope_id),
                "docusign_id": str(document.envelope.docusign_id or ""),
                "template": document.template_name,
                "template_version": document.template_version,
            }
            for document in documents
        ],
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("README.txt", README)
        package.writestr("events.json", json.dumps(events, indent=1, sort_keys=True))
        package.writestr("manifest.json", json.dumps(manifest, indent=1, sort_keys=True))
        for document in {document.sha256: document for document in documents}.values():
            package.writestr(f"documents/{document.sha256}.pdf", document.read())
    return packed.getvalue()


def verify_package(content: bytes) -> list[str]:
    """What does not hold in an exported package. Needs no database: everything is in the package."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            events = json.loads(package.read("events.json"))
            manifest = json.loads(package.read("manifest.json"))
            files = {name: package.read(name) for name in package.namelist() if name.startswith("documents/")}
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError):
        return ["This is not an evidence package, or it is damaged."]
    if not isinstance(events, list) or not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return ["This is not an evidence package of a format that is known here."]
    problems = list(chain_problems(events))
    if events and manifest.get("last_hash") != events[-1].get("hash"):
        problems.append("Events are missing at the end: the manifest names another last hash.")
    present = set()
    for name, data in sorted(files.items()):
        sha256 = hashlib.sha256(data).hexdigest()
        present.add(sha256)
        if name != f"documents/{sha256}.pdf":
            problems.append(f"{name} has been changed: its SHA-256 is {sha256}.")
    problems += document_problems(events, present)
    return problems


def facts_of(event: AuditEvent) -> dict[str, Any]:
    """An event as plain data, with its hash."""
    return {**event.facts(), "hash": event.hash}


def chain_problems(events: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Walk the chain: numbers without a gap, each hash right, each naming the one before it."""
    before, number = GENESIS, 0
    for event in events:
        number += 1
        facts = {name: value for name, value in event.items() if name != "hash"}
        if event.get("number") != number:
            yield f"Event {number} is missing or out of place."
            number = int(event.get("number") or number)
        if event.get("previous_hash") != before:
            yield f"Event {number} does not follow from the one before it."
        if hash_of(facts) != event.get("hash"):
            yield f"Event {number} has been changed since it was written."
        before = str(event.get("hash"))


def document_problems(events: Iterable[Mapping[str, Any]], present: set[str]) -> list[str]:
    """Documents that the events name and that are not there."""
    problems = []
    for event in events:
        detail = event.get("detail")
        named = detail.get("sha256") if isinstance(detail, Mapping) else None
        for name, sha256 in (named or {}).items() if isinstance(named, Mapping) else ():
            if sha256 not in present:
                problems.append(f"“{name}”, named in event {event.get('number')}, is not among the documents.")
    return problems
