"""“Change ticked…”: another rent, term or channel for single leases of a run, before it is sent."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from esign import tasks
from esign.admin.campaigns.ticked import ticked_lines
from esign.campaigns import steering
from esign.campaigns.steering import LineChange
from esign.models import Batch, CampaignKind, Channel
from leases.admin.base import staff
from leases.admin.confirm import Confirmation, Question, confirmation, is_sure
from leases.tasks import enqueue_task

CHANGE = Question(
    "Change these leases",
    "What you leave empty stays as planned. An envelope that is prepared is withdrawn and prepared once more.",
    "Change",
    "edit",
)
WITH_RENT = (CampaignKind.RENEWAL, CampaignKind.RENT_CHANGE)


class ChangeForm(forms.Form):
    """What can differ for one lease."""

    rent = forms.DecimalField(
        label="New monthly rent",
        required=False,
        max_digits=10,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text="Dollars. Only where a single lease is ticked.",
    )
    term = forms.IntegerField(label="Term in months", required=False, min_value=1, max_value=120)
    channel = forms.ChoiceField(
        label="Tenants are asked by", required=False, choices=[("", "As planned"), *Channel.choices]
    )

    def __init__(self, kind: CampaignKind, count: int, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the data of a request
        if kind not in WITH_RENT or count != 1:
            del self.fields["rent"]
        if kind != CampaignKind.RENEWAL:
            del self.fields["term"]

    def clean(self) -> dict[str, object]:
        answers = super().clean() or {}
        if not self.errors and not any(answers.values()):
            raise forms.ValidationError("Nothing was changed. Fill in what should differ, or go back.")
        return answers

    def change(self) -> LineChange:
        answers = self.cleaned_data
        return LineChange(answers.get("rent"), answers.get("term"), answers.get("channel") or "")


def page(request: HttpRequest, batch: Batch) -> HttpResponse:
    """Asks what differs for the ticked lines; a POST writes it."""
    back = reverse("admin:esign_batch_change", args=[batch.pk])
    may = steering.may_leave_out(batch)
    lines, shown = ticked_lines(request, batch, may, "It is out already, over, or in a worker's hands at this moment.")
    form = ChangeForm(batch.sort, len(lines), request.POST if is_sure(request) else None)
    objection = "This run was cancelled." if batch.cancelled_at else ""
    objection = objection or ("" if lines else "No lease was ticked. Go back and tick some.")
    if is_sure(request) and not objection and form.is_valid():
        changed = steering.change_lines(batch, [line.pk for line in lines], form.change(), staff(request))
        enqueue_task(tasks.go_on_with_campaigns)
        messages.success(request, f"{changed} lease{'' if changed == 1 else 's'} changed.")
        return redirect(back)
    return confirmation(request, Confirmation(CHANGE, back, lines=shown, form=form, objection=objection, noun="lease"))
