"""What people do to a run of a rule: release it, pause it, let it go on, cancel it, leave single leases out.

Each is a few statements in one transaction, whatever the size of the run. A worker reads the run when it freezes an
envelope of it, so what was asked for while a line was prepared holds for that line too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from esign.campaigns.bulk import grouping
from esign.campaigns.contents import hours_of, times_of
from esign.models import Batch, BatchLine, BulkState, Envelope, State
from esign.models.batch_rule import ACTS
from esign.models.envelope import WITH_SIGNERS
from esign.models.jobs import unclaimed
from propertyapp.milestones import reach

Status = BatchLine.Status
BEFORE_SENDING = (State.READY, State.CREATING, State.DRAFTED)
UNSENT = Q(status=Status.PREPARED, envelope__state__in=BEFORE_SENDING, envelope__cancel_asked_at__isnull=True)
WHY_CANCELLED = "The campaign was cancelled before this was sent."
WHY_CHANGED = "What is offered was changed before this was sent."
WHY_LEFT_OUT = "The lease was left out of the campaign before this was sent."


# --- the whole run ----------------------------------------------------------------------------------------


def approve(batch: Batch, by: User | None) -> bool:
    """Workers may prepare its lines from now on, and send where no release is waited for. False: nothing to approve.

    A run that is larger than one person may decide on always waits for a release.
    """
    planned = Q(approved_at__isnull=True, cancelled_at__isnull=True, done_at__isnull=False)
    now = timezone.now()
    waits = not batch.sort.is_act and (batch.holds_for_release or batch.needs_two_people)
    released = batch.released_at if waits else now
    decided = {"approved_at": now, "approved_by": by, "released_at": released, "look_at": now}
    return _change(batch, planned, _begin, **decided, changed_by=by)


def release(batch: Batch, by: User | None) -> bool:
    """People may be mailed from now on. False: it was released or cancelled before."""
    unreleased = Q(approved_at__isnull=False, released_at__isnull=True, cancelled_at__isnull=True)
    now = timezone.now()
    decided = {"released_at": now, "release_at": None, "release_asked_by": by, "look_at": now}
    return _change(batch, unreleased, _let_go, **decided, changed_by=by)


def release_later(batch: Batch, at: datetime, by: User) -> bool:
    """The sweep releases it at that time. False: it was released or cancelled before."""
    waiting = Batch.objects.filter(
        pk=batch.pk, approved_at__isnull=False, released_at__isnull=True, cancelled_at__isnull=True
    )
    return bool(waiting.update(release_at=at, release_asked_by=by, changed_by=by))


def release_what_is_due() -> None:
    """Release the runs whose time has come."""
    due = Batch.objects.filter(released_at__isnull=True, cancelled_at__isnull=True, release_at__lte=timezone.now())
    for batch in due.select_related("release_asked_by"):
        release(batch, batch.release_asked_by)


def pause(batch: Batch, by: User) -> bool:
    """Nothing more of this run is prepared or sent until it is resumed. False: it is not running.

    Drafts may still be staged at Docusign, where no one is mailed. A call that sends at this moment is not called back.
    """
    running = Q(paused_at__isnull=True, cancelled_at__isnull=True)
    return _change(batch, running, _hold, paused_at=timezone.now(), changed_by=by)


def resume(batch: Batch, by: User) -> bool:
    """What was paused goes on, as far as the run is released. False: it is not paused."""
    paused = Q(paused_at__isnull=False, cancelled_at__isnull=True)
    return _change(batch, paused, _begin, paused_at=None, changed_by=by)


def cancel(batch: Batch, by: User, void_reason: str = "") -> int | None:
    """End this run for good: lines that wait are cancelled, and what was not sent will not be. None: it has ended.

    With a reason, what is out is voided too. Answers how many envelopes were out.
    """
    out: list[int] = []

    def end(batch: Batch) -> None:
        _end(batch)
        with_signers = _envelopes(batch).filter(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True)
        out.append(_withdraw(with_signers, void_reason, by) if void_reason else with_signers.count())

    alive = Q(cancelled_at__isnull=True)
    if not _change(batch, alive, end, cancelled_at=timezone.now(), release_at=None, changed_by=by):
        return None
    return out[0]


def close_cancelled_lines() -> None:
    """Lines of cancelled runs that no worker holds any more are cancelled too."""
    now = timezone.now()
    BatchLine.objects.open().filter(unclaimed(now), batch__cancelled_at__isnull=False).update(
        status=Status.CANCELLED, reason="The campaign was cancelled.", done_at=now, updated_at=now
    )


def try_skipped_again(batch: Batch) -> int:
    """Lines that were skipped wait for a worker once more. Answers how many."""
    return plan_again(batch.lines.filter(status=Status.SKIPPED))


def failed(batch: Batch) -> QuerySet[BatchLine]:
    """Lines that failed for a reason of ours, or whose envelope or list needs attention."""
    stumbling = Q(done_at__isnull=True) & ~Q(last_error="")
    if batch.sort.is_act:
        return batch.lines.filter(stumbling)
    stuck = Q(envelope__state=State.NEEDS_ATTENTION) | Q(envelope__bulk_send__state=BulkState.NEEDS_ATTENTION)
    return batch.lines.filter(stumbling | stuck)


def try_failed_again(batch: Batch) -> int:
    """What failed is due now; envelopes that need attention go back into the flow. Answers how many leases."""
    now = timezone.now()
    with transaction.atomic():
        lines = BatchLine.objects.open().filter(unclaimed(now), batch=batch).exclude(last_error="")
        waiting: int = lines.update(due_at=now, updated_at=now)
        return waiting + Envelope.try_all_again(_envelopes(batch)) + batch.bulk_sends.try_again()


def _change(batch: Batch, as_long_as: Q, then: Callable[[Batch], None], **changes: Any) -> bool:
    """Change a run and its envelopes together: who dies in between has changed neither."""
    with transaction.atomic():
        if not Batch.objects.filter(as_long_as, pk=batch.pk).update(**changes):
            return False
        reach("run-changed", batch_id=batch.pk)
        for name, value in changes.items():
            setattr(batch, name, value)
        then(batch)
    return True


# --- one line ---------------------------------------------------------------------------------------------


class NotYet(Exception):
    """It can be done in a moment, not before `until`; the message says what it waits for."""

    def __init__(self, message: str, *, until: datetime | None = None) -> None:
        super().__init__(message)
        in_a_moment = timezone.now() + timedelta(seconds=30)
        self.until = max(until, in_a_moment) if until else in_a_moment


def kept(envelope: Envelope | None) -> Envelope | None:
    """The envelope that a line has already, if there is one to go on with. Raises NotYet while it is withdrawn."""
    if envelope is None or not envelope.is_live:
        return None
    if envelope.cancel_asked_at is not None:
        raise NotYet("Its earlier envelope is still being withdrawn.")
    return envelope


def adopt(line: BatchLine, envelope: Envelope) -> None:
    """Give a line its envelope, and do to the envelope what was asked for the run meanwhile.

    Belongs into the transaction that makes the envelope, so that no worker that dies leaves one behind that its run
    does not know. The run is locked: a change of it comes before this, and is seen here, or after, and finds the
    envelope.
    """
    now = timezone.now()
    batch = Batch.objects.select_for_update(no_key=True).get(pk=line.batch_id)
    BatchLine.objects.filter(pk=line.pk).update(envelope=envelope, updated_at=now)
    just_made = Envelope.objects.filter(pk=envelope.pk)
    if differing := times_of(batch) | hours_of(batch, line.lease):
        just_made.update(**differing)
        for name, value in differing.items():  # the lists of Bulk Send are made by what the envelope says
            setattr(envelope, name, value)
    if batch.cancelled_at is not None:
        _withdraw(just_made, WHY_CANCELLED, batch.changed_by)
        return
    if not batch.may_send:
        just_made.update(hold_draft=True)
        envelope.hold_draft = True
    grouping.join(batch, envelope)


# --- single leases ----------------------------------------------------------------------------------------


def may_leave_out(batch: Batch) -> QuerySet[BatchLine]:
    """Lines of leases that no one was mailed about yet."""
    waiting = Q(unclaimed(), status=Status.PLANNED)
    able = batch.lines.filter(waiting if batch.sort.is_act else waiting | UNSENT)
    return able.select_related("batch", "lease__unit__property", "envelope")


def may_take_in(batch: Batch) -> QuerySet[BatchLine]:
    """Lines of leases that were left out, and whose envelope is gone."""
    gone = Q() if batch.sort.is_act else Q(envelope__isnull=True) | Q(envelope__state=State.VOIDED)
    return batch.lines.filter(gone, status=Status.CANCELLED).select_related("lease__unit__property", "envelope")


def leave_out(batch: Batch, lines: Collection[int], by: User) -> int:
    """Offer nothing to these leases. Answers to how many; what is out, or in a worker's hands, stays as it is."""
    left = 0
    for line in may_leave_out(batch).filter(pk__in=lines):
        with transaction.atomic():
            left += _leave_out(line, by)
    return left


