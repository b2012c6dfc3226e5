"""What people do to a run of a rule: release it, pause it, let it go on, cancel it, leave single leases out.

Each is a few statements in one transaction, whatever the size of the run. A worker reads the run when it freezes an
envelope of it, so what was asked for while a line was prepared holds for that line too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from esign.models import Batch, BatchLine, Envelope, State
from esign.models.envelope import WITH_SIGNERS
from esign.models.jobs import unclaimed
from propertyapp.milestones import reach

Status = BatchLine.Status
BEFORE_SENDING = (State.READY, State.CREATING, State.DRAFTED)
UNSENT = Q(status=Status.PREPARED, envelope__state__in=BEFORE_SENDING, envelope__cancel_asked_at__isnull=True)
WHY_CANCELLED = "The campaign was cancelled before this was sent."
WHY_LEFT_OUT = "The lease was left out of the campaign before this was sent."


# --- the whole run ----------------------------------------------------------------------------------------


def release(batch: Batch, by: User | None) -> bool:
    """People may be mailed from now on. False: it was released or cancelled before."""
    unreleased = Q(released_at__isnull=True, cancelled_at__isnull=True)
    return _change(batch, unreleased, _let_go, released_at=timezone.now(), release_at=None, changed_by=by)


def release_later(batch: Batch, at: datetime, by: User) -> bool:
    """The sweep releases it at that time. False: it was released or cancelled before."""
    waiting = Batch.objects.filter(pk=batch.pk, released_at__isnull=True, cancelled_at__isnull=True)
    return bool(waiting.update(release_at=at, changed_by=by))


def release_what_is_due() -> None:
    """Release the runs whose time has come."""
    due = Batch.objects.filter(released_at__isnull=True, cancelled_at__isnull=True, release_at__lte=timezone.now())
    for batch in due.select_related("changed_by"):
        release(batch, batch.changed_by)


def pause(batch: Batch, by: User) -> bool:
    """Nothing more of this run is prepared or sent until it is resumed. False: it is not running.

    Drafts may still be staged at Docusign, where no one is mailed. A call that sends at this moment is not called back.
    """
    running = Q(paused_at__isnull=True, cancelled_at__isnull=True)
    return _change(batch, running, _hold, paused_at=timezone.now(), changed_by=by)


def resume(batch: Batch, by: User) -> bool:
    """What was paused goes on, as far as the run is released. False: it is not paused."""
    paused = Q(paused_at__isnull=False, cancelled_at__isnull=True)
    return _change(batch, paused, _let_go, paused_at=None, changed_by=by)


def cancel(batch: Batch, by: User) -> int | None:
    """End this run for good: lines that wait are cancelled, and what was not sent will not be. None: it has ended.

    Answers how many envelopes are out and stay out: those are for staff to void.
    """
    alive = Q(cancelled_at__isnull=True)
    if not _change(batch, alive, _end, cancelled_at=timezone.now(), release_at=None, changed_by=by):
        return None
    return int(_envelopes(batch).filter(state__in=WITH_SIGNERS, cancel_asked_at__isnull=True).count())


def close_cancelled_lines() -> None:
    """Lines of cancelled runs that no worker holds any more are cancelled too."""
    now = timezone.now()
    BatchLine.objects.open().filter(unclaimed(now), batch__cancelled_at__isnull=False).update(
        status=Status.CANCELLED, reason="The campaign was cancelled.", done_at=now, updated_at=now
    )


def try_skipped_again(batch: Batch) -> int:
    """Lines that were skipped wait for a worker once more. Answers how many."""
    return _plan_again(batch.lines.filter(status=Status.SKIPPED))


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
    if batch.cancelled_at is not None:
        _withdraw(just_made, WHY_CANCELLED, batch.changed_by)
    elif not batch.may_send:
        just_made.update(hold_draft=True)
        envelope.hold_draft = True


# --- single leases ----------------------------------------------------------------------------------------


def may_leave_out(batch: Batch) -> QuerySet[BatchLine]:
    """Lines of leases that no one was mailed about yet."""
    return batch.lines.filter(Q(unclaimed(), status=Status.PLANNED) | UNSENT).select_related(
        "lease__unit__property", "envelope"
    )


def may_take_in(batch: Batch) -> QuerySet[BatchLine]:
    """Lines of leases that were left out, and whose envelope is gone."""
    gone = Q(envelope__isnull=True) | Q(envelope__state=State.VOIDED)
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
    return 0 if batch.cancelled_at else _plan_again(batch.lines.filter(pk__in=chosen))


def _leave_out(line: BatchLine, by: User) -> bool:
    now = timezone.now()
    as_seen = BatchLine.objects.filter(unclaimed(now), pk=line.pk, status=line.status, envelope=line.envelope)
    if not as_seen.update(status=Status.CANCELLED, reason=f"Left out by {by}.", done_at=now, updated_at=now):
        return False
    if line.envelope is None:
        return True
    unsent = Envelope.objects.filter(pk=line.envelope.pk, state__in=BEFORE_SENDING)
    left = bool(_withdraw(unsent, WHY_LEFT_OUT, by))
    transaction.set_rollback(not left)  # it is out by now, so its line stays as it was
    return left


def _plan_again(lines: QuerySet[BatchLine]) -> int:
    now = timezone.now()
    return lines.update(
        status=Status.PLANNED, reason="", envelope=None, done_at=None, due_at=now, attempt=0, updated_at=now
    )


# --- the envelopes of a run -------------------------------------------------------------------------------


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
    return Envelope.objects.filter(pk__in=batch.lines.filter(envelope__isnull=False).values("envelope_id"))
