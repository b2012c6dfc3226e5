"""The RSA key and the encryption of tokens. Neither key nor token ever reaches a log."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from esign.docusign.errors import NotSignedIn


def private_key() -> RSAPrivateKey:
    """The key that signs our assertions, from DOCUSIGN_PRIVATE_KEY or DOCUSIGN_PRIVATE_KEY_FILE.

    Raises NotSignedIn with what to do, never with any part of the key.
    """
    pem = settings.DOCUSIGN_PRIVATE_KEY
    if not pem and settings.DOCUSIGN_PRIVATE_KEY_FILE:
        try:
            pem = Path(settings.DOCUSIGN_PRIVATE_KEY_FILE).read_text()
        except (OSError, UnicodeDecodeError):
            raise NotSignedIn(
                "The file named by DOCUSIGN_PRIVATE_KEY_FILE cannot be read. Check the path and its permissions."
            ) from None
    if not pem:
        raise NotSignedIn(
            "No RSA private key: set DOCUSIGN_PRIVATE_KEY_FILE to the key from Docusign's Apps and Keys page."
        )
    return _parse(pem.replace("\\n", "\n"))


@lru_cache(maxsize=4)
def _parse(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise NotSignedIn(
            "The RSA private key is not a readable PEM. Copy it again, from BEGIN to END, without a passphrase."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise NotSignedIn("The private key is not an RSA key, which Docusign's JWT grant needs.")
    return key


def fingerprint() -> str:
    """SHA-256 of the public half, to compare with the key pair shown on Docusign's Apps and Keys page."""
    public = private_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [base64.urlsafe_b64encode(hashlib.sha256(b"docusign-tokens" + s.encode()).digest()) for s in secrets]
    return MultiFernet([Fernet(key) for key in keys])


def seal(secret: str) -> bytes:
    """Encrypt for storage outside this process."""
    return _fernet().encrypt(secret.encode())


def unseal(sealed: bytes) -> str | None:
    """Decrypt what `seal` made; None when it was made with a key that is no longer known."""
    try:
        return _fernet().decrypt(sealed).decode()
    except InvalidToken:
        return None
