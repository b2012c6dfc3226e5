"""Evidence of a lease: the chain of events and the documents, verified here, and packed to be checked anywhere.

A package is a ZIP that needs nothing of ours to be checked: `events.json` (each event with the hash over its facts
and the hash before it), the PDFs under their SHA-256, `manifest.json`, which says what is what, and `head.json`, the
signed end of the chain. Anyone who holds it can follow the hashes with any tool; `package_check` does it offline.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from esign.evidence import keys
from esign.evidence.anchors import head_problems
from esign.evidence.chain import chain_problems, document_problems, facts_of
from esign.evidence.disclosure import disclosure
from esign.evidence.lease_events import scans_of
from esign.evidence.seals import seals_of
from esign.models import BuiltInText, ElectronicConsent, EnvelopeDocument
from esign.models.audit import GENESIS
from esign.models.document import DocumentTampered
from esign.models.template import template_text_of
from leases.canonical import canonical_json
from leases.models import Lease

FORMAT = 2
README = """\
Evidence of one lease.

events.json    everything that happened, oldest first; each event's hash covers its facts and the hash before it
documents/     every document as it was sent and as it came back signed, named by its SHA-256
texts/         the template text that documents were made from, and what people agreed to before signing electronically
manifest.json  what each document and each text is, and the last hash of the chain
head.json      "statement": the lease, its last event, and the SHA-256 of manifest.json; "signature" over that text

To check an event: SHA-256 over the canonical JSON (RFC 8785) of its facts, which are every field but "hash":
               UTF-8, keys sorted, no blanks. For the first event:
               jq -cjS '.[0] | del(.hash)' events.json | sha256sum
To check a document: its SHA-256 is its file name; the events name the hashes that were sent and that came back.
To check the end: Ed25519 over the UTF-8 of "statement"; "public_key" is 32 bytes in base64. Ask the office which key
               is theirs.
To check a text: its SHA-256, over UTF-8, is its file name; the events name it as template_texts or text_sha256.
"""


def verify_lease(lease: Lease, *, seals: bool = True) -> list[str]:
    """What does not hold in the evidence we keep of this lease; empty when everything does.

    `seals`: look at the seals inside the signed PDFs too, which takes about a second.
    """
    events = [facts_of(event) for event in lease.audit_events.order_by("number")]
    problems = list(chain_problems(events))
    documents = EnvelopeDocument.objects.filter(envelope__lease=lease).select_related("envelope")
    sealed: list[tuple[EnvelopeDocument, bytes]] = []
    for document in documents:
        try:
            content = document.read()
            if seals and document.kind != EnvelopeDocument.Kind.SENT:
                sealed.append((document, content))
        except DocumentTampered as error:
            problems.append(str(error))
        except OSError:
            problems.append(f"The file of {document} cannot be read.")
    problems += _seal_problems(sealed)
    try:
        scans = set(scans_of(lease))
    except OSError:
        scans = set()  # then the event that names it says that it is not there
    problems += document_problems(events, {document.sha256 for document in documents} | scans)
    problems += head_problems(lease, events)
    if lease.executed_at and not events:
        problems.append(f"Lease {lease.number} is executed, and nothing is on record of how.")
    return problems


def _seal_problems(documents: Sequence[tuple[EnvelopeDocument, bytes]]) -> Iterator[str]:
    found = seals_of([content for _, content in documents]) if documents else []
    for (document, _), seal in zip(documents, found, strict=True):
        if seal is not None and seal.objection:
            yield f"{document} does not fit its seal: {seal.objection}."


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
        said = json.dumps(manifest, indent=1, sort_keys=True)
        package.writestr("manifest.json", said)
        package.writestr("head.json", json.dumps(_signed_head(lease, events, said), indent=1))
        for document in {document.sha256: document for document in documents}.values():
            package.writestr(f"documents/{document.sha256}.pdf", document.read())
        for sha256, scan in scans.items():
            package.writestr(f"documents/{sha256}.pdf", scan)
        for text in texts.values():
            package.writestr(f"texts/{text.sha256}.html", text.content)
    return packed.getvalue()


def _signed_head(lease: Lease, events: Sequence[Mapping[str, Any]], manifest: str) -> dict[str, str]:
    statement = canonical_json(
        {
            "lease": lease.number,
            "events": len(events),
            "last_hash": events[-1]["hash"] if events else GENESIS,
            "manifest_sha256": hashlib.sha256(manifest.encode()).hexdigest(),
            "at": timezone.now().isoformat(),
        }
    )
    return {"statement": statement.decode(), "signature": keys.sign(statement), "public_key": keys.public_key()}


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
