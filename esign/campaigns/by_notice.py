"""A line of a campaign of notices: the notice under one lease, given once for the line's key."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

from esign.campaigns import steering
from esign.campaigns.contents import options_of, texts_of
from esign.campaigns.foretell import NOTICE_KIND, foretell
from esign.campaigns.terms import notice_effective
from esign.envelopes.compose import CannotCompose
from esign.envelopes.notice import Draft, send_notice
from esign.models import BatchLine, CampaignKind, Envelope, Notice


def prepare(line: BatchLine) -> Envelope:
    """Give the notice; go on with the one that a dead worker left. Raises CannotCompose."""
    if given := Notice.objects.filter(key=line.key).select_related("envelope").first():
        if (envelope := steering.kept(given.envelope)) is not None:
            return envelope
        line.key = uuid4()  # it was withdrawn, and is wanted after all
        line.save(update_fields=["key"])
    return send_notice(
        line.lease,
        _draft(line),
        key=line.key,
        by=line.batch.started_by,
        texts=texts_of(line.batch),
        also=partial(steering.adopt, line),
    )


def _draft(line: BatchLine) -> Draft:
    batch = line.batch
    (told,) = foretell(batch, [line.lease])
    if told.problems:
        raise CannotCompose(told.problems)
    return Draft(
        NOTICE_KIND[batch.sort],
        notice_effective(batch),
        (line.rent_chosen or told.rent) if batch.sort == CampaignKind.RENT_CHANGE else None,
        batch.text,
        batch.acknowledge,
        options_of(line),
        in_campaign=True,
        to_all=batch.in_bulk,
    )
