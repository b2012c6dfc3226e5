"""Links into the portal that carry who they are for, signed and dated. Only ever put into a mail to that person."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from esign.models import Signer

SALT = "esign.portal-link"
GOOD_FOR = timedelta(days=14)


class LinkExpired(Exception):
    """The link was real but is too old; a new one can be asked for."""


class LinkInvalid(Exception):
    """The link was never ours, was tampered with, or belongs to an address that has been corrected since."""


def portal_link(signer: Signer) -> str:
    """The absolute address that signs this person in to the portal. Good for GOOD_FOR."""
    token = signing.dumps([signer.pk, _mark(signer)], salt=SALT, compress=True)
    return f"{settings.PUBLIC_URL}{reverse('portal:enter', args=[token])}"


def read_link(token: str) -> Signer:
    """The signer a link was made for. Raises LinkExpired or LinkInvalid."""
    try:
        pk, mark = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except signing.SignatureExpired:
        raise LinkExpired from None
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkInvalid from None
    signer = Signer.objects.select_related("envelope__lease", "tenant").filter(pk=pk).first()
    if signer is None or _mark(signer) != mark:
        raise LinkInvalid
    return signer


def _mark(signer: Signer) -> str:
    """Changes with the person's address, so that a link sent to a wrong address dies with the correction."""
    return hashlib.sha256(f"{signer.envelope_id}|{signer.email.lower()}|{signer.phone}".encode()).hexdigest()[:16]
