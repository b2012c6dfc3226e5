"""The form of a notice: what every notice says, and what one under a single lease says besides."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from esign.envelopes.notice import Draft
from esign.models import Notice
from leases.models import Lease, Property


class NoticeFields(forms.Form):
    """What every notice says, under one lease or under many."""

    kind = forms.ChoiceField(label="Notice", choices=Notice.Kind.choices, widget=UnfoldAdminSelectWidget)
    effective = forms.DateField(
        label="Takes effect on",
        help_text="The first day of the new rent or of what you announce, or the last day of the tenancy.",
        widget=UnfoldAdminSingleDateWidget,
    )
    reason = forms.CharField(
        label="Reason, or the text of a general notice",
        max_length=4000,
        required=False,
        help_text="Printed as you write it, in one language. A reason may be left out.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )
    acknowledge = forms.BooleanField(
        label="Tenants sign that they received it",
        required=False,
        help_text="Without this, a tenant only has to open it; Docusign records when they did.",
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, homes: Iterable[Property], data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.today = max((home.today() for home in homes), default=timezone.localdate())

    def clean_effective(self) -> Any:
        day = self.cleaned_data["effective"]
        if day <= self.today:
            raise forms.ValidationError("Choose a day after today: a notice looks ahead.")
        return day

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("kind") == Notice.Kind.GENERAL and not answers.get("reason"):
            self.add_error("reason", "Write what the notice says.")
        return answers


class NoticeForm(NoticeFields):
    """A notice under one lease."""

    new_rent = forms.DecimalField(
        label="New rent a month",
        min_value=Decimal("0.01"),
        max_digits=10,
        decimal_places=2,
        required=False,
        help_text="Dollars. Only for a change of rent.",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("kind", "effective", "new_rent", "reason", "acknowledge")

    def __init__(self, lease: Lease, data: Any = None) -> None:
        super().__init__([lease.unit.property], data, initial={"key": uuid.uuid4()})

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        if answers.get("kind") == Notice.Kind.RENT_CHANGE and not answers.get("new_rent") and not self.errors:
            self.add_error("new_rent", "Say what the new rent is.")
        return answers

    def draft(self) -> Draft:
        answers = self.cleaned_data
        kind = Notice.Kind(answers["kind"])
        return Draft(
            kind,
            answers["effective"],
            answers["new_rent"] if kind == Notice.Kind.RENT_CHANGE else None,
            answers["reason"],
            answers["acknowledge"],
        )
