"""The same notice under many leases: asked for once, then prepared lease by lease by the workers.

What was asked for stands in each lease's chain of events before anything is made. A worker that dies, or a message
that is lost, delays a notice and neither loses nor doubles it: what stands there and was not carried out is carried
out by the next tick, and each lease has one notice for each kind and day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from django.contrib.auth.models import User
from django.utils import timezone

from esign.envelopes.compose import CannotCompose
from esign.envelopes.notice import Draft, given_before, rent_before, send_notice
from esign.models import AuditEvent, Envelope, Notice
from esign.models.envelope import ENDED
from leases.errors import LeaseError
from leases.models import Lease
from leases.renewals import Increase, new_rent

if TYPE_CHECKING:
    from django.db.models import QuerySet

Kind = Notice.Kind
ASKED, REFUSED = "notice.asked", "notice.refused"
NAMESPACE = UUID("6f0f4c0e-4f0b-4c39-9d39-0c5e6c7a1f52")
# What could not be carried out for so long, somebody has to ask for anew.
GIVE_UP_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Plan:
    """What to give notice of, before it is known under which lease; `increase` is for a change of rent."""

    kind: Notice.Kind
    effective: date
    increase: Increase | None = None
    rounding: Decimal = Decimal(1)
    reason: str = ""
    acknowledge: bool = False

    def draft_for(self, lease: Lease) -> Draft:
        """What this lease's notice would say. Raises CannotCompose."""
        rent = None
        if self.kind == Kind.RENT_CHANGE:
            if self.increase is None:
                raise CannotCompose(["Say how the rent changes."])
            try:
                rent = new_rent(
                    rent_before(lease, self.effective),
                    self.increase,
                    market_rent=lease.unit.market_rent,
                    rounding=self.rounding,
                )
            except LeaseError as error:
                raise CannotCompose([str(error)]) from error
            if rent <= 0:
                raise CannotCompose(["The rent would fall to nothing. Look at the amount."])
        return Draft(self.kind, self.effective, rent, self.reason, self.acknowledge, in_campaign=True)


def ask(leases: Iterable[Lease], plan: Plan, by: User) -> tuple[list[Lease], list[str]]:
    """Write down under which leases the notice is to be given: (those, why not the others). The caller rings."""
    asked, skipped = [], []
    for lease in leases:
        if before := given_before(lease, plan.kind, plan.effective):
            skipped.append(f"Lease {lease.number} has this notice already: {before}.")
            continue
        try:
            draft = plan.draft_for(lease)
        except CannotCompose as refusal:
            skipped.append(f"Lease {lease.number}: {refusal}")
            continue
        if _write_down(lease, draft, by):
            asked.append(lease)
        else:
            skipped.append(f"Lease {lease.number}: this notice was asked for a moment ago.")
    return asked, skipped


def _write_down(lease: Lease, draft: Draft, by: User) -> AuditEvent | None:
    key = _key(lease, draft.kind, draft.effective)
    return AuditEvent.record(
        lease,
        ASKED,
        f"A notice was asked for: {draft.kind.label.lower()}, {draft.effective}.",
        actor=str(by),
        key=f"notice:{key}",
        notice=str(key),
        by=by.pk,
        kind_of_notice=str(draft.kind),
        effective=draft.effective.isoformat(),
        new_rent=str(draft.new_rent) if draft.new_rent is not None else None,
        reason=draft.reason,
        acknowledge=draft.acknowledge,
    )


def _key(lease: Lease, kind: str, effective: date) -> UUID:
    """The same for the same lease, kind and day, until what was asked for came to nothing."""
    voided = Notice.objects.filter(envelope__lease=lease, kind=kind, effective=effective, envelope__state__in=ENDED)
    refused = _events(lease, kind, effective).filter(kind=REFUSED)
    return uuid5(NAMESPACE, f"{lease.pk} {kind} {effective} {voided.count()} {refused.count()}")


def _events(lease: Lease, kind: str, effective: date) -> QuerySet[AuditEvent]:
    return lease.audit_events.filter(detail__kind_of_notice=kind, detail__effective=effective.isoformat())


# --- carrying it out --------------------------------------------------------------------------------------


def give_waiting() -> Iterator[UUID]:
    """Give every notice that was asked for and not given. Yields the envelopes to ring for."""
    since = timezone.now() - GIVE_UP_AFTER
    for event in AuditEvent.objects.filter(kind=ASKED, at__gte=since).select_related("lease").order_by("pk"):
        if (envelope := _give(event)) is not None:
            yield envelope.pk


def give(lease_id: int) -> Iterator[UUID]:
    """The same, under one lease."""
    for event in AuditEvent.objects.filter(lease=lease_id, kind=ASKED).select_related("lease"):
        if (envelope := _give(event)) is not None:
            yield envelope.pk


def _give(asked: AuditEvent) -> Envelope | None:
    """None: it is given already, or cannot be; then the chain says why."""
    wanted = asked.detail
    key = UUID(wanted["notice"])
    if Notice.objects.filter(key=key).exists() or _refusal(asked):
        return None
    rent = wanted["new_rent"]
    draft = Draft(
        Kind(wanted["kind_of_notice"]),
        date.fromisoformat(wanted["effective"]),
        Decimal(rent) if rent is not None else None,
        wanted["reason"],
        wanted["acknowledge"],
        in_campaign=True,
    )
    try:
        return send_notice(asked.lease, draft, key=key, by=User.objects.filter(pk=wanted["by"]).first())
    except CannotCompose as refusal:
        if not Notice.objects.filter(key=key).exists():  # else another worker was quicker
            _refuse(asked, str(refusal))
        return None


def _refuse(asked: AuditEvent, why: str) -> None:
    AuditEvent.record(
        asked.lease,
        REFUSED,
        f"A notice was not given. {why}",
        key=f"{asked.key}:refused",
        kind_of_notice=asked.detail["kind_of_notice"],
        effective=asked.detail["effective"],
        why=why,
    )


def _refusal(asked: AuditEvent) -> AuditEvent | None:
    return AuditEvent.objects.filter(lease=asked.lease_id, key=f"{asked.key}:refused").first()


# --- what came of it --------------------------------------------------------------------------------------


class Outcome(StrEnum):
    WAITING = "waiting"
    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """What came of a notice under one lease."""

    lease: Lease
    outcome: Outcome
    notice: Notice | None = None
    why: str = ""


def report(leases: Iterable[Lease], kind: str, effective: date) -> Iterator[Line]:
    """One line for each lease under which this notice was ever asked for."""
    for lease in leases:
        asked = _events(lease, kind, effective).filter(kind=ASKED).order_by("-number").first()
        if asked is None:
            continue
        notice = Notice.objects.filter(key=asked.detail["notice"]).select_related("envelope").first()
        if notice is not None:
            yield Line(lease, Outcome.GIVEN, notice)
        elif refusal := _refusal(asked):
            yield Line(lease, Outcome.REFUSED, why=str(refusal.detail["why"]))
        else:
            yield Line(lease, Outcome.WAITING)
