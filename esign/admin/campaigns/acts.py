"""What staff do to a whole run: pause it, let it go on, cancel it, try again what was skipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from esign import tasks
from esign.campaigns import renewal_batches
from esign.models import Batch, BatchLine
from esign.models.envelope import WITH_SIGNERS
from leases.admin.base import staff
from leases.admin.confirm import Confirmation, Question, confirmation, is_sure
from leases.tasks import enqueue_task


@dataclass(frozen=True)
class Act:
    """One act: what is asked, what it would do, why not now, and how it is done. `do` answers what to tell."""

    question: Question
    effects: Callable[[Batch], list[str]]
    objection: Callable[[Batch], str]
    do: Callable[[Batch, User], str]


def page(request: HttpRequest, batch: Batch, act: Act) -> HttpResponse:
    """Asks; a POST does it and goes back to the run."""
    back = reverse("admin:esign_batch_change", args=[batch.pk])
    objection = act.objection(batch)
    if is_sure(request) and not objection:
        messages.success(request, act.do(batch, staff(request)))
        return redirect(back)
    return confirmation(
        request, Confirmation(act.question, back, effects=act.effects(batch), objection=objection, noun="lease")
    )


def _waiting(batch: Batch) -> int:
    return batch.lines.filter(status=BatchLine.Status.PLANNED).count()


def _unsent(batch: Batch) -> int:
    return batch.lines.filter(envelope__state__in=renewal_batches.BEFORE_SENDING).count()


def _out(batch: Batch) -> int:
    return batch.lines.filter(envelope__state__in=WITH_SIGNERS).count()


def _leases(count: int) -> str:
    return f"{count} lease{'' if count == 1 else 's'}"


def _ended(batch: Batch) -> str:
    return "This run was cancelled." if batch.cancelled_at else ""


def _pause(batch: Batch, by: User) -> str:
    renewal_batches.pause(batch, by)
    return f"{batch} is paused. Nothing more of it is sent until it is resumed."


def _resume(batch: Batch, by: User) -> str:
    renewal_batches.resume(batch, by)
    enqueue_task(tasks.go_on_with_campaigns)
    return f"{batch} goes on."


def _cancel(batch: Batch, by: User) -> str:
    out = renewal_batches.cancel(batch, by)
    enqueue_task(tasks.go_on_with_campaigns)
    stays = f" {_leases(out)} had the offer already: void those envelopes if they are not to sign." if out else ""
    return f"{batch} is cancelled. What was not sent will not be sent.{stays}"


def _retry(batch: Batch, by: User) -> str:
    again = renewal_batches.try_skipped_again(batch)
    enqueue_task(tasks.go_on_with_campaigns)
    return f"{_leases(again)} wait{'s' if again == 1 else ''} for the workers again."


def _skipped(batch: Batch) -> int:
    return batch.lines.filter(status=BatchLine.Status.SKIPPED).count()


PAUSE = Act(
    Question("Pause this run", "Nothing more of it is prepared or sent until somebody resumes it.", "Pause", "pause"),
    effects=lambda batch: [
        f"{_leases(_waiting(batch))} stay as they are; {_leases(_unsent(batch))} have an envelope that is held back.",
        "Envelopes that are out for signature stay out.",
    ],
    objection=lambda batch: _ended(batch) or ("It is paused already." if batch.paused_at else ""),
    do=_pause,
)
RESUME = Act(
    Question("Resume this run", "It goes on where it was paused.", "Resume", "play_arrow"),
    effects=lambda batch: [f"{_leases(_waiting(batch) + _unsent(batch))} get the offer now."],
    objection=lambda batch: _ended(batch) or ("" if batch.paused_at else "It is not paused."),
    do=_resume,
)
CANCEL = Act(
    Question(
        "Cancel this run", "It ends here, for good. To offer these renewals later, offer them one by one.",
        "End this run", "cancel", danger=True,
    ),
    effects=lambda batch: [
        f"{_leases(_waiting(batch) + _unsent(batch))} get no offer.",
        f"{_leases(_out(batch))} have the offer already, and may sign it until its envelope is voided.",
    ],
    objection=_ended,
    do=_cancel,
)  # fmt: skip
RETRY = Act(
    Question("Try skipped leases again", "Each is looked at once more, as it stands now.", "Try again", "refresh"),
    effects=lambda batch: [f"{_leases(_skipped(batch))} were skipped; those that can get the offer now get it."],
    objection=lambda batch: _ended(batch) or ("" if _skipped(batch) else "No lease of this run was skipped."),
    do=_retry,
)
__all__ = ["CANCEL", "PAUSE", "RESUME", "RETRY", "page"]
