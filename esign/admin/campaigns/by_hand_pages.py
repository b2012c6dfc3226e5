"""What the page of a run offers besides: a sample of what a lease would get, the signed documents in one ZIP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path

from esign.admin.campaigns import act_run
from esign.campaigns import by_notice, sending
from esign.documents.packet import RenderedDocument
from esign.envelopes.compose import CannotCompose
from esign.models import Batch, BatchLine, CampaignKind
from leases.admin.base import staff
from leases.visibility import visible_to

SAMPLES: dict[CampaignKind, Callable[[BatchLine], RenderedDocument]] = {
    CampaignKind.LEASE: sending.sample,
    CampaignKind.RENT_CHANGE: by_notice.sample,
    CampaignKind.GENERAL: by_notice.sample,
    CampaignKind.VACATE: by_notice.sample,
}


def urls(view: Callable[..., Any]) -> list[URLPattern]:
    return [
        path("<int:pk>/sample/<int:line>/", view(sample), name="esign_batch_sample"),
        path("<int:pk>/signed-documents/", view(documents), name="esign_batch_documents"),
    ]


def sample(request: HttpRequest, pk: int, line: int) -> HttpResponseBase:
    """What a lease of the plan would get, as a PDF. Nothing is kept."""
    if not request.user.has_perms(["esign.send_envelope", "leases.view_lease"]):
        raise PermissionDenied
    batch = run_of(request, pk)
    lines = visible_to(staff(request), BatchLine.objects.select_related("batch", "lease__unit__property__owner"))
    found = get_object_or_404(lines, pk=line, batch=batch)
    if batch.sort not in SAMPLES:
        raise Http404
    try:
        document = SAMPLES[batch.sort](found)
    except CannotCompose as refusal:
        messages.warning(request, f"Lease {found.lease.number} would get nothing. {refusal}")
        return redirect("admin:esign_batch_change", batch.pk)
    name = f"{found.lease.number} {document.name} (sample).pdf"
    answer = FileResponse([document.pdf], filename=name, content_type="application/pdf")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def documents(request: HttpRequest, pk: int) -> HttpResponseBase:
    return act_run.download(request, run_of(request, pk))


def run_of(request: HttpRequest, pk: int) -> Batch:
    if not request.user.has_perm("esign.view_batch"):
        raise PermissionDenied
    batch: Batch = get_object_or_404(visible_to(staff(request), Batch.objects.all()), pk=pk)
    return batch
