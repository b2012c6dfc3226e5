"""What staff do to a run: release, pause, resume and cancel it, try again what was skipped, leave single leases out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from esign import tasks
from esign.admin.campaigns.act_words import QUESTIONS, effects_of
from esign.admin.campaigns.ticked import ticked_lines
from esign.campaigns import results, steering
from esign.envelopes.actions import MAX_REASON
from esign.models import Batch, BatchLine, Envelope
from esign.models.envelope import WITH_SIGNERS
from leases.admin.base import staff
from leases.admin.confirm import Confirmation, Question, confirmation, is_sure
from leases.tasks import enqueue_task
from leases.visibility import visible_to


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
    return batch.lines.filter(steering.UNSENT).count()


def _out(batch: Batch) -> int:
    return batch.lines.filter(envelope__state__in=WITH_SIGNERS).count()


def _leases(count: int) -> str:
    return f"{count} lease{'' if count == 1 else 's'}"


def _ended(batch: Batch) -> str:
    return "This run was cancelled." if batch.cancelled_at else ""


def _pause(batch: Batch, by: User) -> str:
    steering.pause(batch, by)
    return f"{batch} is paused. Nothing more of it is sent until it is resumed."


def _resume(batch: Batch, by: User) -> str:
    steering.resume(batch, by)
    enqueue_task(tasks.go_on_with_campaigns)
    return f"{batch} goes on."


def _retry(batch: Batch, by: User) -> str:
    again = steering.try_skipped_again(batch) + steering.try_failed_again(batch)
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
    effects=lambda batch: [
        f"{_waiting(batch):,} still to be done."
        if batch.sort.is_act
        else f"{_leases(_waiting(batch) + _unsent(batch))} get the offer now."
    ],
    objection=lambda batch: _ended(batch) or ("" if batch.paused_at else "It is not paused."),
    do=_resume,
)
CANCEL = Question(
    "Cancel this run", "It ends here, for good. To send this to these leases later, send it one by one.",
    "End this run", "cancel", danger=True,
)  # fmt: skip
RETRY = Act(
    Question(
        "Try skipped and failed again", "Each is looked at once more, as it stands now.", "Try again", "refresh"
    ),
    effects=lambda batch: [
        f"{_leases(_skipped(batch))} were skipped; those that can get it now get it.",
        f"{_leases(steering.failed(batch).count())} failed or need attention; what is at Docusign is looked at first.",
    ],
    objection=lambda batch: _ended(batch) or ("" if _skipped(batch) or steering.failed(batch).exists()
        else "No lease of this run was skipped or failed."),
    do=_retry,
)  # fmt: skip


# --- approving --------------------------------------------------------------------------------------------

APPROVE = Question("Approve this plan", "From then on the workers prepare its envelopes.", "Approve", "task_alt")


def approve_page(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Says what the plan comes to; a POST approves it."""
    back = reverse("admin:esign_batch_change", args=[batch.pk])
    by = staff(request)
    objection = batch.objection_to_approval(by)
    if is_sure(request) and not objection:
        steering.approve(batch, by)
        enqueue_task(tasks.go_on_with_campaigns)
        messages.success(request, f"{batch} is approved. {_what_follows(batch)}")
        return redirect(back)
    if batch.sort.is_act:
        envelopes = visible_to(by, Envelope.objects.filter(batch_lines__batch=batch))
        question = replace(APPROVE, text=QUESTIONS[batch.sort].text, verb=f"Approve: {QUESTIONS[batch.sort].verb}")
        effects = [f"{batch.lines.count():,} envelopes.", *effects_of(batch.sort, envelopes)]
        return confirmation(request, Confirmation(question, back, effects=effects, objection=objection))
    totals = results.plan_totals(batch)
    effects = [
        f"{_leases(totals.leases - totals.doubtful)} get it.",
        f"{_leases(totals.doubtful)} would be skipped as things stand.",
        *([f"The rents rise from ${totals.rent_now:,.2f} to ${totals.rent_planned:,.2f} a month in all."]
          if totals.rent_planned else []),
        f"Docusign counts up to {totals.leases} envelope{'' if totals.leases == 1 else 's'} of your plan.",
        _what_follows(batch),
    ]  # fmt: skip
    return confirmation(request, Confirmation(APPROVE, back, effects=effects, objection=objection, noun="lease"))


def _what_follows(batch: Batch) -> str:
    if batch.sort.is_act:
        return "The workers do it now."
    if batch.holds_for_release or batch.needs_two_people:
        return "The workers prepare the envelopes, and no one is mailed before the run is released."
    return "The workers prepare and send the envelopes now."


# --- cancelling -------------------------------------------------------------------------------------------


