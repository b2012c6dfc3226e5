"""The seal that Docusign puts inside a signed PDF: whether the file is the one that was sealed."""

from collections.abc import Callable

import pytest

from esign.envelopes import dispatch, downloads
from esign.envelopes.freeze import freeze
from esign.evidence.package import verify_lease
from esign.evidence.seals import Seal, seals_of
from esign.models import EnvelopeDocument
from esign.models.document import keep
from esign.sync import webhook_inbox
from leases.models import Lease
from tests.emulator_client import EmulatorClient
from tests.esign.evidence.insider import at_the_database
from tests.esign.factories import EnvelopeFactory
from tests.factories import LeaseFactory
from tests.pdfs import SCAN

transactional = pytest.mark.django_db(transaction=True)


@pytest.fixture
def executed(site: str, emulator: EmulatorClient) -> Lease:
    """Sent, signed by everyone and fetched."""
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    for signer in envelope.signers.who_sign():
        emulator.sign(str(envelope.docusign_id), str(signer.recipient_id))
    emulator.flush_deliveries()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)
    assert downloads.download_documents(envelope.pk)
    return Lease.objects.get(pk=envelope.lease_id)


def signed(lease: Lease) -> EnvelopeDocument:
    found = EnvelopeDocument.objects.filter(envelope__lease=lease, kind=EnvelopeDocument.Kind.SIGNED).first()
    assert found is not None
    return found


def in_the_middle(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[len(content) // 3] ^= 1
    return bytes(changed)


@transactional
def test_who_sealed_each_document_is_written_down_when_it_arrives(executed: Lease) -> None:
    detail = executed.audit_events.get(kind="envelope.fetched").detail
    emulator = "Common Name: Docusign emulator document seal; Organization: Docusign emulator, no legal value"
    names = {sha256: name for name, sha256 in detail["sha256"].items()}
    assert {names[sha256]: said for sha256, said in detail["seals"].items()} == {
        "Residential Lease Agreement (signed)": f"sealed by {emulator}",
        "Certificate of completion (certificate)": "no seal",
    }
    assert verify_lease(executed) == []


@transactional
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (in_the_middle, "changed after it was sealed"),
        (lambda content: content + b"\n% a line more", "something was added after it was sealed"),
    ],
)
def test_a_signed_document_that_was_swapped_with_its_hash_does_not_fit_its_seal(
    change: Callable[[bytes], bytes], said: str, executed: Lease
) -> None:
    """Anyone who can write to storage and database can make the hashes fit. They cannot make the seal."""
    document = signed(executed)
    name, sha256 = keep(change(document.read()), folder="signed")
    with at_the_database():
        EnvelopeDocument.objects.filter(pk=document.pk).update(file=name, sha256=sha256)

    assert any(said in problem for problem in verify_lease(executed))


@pytest.mark.django_db
def test_a_document_that_arrives_with_a_broken_seal_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    envelope = EnvelopeFactory(state="completed")
    broken, sound = Seal(1, is_intact=False, made_by="Docusign"), Seal(1, covers_all=True, made_by="Docusign")
    for _ in range(2):
        found = [("Lease", "1" * 64, broken), ("Rules", "2" * 64, sound), ("Certificate", "3" * 64, None)]
        downloads.report_broken_seals(envelope, found)

    told = [event.text for event in envelope.lease.audit_events.filter(kind="envelope.seal_broken")]
    assert told == [
        "“Lease” does not fit its seal: it was changed after it was sealed. Compare it with the one at Docusign."
    ]
    assert "“Lease” of envelope" in caplog.text


def test_what_has_no_seal_and_what_is_no_pdf_break_nothing() -> None:
    assert seals_of([SCAN, b"", b"%PDF-1.7 nonsense", b"\0" * 1000]) == [Seal(0), None, None, None]
    assert seals_of([]) == []
