"""Documents out: the list, one, combined, certificate, archive.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocuments/
"""

from __future__ import annotations

import base64
import re
import uuid

from docusign_emulator.envelopes import create as creating
from docusign_emulator.envelopes import files, output, present, tabs
from docusign_emulator.envelopes.model import Document, Envelope, Tabs, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_document
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.changes import draft

_NAME = re.compile(r'filename="?([^";]+)')


def list_all(call: Call) -> Reply:
    envelope = call.envelope()
    return Reply({"envelopeId": envelope.id, "envelopeDocuments": present.documents(call.store, envelope)})


def get(call: Call) -> Reply:
    """GET one document, or `combined`, `certificate`, `archive`, `portfolio`."""
    envelope, wanted = call.envelope(), call.params["documentId"]
    if not envelope.documents:
        raise no_such_document()
    match wanted.lower():
        case "combined" | "portfolio":
            certificate = formats.truth(call.query.get("certificate"))
            return as_file(
                call, output.combined_pdf(call.store, envelope, certificate=certificate), "Envelope.pdf", wanted
            )
        case "certificate" | "summary":
            return as_file(call, output.certificate_pdf(call.store, envelope), "Summary.pdf", wanted)
        case "archive":
            return as_file(call, output.archive(call.store, envelope), "Envelope.zip", wanted, "application/zip")
    document = envelope.document(wanted)
    if document is None:
        raise no_such_document()
    name = output.file_name(document.name)
    return as_file(call, output.document_pdf(call.store, envelope, document), name, document.document_id)


def put_many(call: Call) -> Reply:
    """PUT documents: replace those of a draft with the same id, add the others."""
    envelope = draft(call)
    for fresh in creating.take_documents(call.store, call.json.get("documents"), call.files):
        _replace(envelope, fresh)
    return _placed(call, envelope)


def put_one(call: Call) -> Reply:
    """PUT one document: its bytes are the body, its name stands in Content-Disposition."""
    envelope = draft(call)
    found = _NAME.search(call.headers.get("content-disposition", ""))
    facts = {
        "documentId": call.params["documentId"],
        "name": found[1] if found else f"Document {call.params['documentId']}",
    }
    _replace(
        envelope, files.take_in(call.store, facts, {call.params["documentId"]: call.body}, len(envelope.documents) + 1)
    )
    return _placed(call, envelope)


def delete_many(call: Call) -> Reply:
    """DELETE documents of a draft: those listed in the body."""
    envelope = draft(call)
    gone = {formats.text(one.get("documentId")) for one in formats.children(call.json, "documents")}
    envelope.documents = [one for one in envelope.documents if one.document_id not in gone]
    return _placed(call, envelope)


def get_tabs(call: Call) -> Reply:
    """GET the tabs on one document: the prefill tabs, and everyone's."""
    envelope = call.envelope()
    document = _document(call, envelope)
    found: Tabs = {}
    for person in envelope.recipients:
        for key, tab in person.all_tabs():
            if tab.get("documentId") == document.document_id:
                found.setdefault(key, []).append(tab)
    answer = tabs.to_wire(found)
    if document.prefill:
        answer["prefillTabs"] = document.prefill
    return Reply(answer)


def put_tabs(call: Call) -> Reply:
    """POST or PUT prefill tabs: by tabId those there are, else one more."""
    envelope = draft(call)
    document = _document(call, envelope)
    given = formats.child(call.json, "prefillTabs")
    for key in given:
        known = document.prefill.setdefault(key, [])
        for facts in formats.children(given, key):
            made = {"documentId": document.document_id, "pageNumber": "1"} | formats.stringified(facts)
            old = next((one for one in known if one.get("tabId") == made.get("tabId") is not None), None)
            if old is not None:
                old |= made
            else:
                known.append({"tabId": str(uuid.uuid4())} | made)
    save(call.store, envelope)
    return Reply({"prefillTabs": document.prefill}, 201 if call.method == "POST" else 200)


def delete_tabs(call: Call) -> Reply:
    """DELETE prefill tabs: those listed, by their id."""
    envelope = draft(call)
    document = _document(call, envelope)
    given = formats.child(call.json, "prefillTabs")
    gone: Tabs = {}
    for key in given:
        ids = {formats.text(one.get("tabId")) for one in formats.children(given, key)}
        gone[key] = [one for one in document.prefill.get(key, []) if one["tabId"] in ids]
        document.prefill[key] = [one for one in document.prefill.get(key, []) if one["tabId"] not in ids]
    save(call.store, envelope)
    return Reply({"prefillTabs": gone})


def _document(call: Call, envelope: Envelope) -> Document:
    document = envelope.document(call.params["documentId"])
    if document is None:
        raise no_such_document()
    return document


def _replace(envelope: Envelope, fresh: Document) -> None:
    for place, old in enumerate(envelope.documents):
        if old.document_id == fresh.document_id:
            fresh.guid, fresh.order = old.guid, old.order
            envelope.documents[place] = fresh
            return
    envelope.documents.append(fresh)


def _placed(call: Call, envelope: Envelope) -> Reply:
    files.check_all(envelope.documents, call.store)
    tabs.place_anew(call.store, envelope)
    save(call.store, envelope)
    return list_all(call)


def as_file(call: Call, data: bytes, name: str, document_id: str, content_type: str = "application/pdf") -> Reply:
    headers = {"Content-Disposition": f'file; filename="{_ascii(name)}"; documentid="{document_id}"'}
    if call.headers.get("content-transfer-encoding", "").lower() == "base64":
        headers["Content-Transfer-Encoding"] = "base64"
        data = base64.b64encode(data)
    return Reply(data, content_type=content_type, headers=headers)


def _ascii(name: str) -> str:
    """Headers carry plain letters only."""
    return "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in name)
