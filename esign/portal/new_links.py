"""New links for people whose link is gone or too old. They go to the address we know, never to one just typed in."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from esign import tasks
from esign.mail.links import people
from esign.mail.queue import queue_mail
from esign.models import MailKind, OutgoingMail, Signer
from esign.portal.visitor import person_key

logger = logging.getLogger(__name__)

AT_MOST = 3
PER = timedelta(hours=1)
# No one signs for more leases than this at one address; it bounds what one request can cost.
MOST_PEOPLE = 20


def mail_new_link(signer: Signer) -> bool:
    """Queue one more link to this signer; False when there were AT_MOST of them within the hour."""
    links = OutgoingMail.objects.filter(kind=MailKind.LINK, signer=signer)
    recent = links.filter(Q(done_at__isnull=True) | Q(done_at__gte=timezone.now() - PER)).count()
    if recent >= AT_MOST:
        logger.info("signer %s asked for too many links", signer.pk)
        return False
    # Numbered, so that two clicks at the same moment queue the same mail.
    queue_mail(signer.envelope, MailKind.LINK, signer, once=str(links.count()))
    tasks.enqueue(signer.envelope_id)
    return True


def mail_links_to(email: str) -> None:
    """One link for each person who uses this address, by their newest envelope. Unknown addresses get nothing."""
    used = Q(email__iexact=email) | Q(tenant__email__iexact=email)
    rows = people().filter(used, envelope__sent_at__isnull=False).order_by("-envelope__sent_at", "pk")
    newest: dict[tuple[object, ...], Signer] = {}
    for signer in rows[:200]:
        if signer.present_email.casefold() == email.casefold():  # no link goes to an address that was left behind
            newest.setdefault(person_key(signer), signer)
    for signer in list(newest.values())[:MOST_PEOPLE]:
        mail_new_link(signer)
