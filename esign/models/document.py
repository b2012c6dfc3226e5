"""The bytes: what was sent, what came back signed, and the job of downloading it."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils import timezone

from esign.models.envelope import Envelope
from esign.models.jobs import Job
from esign.models.signer import Signer


class DocumentTampered(Exception):
    """The stored file no longer has the hash it was stored with. Serve nothing; restore it from a backup."""


def keep(content: bytes, *, folder: str) -> tuple[str, str]:
    """Store bytes under their own SHA-256 and return (storage name, hash). Storing them twice changes nothing.

    Done before the transaction that refers to them: a file without a row is harmless, the reverse is not.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"{folder}/{sha256[:2]}/{sha256}.pdf"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(content))
    return name, sha256


class EnvelopeDocument(models.Model):
    """One PDF of an envelope, with the hash by which it can be told from any other."""

    class Kind(models.TextChoices):
        SENT = "sent", "Sent"
        SIGNED = "signed", "Signed"
        CERTIFICATE = "certificate", "Certificate of completion"

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=12, choices=Kind)
    document_id = models.PositiveIntegerField(help_text="Docusign's documentId, also the order.")
    name = models.CharField(max_length=100)
    file = models.CharField(max_length=200, help_text="Name in the private storage.")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    pages = models.PositiveIntegerField(default=0)
    template_name = models.CharField(max_length=100, blank=True)
    template_version = models.CharField(max_length=64, blank=True)
    tabs = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "document_id"]
        constraints = [
            models.UniqueConstraint(fields=["envelope", "kind", "document_id"], name="one_document_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display().lower()})"

    @property
    def icon(self) -> str:
        """Of Material Symbols."""
        return {self.Kind.CERTIFICATE: "verified", self.Kind.SIGNED: "task"}.get(self.Kind(self.kind), "description")

    def read(self) -> bytes:
        """The bytes, checked against the hash. Raises DocumentTampered."""
        with default_storage.open(self.file) as stored:
            content: bytes = stored.read()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise DocumentTampered(f"{self.name} of envelope {self.envelope_id} does not match its SHA-256.")
        return content


class DocumentOpening(models.Model):
    """Somebody opened a document here: who, from where and when. Written as its bytes go out, and never changed."""

    document = models.ForeignKey(EnvelopeDocument, on_delete=models.CASCADE, related_name="openings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    signer = models.ForeignKey(Signer, on_delete=models.SET_NULL, null=True, blank=True)
    who = models.CharField(max_length=150, help_text="Their name at that time.")
    ip = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["document", "at"], name="openings_of_document"),
            models.Index(fields=["at"], name="opening_at"),
        ]

    def __str__(self) -> str:
        return f"{self.who} opened {self.document}"


class DownloadJob(Job):
    """Download the signed PDFs and the certificate of one completed envelope."""

    envelope = models.OneToOneField(Envelope, on_delete=models.CASCADE, related_name="download")

    class Meta:
        indexes = [models.Index(fields=["done_at", "due_at"], name="download_due")]

    def __str__(self) -> str:
        return f"Documents of {self.envelope}"