def take_in(batch: Batch, lines: Collection[int]) -> int:
    """Offer to these leases after all. Answers to how many."""
    chosen = list(may_take_in(batch).filter(pk__in=lines).values_list("pk", flat=True))
    return 0 if batch.cancelled_at else plan_again(batch.lines.filter(pk__in=chosen))


@dataclass(frozen=True)
class LineChange:
    """What staff choose for a single lease; None or empty stays as it was. `term` in months, `rent` in dollars."""

    rent: Decimal | None = None
    term: int | None = None
    channel: str = ""

    def columns(self) -> dict[str, Any]:
        rents = {"rent_chosen": self.rent, "rent_planned": self.rent}
        chosen = {**rents, "term_chosen": self.term, "channel_chosen": self.channel}
        return {name: value for name, value in chosen.items() if value not in (None, "")}


def change_lines(batch: Batch, lines: Collection[int], change: LineChange, by: User) -> int:
    """Prepare these leases as chosen; a prepared envelope is withdrawn first. Answers for how many."""
    changed = 0
    for line in may_leave_out(batch).filter(pk__in=lines):
        with transaction.atomic():
            changed += _take_back(
                line, WHY_CHANGED, by, status=Status.PLANNED, done_at=None, due_at=timezone.now(), **change.columns()
            )
    return changed


