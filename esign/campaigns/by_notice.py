"""A line of a campaign of notices: the notice under one lease, given once for the line's key."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from esign.campaigns import steering
from esign.campaigns.contents import options_of, texts_of
from esign.campaigns.foretell import NOTICE_KIND, Foretold, foretell
from esign.campaigns.terms import notice_effective
from esign.documents.packet import RenderedDocument
from esign.envelopes.compose import CannotCompose
from esign.envelopes.notice import Draft, compose_notice, send_notice
from esign.models import BatchLine, CampaignKind, Envelope, Notice
from esign.models.batch_rule import NOTICES
from esign.models.jobs import unclaimed

# A notice that no worker could give for so long would surprise everyone: staff have to ask for it again.
GIVE_UP_AFTER = timedelta(days=2)
WHY_TOO_LATE = "No worker could prepare it for two days. Try it again if it is still wanted."


def prepare(line: BatchLine) -> Envelope:
    """Give the notice; go on with the one that a dead worker left. Raises CannotCompose."""
    if given := Notice.objects.filter(key=line.key).select_related("envelope").first():
        if (envelope := steering.kept(given.envelope)) is not None:
            return envelope
        line.key = uuid4()  # it was withdrawn, and is wanted after all
        line.save(update_fields=["key"])
    (told,) = foretell(line.batch, [line.lease])
    if told.problems:
        raise CannotCompose(told.problems)
    _refuse_another_rent(line, told)
    return send_notice(
        line.lease,
        _draft(line, told),
        key=line.key,
        by=line.batch.started_by,
        texts=texts_of(line.batch),
        also=partial(steering.adopt, line),
    )


def sample(line: BatchLine) -> RenderedDocument:
    """The notice as it would be given now. Nothing is kept. Raises CannotCompose."""
    (told,) = foretell(line.batch, [line.lease])
    packet = compose_notice(line.lease, _draft(line, told), texts_of(line.batch))
    if not packet.documents:
        raise CannotCompose(packet.problems)
    return packet.documents[0]


def close_late() -> int:
    """Close what staff asked for and no worker could give for two days. Answers how many."""
    now = timezone.now()
    long_ago = now - GIVE_UP_AFTER
    failing = Q(attempt__gt=0, batch__approved_at__lt=long_ago)
    late = BatchLine.objects.due().filter(Q(due_at__lt=long_ago) | failing, rule__isnull=True, batch__kind__in=NOTICES)
    return BatchLine.objects.filter(unclaimed(now), pk__in=late.order_by().values("pk")).update(
        status=BatchLine.Status.SKIPPED, reason=WHY_TOO_LATE, done_at=now, updated_at=now
    )


def _refuse_another_rent(line: BatchLine, told: Foretold) -> None:
    """What was approved is what is given. Another rent stands on the line, to be looked at and tried again."""
    planned, rent = line.rent_planned, told.rent
    if line.rent_chosen is not None or planned is None or rent is None or planned == rent:
        return
    line.rent_planned = rent
    line.save(update_fields=["rent_planned"])
    raise CannotCompose(
        [
            f"The new rent would be ${rent:,.2f} now, and was ${planned:,.2f} when the plan was made: the lease or "
            "the market rent was changed since. Try it again if that is right."
        ]
    )


def _draft(line: BatchLine, told: Foretold) -> Draft:
    batch = line.batch
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
