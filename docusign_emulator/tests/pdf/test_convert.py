"""Files of other kinds become PDFs with their words kept, or are refused by name."""

import base64
import io
import socket
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from docusign_emulator.pdf.anchors import TextLayer, find, page_sizes
from docusign_emulator.pdf.convert import Unconvertible, to_pdf
from docusign_emulator.tests.pdf.papers import docx, paragraph, pdf, picture, run, table


def words(document: bytes) -> str:
    with TextLayer(document) as layer:
        return " ".join(" ".join(layer.text(n + 1) for n in range(len(layer.sizes))).split())


def test_a_pdf_comes_back_byte_for_byte() -> None:
    document = pdf([(72, 72, "lease")])
    assert to_pdf(document, "pdf") is document
    assert to_pdf(document, "") is document


def test_a_locked_pdf_needs_its_password() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf([(72, 72, "secret lease")]))))
    writer.encrypt("open sesame", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(Unconvertible):
        to_pdf(out.getvalue(), "pdf")
    assert words(to_pdf(out.getvalue(), "pdf", password="open sesame")) == "secret lease"


def test_html_keeps_its_words_and_its_white_anchors() -> None:
    html = """<html><head><title>no</title><style>p {color: red}</style></head><body>
        <h1>Lease</h1><p>Rent &amp; <b>deposit</b>, caf&eacute;</p><ul><li>one<li>two</ul>
        <table><tr><th>Month<th>Rent<tr><td>May<td>1,000</table><div>tail <p>inner</p> end</div>
        <h3>Signed <span style="color:white">**signature_1**/</span></h3>
        <p style="display: none">never</p><script>alert(1)</script></body></html>"""
    document = to_pdf(html.encode(), "html")
    assert len(find(document, "**signature_1**/")) == 1
    said = words(document)
    for expected in (
        "Lease",
        "Rent & deposit, café",
        "one",
        "two",
        "Month Rent",
        "May 1,000",
        "tail inner end",
    ):
        assert expected in said
    assert "never" not in said and "alert" not in said and "color" not in said


def test_html_pictures_are_shown_from_data_uris_and_nothing_is_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("something opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    data = base64.b64encode(picture()).decode()
    html = f'<img src="data:image/png;base64,{data}"><img src="http://example.com/x.png" alt="missing logo">'
    document = to_pdf(html.encode(), "htm")
    assert len(PdfReader(io.BytesIO(document)).pages[0].images) == 1
    assert words(document) == "missing logo"


def test_broken_html_is_laid_out_as_well_as_it_can_be() -> None:
    assert words(to_pdf(b"<p>one <b>two<p>three</i> <table><tr><td>four", "html")) == "one two three four"
    assert page_sizes(to_pdf(b"", "html")) == [(612, 792)]


def test_text_keeps_lines_and_reads_the_usual_encodings() -> None:
    for encoding in ("utf-8", "utf-16", "cp1252"):
        assert words(to_pdf("Rent é\n\n   /sig/".encode(encoding), ".TXT")) == "Rent é /sig/"


def test_a_long_text_runs_over_pages() -> None:
    assert len(page_sizes(to_pdf(b"line\n" * 200, "txt"))) == 5


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff"])
def test_a_picture_becomes_a_page_turned_its_way(kind: str) -> None:
    assert page_sizes(to_pdf(picture(kind.upper(), (2000, 900)), kind)) == [(792, 612)]
    assert page_sizes(to_pdf(picture(kind.upper(), (90, 200)), kind)) == [(612, 792)]


def test_a_word_document_keeps_words_tables_and_white_anchors() -> None:
    document = to_pdf(docx(paragraph("The lease"), table(["Month", "Rent"]), paragraph(run("/sn1/", "FFFFFF"))), "docx")
    assert words(document) == "The lease Month Rent /sn1/"
    stream = PdfReader(io.BytesIO(document)).pages[0].get_contents()
    assert stream is not None and b"1 1 1 rg" in stream.get_data()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"x", "pdf"),
        (b"x", "docx"),
        (b"x", "png"),
        (b"x", "xls"),
        (docx()[:200], "docx"),
        (b"%PDF-1.7", "pdf"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_a_sentence(data: bytes, kind: str) -> None:
    with pytest.raises(Unconvertible, match=r"\w+ \w+.*\."):
        to_pdf(data, kind)
