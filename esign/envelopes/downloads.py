"""Bringing home the signed PDFs and the certificate, and with them the lease's execution."""

from __future__ import annotations

import io
import logging
import lzma
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from esign.docusign import DocusignClient, DocusignError, DocusignRefused, NothingDone
from esign.docusign.budget import Lane
from esign.envelopes.execution import execute
from esign.envelopes.updates import apply_recipients
from esign.evidence.seals import Seal, seals_of
from esign.mail.queue import queue_mail
from esign.models import AuditEvent, DownloadJob, Envelope, EnvelopeDocument, MailKind
from esign.models.document import keep
from esign.models.envelope import PURPOSES_OF_THE_LEASE_ITSELF
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

Kind = EnvelopeDocument.Kind
MAX_PDF = 60 * 1024 * 1024
# How Docusign names the certificate inside an archive; under any other name we ask for it by itself.
CERTIFICATE_NAMES = ("summary", "certificate")
# What the standard library raises for an archive that is damaged, encrypted or of a kind it does not know.
UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True)
class _Fetched:
    kind: str
    name: str
    content: bytes


class UnusableArchive(Exception):
    """Docusign's ZIP is not what we know how to read."""


def download_documents(envelope_id: UUID, *, lane: Lane = Lane.SYNC) -> bool:
    """Run the job of one completed envelope; False when there is nothing to do, or not now.

    One call fetches everything. A failure is kept on the job and tried again later, ever more rarely.
    """
    job = DownloadJob.objects.open().filter(envelope_id=envelope_id).first()
    if job is None or not job.claim():
        return False
    envelope = Envelope.objects.select_related("connection", "lease").get(pk=envelope_id)
    try:
        client = DocusignClient(envelope.connection, lane=lane)
        _learn_who_signed(client, envelope)
        fetched = _download(client, envelope)
    except NothingDone as error:
        job.wait_until(error.retry_at, error)
        logger.info("documents of envelope %s have to wait: %s", envelope_id, error)
        return False
    except DocusignError as error:
        job.retry_later(error)
        logger.warning("documents of envelope %s are not fetched yet: %s", envelope_id, error)
        return False
    reach("documents-fetched", envelope_id=envelope_id)
    kept = _keep(envelope, fetched, job)
    reach("documents-kept", envelope_id=envelope_id)
    return kept


def _learn_who_signed(client: DocusignClient, envelope: Envelope) -> None:
    """An update that names no recipients can complete an envelope; who signed when is asked for then, and only then."""
    if any(signer.must_sign and signer.signed_at is None for signer in envelope.signers.all()):
        apply_recipients(envelope.pk, client.get_envelope(envelope))


def _download(client: DocusignClient, envelope: Envelope) -> list[_Fetched]:
    """One ZIP with all; where that is refused or cannot be read, the combined PDF and the certificate."""
    try:
        return _unpack(client.download(envelope, "archive"), client, envelope)
    except (UnusableArchive, DocusignRefused):
        combined = _Fetched(
            Kind.SIGNED, f"{envelope.subject[:90]} (signed)", _pdf(client.download(envelope, "combined"))
        )
        return [combined, _certificate(client, envelope)]


def _unpack(archive: bytes, client: DocusignClient, envelope: Envelope) -> list[_Fetched]:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as folder:
            entries = [info for info in folder.infolist() if not info.is_dir()]
            if not entries or sum(info.file_size for info in entries) > MAX_PDF:
                raise UnusableArchive
            files = [(info.filename.rsplit("/", 1)[-1], _pdf(folder.read(info))) for info in entries]
    except (*UNREADABLE, DocusignError):
        raise UnusableArchive from None
    names = list(envelope.documents.filter(kind=Kind.SENT).values_list("name", flat=True))
    certificates = [content for name, content in files if name.lower().startswith(CERTIFICATE_NAMES)]
    others = [(name, content) for name, content in files if not name.lower().startswith(CERTIFICATE_NAMES)]
    if envelope.riders.exists():  # documents of the account's templates follow ours, under their own names
        names += [name.rsplit(".", 1)[0][:100] for name, _ in others[len(names) :]]
    signed = [content for _, content in others]
    if not signed or len(signed) != len(names):
        raise UnusableArchive
    fetched = [_Fetched(Kind.SIGNED, name, content) for name, content in zip(names, signed, strict=True)]
    if certificates:
        return [*fetched, _Fetched(Kind.CERTIFICATE, "Certificate of completion", certificates[0])]
    return [*fetched, _certificate(client, envelope)]


def _certificate(client: DocusignClient, envelope: Envelope) -> _Fetched:
    return _Fetched(Kind.CERTIFICATE, "Certificate of completion", _pdf(client.download(envelope, "certificate")))


def _pdf(content: bytes) -> bytes:
    if not content.startswith(b"%PDF-"):
        raise DocusignError("What Docusign served is not a PDF.")
    return content


def report_broken_seals(envelope: Envelope, seals: Iterable[tuple[str, str, Seal | None]]) -> None:
    """Tell of each document (name, SHA-256, seal) that does not fit. Docusign's word executes a lease, not the file."""
    for name, sha256, seal in seals:
        if seal is not None and seal.objection:
            logger.error("document “%s” of envelope %s: %s", name, envelope.pk, seal.objection)
            AuditEvent.record(
                envelope.lease,
                "envelope.seal_broken",
                f"“{name}” does not fit its seal: {seal.objection}. Compare it with the one at Docusign.",
                envelope=envelope,
                key=f"{envelope.pk}:seal:{sha256}",
            )


def _keep(envelope: Envelope, fetched: list[_Fetched], job: DownloadJob) -> bool:
    """Files first, then one transaction: rows, the job done, the lease executed."""
    stored = [(item, *keep(item.content, folder="signed")) for item in fetched]
    found = seals_of([item.content for item in fetched])
    seals = [(item.name, sha256, seal) for (item, _, sha256), seal in zip(stored, found, strict=True)]
    with transaction.atomic():
        if not job.finish():
            return False
        for number, (item, name, sha256) in enumerate(stored, start=1):
            EnvelopeDocument.objects.get_or_create(
                envelope=envelope,
                kind=item.kind,
                document_id=number,
                defaults={"name": item.name[:100], "file": name, "sha256": sha256, "size": len(item.content)},
            )
        hashes = {f"{item.name} ({item.kind})": sha256 for item, _, sha256 in stored}
        AuditEvent.record(
            envelope.lease,
            "envelope.fetched",
            "The signed documents and the certificate were stored.",
            envelope=envelope,
            key=f"{envelope.pk}:fetched",
            sha256=hashes,
            seals={sha256: seal.in_words() if seal else "not read" for _, sha256, seal in seals},
        )
        report_broken_seals(envelope, seals)
        if envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF:
            execute(envelope)
        for signer in envelope.signers.all():
            if signer.email:
                queue_mail(envelope, MailKind.COMPLETED, signer)
    return True
