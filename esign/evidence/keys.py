"""The key that signs evidence. It lies outside of the database, so that a person who can write there cannot sign.

Ed25519, https://www.rfc-editor.org/rfc/rfc8032. The public half goes along with every package.
"""

from __future__ import annotations

import base64
import hashlib
from binascii import Error as NotBase64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings
from django.views.decorators.debug import sensitive_variables


@sensitive_variables()
def _private_key() -> Ed25519PrivateKey:
    return _loaded(settings.EVIDENCE_KEY, settings.SECRET_KEY)


@sensitive_variables()
@lru_cache(maxsize=4)
def _loaded(pem: str, secret: str) -> Ed25519PrivateKey:
    """The key of EVIDENCE_KEY. Without one it is derived from SECRET_KEY, which lies outside of the database too.

    Raises ValueError when EVIDENCE_KEY is no Ed25519 key.
    """
    if not pem:
        seed = HKDF(hashes.SHA256(), 32, salt=None, info=b"propertyapp evidence").derive(secret.encode())
        return Ed25519PrivateKey.from_private_bytes(seed)
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("EVIDENCE_KEY is not an Ed25519 private key in PEM.")
    return key


def public_key() -> str:
    """The public half, 32 bytes in base64: what an office tells those who check its packages."""
    raw = _private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def key_id(public: str) -> str:
    """A short name of a public key."""
    return hashlib.sha256(public.encode()).hexdigest()[:16]


def known_keys() -> dict[str, str]:
    """The public keys whose signatures count here, today's and earlier ones, by their id."""
    return {key_id(key): key for key in (public_key(), *settings.EVIDENCE_OLD_PUBLIC_KEYS)}


def sign(content: bytes) -> str:
    """The signature in base64."""
    return base64.b64encode(_private_key().sign(content)).decode()


def is_signed(content: bytes, signature: str, public: str) -> bool:
    """Whether the signature over these bytes was made by this key. Takes anything for a signature or a key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return True
