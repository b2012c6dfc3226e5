"""A line of a campaign that sends drafts for signature, as staff chose them from the list."""

from __future__ import annotations

from functools import partial

from esign.campaigns import steering
from esign.campaigns.contents import options_of, texts_of
from esign.envelopes.compose import purpose_of
from esign.envelopes.freeze import freeze
from esign.models import BatchLine, Envelope
from esign.models.envelope import LIVE, PURPOSES_OF_THE_LEASE_ITSELF


def prepare(line: BatchLine) -> Envelope:
    """Freeze the envelope of a draft; go on with the one it has. Raises CannotCompose, NotYet."""
    live = Envelope.objects.filter(lease=line.lease, purpose__in=PURPOSES_OF_THE_LEASE_ITSELF, state__in=LIVE)
    return steering.kept(live.first()) or freeze(
        line.lease,
        purpose_of(line.lease),
        by=line.batch.started_by,
        in_campaign=True,
        options=options_of(line),
        texts=texts_of(line.batch),
        also=partial(steering.adopt, line),
    )
