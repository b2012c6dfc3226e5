"""What a campaign would do to a lease, before it does it: the rent it would set, and why it would skip the lease."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.db.models import QuerySet

from esign.campaigns.terms import notice_effective, planned_rent, rent_before
from esign.envelopes.compose import CannotCompose, problems_of_the_lease, purpose_of, who_cannot_be_asked
from esign.envelopes.notice import Draft, advice
from esign.models import Batch, BatchLine, BatchRule, CampaignKind, Envelope, Notice, Purpose, State
from esign.models.envelope import ENDED
from leases.dates import long_day
from leases.errors import LeaseError
from leases.models import AtTermEnd, Lease
from leases.signers import RequiredSigner, required_signers
from leases.status import LeaseStatus

NOW: Mapping[int, date] = MappingProxyType({})  # every run is of today
NOTICE_KIND = {
    CampaignKind.RENT_CHANGE: Notice.Kind.RENT_CHANGE,
    CampaignKind.GENERAL: Notice.Kind.GENERAL,
    CampaignKind.VACATE: Notice.Kind.VACATE,
}


@dataclass(frozen=True)
class Foretold:
    """One lease, as things stand. With `problems` it would be skipped; `take_care` is for staff to know.

    `rent_now` and `rent` are dollars a month; `rent` is None where the rent stays or cannot be told. `effective` is the
    first day of what a notice announces.
    """

    lease: Lease
    rent_now: Decimal
    rent: Decimal | None
    problems: tuple[str, ...] = ()
    effective: date | None = None
    take_care: tuple[str, ...] = ()

    @property
    def tenants(self) -> str:
        return ", ".join(party.tenant.name for party in self.lease.parties.all() if party.role == "tenant")


def with_all_that_is_read(leases: QuerySet[Lease]) -> QuerySet[Lease]:
    """For `foretell`: a piece of leases with their people, homes and steps, in a few statements."""
    return leases.select_related("unit__property__owner", "previous_lease").prefetch_related(
        "parties__tenant", "rent_steps", "addenda"
    )


def foretell(contents: BatchRule | Batch, leases: Collection[Lease], days: Mapping[int, date] = NOW) -> list[Foretold]:
    """What would come of these leases. A few statements for all of them.

    `days` are the days of the runs of a rule, by the keys of the leases, where they are not today.
    """
    told = {
        CampaignKind.RENEWAL: _offer,
        CampaignKind.RENT_CHANGE: _rent_change,
        CampaignKind.LEASE: _sending,
    }.get(contents.sort, _notice)
    against = objections(contents, leases, days)
    return [_joined(told(contents, lease, days.get(lease.pk)), against.get(lease.pk, [])) for lease in leases]


def _joined(told: Foretold, more: Iterable[str]) -> Foretold:
    return replace(told, problems=tuple(dict.fromkeys([*more, *told.problems])))


def objections(
    contents: BatchRule | Batch, leases: Collection[Lease], days: Mapping[int, date] = NOW
) -> dict[int, list[str]]:
    """Why a campaign leaves leases alone though they could be asked: for each lease that has reasons."""
    pks = [lease.pk for lease in leases]
    if contents.sort == CampaignKind.RENT_CHANGE:
        asked = _asked_before(contents, leases)
        return asked | _renewed_by_then(contents, leases, days) | _given_before(contents, leases, days)
    if contents.sort.is_notice:
        return _asked_before(contents, leases) | _given_before(contents, leases, days)
    if contents.sort != CampaignKind.RENEWAL:
        return {}
    found: dict[int, list[str]] = {}
    leaving = Notice.objects.filter(envelope__lease__in=pks, kind=Notice.Kind.VACATE).exclude(envelope__state__in=ENDED)
    for lease_id, day in leaving.values_list("envelope__lease_id", "effective"):
        found.setdefault(lease_id, []).append(f"A notice to vacate by {long_day(day)} was given; it is not renewed.")
    declined = Envelope.objects.filter(
        lease__previous_lease__in=pks, purpose=Purpose.RENEWAL, state=State.DECLINED
    ).values_list("lease__previous_lease_id", "declined_at")
    for previous, at in declined.order_by("declined_at"):
        if previous is None:
            continue
        when = f" on {long_day(at.date())}" if at else ""
        found.setdefault(previous, []).append(f"A renewal was declined{when}. Offer another by hand, if it is wanted.")
    return found


def _given_before(
    contents: BatchRule | Batch, leases: Collection[Lease], days: Mapping[int, date]
) -> dict[int, list[str]]:
    """Leases under which the same notice, of the same day, was given already and did not come to nothing."""
    effective = {lease.pk: notice_effective(contents, days.get(lease.pk)) for lease in leases}
    same = Notice.objects.filter(
        envelope__lease__in=list(effective),
        kind=NOTICE_KIND[contents.sort],
        effective__in=set(effective.values()),
    )
    if contents.sort == CampaignKind.GENERAL:  # of these there may be several on one day
        same = same.filter(reason=contents.text)
    live = same.exclude(envelope__state__in=ENDED).select_related("envelope")
    return {
        notice.envelope.lease_id: [f"It has this notice already: {notice}."]
        for notice in live
        if notice.effective == effective[notice.envelope.lease_id]
    }


def _renewed_by_then(
    contents: BatchRule | Batch, leases: Collection[Lease], days: Mapping[int, date]
) -> dict[int, list[str]]:
    """Leases that the next one follows before the new rent would begin."""
    effective = {lease.pk: notice_effective(contents, days.get(lease.pk)) for lease in leases}
    following = Lease.objects.filter(previous_lease__in=list(effective)).exclude(
        status__in=(LeaseStatus.DRAFT, LeaseStatus.CANCELLED)
    )
    return {
        after.previous_lease_id: [
            f"Lease {after.number} follows on {long_day(after.start_date)}, with a rent of its own."
        ]
        for after in following
        if after.previous_lease_id and after.start_date <= effective[after.previous_lease_id]
    }


def _asked_before(contents: BatchRule | Batch, leases: Collection[Lease]) -> dict[int, list[str]]:
    """Leases for which an earlier run has still to give the same notice, of the same day: that run does."""
    lines = BatchLine.objects.filter(
        lease__in=[lease.pk for lease in leases],
        status=BatchLine.Status.PLANNED,
        batch__kind=contents.kind,
        batch__cancelled_at__isnull=True,
    )
    if isinstance(contents, Batch):
        lines = lines.filter(batch__lt=contents.pk)
    day = notice_effective(contents)
    runs = Batch.objects.in_bulk(list(lines.order_by().values_list("batch", flat=True).distinct()))
    same = [pk for pk, run in runs.items() if notice_effective(run) == day]
    return {
        lease: [f"It is to get this notice already, from “{runs[run]}”. Cancel that one, or leave it to give it."]
        for lease, run in lines.filter(batch__in=same).values_list("lease", "batch")
    }


def _offer(contents: BatchRule | Batch, lease: Lease, on: date | None) -> Foretold:
    problems = [*lease.lacks(), *_who_cannot_be_asked(contents, lease)]
    rent = None
    try:
        rent = planned_rent(contents, lease)
    except LeaseError as error:
        problems.append(str(error))
    return Foretold(lease, lease.rent_on(lease.unit.property.today()), rent, tuple(problems))


def _rent_change(contents: BatchRule | Batch, lease: Lease, on: date | None) -> Foretold:
    told = _notice(contents, lease, on)
    try:
        rent = planned_rent(contents, lease, on=on)
    except LeaseError as error:
        return replace(told, problems=(*told.problems, str(error)))
    problems = told.problems
    if rent <= 0:
        return replace(told, problems=(*problems, "The rent would fall to nothing. Look at the amount."))
    if rent == rent_before(contents, lease, on):
        problems = (*problems, "The rent would stay as it is, so there is nothing to give notice of.")
    else:
        draft = Draft(Notice.Kind.RENT_CHANGE, notice_effective(contents, on), rent)
        problems = (*problems, *_nothing_to_say(lease, draft))
    if _is_over_by(lease, told.effective):
        problems = (*problems, "The lease ends before the new rent would begin.")
    return replace(told, rent=rent, problems=problems)


def _nothing_to_say(lease: Lease, draft: Draft) -> list[str]:
    try:
        draft.said_of(lease)
    except CannotCompose as refusal:
        return refusal.problems
    return []


def _is_over_by(lease: Lease, day: date | None) -> bool:
    """It has a last day before this one, and does not go on month to month after it."""
    ends = None if lease.is_month_to_month else lease.end_date
    return bool(ends and day and ends < day) and lease.unit.property.at_term_end == AtTermEnd.END


def _notice(contents: BatchRule | Batch, lease: Lease, on: date | None) -> Foretold:
    day, today = notice_effective(contents, on), lease.unit.property.today()
    problems = problems_of_the_lease(lease, Purpose.NOTICE)
    if day <= today:
        problems.append(f"It would take effect on {long_day(day)}, and a notice looks ahead. Give one of a later day.")
    problems += _who_cannot_be_asked(contents, lease, roles=("tenant", "landlord"))
    draft = Draft(NOTICE_KIND[contents.sort], day, reason=contents.text)
    if contents.sort != CampaignKind.RENT_CHANGE:  # its rent is still to be computed
        problems += _nothing_to_say(lease, draft)
    care = advice(lease, draft, required_signers(lease, lease.parties.all()))
    return Foretold(lease, lease.rent_on(today), None, tuple(problems), effective=day, take_care=tuple(care))


def _sending(contents: BatchRule | Batch, lease: Lease, on: date | None) -> Foretold:
    problems = [*problems_of_the_lease(lease, purpose_of(lease)), *_who_cannot_be_asked(contents, lease)]
    return Foretold(lease, lease.rent, None, tuple(problems))


def _who_cannot_be_asked(
    contents: BatchRule | Batch, lease: Lease, roles: Collection[str] = ("tenant", "guarantor", "landlord")
) -> list[str]:
    signers = [_asked_by(contents, one) for one in required_signers(lease, lease.parties.all()) if one.role in roles]
    return who_cannot_be_asked(lease, signers)


def _asked_by(contents: BatchRule | Batch, signer: RequiredSigner) -> RequiredSigner:
    """With the channel that the campaign chose for tenants."""
    if contents.channel and signer.role == "tenant":
        return replace(signer, channel=contents.channel)
    return signer


__all__ = ["Foretold", "foretell", "objections", "with_all_that_is_read"]
