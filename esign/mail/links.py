"""Links into the portal that carry who they are for, signed and dated. Only ever put into a mail to that person."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from esign.models import Signer
from esign.models.signer import SignerQuerySet

SALT = "esign.portal-link"
GOOD_FOR = timedelta(days=14)


class LinkInvalid(Exception):
    """The link was never ours, was tampered with, or belongs to an address that has been corrected since."""


class LinkExpired(Exception):
    """The link was real but is too old. `signer` is whom a new one may be mailed to, and no one else."""

    def __init__(self, signer: Signer) -> None:
        super().__init__("This link is too old.")
        self.signer = signer


def portal_link(signer: Signer) -> str:
    """The absolute address that signs this person in to the portal. Good for GOOD_FOR."""
    token = signing.dumps([signer.pk, address_mark(signer)], salt=SALT, compress=True)
    return f"{settings.PUBLIC_URL}{reverse('portal:enter', args=[token])}"


def read_link(token: str) -> Signer:
    """The signer a link was made for. Raises LinkExpired or LinkInvalid."""
    try:
        return _signer_of(signing.loads(token, salt=SALT, max_age=GOOD_FOR))
    except signing.SignatureExpired:
        raise LinkExpired(_signer_of(signing.loads(token, salt=SALT))) from None
    except (signing.BadSignature, ValueError):
        raise LinkInvalid from None


def _signer_of(content: object) -> Signer:
    if not isinstance(content, list) or len(content) != 2:
        raise LinkInvalid
    pk, mark = content
    signer = people().filter(pk=pk).first()
    if signer is None or not constant_time_compare(address_mark(signer), str(mark)):
        raise LinkInvalid
    return signer


def people() -> SignerQuerySet:
    """Signers with everything that says who they are, in one query."""
    return Signer.objects.select_related("tenant", "envelope__lease__unit__property")


def address_mark(signer: Signer) -> str:
    """Changes with the person's address, so that a link sent to a wrong address dies with the correction."""
    return hashlib.sha256(f"{signer.envelope_id}|{signer.email.lower()}|{signer.phone}".encode()).hexdigest()[:16]
