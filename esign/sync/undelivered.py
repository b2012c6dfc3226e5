"""The messages that Docusign Connect could not deliver, and having them sent again.

https://developers.docusign.com/platform/webhooks/connect/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from esign.docusign import DocusignClient
from esign.docusign.answers import ConnectFailure
from esign.docusign.budget import Lane
from esign.models import DocusignConnection, Envelope


@dataclass(frozen=True)
class Undelivered:
    """A message about an envelope of ours that Connect could not hand to us."""

    envelope: Envelope
    failure: ConnectFailure


def undelivered(connection: DocusignConnection, *, since: datetime) -> list[Undelivered]:
    """What Connect could not deliver for envelopes of ours, as Docusign lists it.

    Needs an administrator's rights in Docusign; without them it raises DocusignError, and the sweep alone has to do.
    """
    failures = DocusignClient(connection, lane=Lane.SYNC).connect_failures(since)
    rows = connection.envelopes.filter(docusign_id__in={one.envelope_id for one in failures}).select_related("lease")
    ours = {row.docusign_id: row for row in rows}
    return [Undelivered(ours[one.envelope_id], one) for one in failures if one.envelope_id in ours]


def republish_failures(connection: DocusignConnection, *, since: datetime, only: UUID | None = None) -> int:
    """Have Connect send again what it could not deliver for envelopes of ours. Returns for how many envelopes.

    `only` is our key of the one envelope to do it for. Raises DocusignError as `undelivered` does.
    """
    found = undelivered(connection, since=since)
    failed = {one.failure.envelope_id for one in found if only is None or one.envelope.pk == only}
    if failed:
        DocusignClient(connection, lane=Lane.SYNC).republish(failed)
    return len(failed)
