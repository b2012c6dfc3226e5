"""The one place that opens documents with pdfium, and the lock every use of it must hold.

pdfium keeps global state and is not thread-safe: two threads inside it at once crash the process. Callers
hold `LOCK` for every call, including the one that closes a document.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2

from docusign_emulator.pdf.errors import UnreadablePdf

LOCK = threading.RLock()


def open_document(pdf: bytes) -> Any:
    """A pdfium document; the caller holds the lock and closes it.

    Raises UnreadablePdf when pdfium cannot open the bytes or finds no page in them.
    """
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise UnreadablePdf("This file is not a PDF that can be opened.") from error
    if len(document) == 0:
        document.close()
        raise UnreadablePdf("This PDF has no page.")
    return document


@contextmanager
def opened(pdf: bytes) -> Iterator[Any]:
    """A pdfium document, open inside the `with` and the lock held for as long. Raises UnreadablePdf."""
    with LOCK:
        document = open_document(pdf)
        try:
            yield document
        finally:
            document.close()
