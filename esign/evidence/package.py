"""Evidence of a lease: the chain of events and the documents, verified here or anywhere from an exported package.

A package is a ZIP that needs nothing of ours to be checked: `events.json` (each event with the hash over its facts
and the hash before it), the PDFs under their SHA-256, and `manifest.json`, which says what is what. Anyone who holds it
can follow the hashes with any tool; `manage.py verify_evidence --package FILE` does it offline.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from esign.evidence.disclosure import disclosure
from esign.evidence.lease_events import scans_of
from esign.models import AuditEvent, BuiltInText, ElectronicConsent, EnvelopeDocument
from esign.models.audit import GENESIS
from esign.models.document import DocumentTampered
from esign.models.template import template_text_of
from leases.canonical import sha256_of
from leases.models import Lease

FORMAT = 1
README = """\
Evidence of one lease.

events.json    everything that happened, oldest first; each event's hash covers its facts and the hash before it
documents/     every document as it was sent and as it came back signed, named by its SHA-256
texts/         the template text that documents were made from, and what people agreed to before signing electronically
manifest.json  what each document and each text is, and the last hash of the chain

To check an event: SHA-256 over the UTF-8 JSON of its facts (every field but "hash"), keys sorted, no blanks.
To check a document: its SHA-256 is its file name; the events name the hashes that were sent and that came back.
To check a text: its SHA-256, over UTF-8, is its file name; the events name it as template_texts or text_sha256.
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
    try:
        scans = set(scans_of(lease))
    except OSError:
        scans = set()  # then the event that names it says that it is not there
    problems += document_problems(events, {document.sha256 for document in documents} | scans)
    return problems


def export(lease: Lease) -> bytes:
    """The package of one lease. Raises DocumentTampered: broken evidence is not handed out as if it were whole."""
    events = [facts_of(event) for event in lease.audit_events.order_by("number")]
    documents = list(EnvelopeDocument.objects.filter(envelope__lease=lease).select_related("envelope"))
    scans = scans_of(lease)
    texts = {text.sha256: text for text in _texts(lease, documents)}
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
        ]
        + [{"sha256": sha256, "name": "Scan of the signed lease", "kind": "scan"} for sha256 in scans],
        "texts": [{"sha256": text.sha256, "name": text.name, "language": text.language} for text in texts.values()],
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("README.txt", README)
        package.writestr("events.json", json.dumps(events, indent=1, sort_keys=True))
        package.writestr("manifest.json", json.dumps(manifest, indent=1, sort_keys=True))
        for document in {document.sha256: document for document in documents}.values():
            package.writestr(f"documents/{document.sha256}.pdf", document.read())
        for sha256, scan in scans.items():
            package.writestr(f"documents/{sha256}.pdf", scan)
        for text in texts.values():
            package.writestr(f"texts/{text.sha256}.html", text.content)
    return packed.getvalue()


@dataclass(frozen=True)
class _Text:
    """A text that something rests on: the template text of a document, or what was agreed to before signing."""

    name: str
    language: str
    content: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


def _texts(lease: Lease, documents: Iterable[EnvelopeDocument]) -> Iterator[_Text]:
    for name, version in {(one.template_name, one.template_version) for one in documents if one.template_version}:
        if (template_text := template_text_of(name, version)) is not None:
            place = template_text if isinstance(template_text, BuiltInText) else template_text.template
            yield _Text(f"template text of {name}", place.language, template_text.text)
    consents = ElectronicConsent.objects.filter(signer__envelope__lease=lease)
    for version, language in consents.values_list("version", "language").distinct():
        shown = disclosure(language, version)
        yield _Text(f"disclosure {version}", language, shown.html)


def verify_package(content: bytes) -> list[str]:
    """What does not hold in an exported package. Needs no database: everything is in the package."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            events = json.loads(package.read("events.json"))
            manifest = json.loads(package.read("manifest.json"))
            files = {name: package.read(name) for name in package.namelist() if name.startswith("documents/")}
            texts = {name: package.read(name) for name in package.namelist() if name.startswith("texts/")}
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
    problems += _text_problems(manifest, texts)
    return problems


def _text_problems(manifest: Mapping[str, Any], texts: Mapping[str, bytes]) -> Iterator[str]:
    there = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(texts.items())}
    for name, sha256 in there.items():
        if name != f"texts/{sha256}.html":
            yield f"{name} has been changed: its SHA-256 is {sha256}."
    for text in manifest.get("texts", []):
        if f"texts/{text['sha256']}.html" not in there:
            yield f"“{text['name']}”, named in the manifest, is not among the texts."


def facts_of(event: AuditEvent) -> dict[str, Any]:
    """An event as plain data, with its hash."""
    return {**event.facts(), "hash": event.hash}


def _hash_of(facts: Mapping[str, Any]) -> str | None:
    """The hash of an event from a package. None for facts that have no canonical form, which no event of ours has."""
    try:
        return sha256_of(facts)
    except (rfc8785.CanonicalizationError, RecursionError, UnicodeError):
        return None


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
        own_hash = _hash_of(facts)
        if own_hash is None or own_hash != event.get("hash"):
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
