"""A line of a campaign that sends drafts for signature, as staff chose them from the list."""

from __future__ import annotations

from functools import partial

from esign.campaigns import steering
from esign.campaigns.contents import options_of, texts_of
from esign.documents.packet import RenderedDocument
from esign.envelopes.compose import CannotCompose, compose, purpose_of
from esign.envelopes.freeze import freeze
from esign.models import BatchLine, Envelope
from esign.models.envelope import LIVE, PURPOSES_OF_THE_LEASE_ITSELF


def prepare(line: BatchLine) -> Envelope:
    """Freeze the envelope of a draft; go on with the one it has. Raises CannotCompose, NotYet."""
    if (envelope := _of_this_run(line)) is not None:
        return envelope
    _refuse_another_rent(line)
    return freeze(
        line.lease,
        purpose_of(line.lease),
        by=line.batch.started_by,
        in_campaign=True,
        options=options_of(line),
        texts=texts_of(line.batch),
        also=partial(steering.adopt, line),
    )


def sample(line: BatchLine) -> RenderedDocument:
    """The lease as it would go out now. Nothing is kept. Raises CannotCompose."""
    packet = compose(line.lease, purpose_of(line.lease), options_of(line), texts=texts_of(line.batch))
    if not packet.documents:
        raise CannotCompose(packet.problems)
    return packet.documents[0]


def _of_this_run(line: BatchLine) -> Envelope | None:
    """What a worker that died left behind; one that staff sent by hand is none of ours."""
    live = Envelope.objects.filter(lease=line.lease, purpose__in=PURPOSES_OF_THE_LEASE_ITSELF, state__in=LIVE).first()
    if live is None or (live.pk != line.envelope_id and live.cancel_asked_at is None):
        return None
    return steering.kept(live)


def _refuse_another_rent(line: BatchLine) -> None:
    """What was approved is what is sent. Another rent stands on the line, to be looked at and tried again."""
    planned, rent = line.rent_now, line.lease.rent
    if planned is None or planned == rent:
        return
    line.rent_now = rent
    line.save(update_fields=["rent_now"])
    raise CannotCompose(
        [
            f"Its rent is ${rent:,.2f} now, and was ${planned:,.2f} when the plan was made. Try it again if that is "
            "right."
        ]
    )
