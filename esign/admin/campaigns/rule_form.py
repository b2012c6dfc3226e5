"""The form of a rule: what it sends, for whom, on which terms and when. What does not count for its kind is left out.

Which fields count is said once, in COUNTS_WHEN: `rule.js` hides the others, and the form gives them their defaults.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from esign.campaigns import market_steps
from esign.models import BatchRule, CampaignKind, Channel
from esign.models.batch_rule import OF_RULES
from esign.models.sending_hours import EVERY_DAY
from leases.admin.base import ModelForm
from leases.models import IncreaseKind

Timing = BatchRule.Timing

WITH_TERMS = {"kind": (CampaignKind.RENEWAL, CampaignKind.RENT_CHANGE)}
ITS_OWN_TERMS = {**WITH_TERMS, "own_terms": (True,)}
NOTICE = {"kind": (CampaignKind.RENT_CHANGE, CampaignKind.GENERAL)}
# For a field: the values of other fields with which it counts.
COUNTS_WHEN: dict[str, dict[str, tuple[Any, ...]]] = {
    "days_before_end": {"timing": (Timing.BEFORE_END,)},
    "day": {"timing": (Timing.EVERY_YEAR, Timing.ONCE)},
    "own_terms": WITH_TERMS,
    "term_months": {"kind": (CampaignKind.RENEWAL,), "own_terms": (True,)},
    "increase_kind": ITS_OWN_TERMS,
    "increase": {**ITS_OWN_TERMS, "increase_kind": (IncreaseKind.FLAT, IncreaseKind.PERCENT)},
    "market_steps": {**ITS_OWN_TERMS, "increase_kind": (IncreaseKind.MARKET,)},
    "rounding": ITS_OWN_TERMS,
    "cap_percent": ITS_OWN_TERMS,
    "text": NOTICE,
    "acknowledge": NOTICE,
    "effective": {**NOTICE, "timing": (Timing.ONCE,)},
    "effective_after_days": NOTICE,
}

FIELDSETS: Any = [
    (
        "What",
        {
            "fields": ["name", "kind"],
            "description": "For house rules choose a general notice “every year on one day”, and have tenants sign "
            "that they received it.",
        },
    ),
    (
        "For whom",
        {
            "fields": [
                "timing", "days_before_end", "day", "portfolios", "properties", "tags", "tenancy", "excluded",
            ]
        },
    ),
    (
        "Terms",
        {
            "fields": [
                "own_terms", "term_months", "increase_kind", "increase", "market_steps", "rounding", "cap_percent",
            ]
        },
    ),
    ("Notice", {"fields": ["text", "acknowledge", "effective", "effective_after_days"]}),
    ("How", {"fields": ["channel", "message", "expire_after_days", "remind_after_days", "remind_every_days"]}),
    (
        "When",
        {
            "fields": ["send_from", "send_until", "send_weekdays", "skip_holidays"],
            "description": "By the clock at each property. Drafts are made at any time; people are mailed at these "
            "times only. Docusign sends its own reminders at its own time of day.",
        },
    ),
    ("Before it goes", {"fields": ["needs_approval", "waits_for_release", "is_active"]}),
]  # fmt: skip


class RuleForm(ModelForm):
    """Fields that do not count are ignored; what contradicts itself is refused by `BatchRule.clean`."""

    market_steps = forms.CharField(
        label="Steps towards the market rent",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "placeholder": market_steps.EXAMPLE}),
        help_text=f"One step a line, such as “{market_steps.EXAMPLE}”: a rent that is up to 5 % under the market rises "
        "by 2 %. The last step holds for larger gaps too. Empty: to the market rent at once.",
    )
    send_weekdays = forms.MultipleChoiceField(
        label="On weekdays",
        choices=[(str(number + 1), name) for number, name in WEEKDAYS.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        error_messages={"required": "Tick at least one day, or nothing would ever go out."},
    )

    class Meta:
        model = BatchRule
        fields: ClassVar[list[str]] = [name for _, options in FIELDSETS for name in options["fields"]]
        labels: ClassVar[dict[str, str]] = {
            "timing": "Due",
            "days_before_end": "Days before the end",
            "tenancy": "Which leases",
            "excluded": "Left out",
            "effective": "Takes effect on",
            "effective_after_days": "Takes effect after",
            "is_active": "Active",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "channel": "",
            "effective_after_days": "Days after a run was planned, where no day is given.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["send_weekdays"] = list(self.instance.send_weekdays or EVERY_DAY)
        self.initial["market_steps"] = market_steps.in_lines(self.instance.market_steps)
        for name, choices in {
            "kind": [(kind.value, kind.label) for kind in OF_RULES],
            # In person takes a host, whom no rule can name.
            "channel": [("", "As each tenant prefers"), *((c.value, c.label) for c in Channel if c != Channel.OFFICE)],
        }.items():
            if field := self.fields.get(name):  # who may only look has no fields
                field.choices = field.widget.choices = choices  # type: ignore[attr-defined]  # a choice field
        for name, when in COUNTS_WHEN.items():
            if field := self.fields.get(name):
                field.required = False
                field.widget.attrs["data-counts-when"] = json.dumps(when)

    def clean_market_steps(self) -> list[list[str]]:
        try:
            return market_steps.parse(self.cleaned_data["market_steps"])
        except market_steps.BadSteps as error:
            raise ValidationError(str(error)) from error

    def clean_send_weekdays(self) -> str:
        days = "".join(sorted(self.cleaned_data["send_weekdays"]))
        return "" if days == EVERY_DAY else days

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        if self.instance.pk and kind != self.instance.kind and self.instance.lines.exists():
            raise ValidationError("This rule has run already. Make another rule for another kind.")
        return kind

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, when in COUNTS_WHEN.items():
            field = BatchRule._meta.get_field(name)
            if not all(cleaned.get(other) in values for other, values in when.items()):
                cleaned[name] = field.get_default()  # type: ignore[union-attr]  # none of these is a relation
                self.errors.pop(name, None)
            elif cleaned.get(name) is None and not field.null and name not in self.errors:
                self.add_error(name, "Fill this in.")
                cleaned[name] = field.get_default()  # type: ignore[union-attr]
        return cleaned