def _leave_out(line: BatchLine, by: User) -> bool:
    now = timezone.now()
    return _take_back(line, WHY_LEFT_OUT, by, status=Status.CANCELLED, reason=f"Left out by {by}.", done_at=now)


def _take_back(line: BatchLine, why: str, by: User, **changes: Any) -> bool:
    """Change a line that no worker holds, and withdraw its envelope. False: it is out, or another worker has it."""
    now = timezone.now()
    as_seen = BatchLine.objects.filter(unclaimed(now), pk=line.pk, status=line.status, envelope=line.envelope)
    if not as_seen.update(updated_at=now, **changes):
        return False
    if line.envelope is None or line.batch.sort.is_act:
        return True
    unsent = Envelope.objects.filter(pk=line.envelope.pk, state__in=BEFORE_SENDING)
    taken_back = bool(_withdraw(unsent, why, by))
    transaction.set_rollback(not taken_back)  # it is out by now, so its line stays as it was
    return taken_back


def plan_again(lines: QuerySet[BatchLine]) -> int:
    """These lines wait for a worker once more, an act for its envelope. Answers how many."""
    now = timezone.now()
    waiting = {
        "status": Status.PLANNED, "reason": "", "done_at": None, "due_at": now, "attempt": 0, "updated_at": now,
    }  # fmt: skip
    of_acts: int = lines.filter(batch__kind__in=ACTS).update(**waiting)
    return of_acts + lines.exclude(batch__kind__in=ACTS).update(**waiting, envelope=None)


# --- the envelopes of a run -------------------------------------------------------------------------------


def _begin(batch: Batch) -> None:
    """Lines wait for a worker from now on, not since they were planned."""
    now = timezone.now()
    BatchLine.objects.due().filter(batch=batch).update(due_at=now)
    _let_go(batch)


def _let_go(batch: Batch) -> None:
    if batch.may_send:
        now = timezone.now()
        held = _envelopes(batch).filter(hold_draft=True, state__in=BEFORE_SENDING)
        held.update(hold_draft=False, due_at=now, updated_at=now)


def _hold(batch: Batch) -> None:
    free = _envelopes(batch).filter(hold_draft=False, state__in=BEFORE_SENDING)
    free.update(hold_draft=True, updated_at=timezone.now())


def _end(batch: Batch) -> None:
    close_cancelled_lines()
    not_out = _envelopes(batch).filter(state__in=(*BEFORE_SENDING, State.SENDING))
    _withdraw(not_out, WHY_CANCELLED, batch.changed_by)


def _withdraw(envelopes: QuerySet[Any], why: str, by: User | None) -> int:
    now = timezone.now()
    return envelopes.filter(cancel_asked_at__isnull=True).update(
        cancel_asked_at=now, cancel_asked_by=by, void_reason=why, due_at=now, updated_at=now
    )


def _envelopes(batch: Batch) -> QuerySet[Any]:
    """Those that the run itself made; none of a run that does something to envelopes of others."""
    if batch.sort.is_act:
        return Envelope.objects.none()
    return Envelope.objects.filter(pk__in=batch.lines.filter(envelope__isnull=False).values("envelope_id"))
