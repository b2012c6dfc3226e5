"""The one thing a stranger can tell us."""

from django import forms
from django.utils.translation import gettext_lazy as _


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=100,
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("This is not an e-mail address. Check it for typing mistakes."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}),
    )