class CancelForm(forms.Form):
    """Whether what is out is voided too."""

    void = forms.BooleanField(
        label="Also void what is out for signature",
        required=False,
        help_text="Docusign tells those whom it asked to sign. What was signed by everyone stays.",
    )
    reason = forms.CharField(
        label="Reason for voiding", max_length=MAX_REASON, required=False, help_text="The signers read it."
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("void") and not (answers.get("reason") or "").strip():
            self.add_error("reason", "Say why: the signers will read it.")
        return answers


def cancel_page(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Asks whether to end the run, and whether to void what is out."""
    back = reverse("admin:esign_batch_change", args=[batch.pk])
    form = CancelForm(request.POST if is_sure(request) else None)
    if batch.sort.is_act or not request.user.has_perm("esign.void_envelope"):
        del form.fields["void"], form.fields["reason"]
    if is_sure(request) and not _ended(batch) and form.is_valid():
        reason = form.cleaned_data.get("reason", "") if form.cleaned_data.get("void") else ""
        messages.success(request, _cancel(batch, staff(request), reason))
        return redirect(back)
    effects = [f"{_waiting(batch):,} still to be done are left as they are; what was done stays done."]
    if not batch.sort.is_act:
        effects = [
            f"{_leases(_waiting(batch) + _unsent(batch))} get nothing.",
            f"{_leases(_out(batch))} have it already, and may sign it until the envelope is voided.",
        ]
    return confirmation(
        request, Confirmation(CANCEL, back, form=form, effects=effects, objection=_ended(batch), noun="lease")
    )


def _cancel(batch: Batch, by: User, void_reason: str) -> str:
    out = steering.cancel(batch, by, void_reason)
    enqueue_task(tasks.go_on_with_campaigns)
    if batch.sort.is_act:
        return f"{batch} is cancelled. What was not done will not be done."
    said = f"{batch} is cancelled. What was not sent will not be sent."
    if not out:
        return said
    if void_reason:
        return f"{said} {_leases(out)} had it already: the workers void these envelopes now."
    return f"{said} {_leases(out)} had it already: void those envelopes if they are not to sign."


# --- releasing --------------------------------------------------------------------------------------------


class ReleaseForm(forms.Form):
    """Now, or at a time."""

    at = forms.DateTimeField(
        label="Release at",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Leave it empty to release the run now.",
    )

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError("That time is over. Choose a later one, or leave it empty.")
        return at


RELEASE = Question(
    "Release this run", "From then on its envelopes are sent, and people are mailed.", "Release", "outgoing_mail"
)


def release_page(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Asks when; a POST releases it, or has the sweep do it then."""
    back = reverse("admin:esign_batch_change", args=[batch.pk])
    by = staff(request)
    objection = batch.objection_to_release(by)
    form = ReleaseForm(request.POST if is_sure(request) else None)
    form.fields["at"].help_text += f" Times are in {timezone.get_current_timezone_name()}."
    if is_sure(request) and not objection and form.is_valid():
        messages.success(request, _release(batch, form.cleaned_data["at"], by))
        return redirect(back)
    ready, waiting = _unsent(batch), _waiting(batch)
    effects = [
        f"{_leases(ready)} whose offer is prepared: it is sent then.",
        *([f"{_leases(waiting)} still to be prepared: each offer is sent as soon as it is made."] if waiting else []),
        f"Docusign counts up to {ready + waiting} envelope{'' if ready + waiting == 1 else 's'} of your plan.",
    ]
    return confirmation(
        request, Confirmation(RELEASE, back, form=form, effects=effects, objection=objection, noun="lease")
    )


def _release(batch: Batch, at: datetime | None, by: User) -> str:
    if at is not None:
        steering.release_later(batch, at, by)
        when = date_format(timezone.localtime(at), "F j, g:i A")
        return f"{batch} will be released on {when}. Until then no one is mailed."
    steering.release(batch, by)
    enqueue_task(tasks.go_on_with_campaigns)
    return f"{batch} is released. Its envelopes are sent now."


# --- single leases ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """An act on lines that were ticked. `may` are those that it is possible for."""

    question: Question
    may: Callable[[Batch], QuerySet[BatchLine]]
    why_not: str
    do: Callable[[Batch, list[int], User], str]


def choice_page(request: HttpRequest, batch: Batch, choice: Choice) -> HttpResponse:
    """Asks about the lines that were ticked, and names those that it leaves as they are; a POST does it."""
    back = reverse("admin:esign_batch_change", args=[batch.pk])
    ticked, shown = ticked_lines(request, batch, choice.may(batch), choice.why_not)
    objection = _ended(batch) or ("" if shown else "No lease was ticked. Go back and tick some.")
    if is_sure(request) and not objection:
        messages.success(request, choice.do(batch, [line.pk for line in ticked], staff(request)))
        return redirect(back)
    return confirmation(request, Confirmation(choice.question, back, lines=shown, objection=objection, noun="lease"))


def _leave_out(batch: Batch, lines: list[int], by: User) -> str:
    left = steering.leave_out(batch, lines, by)
    enqueue_task(tasks.go_on_with_campaigns)
    return f"{_leases(left)} left out of {batch}. Tick them under “Cancelled” to take them in again."


def _take_in(batch: Batch, lines: list[int], by: User) -> str:
    taken = steering.take_in(batch, lines)
    enqueue_task(tasks.go_on_with_campaigns)
    return f"{_leases(taken)} taken in again by {by}."


LEAVE_OUT = Choice(
    Question("Leave out", "These leases get no offer from this run. A draft at Docusign is deleted.", "Leave out",
        "person_remove"),
    may=steering.may_leave_out,
    why_not="It is out already, over, or in a worker's hands at this moment.",
    do=_leave_out,
)  # fmt: skip
TAKE_IN = Choice(
    Question("Take in again", "These leases get the offer after all, as they stand now.", "Take in", "person_add"),
    may=steering.may_take_in,
    why_not="It was not left out, or its envelope is still being withdrawn: try again in a minute.",
    do=_take_in,
)
__all__ = [
    "LEAVE_OUT", "PAUSE", "RESUME", "RETRY", "TAKE_IN", "approve_page", "cancel_page", "choice_page", "page",
    "release_page",
]  # fmt: skip
