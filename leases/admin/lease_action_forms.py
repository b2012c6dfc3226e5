"""What is asked before a lease action is done. `prepare` fits a form to the leases it is about."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminSingleDateWidget

from leases.models import IncreaseKind, Lease, Tag
from leases.scan_check import objection_to_scan

MAX_SCAN = 10 * 1024 * 1024


def reason_field(why: str, *, required: bool = True) -> forms.CharField:
    """`why` says who will read it."""
    return forms.CharField(
        label="Reason",
        help_text=why,
        max_length=500,
        required=required,
        error_messages={"required": "Say why."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class LeaseActionForm(forms.Form):
    """Asks nothing about the leases by itself."""

    leases: list[Lease] = []

    def prepare(self, leases: list[Lease]) -> None:
        """Called once, before the form is shown or checked. All leases are ones the action can be done to."""
        self.leases = leases

    def today(self) -> Any:
        """The earliest of today's dates at the leases' properties, so that a day is never in the future anywhere."""
        return min(lease.unit.property.today() for lease in self.leases)


class CancelForm(LeaseActionForm):
    reason = reason_field("It is kept with the lease.")


class WithdrawForm(LeaseActionForm):
    reason = reason_field("It is kept with the lease.")


class TagsForm(LeaseActionForm):
    add = forms.ModelMultipleChoiceField(
        Tag.objects.all(), label="Put on", required=False, widget=UnfoldAdminSelectMultipleWidget
    )
    remove = forms.ModelMultipleChoiceField(
        Tag.objects.all(), label="Take off", required=False, widget=UnfoldAdminSelectMultipleWidget
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        add, remove = (set(answers.get(name) or ()) for name in ("add", "remove"))
        if both := add & remove:
            raise ValidationError(f"Choose for “{both.pop()}” whether it is put on or taken off.")
        if not (add or remove):
            raise ValidationError("Choose a tag to put on or to take off. New tags are made on the page “Tags”.")
        return answers


class EndForm(LeaseActionForm):
    last_day = forms.DateField(label="Last day of the tenancy", widget=UnfoldAdminSingleDateWidget)
    reason = reason_field("It is kept with the lease.", required=False)

    def prepare(self, leases: list[Lease]) -> None:
        super().prepare(leases)
        self.fields["last_day"].initial = self.today()

    def clean_last_day(self) -> Any:
        day = self.cleaned_data["last_day"]
        if day > self.today():
            raise ValidationError("Choose today or an earlier day; a lease is ended when its last day has come.")
        late = [lease.number for lease in self.leases if day < lease.start_date]
        if late:
            raise ValidationError(f"{', '.join(late)} started after that day.")
        return day


class OfflineForm(LeaseActionForm):
    signed_on = forms.DateField(
        label="Signed on", widget=UnfoldAdminSingleDateWidget, help_text="When the last party signed."
    )
    reason = reason_field("Why it was signed offline. It is kept with every signature.")
    scan = forms.FileField(
        label="Scan of the signed lease",
        help_text="One PDF with every page, at most 10 MB.",
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
        error_messages={"required": "Attach the scan of the signed lease."},
    )

    def prepare(self, leases: list[Lease]) -> None:
        super().prepare(leases)
        self.fields["signed_on"].initial = self.today()

    def clean_signed_on(self) -> Any:
        day = self.cleaned_data["signed_on"]
        if day > self.today():
            raise ValidationError("Choose today or an earlier day.")
        return day

    def clean_scan(self) -> "UploadedFile[bytes]":
        scan: UploadedFile[bytes] = self.cleaned_data["scan"]
        if (scan.size or 0) > MAX_SCAN:
            raise ValidationError("The file is larger than 10 MB. Scan it at a lower resolution.")
        objection = objection_to_scan(scan.read())
        scan.seek(0)
        if objection:
            raise ValidationError(objection)
        return scan


class RenewalForm(LeaseActionForm):
    term_months = forms.IntegerField(
        label="Term in months",
        min_value=1,
        max_value=120,
        required=False,
        help_text="Leave empty for month to month.",
    )
    start = forms.DateField(
        label="First day", help_text="The old lease runs month to month, so say when this one begins.",
        widget=UnfoldAdminSingleDateWidget,
    )  # fmt: skip
    kind = forms.ChoiceField(label="Increase", choices=IncreaseKind.choices)
    amount = forms.DecimalField(
        label="By", min_value=Decimal(0), decimal_places=2, required=False,
        help_text="Dollars or per cent. Not used for market rent.",
    )  # fmt: skip
    rounding = forms.DecimalField(
        label="Rounded to a multiple of", min_value=Decimal("0.01"), decimal_places=2, help_text="Dollars.",

    )  # fmt: skip
    cap = forms.DecimalField(
        label="At most", min_value=Decimal(0), decimal_places=2, required=False,
        help_text="Per cent over the rent of now. Leave empty for no limit.",
    )  # fmt: skip

    def prepare(self, leases: list[Lease]) -> None:
        super().prepare(leases)
        home = leases[0].unit.property
        self.initial = {
            **self.initial,
            "term_months": home.renewal_term_months,
            "kind": home.renewal_increase_kind,
            "amount": home.renewal_increase,
            "rounding": home.renewal_rounding,
            "cap": home.renewal_cap_percent,
        }
        if not any(lease.is_month_to_month for lease in leases):
            del self.fields["start"]

    def clean_kind(self) -> IncreaseKind:
        return IncreaseKind(self.cleaned_data["kind"])
