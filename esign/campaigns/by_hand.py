"""Start a campaign by hand: of the leases that staff chose, or of something done to the envelopes that they chose.

The run and its lines are written in one transaction. What would come of each lease is foretold afterwards, in pieces
(`plan.plan_piece`), so that a form that was sent for ten thousand leases is answered at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from esign.campaigns import plan, steering
from esign.models import Batch, BatchLine, CampaignKind, Envelope
from leases.models import Lease, Property

MOST = 10_000
# Rows that one statement writes.
A_PIECE = 1_000


class CannotStart(Exception):
    """Nothing was written. The message says why, and what to do instead."""


def start(kind: CampaignKind, leases: QuerySet[Lease], by: User, *, key: UUID | None = None, **contents: Any) -> Batch:
    """Write a run with a line for each of these leases; it waits to be planned and approved. Raises CannotStart.

    `contents` are columns of the run, such as `channel`, `text` or `holds_for_release`. A `key` that was used before
    answers the run that it made.
    """
    if found := _made_before(key):
        return found
    rows = [(pk, None) for pk in leases.order_by("pk").values_list("pk", flat=True)[: MOST + 1]]
    _refuse_unless_possible(rows, "lease")
    return _write(kind, rows, by, key, {"template_texts": plan.published_texts(), **contents})


def start_acts(
    kind: CampaignKind, envelopes: QuerySet[Envelope], by: User, *, key: UUID | None = None, **contents: Any
) -> Batch:
    """Write a run that does this to each of these envelopes, and approve it, unless it takes a second person.

    Raises CannotStart.
    """
    if found := _made_before(key):
        return found
    chosen = envelopes.order_by("created_at", "pk").values_list("lease_id", "pk")
    rows = list(chosen[: MOST + 1])
    _refuse_unless_possible(rows, "envelope")
    with transaction.atomic():
        batch = _write(kind, rows, by, key, {"done_at": timezone.now(), **contents})
        if batch.approved_at is None and not batch.objection_to_approval(by):
            steering.approve(batch, by)
    return batch


def _made_before(key: UUID | None) -> Batch | None:
    return Batch.objects.filter(key=key).first() if key else None


def _refuse_unless_possible(rows: Sequence[object], noun: str) -> None:
    if not rows:
        raise CannotStart(f"No {noun} is left for which this can be done. Choose others in the list.")
    if len(rows) > MOST:
        raise CannotStart(
            f"A campaign has at most {MOST:,} {noun}s, and more are chosen. Narrow the list down, for example to one "
            "property after another, and start several."
        )


def _write(
    kind: CampaignKind, rows: Sequence[tuple[int, UUID | None]], by: User, key: UUID | None, contents: dict[str, Any]
) -> Batch:
    with transaction.atomic():
        batch, is_new = Batch.objects.get_or_create(
            key=key or uuid4(),
            defaults={"kind": kind, "day": timezone.localdate(), "title": kind.label, "started_by": by, **contents},
        )
        if is_new:
            for first in range(0, len(rows), A_PIECE):
                _write_piece(batch, rows[first : first + A_PIECE])
    return batch


def _write_piece(batch: Batch, rows: Sequence[tuple[int, UUID | None]]) -> None:
    BatchLine.objects.bulk_create(
        [BatchLine(batch=batch, lease_id=lease, envelope_id=envelope) for lease, envelope in rows]
    )
    homes = Property.objects.filter(units__leases__in={lease for lease, _ in rows})
    batch.properties.add(*homes.order_by().values_list("pk", flat=True).distinct())
