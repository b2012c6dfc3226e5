"""What staff did by hand to the leases and envelopes of a run since it was planned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from esign.campaigns.steering import WHY_CANCELLED, WHY_CHANGED, WHY_LEFT_OUT
from esign.models import Batch, BatchLine, CampaignKind, Correction, Envelope, State
from esign.models.envelope import PURPOSES_OF_THE_LEASE_ITSELF
from leases.models import Lease
from leases.status import LeaseStatus

# Their envelopes are of the lease itself, so a later revision stands in for the one of the line.
WITH_REVISIONS = (CampaignKind.RENEWAL, CampaignKind.LEASE)
OWN_REASONS = (WHY_CANCELLED, WHY_CHANGED, WHY_LEFT_OUT)
# What a person's change of a lease is called, by the stage that it was in afterwards.
CHANGES = {
    LeaseStatus.DRAFT: "changed",
    LeaseStatus.ENDED: "ended",
    LeaseStatus.CANCELLED: "cancelled",
}


@dataclass(frozen=True)
class ByHand:
    """One thing that somebody did, and where to look at it."""

    text: str
    url: str


def since_planned(
    batch: Batch, lines: Sequence[BatchLine], envelopes: Mapping[UUID, Envelope]
) -> dict[int, list[ByHand]]:
    """For the key of each line what was done by hand. Four statements for a page of lines.

    The lines have their leases and offers at hand; `envelopes` are theirs, with who cancelled them.
    """
    leases = {line.lease_id for line in lines} | {line.offer_id for line in lines if line.offer_id}
    changes, renewals = _changes(batch, leases), _renewals(batch, lines)
    revisions, corrections = _latest_revisions(batch, lines), _corrections(envelopes)
    found: dict[int, list[ByHand]] = {}
    for line in lines:
        envelope = envelopes.get(line.envelope_id) if line.envelope_id else None
        found[line.pk] = [
            *(_voided(batch, envelope) if envelope else []),
            *_later(line, envelope, revisions.get(_lease_of(batch, line))),
            *(corrections.get(envelope.pk, []) if envelope else []),
            *renewals.get(line.lease_id, []),
            *_of_lease(line.lease, changes),
            *(_of_lease(line.offer, changes) if line.offer else []),
        ]
    return found


# --- envelopes --------------------------------------------------------------------------------------------


def _voided(batch: Batch, envelope: Envelope) -> list[ByHand]:
    asked_at = envelope.cancel_asked_at
    by_the_run = envelope.void_reason in OWN_REASONS or (batch.cancelled_at and asked_at == batch.cancelled_at)
    if envelope.state != State.VOIDED or asked_at is None or by_the_run:
        return []
    when = _day(asked_at)
    return [ByHand(f"Voided by {_who(envelope.cancel_asked_by)} on {when}.", envelope.get_absolute_url())]


def _lease_of(batch: Batch, line: BatchLine) -> int:
    """The lease that the envelope of a line is for."""
    return line.offer_id or 0 if batch.sort == CampaignKind.RENEWAL else line.lease_id


def _latest_revisions(batch: Batch, lines: Sequence[BatchLine]) -> dict[int, Envelope]:
    if batch.sort not in WITH_REVISIONS:
        return {}
    leases = {_lease_of(batch, line) for line in lines}
    rows = Envelope.objects.filter(lease__in=leases, purpose__in=PURPOSES_OF_THE_LEASE_ITSELF)
    rows = rows.only("lease_id", "revision", "state", "replaces_id").order_by("revision")
    return {envelope.lease_id: envelope for envelope in rows}


def _later(line: BatchLine, envelope: Envelope | None, latest: Envelope | None) -> list[ByHand]:
    """A revision that came after the envelope of the line, or one that the line never had."""
    if latest is None or (envelope is not None and latest.revision <= envelope.revision):
        return []
    if envelope is None:
        done = "Sent by hand" if line.status == BatchLine.Status.PREPARED else "There is an envelope"
    else:
        done = "Replaced" if latest.replaces_id == envelope.pk else "Sent again"
    text = f"{done}: revision {latest.revision}, {latest.get_state_display().lower()}."
    return [ByHand(text, latest.get_absolute_url())]


def _corrections(envelopes: Mapping[UUID, Envelope]) -> dict[UUID, list[ByHand]]:
    asked = Correction.objects.filter(signer__envelope__in=list(envelopes)).exclude(outcome=Correction.Outcome.REFUSED)
    found: dict[UUID, list[ByHand]] = {}
    for one in asked.select_related("signer", "asked_by").order_by("asked_at"):
        text = f"{_who(one.asked_by)} corrected the {one.what} of {one.signer.name} on {_day(one.asked_at)}."
        url = envelopes[one.signer.envelope_id].get_absolute_url()
        found.setdefault(one.signer.envelope_id, []).append(ByHand(text, url))
    return found


# --- leases -----------------------------------------------------------------------------------------------


def _renewals(batch: Batch, lines: Sequence[BatchLine]) -> dict[int, list[ByHand]]:
    """Other renewals than the run's own."""
    leases = [line.lease_id for line in lines]
    made = Lease.objects.filter(previous_lease__in=leases, created_at__gt=batch.started_at)
    own = [line.offer_id for line in lines if line.offer_id]
    found: dict[int, list[ByHand]] = {}
    for lease in made.exclude(status=LeaseStatus.CANCELLED).exclude(pk__in=own).only("number", "previous_lease_id"):
        text = f"Renewed by hand: {lease.number}."
        found.setdefault(lease.previous_lease_id or 0, []).append(ByHand(text, _page(lease.pk)))
    return found


def _changes(batch: Batch, leases: Collection[int]) -> dict[int, dict[str, str]]:
    """For the key of a lease: who brought it to which stage, or changed it there, the last time, and when."""
    rows: Any = Lease.history.filter(
        id__in=leases,
        history_date__gt=batch.started_at,
        history_user__isnull=False,
        history_type="~",
        status__in=list(CHANGES),
    )
    found: dict[int, dict[str, str]] = {}
    for row in rows.select_related("history_user").only("id", "status", "history_date", "history_user__username",
                                                        ).order_by("history_date"):  # fmt: skip
        found.setdefault(row.id, {})[row.status] = f" by {row.history_user} on {_day(row.history_date)}"
    return found


def _of_lease(lease: Lease, changes: Mapping[int, Mapping[str, str]]) -> list[ByHand]:
    """What became of a lease: where it was ended or cancelled, that alone."""
    by_whom = changes.get(lease.pk, {})
    if lease.status in (LeaseStatus.ENDED, LeaseStatus.CANCELLED):
        text = f"Lease {lease.number} was {CHANGES[LeaseStatus(lease.status)]}{by_whom.get(lease.status, '')}."
        return [ByHand(text, _page(lease.pk))]
    if LeaseStatus.DRAFT not in by_whom:
        return []
    history = reverse("admin:leases_lease_history", args=[lease.pk])
    return [ByHand(f"Lease {lease.number} was changed{by_whom[LeaseStatus.DRAFT]}.", history)]


def _page(lease_id: int) -> str:
    return reverse("admin:leases_lease_change", args=[lease_id])


def _who(user: User | None) -> str:
    return str(user) if user else "someone"


def _day(at: Any) -> str:
    return date_format(timezone.localtime(at), "M j")
