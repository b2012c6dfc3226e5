"""A line of a renewal campaign: the draft renewal, made once, and its frozen envelope."""

from __future__ import annotations

from functools import partial

from django.utils import timezone

from esign.campaigns import foretell, steering
from esign.campaigns.contents import options_of, texts_of
from esign.campaigns.terms import planned_rent, terms_of
from esign.envelopes.compose import CannotCompose
from esign.envelopes.freeze import freeze
from esign.models import BatchLine, Envelope, Purpose
from esign.models.envelope import LIVE
from leases.models import Lease
from leases.renewals import last_day_of_term, offer_renewal
from leases.status import LeaseStatus
from propertyapp.milestones import reach


def prepare(line: BatchLine) -> Envelope:
    """Offer the renewal and freeze its envelope; go on where a worker died.

    Raises CannotCompose, LeaseError, NotYet.
    """
    is_new = line.offer is None
    offer = _offer(line) if is_new else _offer_as_planned(line)
    reach("offer-made", line_id=line.pk)
    envelope = (None if is_new else _kept(offer)) or freeze(
        offer,
        Purpose.RENEWAL,
        in_campaign=True,
        options=options_of(line),
        texts=texts_of(line.batch),
        also=partial(steering.adopt, line),
        just_read=is_new,
    )
    reach("offer-frozen", line_id=line.pk)
    return envelope


def _kept(offer: Lease) -> Envelope | None:
    """A worker that died after freezing left the envelope behind, or staff have sent the offer by hand."""
    return steering.kept(Envelope.objects.filter(lease=offer, purpose=Purpose.RENEWAL, state__in=LIVE).first())


def _offer(line: BatchLine) -> Lease:
    """The draft renewal, made once: offer and line are written together."""
    if reasons := foretell.objections(line.batch, [line.lease]).get(line.lease_id):
        raise CannotCompose(reasons)
    terms = terms_of(line.batch, line.lease, line)

    def keep(offer: Lease) -> None:
        BatchLine.objects.filter(pk=line.pk).update(offer=offer, updated_at=timezone.now())

    return offer_renewal(
        line.lease,
        term_months=terms.term_months,
        increase=terms.increase,
        rounding=terms.rounding,
        cap=terms.cap,
        also=keep,
    )


def _offer_as_planned(line: BatchLine) -> Lease:
    """The draft that was made before, with what staff have chosen for this lease since."""
    assert line.offer is not None
    offer = Lease.objects.get(pk=line.offer.pk)
    if offer.status == LeaseStatus.CANCELLED:
        return _offer(line)
    if offer.status != LeaseStatus.DRAFT or (line.rent_chosen is None and line.term_chosen is None):
        return offer
    offer.rent = planned_rent(line.batch, line.lease, line)
    months = terms_of(line.batch, line.lease, line).term_months
    offer.end_date = last_day_of_term(offer.start_date, months) if months is not None else None
    offer.save()
    return offer
