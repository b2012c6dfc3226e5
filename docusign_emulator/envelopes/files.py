"""Documents of an envelope: taking them in, turning them into PDF, knowing their text.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/
"""

from __future__ import annotations

import base64
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta

from docusign_emulator.envelopes.model import Document, Envelope, Tabs, is_guid
from docusign_emulator.pdf.anchors import TextLayer
from docusign_emulator.pdf.errors import UnreadablePdf
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
MAX_SAME_BYTES = 70  # uploads an hour
MAX_ENVELOPE_BYTES = 200 * 1024 * 1024
_KEPT_LAYERS = 16
_OWN_KEYS = {
    "documentId",
    "documentIdGuid",
    "name",
    "order",
    "fileExtension",
    "documentBase64",
    "uri",
    "tabs",
    "pages",
    "docGenValues",
}

Files = Mapping[str, bytes]  # the parts of a multipart request, by documentId

_layers: OrderedDict[str, TextLayer] = OrderedDict()
_layers_lock = threading.Lock()


def take_in(store: Store, facts: Json, files: Files, position: int) -> Document:
    """One document as a definition brings it. Raises ApiError for what Docusign would not load."""
    document_id = formats.text(facts.get("documentId")) or str(position)
    if not (document_id.isdecimal() or is_guid(document_id)) and store.switches["odd_document_id"] == "refuse":
        raise invalid_parameter(f"documentId is a number, not {document_id[:50]!r}.")
    name = formats.text(facts.get("name")) or f"Document {document_id}"
    source = _bytes(store, facts, files, document_id)
    if len(source) > MAX_DOCUMENT_BYTES:
        raise ApiError("DOCUMENT_EXCEEDS_MAX_SIZE", f"Document {document_id} is larger than 32 MB.")
    extension = "html" if facts.get("htmlDefinition") else _extension(facts, name, source)
    digest = store.keep_bytes(source)
    _count_same_bytes(store, digest)
    pdf = digest if extension == "pdf" else converted(store, digest, source, extension, document_id)
    sizes = layer(store, pdf, document_id).sizes
    try:
        order = formats.integer(facts.get("order"), position)
    except ValueError as error:
        raise invalid_parameter("order of a document is not a number") from error
    return Document(
        document_id=document_id,
        guid=str(uuid.uuid4()),
        name=name,
        order=order,
        extension=extension,
        source=digest,
        pdf=pdf,
        pages=[[w, h] for w, h in sizes],
        extra={key: value for key, value in facts.items() if key not in _OWN_KEYS and value is not None},
        prefill=_prefill(facts),
    )


def _count_same_bytes(store: Store, digest: str) -> None:
    """Where the switch says so: the same bytes may come 70 times an hour, from all accounts together."""
    if not store.switches["same_bytes_limit"]:
        return
    since = formats.stamp(store.clock.now() - timedelta(hours=1))
    known = store.record("same_bytes", digest) or {"times": []}
    recent = [at for at in known["times"] if at > since]
    if len(recent) >= MAX_SAME_BYTES:
        raise ApiError("UNSPECIFIED_ERROR", "Non-specific error. PDF validation failed.")
    store.keep("same_bytes", digest, {"times": [*recent, store.now()]})


def _prefill(facts: Json) -> Tabs:
    """The sender's own tabs on a document."""
    given = formats.child(formats.child(facts, "tabs"), "prefillTabs")
    return {key: formats.children(given, key) for key in given if given[key]}


def check_all(documents: list[Document], store: Store) -> None:
    """Rules about the documents together."""
    ids = [document.document_id for document in documents]
    if len(set(ids)) != len(ids):
        raise invalid_parameter("Two documents have the same documentId.")
    if sum(len(store.bytes_of(document.source)) for document in documents) > MAX_ENVELOPE_BYTES and documents:
        raise ApiError("ENVELOPE_EXCEEDS_MAX_SIZE", "The documents of an envelope may have 200 MB together.")


