"""Several PDFs as one."""

import io
from collections.abc import Sequence
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from docusign_emulator.pdf.overlay import read


def combine(pdfs: Sequence[bytes]) -> bytes:
    """All pages, in the order given; seals of the parts are left out, for they say nothing about the whole.

    Raises UnreadablePdf, and ValueError for an empty list.
    """
    if not pdfs:
        raise ValueError("There is nothing to combine.")
    if len(pdfs) == 1:
        read(pdfs[0])
        return pdfs[0]
    writer = PdfWriter()
    for pdf in pdfs:
        writer.append(read(pdf), import_outline=False)
    _drop_signatures(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _drop_signatures(writer: PdfWriter) -> None:
    for page in writer.pages:
        if "/Annots" in page:
            page[NameObject("/Annots")] = _unsigned(page["/Annots"])
    root: Any = writer.root_object
    form = root.get("/AcroForm", DictionaryObject()).get_object()
    if "/Fields" in form:
        form[NameObject("/Fields")] = _unsigned(form["/Fields"])
        form.pop("/SigFlags", None)
    root.pop("/Perms", None)


def _unsigned(fields: Any) -> ArrayObject:
    return ArrayObject(field for field in fields.get_object() if field.get_object().get("/FT") != "/Sig")
