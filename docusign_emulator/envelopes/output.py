"""The documents as they stand now: what was signed drawn on them, sealed at the end, and the certificate.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopedocuments/get/
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from datetime import timedelta

from docusign_emulator.envelopes import audit, checks, files, present, tabs
from docusign_emulator.envelopes.model import RECIPIENT_KINDS, Document, Envelope, Recipient
from docusign_emulator.pdf import seal
from docusign_emulator.pdf.marks import HANDS, Mark
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

DISCLOSURE = (
    "By going on you agree to do business electronically with the sender of these documents. This is a rehearsal: "
    "the Docusign emulator plays the signing service, and what is signed here has no legal value."
)
DISCLOSURES = "disclosure"  # the kind of record that holds what an administrator wrote instead
_SMALL = 9.0


def disclosure(store: Store) -> str:
    """What a signer agrees to."""
    return formats.text((store.record(DISCLOSURES, "en") or {}).get("esignText")) or DISCLOSURE


def document_pdf(store: Store, envelope: Envelope, document: Document) -> bytes:
    """One document with everything drawn on it so far; sealed once the envelope is completed."""
    return _sealed_when_done(store, envelope, _stamped(store, envelope, document))


def _stamped(store: Store, envelope: Envelope, document: Document) -> bytes:
    if envelope.status in ("created", "template"):
        return store.bytes_of(document.pdf)
    marks = _marks(envelope, document)
    stamped = envelope.id if formats.truth(envelope.extra.get("envelopeIdStamping"), default=True) else ""
    name = json.dumps(["stamped", document.pdf, [_key(mark) for mark in marks], stamped])

    def make() -> bytes:
        from docusign_emulator.pdf.stamp import stamp  # noqa: PLC0415  # slow import, and a start is to be fast

        return stamp(store.bytes_of(document.pdf), marks, envelope_id=stamped)

    return store.remembered(name, make)


def _sealed_when_done(store: Store, envelope: Envelope, pdf: bytes) -> bytes:
    """Sealed once, so that everyone who asks gets the same bytes."""
    if envelope.status != "completed":
        return pdf
    name = f"sealed {envelope.id} {hashlib.sha256(pdf).hexdigest()}"
    return store.remembered(name, lambda: _sealed(store, envelope, pdf))


def certificate_pdf(store: Store, envelope: Envelope) -> bytes:
    facts = certificate_facts(store, envelope)

    def make() -> bytes:
        from docusign_emulator.pdf import certificate  # noqa: PLC0415  # as above

        return certificate.render(facts)

    return store.remembered("certificate" + json.dumps(facts, default=_plain), make)


def combined_pdf(store: Store, envelope: Envelope, *, certificate: bool) -> bytes:
    """All documents in one file, the certificate last if asked for; sealed as a whole once completed."""
    parts = [_stamped(store, envelope, one) for one in files.in_order(envelope)]
    if certificate:
        parts.append(certificate_pdf(store, envelope))
    name = "combined" + "".join(hashlib.sha256(part).hexdigest() for part in parts)

    def make() -> bytes:
        from docusign_emulator.pdf import combine  # noqa: PLC0415  # as above

        return combine.combine(parts)

    whole = parts[0] if len(parts) == 1 else store.remembered(name, make)
    return _sealed_when_done(store, envelope, whole)


def archive(store: Store, envelope: Envelope) -> bytes:
    """A ZIP of every document and the certificate."""
    entries = [(one.name, document_pdf(store, envelope, one)) for one in files.in_order(envelope)]
    entries.append(("Summary", certificate_pdf(store, envelope)))
    name = "archive" + "".join(hashlib.sha256(data).hexdigest() for _, data in entries)

    def make() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
            used: set[str] = set()
            for title, data in entries:
                zipped.writestr(_free_name(file_name(title), used), data)
        return out.getvalue()

    return store.remembered(name, make)


def file_name(title: str) -> str:
    """A document's name as a PDF file name."""
    base = title.rpartition(".")[0] if "." in title[-6:] else title
    return "".join(char if char.isalnum() or char in " -_().," else "_" for char in base).strip() + ".pdf"


def documents_with_bytes(store: Store, envelope: Envelope, *, certificate: bool) -> list[Json]:
    """The documents as Connect includes them."""
    listed = [
        present.document(envelope, one) | {"PDFBytes": base64.b64encode(document_pdf(store, envelope, one)).decode()}
        for one in files.in_order(envelope)
    ]
    if certificate:
        listed.append(
            {
                "documentId": "certificate",
                "name": "Summary",
                "type": "summary",
                "PDFBytes": base64.b64encode(certificate_pdf(store, envelope)).decode(),
            }
        )
    return listed


def certificate_facts(store: Store, envelope: Envelope) -> Json:
    sender = present.sender(store, envelope)
    disclosed = any(person.consented_at for person in envelope.recipients)
    return {
        "envelopeId": envelope.id,
        "emailSubject": envelope.subject,
        "status": envelope.status,
        "accountName": store.account.name,
        "createdAt": envelope.created_at,
        "sentAt": envelope.sent_at,
        "completedAt": envelope.completed_at,
        "sender": {"name": sender["userName"], "email": sender["email"], "ip": audit.LOOPBACK},
        "documents": [
            {"name": one.name, "pages": len(one.pages), "sha256": one.source} for one in files.in_order(envelope)
        ],
        "recipients": [_recipient_facts(store, person) for person in envelope.recipients],
        "events": [
            {
                "at": line["at"],
                "action": line["action"],
                "user": line["userName"],
                "ip": line["address"],
                "message": line["message"],
            }
            for line in audit.of(store, envelope.id)
            if envelope.completed_at is None or line["at"] <= _a_second_after(envelope.completed_at)
        ],
        "disclosure": disclosure(store) if disclosed else None,
    }


