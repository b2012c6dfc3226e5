"""Encryption of tokens wherever they are kept outside a process: the shared cache and the database.

The keys follow from SECRET_KEY; SECRET_KEY_FALLBACKS still open what was sealed before a change of it.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [base64.urlsafe_b64encode(hashlib.sha256(b"docusign-tokens" + s.encode()).digest()) for s in secrets]
    return MultiFernet([Fernet(key) for key in keys])


def seal(secret: str) -> str:
    """Encrypt with the newest key."""
    return _fernet().encrypt(secret.encode()).decode()


def unseal(sealed: str | bytes) -> str | None:
    """Decrypt what `seal` made; None when it was made with a key that is no longer known."""
    try:
        return _fernet().decrypt(sealed).decode()
    except InvalidToken:
        return None


def reseal(sealed: str) -> str | None:
    """The same secret under the newest key, or None when no known key opens it."""
    try:
        return _fernet().rotate(sealed).decode()
    except InvalidToken:
        return None
