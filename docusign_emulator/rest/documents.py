"""Documents out: the list, one, combined, certificate, archive.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocuments/
"""

from __future__ import annotations

import base64

from docusign_emulator import wire
from docusign_emulator.envelopes import output, present
from docusign_emulator.errors import no_such_document
from docusign_emulator.rest.call import Call, Reply


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
            certificate = wire.truth(call.query.get("certificate"))
            return _file(
                call, output.combined_pdf(call.store, envelope, certificate=certificate), "Envelope.pdf", wanted
            )
        case "certificate" | "summary":
            return _file(call, output.certificate_pdf(call.store, envelope), "Summary.pdf", wanted)
        case "archive":
            return _file(call, output.archive(call.store, envelope), "Envelope.zip", wanted, "application/zip")
    document = envelope.document(wanted)
    if document is None:
        raise no_such_document()
    name = output.file_name(document.name)
    return _file(call, output.document_pdf(call.store, envelope, document), name, document.document_id)


def _file(call: Call, data: bytes, name: str, document_id: str, content_type: str = "application/pdf") -> Reply:
    headers = {"Content-Disposition": f'file; filename="{_ascii(name)}"; documentid="{document_id}"'}
    if call.headers.get("content-transfer-encoding", "").lower() == "base64":
        headers["Content-Transfer-Encoding"] = "base64"
        data = base64.b64encode(data)
    return Reply(data, content_type=content_type, headers=headers)


def _ascii(name: str) -> str:
    """Headers carry plain letters only."""
    return "".join(char if " " <= char <= "~" and char not in '"\\' else "_" for char in name)