def _recipient_facts(store: Store, person: Recipient) -> Json:
    signature = person.signature
    return {
        "name": person.name,
        "email": person.email,
        "phone": formats.text(formats.child(person.extra, "phoneNumber").get("number")),
        "role": person.role,
        "kind": RECIPIENT_KINDS[person.kind],
        "routingOrder": str(person.order),
        "status": person.status,
        "deliveryMethod": "embedded"
        if person.embedded
        else formats.text(person.extra.get("deliveryMethod")) or "email",
        "authentication": _authentication(store, person),
        "ip": audit.LOOPBACK if person.delivered_at else None,
        "disclosureAt": person.consented_at,
        "sentAt": person.sent_at,
        "viewedAt": person.delivered_at,
        "signedAt": person.signed_at,
        "declinedAt": person.declined_at,
        "declinedReason": person.declined_reason,
        "signatureId": short_id(person),
        "signature": None
        if not signature
        else {
            "text": signature.get("name", person.name),
            "style": signature.get("style") or HANDS[0],
            "png": picture(signature.get("png")),
        },
    }


def _authentication(store: Store, person: Recipient) -> str:
    """Each check and how it ended, for the certificate."""
    results: Json = person.authentication or {}
    names = {check.result: check.name for check in checks.asked(store, person)} if results else {}
    return ", ".join(f"{names.get(key, 'Check')}: {one['status']}" for key, one in results.items()) or "None"


def short_id(person: Recipient) -> str:
    """The characters printed under a signature that tie it to its signer."""
    return person.guid.replace("-", "").upper()[:15]


def picture(data: str | None) -> bytes | None:
    """The bytes of a PNG sent as base64 or as a data URI."""
    return base64.b64decode(data.rpartition(",")[2]) if data else None


def _marks(envelope: Envelope, document: Document) -> list[Mark]:
    marks = []
    for person in envelope.recipients:
        if person.status == "completed":
            for key, tab in person.all_tabs():
                marks += _marks_of(key, tab, document, person)
    for key, items in document.prefill.items():
        for tab in items:
            marks += _marks_of(key, {"documentId": document.document_id} | formats.stringified(tab), document, None)
    return marks


def _marks_of(key: str, tab: Json, document: Document, person: Recipient | None) -> list[Mark]:
    if key == "radioGroupTabs":
        chosen = [radio for radio in tab.get("radios", []) if formats.truth(radio.get("selected"))]
        return [mark for radio in chosen for mark in _drawn(key, radio, document, "radio", "x", person)]
    kind = tabs.kind_of(key).page_kind
    if kind in ("signature", "initials") and person is not None:
        if tab.get("status") != "signed":
            return []
        signature = person.signature or {}
        field = "name" if kind == "signature" else "initials"
        return _drawn(key, tab, document, kind, formats.text(signature.get(field)) or person.name, person)
    if kind == "checkbox":
        return _drawn(key, tab, document, kind, "x", person) if formats.truth(tab.get("selected")) else []
    text = formats.text(tab.get("value"))
    if kind == "attachment" or not text or formats.truth(tab.get("concealValueOnDocument")):
        return []
    return _drawn(key, tab, document, "date" if kind == "date" else "text", text, person)


def _drawn(key: str, tab: Json, document: Document, kind: str, text: str, person: Recipient | None) -> list[Mark]:
    if tab.get("documentId") not in (document.document_id, document.guid) or not tab.get("pageNumber"):
        return []
    width, height = tabs.size(key, tab)
    signature = (person.signature if person else None) or {}
    drawn = signature.get("initialsPng" if kind == "initials" else "png") if kind in ("signature", "initials") else None
    return [
        Mark(
            page=int(tab["pageNumber"]),
            x=float(tab.get("xPosition") or 0),
            y=float(tab.get("yPosition") or 0),
            w=width,
            h=height,
            kind=kind,  # type: ignore[arg-type]  # one of stamp.Kind by construction above
            text=text,
            png=picture(drawn),
            style=formats.text(signature.get("style")) or HANDS[0],
            short_id=short_id(person) if person and kind == "signature" else "",
            font_size=font_size(tab),
            bold=formats.truth(tab.get("bold")),
            italic=formats.truth(tab.get("italic")),
        )
    ]


def font_size(tab: Json) -> float:
    """`size12` as 12."""
    digits = "".join(char for char in formats.text(tab.get("fontSize")) if char.isdigit())
    return float(digits) if digits else _SMALL


def _key(mark: Mark) -> list[object]:
    facts = dict(vars(mark))
    facts["png"] = hashlib.sha256(mark.png).hexdigest() if mark.png else None
    return [facts]


def _sealed(store: Store, envelope: Envelope, pdf: bytes) -> bytes:
    account = store.account
    return seal.seal(
        pdf,
        account.seal_key.read_bytes(),
        account.seal_certificate.read_bytes(),
        f"Completed envelope {envelope.id}",
        "Docusign emulator",
    )


def _a_second_after(stamp: str) -> str:
    return formats.stamp(formats.moment(stamp) + timedelta(seconds=1))


def _plain(value: object) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def _free_name(name: str, used: set[str]) -> str:
    candidate, number = name, 1
    while candidate in used:
        number += 1
        candidate = f"{name.removesuffix('.pdf')} ({number}).pdf"
    used.add(candidate)
    return candidate
