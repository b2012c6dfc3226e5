"""What may execute a lease that was signed offline: a PDF that opens, and not bytes that only begin like one."""

import zlib

import pytest

from leases.scan_check import MAX_PAGES, objection_to_scan
from tests.pdfs import blank_pdf


def bomb() -> bytes:
    """A small file whose one page inflates to more than the child may use: 14 MB, packed once, 120 times over."""
    packer = zlib.compressobj(9, wbits=-15)  # without the checksum, which no one gets as far as to read
    packed = packer.compress(b"0 0 m 9 9 l S " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    stream = b"\x78\xda" + packed * 120 + packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    body = b"%PDF-1.4\n"
    for number, one in enumerate(objects, start=1):
        body += b"%d 0 obj%s endobj\n" % (number, one)
    return body + b"trailer<</Root 1 0 R/Size 5>>\n%%EOF\n"


def test_a_scan_that_opens_is_taken() -> None:
    assert objection_to_scan(blank_pdf(3)) == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a PDF"),
        (b"PK\x03\x04", "not a PDF"),
        (b"%PDF-1.4 scanned", "cannot be opened"),
        (b"%PDF-1.7\n" + b"\x00" * 50_000, "cannot be opened"),
        (blank_pdf()[:300], "cannot be opened"),
        (b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n", "cannot be opened"),
        (blank_pdf(MAX_PAGES + 1), "has 301 pages"),
        (blank_pdf(size=20_000), "no size that can be printed"),
    ],
    ids=["empty", "another kind", "only its first bytes", "zeros", "half", "no page", "a book", "a poster"],
)
def test_what_is_no_scan_of_a_lease_is_said(content: bytes, said: str) -> None:
    assert said in objection_to_scan(content)


def test_a_file_that_inflates_to_gigabytes_is_refused_and_harms_no_one_else() -> None:
    hostile = bomb()
    assert len(hostile) < 10 * 1024 * 1024, "small enough to be uploaded"
    assert "cannot be opened" in objection_to_scan(hostile)
