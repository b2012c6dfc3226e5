"""“Send for signature…” for more leases than one page shows: one form, then a campaign with a plan to approve."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from esign import tasks
from esign.admin.campaigns.campaign_form import LISTING, CampaignForm, require_sender, to_its_plan
from esign.campaigns import by_hand
from esign.envelopes.compose import MAX_MESSAGE
from esign.models import CampaignKind, Channel
from leases.admin.base import staff
from leases.admin.confirm import Confirmation, Question, confirmation, is_sure
from leases.admin.selection import choose_again, kept
from leases.models import Lease
from leases.status import LeaseStatus
from leases.tasks import enqueue_task

# Who sits with a tenant at the office is chosen for each lease.
CHANNELS = [(channel, channel.label) for channel in Channel if channel != Channel.OFFICE]
SEND = Question(
    "Send for signature",
    "The workers write a plan: each lease, and what keeps it from going out. Nothing is sent before you approve it.",
    "Make the plan",
    "send",
)


class SendForm(CampaignForm):
    """How many leases are sent."""

    channel = forms.ChoiceField(
        label="Tenants are asked by", choices=[("", "What each of them prefers"), *CHANNELS], required=False
    )
    message = forms.CharField(
        label="Message to everyone",
        max_length=MAX_MESSAGE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands in the mail that asks them to sign. May be left out.",
    )
    field_order = ("channel", "message", "look")

    def contents(self) -> dict[str, Any]:
        answers = self.cleaned_data
        return {**super().contents(), "channel": answers["channel"], "message": answers["message"]}


def send_many(request: HttpRequest) -> HttpResponse:
    """Asks; a POST starts the campaign and leads to its plan."""
    require_sender(request)
    leases = kept(request, Lease)
    if leases is None:
        return choose_again(request, LISTING)
    form, objection = SendForm(request.POST if is_sure(request) else None), ""
    if is_sure(request) and form.is_valid():
        try:
            batch = by_hand.start(CampaignKind.LEASE, leases, staff(request), **form.contents())
        except by_hand.CannotStart as refusal:
            objection = str(refusal)
        else:
            enqueue_task(tasks.plan_batch, batch.pk)
            return to_its_plan(request, batch)
    page = Confirmation(SEND, reverse(LISTING), form=form, effects=_effects(leases), objection=objection)
    return confirmation(request, page)


def _effects(leases: QuerySet[Lease]) -> list[str]:
    counts = leases.aggregate(all=Count("pk"), drafts=Count("pk", filter=Q(status=LeaseStatus.DRAFT)))
    others = counts["all"] - counts["drafts"]
    said = [
        f"{counts['drafts']:,} draft{'' if counts['drafts'] == 1 else 's'}: each goes out in an envelope of its own."
    ]
    if others:
        said.append(f"{others:,} of the chosen are no drafts any more: they are skipped, and the plan says why.")
    return [*said, f"Docusign counts up to {counts['drafts']:,} envelopes of your plan."]
