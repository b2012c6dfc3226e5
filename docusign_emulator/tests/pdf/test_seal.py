"""The seal proves that nothing changed since, with a certificate that only the emulator vouches for."""

import asyncio
import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from docusign_emulator.pdf.combine import combine
from docusign_emulator.pdf.marks import Mark
from docusign_emulator.pdf.seal import make_identity, seal
from docusign_emulator.pdf.stamp import stamp
from docusign_emulator.tests.pdf.papers import pdf


def judged(document: bytes, certificate: bytes) -> Any:
    """What pyhanko says about the document's only signature when it trusts our certificate."""
    (signature,) = PdfFileReader(io.BytesIO(document)).embedded_signatures
    roots = list(load_certs_from_pemder_data(certificate))
    with ThreadPoolExecutor(max_workers=1) as thread:  # beside a browser test's event loop
        return thread.submit(validate_pdf_signature, signature, ValidationContext(trust_roots=roots)).result()


@pytest.fixture(scope="module")
def identity() -> tuple[bytes, bytes]:
    return make_identity()


def test_a_sealed_document_is_judged_sound_and_whole(identity: tuple[bytes, bytes]) -> None:
    marked = stamp(pdf([(72, 72, "lease")]), [Mark(1, 100, 100, 120, 36, "signature", "Ann Lee")])
    sealed = seal(marked, *identity, reason="Completed", name="Docusign emulator")
    assert sealed.startswith(marked)
    status = judged(sealed, identity[1])
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"


def test_a_changed_byte_breaks_the_seal(identity: tuple[bytes, bytes]) -> None:
    document = pdf([(72, 72, "rent 1000")])
    sealed = bytearray(seal(document, *identity, reason="Completed", name="Docusign emulator"))
    sealed[len(document) // 2] ^= 1
    assert not judged(bytes(sealed), identity[1]).intact


def test_another_emulators_certificate_is_not_trusted(identity: tuple[bytes, bytes]) -> None:
    sealed = seal(pdf([]), *identity, reason="Completed", name="Docusign emulator")
    assert not judged(sealed, make_identity()[1]).trusted


def test_sealed_documents_combine_into_one_that_is_sealed_anew(identity: tuple[bytes, bytes]) -> None:
    parts = [seal(pdf([(72, 72, name)]), *identity, reason="Completed", name="x") for name in ("lease", "rules")]
    whole = seal(combine(parts), *identity, reason="Completed", name="Docusign emulator")
    assert judged(whole, identity[1]).bottom_line


def test_it_seals_also_where_an_event_loop_runs(identity: tuple[bytes, bytes]) -> None:
    async def inside() -> bytes:
        return seal(pdf([]), *identity, reason="Completed", name="Docusign emulator")

    with ThreadPoolExecutor(max_workers=1) as thread:
        assert judged(thread.submit(asyncio.run, inside()).result(), identity[1]).intact


def test_importing_the_seal_does_not_import_pyhanko() -> None:
    code = "import docusign_emulator.pdf.seal, sys; print('pyhanko' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
