"""“Give notice…” under several leases: one form, then a campaign whose plan shows what each lease would get."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from esign import tasks
from esign.admin.campaigns.campaign_form import LISTING, CampaignForm, require_sender, to_its_plan
from esign.admin.leases.notice_form import NoticeFields
from esign.campaigns import by_hand
from esign.envelopes.notice import time_left
from esign.models import CampaignKind, Notice
from leases.admin.base import staff
from leases.admin.confirm import Confirmation, Question, confirmation, is_sure
from leases.admin.selection import choose_again, kept
from leases.models import IncreaseKind, Lease, Property
from leases.tasks import enqueue_task
from leases.visibility import visible_to

KINDS = {
    Notice.Kind.RENT_CHANGE: CampaignKind.RENT_CHANGE,
    Notice.Kind.GENERAL: CampaignKind.GENERAL,
    Notice.Kind.VACATE: CampaignKind.VACATE,
}


class NoticesForm(NoticeFields, CampaignForm):
    """A notice under many leases: a change of rent is told as a rule, for each lease has a rent of its own."""

    increase = forms.ChoiceField(
        label="The rent changes by",
        choices=IncreaseKind.choices,
        required=False,
        help_text="Only for a change of rent.",
        widget=UnfoldAdminSelectWidget,
    )
    amount = forms.DecimalField(
        label="How much",
        decimal_places=2,
        max_digits=8,
        required=False,
        help_text="Dollars or per cent; with a minus the rent falls. Not used for market rent.",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    rounding = forms.DecimalField(
        label="Rounded to a multiple of",
        min_value=Decimal("0.01"),
        max_digits=6,
        decimal_places=2,
        initial=Decimal(1),
        help_text="Dollars.",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    field_order = ("kind", "effective", "increase", "amount", "rounding", "reason", "acknowledge", "look")

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        if answers.get("kind") == Notice.Kind.RENT_CHANGE:
            if not answers.get("increase"):
                self.add_error("increase", "Say how the rent changes.")
            elif answers["increase"] != IncreaseKind.MARKET and not answers.get("amount") and not self.errors:
                self.add_error("amount", "Say by how much the rent changes.")
        return answers

    @property
    def sort(self) -> CampaignKind:
        return KINDS[Notice.Kind(self.cleaned_data["kind"])]

    def contents(self) -> dict[str, Any]:
        answers = self.cleaned_data
        return {
            **super().contents(),
            "own_terms": True,
            "increase_kind": answers["increase"] or IncreaseKind.FLAT,
            "increase": answers["amount"] or Decimal(0),
            "rounding": answers["rounding"],
            "effective": answers["effective"],
            "text": answers["reason"],
            "acknowledge": answers["acknowledge"],
        }


def notices_url(query: str) -> str:
    return reverse("admin:esign_give_notices") + query


def give_notices(request: HttpRequest) -> HttpResponse:
    """Asks; a POST starts the campaign and leads to its plan."""
    require_sender(request)
    leases = kept(request, Lease)
    if leases is None:
        return choose_again(request, LISTING)
    homes = Property.objects.filter(units__leases__in=leases.order_by().values("pk"))
    homes = visible_to(staff(request), homes).distinct()
    form, objection = NoticesForm(homes, request.POST if is_sure(request) else None), ""
    if is_sure(request) and form.is_valid():
        try:
            batch = by_hand.start(form.sort, leases, staff(request), **form.contents())
        except by_hand.CannotStart as refusal:
            objection = str(refusal)
        else:
            enqueue_task(tasks.plan_batch, batch.pk)
            messages.warning(request, time_left(form.cleaned_data["effective"], form.today))
            return to_its_plan(request, batch)
    question = Question(
        f"Give notice under {leases.count():,} leases",
        "The workers write a plan: what each lease would get, and what keeps it from getting it. Nothing is given "
        "before you approve it.",
        "Make the plan",
        "campaign",
    )
    effects = [
        "Each lease gets a notice of its own, which Docusign counts as one envelope.",
        "The landlord signs it, then each tenant is asked to open it.",
        "Guarantors get a copy of a change of rent and of a notice to vacate.",
    ]
    page = Confirmation(question, reverse(LISTING), form=form, effects=effects, objection=objection)
    return confirmation(request, page)
