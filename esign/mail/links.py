"""Links into the portal that carry who they are for, signed and dated. Only ever put into a mail to that person."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from esign.models import Signer
from esign.models.signer import SignerQuerySet

SALT = "esign.portal-link"
GOOD_FOR = timedelta(days=14)


class LinkInvalid(Exception):
    """The link was never ours, was tampered with, or belongs to an address that has been corrected since."""


class LinkExpired(Exception):
    """The link was real but does not let in any more. `signer` is whom a new one may be mailed to, and no one else."""

    def __init__(self, signer: Signer) -> None:
        super().__init__("This link does not let in any more.")
        self.signer = signer


class LinkUsed(LinkExpired):
    """Somebody signed in by this link, or a newer one, already; or signed out since."""


def portal_link(signer: Signer) -> str:
    """The absolute address that lets this person in to their envelope. Good for GOOD_FOR, and for one use."""
    token = signing.dumps([signer.pk, address_mark(signer), round(time.time(), 3)], salt=SALT, compress=True)
    return f"{settings.PUBLIC_URL}{reverse('portal:enter', args=[token])}"


def read_link(token: str) -> Signer:
    """The signer a link was made for. Raises LinkExpired, LinkUsed or LinkInvalid."""
    signer, made_at = _read(token)
    if signer.links_used_until is not None and made_at <= signer.links_used_until:
        raise LinkUsed(signer)
    return signer


def use_link(token: str) -> Signer:
    """The same, once: a second use, also at the same moment, raises LinkUsed."""
    signer, made_at = _read(token)
    unused = Signer.objects.filter(Q(links_used_until=None) | Q(links_used_until__lt=made_at), pk=signer.pk)
    if not unused.update(links_used_until=made_at):
        raise LinkUsed(signer)
    return signer


def end_links(signer: Signer) -> None:
    """Links that were mailed until now let no one in any more."""
    Signer.objects.filter(pk=signer.pk).update(links_used_until=timezone.now())


def _read(token: str) -> tuple[Signer, datetime]:
    try:
        return _signer_of(signing.loads(token, salt=SALT, max_age=GOOD_FOR))
    except signing.SignatureExpired:
        raise LinkExpired(_signer_of(signing.loads(token, salt=SALT))[0]) from None
    except (signing.BadSignature, ValueError):
        raise LinkInvalid from None


def _signer_of(content: object) -> tuple[Signer, datetime]:
    if not isinstance(content, list) or len(content) != 3:
        raise LinkInvalid
    pk, mark, made_at = content
    if not isinstance(made_at, int | float):
        raise LinkInvalid
    signer = people().filter(pk=pk).first()
    if signer is None or not constant_time_compare(address_mark(signer), str(mark)) or is_ended(signer, made_at):
        raise LinkInvalid
    return signer, datetime.fromtimestamp(made_at, UTC)


def is_ended(signer: Signer, since: float) -> bool:
    """Whether a link or a session that began at `since`, in seconds of the epoch, was ended by person or office."""
    return signer.access_ended_at is not None and since <= signer.access_ended_at.timestamp()


def people() -> SignerQuerySet:
    """Signers who may use the portal, with everything that says who they are, in one query."""
    return Signer.objects.with_access().select_related("tenant", "envelope__lease__unit__property")


def address_mark(signer: Signer) -> str:
    """Changes with the person's present address: a link to one that was wrong, or is left behind, is dead then."""
    facts = f"{signer.envelope_id}|{signer.present_email.lower()}|{signer.phone}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def same_person(signer: Signer) -> SignerQuerySet:
    """Rows of the person behind this one.

    A tenant is known by the tenant's record, but only at the address that the record gives now: a link that once
    went to a mistyped address opens what went to that address, and nothing that came after.
    """
    rows = Signer.objects.with_access()
    if signer.tenant is None:
        owner_id = signer.envelope.lease.unit.property.owner_id
        return rows.filter(
            tenant=None,
            role=signer.role,
            email__iexact=signer.email,
            envelope__lease__unit__property__owner=owner_id,
        )
    rows = rows.filter(tenant=signer.tenant)
    is_at_record = signer.present_email.lower() == signer.tenant.email.lower()
    return rows if is_at_record else rows.filter(email__iexact=signer.email)


def end_access(signer: Signer) -> None:
    """End every link and every session of this person, in whatever browser. A new link can be asked for."""
    of_person = Signer.objects.filter(tenant=signer.tenant) if signer.tenant_id else same_person(signer)
    of_person.update(access_ended_at=timezone.now())
