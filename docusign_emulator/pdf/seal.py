"""Seal a finished PDF with a PAdES signature of the emulator's own certificate.

Docusign seals completed documents so that a later change shows; the emulator does the same, with a
certificate no one trusts. pyhanko takes half a second to import, so it is imported on first use.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

FIELD = "EmulatorSeal"
_ROOM = 8192  # bytes kept free for the signature; ours needs about 3,000


def make_identity() -> tuple[bytes, bytes]:
    """A new EC P-256 key and its self-signed certificate, valid for 20 years, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Docusign emulator, no legal value"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Docusign emulator document seal"),
        ]
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * 20))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key_pem, certificate.public_bytes(serialization.Encoding.PEM)


def seal(pdf: bytes, key_pem: bytes, cert_pem: bytes, reason: str, name: str) -> bytes:
    """The PDF with an invisible signature added as an incremental update: the bytes before it stay the same.

    `reason` and `name` are what a PDF reader shows about the seal.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415  # slow import
    from pyhanko.sign import fields, signers  # noqa: PLC0415  # slow import

    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason,
        name=name,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    signer = _signer(key_pem, cert_pem)
    # pyhanko starts an event loop of its own, which a thread that runs one already does not allow.
    with ThreadPoolExecutor(max_workers=1) as thread:
        signing = thread.submit(
            signers.sign_pdf, writer, metadata, signer=signer, bytes_reserved=_ROOM, output=io.BytesIO()
        )
    sealed: bytes = signing.result().getvalue()
    return sealed


@lru_cache(maxsize=4)
def _signer(key_pem: bytes, cert_pem: bytes) -> Any:
    from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data  # noqa: PLC0415  # slow import
    from pyhanko.sign import signers  # noqa: PLC0415  # slow import
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415  # slow import

    return signers.SimpleSigner(
        signing_cert=next(iter(load_certs_from_pemder_data(cert_pem))),
        signing_key=load_private_key_from_pemder_data(key_pem, passphrase=None),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]  # its own code has no types
    )
