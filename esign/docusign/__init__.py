"""The only door to Docusign. Nothing outside this package imports the SDK or speaks HTTP to Docusign."""

from esign.docusign.client import DocusignClient
from esign.docusign.errors import (
    ConsentMissing,
    DocusignBusy,
    DocusignConflict,
    DocusignError,
    DocusignNotFound,
    DocusignRefused,
    DocusignUnknown,
    NothingDone,
    NotSignedIn,
    PhoneCheckMissing,
    RecipientDone,
)

__all__ = [
    "ConsentMissing",
    "DocusignBusy",
    "DocusignClient",
    "DocusignConflict",
    "DocusignError",
    "DocusignNotFound",
    "DocusignRefused",
    "DocusignUnknown",
    "NotSignedIn",
    "NothingDone",
    "PhoneCheckMissing",
    "RecipientDone",
]
