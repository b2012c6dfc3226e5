"""The same notice under many leases: staff ask once, and workers give it lease by lease.

Each lease gets a row of its own (`NoticeJob`) before anything is made. A worker claims one row, composes the notice
and freezes it. If a worker dies or a message is lost, the sweep finds the row again; the row's key keeps the
notice from being made twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from esign.envelopes.compose import CannotCompose
from esign.envelopes.notice import Draft, given_before, rent_before, send_notice
from esign.models import AuditEvent, Envelope, Notice, NoticeJob
from leases.errors import LeaseError
from leases.models import Lease
from leases.renewals import Increase, new_rent

logger = logging.getLogger(__name__)

Kind = Notice.Kind
# A job that no worker could carry out for so long is closed: staff have to ask again.
GIVE_UP_AFTER = timedelta(days=2)
MAX_AT_ONCE = 200


@dataclass(frozen=True)
class NoticePlan:
    """What to give notice of, the same for every lease; `increase` is for a change of rent."""

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


def ask(leases: Iterable[Lease], plan: NoticePlan, by: User) -> tuple[list[Lease], list[str]]:
    """Write one job for each lease: (leases with a new job, why the others have none). The caller enqueues."""
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
        if _write_job(lease, draft, by):
            asked.append(lease)
        else:
            skipped.append(f"Lease {lease.number}: this notice was asked for a moment ago.")
    return asked, skipped


def _write_job(lease: Lease, draft: Draft, by: User) -> bool:
    """False: the lease has an open job for this kind and day; the unique constraint says so."""
    key = uuid4()
    try:
        with transaction.atomic():
            NoticeJob.objects.create(
                lease=lease,
                key=key,
                kind=draft.kind,
                effective=draft.effective,
                new_rent=draft.new_rent,
                reason=draft.reason,
                acknowledge=draft.acknowledge,
                asked_by=by,
            )
            AuditEvent.record(
                lease,
                "notice.asked",
                f"A notice was asked for: {draft.kind.label.lower()}, {draft.effective}.",
                actor=str(by),
                key=f"notice:{key}",
                kind_of_notice=str(draft.kind),
                effective=draft.effective.isoformat(),
            )
    except IntegrityError:
        return False
    return True


# --- carrying it out --------------------------------------------------------------------------------------


def close_old() -> None:
    """Jobs that no worker could carry out for two days are closed: a notice that late would surprise everyone."""
    too_old = NoticeJob.objects.due().filter(asked_at__lt=timezone.now() - GIVE_UP_AFTER)
    for job in too_old.select_related("lease")[:MAX_AT_ONCE]:
        if job.claim():
            _refuse(job, "No worker could prepare it for two days. Ask for it again if it is still wanted.")


def give(lease_id: int) -> Iterator[UUID]:
    """Carry out the jobs that are due under one lease. Yields the envelopes to enqueue."""
    for job in NoticeJob.objects.due().filter(lease=lease_id).select_related("lease"):
        if (envelope := _give(job)) is not None:
            yield envelope.pk


def _give(job: NoticeJob) -> Envelope | None:
    """None: another worker has the job or has done it, or the notice cannot be given; then the job says why.

    Any other failure is kept and the job tried again.
    """
    if not job.claim():
        return None
    draft = Draft(Kind(job.kind), job.effective, job.new_rent, job.reason, job.acknowledge, in_campaign=True)
    try:
        envelope = send_notice(job.lease, draft, key=job.key, by=job.asked_by)
    except CannotCompose as refusal:
        made = Notice.objects.filter(key=job.key).exists()  # by a worker that died before it could say so
        if made:
            job.finish()
        else:
            _refuse(job, str(refusal))
        return None
    except Exception as error:  # of whatever kind, it must not be lost with the task
        logger.exception("the notice %s under lease %s could not be given", job.key, job.lease_id)
        job.retry_later(f"{type(error).__name__}: {error}")
        return None
    job.finish()
    return envelope


def _refuse(job: NoticeJob, why: str) -> None:
    with transaction.atomic():
        if not job.finish():
            return
        NoticeJob.objects.filter(pk=job.pk).update(refusal=why)
        AuditEvent.record(
            job.lease,
            "notice.refused",
            f"A notice was not given. {why}",
            key=f"notice:{job.key}:refused",
            kind_of_notice=job.kind,
            effective=job.effective.isoformat(),
            why=why,
        )


# --- what came of it --------------------------------------------------------------------------------------


class NoticeOutcome(StrEnum):
    WAITING = "waiting"
    GIVEN = "given"
    REFUSED = "refused"


@dataclass(frozen=True)
class NoticeLine:
    """What came of a notice under one lease."""

    lease: Lease
    outcome: NoticeOutcome
    notice: Notice | None = None
    why: str = ""


def report(leases: Iterable[Lease], kind: str, effective: date) -> Iterator[NoticeLine]:
    """One line for each lease under which this notice was ever asked for; the latest job counts."""
    found = list(leases)
    jobs = NoticeJob.objects.filter(lease__in=found, kind=kind, effective=effective).order_by("pk")
    latest = {job.lease_id: job for job in jobs}
    notices = Notice.objects.filter(key__in=[job.key for job in latest.values()]).select_related("envelope")
    given = {notice.key: notice for notice in notices}
    for lease in found:
        job = latest.get(lease.pk)
        if job is None:
            continue
        if job.key in given:
            yield NoticeLine(lease, NoticeOutcome.GIVEN, given[job.key])
        elif job.refusal:
            yield NoticeLine(lease, NoticeOutcome.REFUSED, why=job.refusal)
        else:
            yield NoticeLine(lease, NoticeOutcome.WAITING)
