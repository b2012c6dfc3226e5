"""An addendum as a form: one field for each term of its kind, instead of JSON."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from leases.admin.base import ModelForm
from leases.models import Addendum
from leases.models.addenda import MAX_WORDS, TERMS_OF_KIND, Term
from leases.models.fields import MAX_TEXT


def _field(kind: str, name: str, term: Term) -> forms.Field:
    label = term.label.capitalize()
    shown_for = {"data-addendum-kind": kind}
    if term.kind is Decimal:
        return forms.DecimalField(
            label=label, min_value=0, decimal_places=2, required=False, widget=UnfoldAdminDecimalFieldWidget(shown_for)
        )
    if term.kind is int:
        return forms.IntegerField(
            label=label, min_value=0, required=False, widget=UnfoldAdminIntegerFieldWidget(shown_for)
        )
    widget = UnfoldAdminTextareaWidget if name == "text" else UnfoldAdminTextInputWidget
    limit = MAX_TEXT if name == "text" else MAX_WORDS
    return forms.CharField(label=label, max_length=limit, required=False, widget=widget(shown_for))


def _name(kind: str, name: str) -> str:
    return f"{kind}__{name}"


TERM_FIELDS = {
    _name(kind, name): _field(kind, name, term) for kind, terms in TERMS_OF_KIND.items() for name, term in terms.items()
}


class AddendumForm(ModelForm):
    """Terms of other kinds are hidden by `addenda.js` and never saved."""

    declared_terms: ClassVar[dict[str, forms.Field]] = TERM_FIELDS

    class Meta:
        model = Addendum
        fields = ["kind", "title"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TERM_FIELDS:
            kind, term = name.split("__")
            if name in self.fields and kind == self.instance.kind:
                self.initial[name] = self.instance.terms.get(term)

    @staticmethod
    def layout() -> list[Any]:
        """Field names in rows of two, kind by kind."""
        rows: list[Any] = [("kind", "title")]
        for kind, terms in TERMS_OF_KIND.items():
            names = [_name(kind, name) for name in terms]
            rows += [tuple(names[place : place + 2]) for place in range(0, len(names), 2)]
        return rows

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        terms: dict[str, Any] = {}
        for name, term in TERMS_OF_KIND.get(cleaned.get("kind", ""), {}).items():
            field = _name(cleaned["kind"], name)
            value = cleaned.get(field)
            if value in (None, ""):
                if term.required and field not in self.errors:
                    self.add_error(field, f"Fill in the {term.label}.")
            else:
                terms[name] = f"{value:.2f}" if isinstance(value, Decimal) else value
        self.instance.terms = terms
        return cleaned

    def _update_errors(self, errors: ValidationError) -> None:
        """What the row would say about its terms has been said at the fields already."""
        if hasattr(errors, "error_dict"):
            errors.error_dict.pop("terms", None)
        super()._update_errors(errors)  # type: ignore[misc]  # not in the stubs


# Declared here and not in the class, because there is one for each term of each kind.
AddendumForm.base_fields |= TERM_FIELDS
AddendumForm.declared_fields |= TERM_FIELDS