def layer(store: Store, digest: str, document_id: str = "") -> TextLayer:
    """The text of a PDF, parsed once for the same bytes while they are in use."""
    with _layers_lock:
        found = _layers.get(digest)
        if found is not None:
            _layers.move_to_end(digest)
            return found
    try:
        made = TextLayer(store.bytes_of(digest))
    except UnreadablePdf as error:
        raise ApiError("UNABLE_TO_LOAD_DOCUMENT", f"Unable to load the document. {document_id}: {error}") from error
    with _layers_lock:
        _layers[digest] = made
        while len(_layers) > _KEPT_LAYERS:
            _layers.popitem(last=False)
    return made


def forget_layers() -> None:
    """Close every text layer kept, before the process ends."""
    with _layers_lock:
        while _layers:
            _layers.popitem()[1].close()


def in_order(envelope: Envelope) -> list[Document]:
    return sorted(envelope.documents, key=lambda document: document.order)


def _bytes(store: Store, facts: Json, files: Files, document_id: str) -> bytes:
    if facts.get("documentBase64"):
        return decoded(formats.text(facts["documentBase64"]))
    html = formats.child(facts, "htmlDefinition").get("source")
    if html:
        return formats.text(html).encode()
    if document_id in files:
        return files[document_id]
    if facts.get("remoteUrl"):
        return chunked_upload(store, formats.text(facts["remoteUrl"]))
    raise ApiError("UNABLE_TO_LOAD_DOCUMENT", f"Unable to load the document. Document {document_id} has no bytes.")


def decoded(text: str) -> bytes:
    """As .NET reads it: blanks are skipped, anything else is refused. Docusign tells the sentences of .NET."""
    packed = "".join(text.split())
    if len(packed) % 4:
        raise ApiError("UNSPECIFIED_ERROR", "Non-specific error. Invalid length for a Base-64 char array or string.")
    try:
        return base64.b64decode(packed, validate=True)
    except ValueError as error:
        why = "The input is not a valid Base-64 string as it contains a non-base 64 character."
        raise ApiError("UNSPECIFIED_ERROR", f"Non-specific error. {why}") from error


def chunked_upload(store: Store, uri: str) -> bytes:
    """The bytes of a committed chunked upload, named by its uri."""
    upload = store.record("chunked_upload", uri.rstrip("/").rpartition("/")[2].lower())
    if upload is None or not upload["committed"]:
        raise ApiError("UNABLE_TO_LOAD_DOCUMENT", "Unable to load the document. The chunked upload is not committed.")
    return b"".join(store.bytes_of(upload["parts"][seq]) for seq in sorted(upload["parts"], key=int))


def _extension(facts: Json, name: str, source: bytes) -> str:
    """Of a PDF the extension may be left out; of anything else it may not."""
    named = formats.text(facts.get("fileExtension")).lower().lstrip(".")
    if not named and "." in name:
        named = name.rpartition(".")[2].lower()
    if source[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if not named or named == "pdf":
        raise ApiError(
            "UNABLE_TO_LOAD_DOCUMENT",
            "Unable to load the document. It is no PDF, and no other fileExtension was given.",
        )
    return named


def converted(store: Store, digest: str, source: bytes, extension: str, document_id: str) -> str:
    """The digest of the PDF made of these bytes, made once. Raises ApiError when none can be made."""
    known = store.record("converted", f"{digest}.{extension}")
    if known is not None:
        return str(known["pdf"])
    from docusign_emulator.pdf import convert  # noqa: PLC0415  # slow import, and most documents are PDFs

    try:
        pdf = store.keep_bytes(convert.to_pdf(source, extension))
    except (UnreadablePdf, ValueError) as error:
        raise ApiError("UNABLE_TO_LOAD_DOCUMENT", f"Unable to load the document. {document_id}: {error}") from error
    store.keep("converted", f"{digest}.{extension}", {"pdf": pdf})
    return pdf
