"""The RSA keys that sign our assertions. No part of a key ever reaches a message or a log.

Two keys at once make a change without a gap: put the new one in DOCUSIGN_PRIVATE_KEY_FILE_NEXT, add its public
half at Docusign, and when the connection page shows it in use, make it DOCUSIGN_PRIVATE_KEY_FILE.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from esign.docusign import variables
from esign.docusign.errors import NotSignedIn
from esign.models import DocusignConnection

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SigningKey:
    """A private key and what may be said of it: the variable it came from, and the print of its public half."""

    variable: str
    fingerprint: str
    bits: int
    private: RSAPrivateKey = field(repr=False)


def signing_keys(connection: DocusignConnection) -> list[SigningKey]:
    """The keys to try, the newer first.

    Raises NotSignedIn, with what to do, when there is none. A broken second key is logged and left out: it must
    not stop a site whose first key works.
    """
    following = None
    try:
        following = load(connection, "PRIVATE_KEY_NEXT")
    except NotSignedIn as broken:
        logger.warning("the key meant to follow is left out: %s", broken)
    current = load(connection, "PRIVATE_KEY")
    found = [key for key in (following, current) if key is not None]
    if not found:
        raise NotSignedIn(
            f"No RSA private key: set {variables.name(connection, 'PRIVATE_KEY_FILE')} "
            "to the key from Docusign's Apps and Keys page."
        )
    return found


def load(connection: DocusignConnection, suffix: str) -> SigningKey | None:
    """The key of PRIVATE_KEY or PRIVATE_KEY_NEXT; None when neither variable is set. Raises NotSignedIn."""
    variable, pem = variables.text_or_file(connection, suffix)
    if not pem:
        return None
    private = _parse(pem)
    if private is None:
        raise NotSignedIn(
            f"{variable} is not a readable RSA private key. Copy the PEM again, from its BEGIN line to its END line, "
            "without a passphrase."
        )
    return SigningKey(variable, fingerprint_of(private), private.key_size, private)


@lru_cache(maxsize=8)
def _parse(pem: str) -> RSAPrivateKey | None:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None  # the error's text may quote the key
    return key if isinstance(key, RSAPrivateKey) else None


def fingerprint_of(private: RSAPrivateKey) -> str:
    """SHA-256 of the public half in DER."""
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()
