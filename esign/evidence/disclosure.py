"""The text people agree to before they sign electronically. A changed text is a new version under a new name.

What the law asks such a text to say: 15 U.S.C. § 7001(c).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from leases.languages import CODES, ENGLISH

VERSION = "2026-11"


@dataclass(frozen=True)
class Disclosure:
    """One version in one language, exactly as it is shown."""

    version: str
    language: str
    html: SafeString

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.html.encode()).hexdigest()


def disclosure(language: str, version: str = VERSION) -> Disclosure:
    """The version in force, or an earlier one; in English where there is no other."""
    spoken = language if language in CODES else ENGLISH
    return Disclosure(version, spoken, render_to_string(f"disclosure/{version}.{spoken}.html"))
