"""What the pages that start a campaign by hand share: a part of the form, who may, and where it leads."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from esign.models import Batch

LISTING = "admin:leases_lease_changelist"


class CampaignForm(forms.Form):
    """What every campaign by hand asks. The key keeps a button that is pressed twice from making two campaigns."""

    look = forms.BooleanField(
        label="Look before it is sent",
        required=False,
        help_text="The envelopes are made, and no one is mailed before you have looked at them and release them.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, initial={"key": uuid4()}, **more)

    def contents(self) -> dict[str, Any]:
        """The columns of the campaign."""
        return {"key": self.cleaned_data["key"], "holds_for_release": self.cleaned_data["look"]}


def require_sender(request: HttpRequest) -> None:
    if not request.user.has_perms(["esign.send_envelope", "leases.view_lease"]):
        raise PermissionDenied


def to_its_plan(request: HttpRequest, batch: Batch) -> HttpResponse:
    messages.success(request, f"The workers are planning {batch}. Look at the plan and approve it.")
    return redirect("admin:esign_batch_change", batch.pk)
