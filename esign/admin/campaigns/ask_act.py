"""One question before something is done to many envelopes: how many, what it costs and who is told; then a campaign."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from esign import tasks
from esign.admin.campaigns.act_words import QUESTIONS, effects_of, envelopes_in_words
from esign.admin.campaigns.by_hand_pages import run_of
from esign.campaigns import acts_on_many, by_hand, results
from esign.envelopes.actions import MAX_REASON
from esign.models import Batch, BatchLine, CampaignKind, Envelope
from esign.models.batch import BY_ONE_PERSON
from esign.models.signing_times import MAX_DAYS
from leases.admin.base import staff
from leases.admin.confirm import Confirmation, confirmation, is_sure
from leases.admin.selection import choose_again, kept
from leases.tasks import enqueue_task
from leases.visibility import visible_to

MOST_TICKED = 500
LISTING = "admin:esign_envelope_changelist"


class ActForm(forms.Form):
    """The key keeps a button that is pressed twice from starting two campaigns."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid4()})

    def contents(self) -> dict[str, Any]:
        """The columns of the campaign."""
        return {"key": self.cleaned_data["key"]}


class ReasonForm(ActForm):
    """Why they are voided."""

    reason = forms.CharField(
        max_length=MAX_REASON,
        help_text=f"At most {MAX_REASON} characters. The signers whom Docusign asked can read it.",
        error_messages={"required": "Say why: the signers whom Docusign asked will read it."},
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": MAX_REASON}),
    )
    field_order = ("reason",)

    def contents(self) -> dict[str, Any]:
        return {**super().contents(), "text": self.cleaned_data["reason"]}


class UntilForm(ActForm):
    """The last day to sign."""

    until = forms.DateField(
        label="They can be signed until",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=f"Docusign keeps an envelope open for at most {MAX_DAYS} days from its sending.",
    )
    field_order = ("until",)

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until <= timezone.localdate():
            raise forms.ValidationError("Choose a day after today.")
        return until

    def contents(self) -> dict[str, Any]:
        return {**super().contents(), "until": self.cleaned_data["until"]}


FORMS: dict[CampaignKind, type[ActForm]] = {
    CampaignKind.EXTEND: UntilForm,
    CampaignKind.VOID: ReasonForm,
    CampaignKind.REPLACE: ReasonForm,
}


def ask_url(kind: CampaignKind, query: str) -> str:
    return reverse("admin:esign_act_on_many", args=[kind]) + query


def act_on_chosen(request: HttpRequest, act: str) -> HttpResponse:
    """Of what was chosen in the list of envelopes."""
    kind = kind_of(request, act)
    envelopes = kept(request, Envelope)
    if envelopes is None:
        return choose_again(request, LISTING)
    return ask(request, kind, envelopes, reverse(LISTING))


def act_on_run(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Of the lines that were ticked, or of all that the search on the page finds."""
    kind, batch = kind_of(request, act), run_of(request, pk)
    if batch.sort.is_act:
        raise Http404
    lines: QuerySet[BatchLine] = visible_to(staff(request), batch.lines.filter(envelope__isnull=False))
    ticked = [int(one) for one in request.GET.getlist("line") if one.isdecimal() and len(one) < 19][:MOST_TICKED]
    only_ticked = "only" in request.GET
    lines = lines.filter(pk__in=ticked) if only_ticked else results.found(lines, request.GET.get("q", ""))
    envelopes = visible_to(staff(request), Envelope.objects.filter(pk__in=lines.order_by().values("envelope")))
    return ask(request, kind, envelopes, reverse("admin:esign_batch_change", args=[pk]), of=batch)


def kind_of(request: HttpRequest, act: str) -> CampaignKind:
    """Raises Http404 for what is no act, PermissionDenied for who may not do it to one envelope."""
    if act not in list(QUESTIONS):
        raise Http404
    kind = CampaignKind(act)
    if not request.user.has_perms(["esign.view_envelope", *acts_on_many.rights_for(kind)]):
        raise PermissionDenied
    return kind


def ask(
    request: HttpRequest, kind: CampaignKind, envelopes: QuerySet[Envelope], back: str, of: Batch | None = None
) -> HttpResponse:
    """The question; a POST starts the campaign and leads to its page. `of` is the run whose envelopes these are."""
    can = acts_on_many.can_be(kind, envelopes)
    form = FORMS.get(kind, ActForm)(request.POST if is_sure(request) else None)
    objection = "" if envelopes.exists() else "Nothing was chosen. Go back and choose some."
    if is_sure(request) and form.is_valid():
        title = f"{kind.label}: {of.title}"[:140] if of else kind.label
        try:
            batch = by_hand.start_acts(kind, can, staff(request), acts_on=of, title=title, **form.contents())
        except by_hand.CannotStart as refusal:
            objection = str(refusal)
        else:
            return _started(request, batch)
    count = can.count()
    left_out = envelopes.count() - count
    question = replace(QUESTIONS[kind], title=f"{QUESTIONS[kind].title}: {envelopes_in_words(count)}")
    if not count:
        objection = objection or f"Nothing can be done: what was chosen is {acts_on_many.WHY_NOT[kind]}."
    effects = [*effects_of(kind, can), *_besides(kind, count, left_out)]
    return confirmation(request, Confirmation(question, back, form=form, effects=effects, objection=objection))


def offers(batch: Batch, request: HttpRequest) -> dict[str, Any]:
    """For the page of a run: the acts that this person may do, and the runs of acts that were started from it."""
    if not batch.lines.filter(envelope__isnull=False).exists():
        return {}
    return {
        "acts": [
            {"kind": kind.value, "question": question}
            for kind, question in QUESTIONS.items()
            if request.user.has_perms(["esign.view_envelope", *acts_on_many.rights_for(kind)])
        ],
        "runs_of_acts": visible_to(staff(request), batch.acts.order_by("-started_at"))[:10],
    }


def _started(request: HttpRequest, batch: Batch) -> HttpResponse:
    enqueue_task(tasks.go_on_with_campaigns)
    count = batch.lines.count()
    if batch.approved_at is None:
        said = f"{envelopes_in_words(count)}: a colleague has to approve it before anything is done."
        messages.success(request, said)
    else:
        messages.success(request, f"The workers have {envelopes_in_words(count)} to do. You can leave this page.")
    return redirect("admin:esign_batch_change", batch.pk)


def _besides(kind: CampaignKind, count: int, left_out: int) -> list[str]:
    most = settings.CAMPAIGN_SECOND_PERSON_ABOVE
    said = []
    if left_out:
        are = "is" if left_out == 1 else "are"
        said.append(f"{left_out:,} of the chosen {are} left out: {acts_on_many.WHY_NOT[kind]}.")
    if most and count > most and kind not in BY_ONE_PERSON:
        said.append(f"These are more than {most:,}, so a colleague has to approve it before anything is done.")
    return said
