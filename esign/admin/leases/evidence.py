"""Staff's door to the evidence of a lease: look at what there is, check it, take the package away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from esign.evidence.package import export, verify_lease
from esign.models import AuditEvent, EnvelopeDocument
from leases.admin.base import site_context
from leases.models import Lease

EXPORT = "esign.export_evidence"


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("esign.view_auditevent", raise_exception=True)
def evidence_page(request: HttpRequest, lease: Lease) -> HttpResponse:
    """GET says what there is. POST checks it, and with `export` hands out the package and writes that down.

    What does not hold is said and not handed out as if it were whole.
    """
    if request.method == "POST":
        return _export(request, lease) if "export" in request.POST else _check(request, lease)
    return TemplateResponse(
        request,
        "admin/esign/lease/evidence.html",
        site_context(
            request,
            title=f"Evidence of lease {lease.number}",
            lease=lease,
            events=lease.audit_events.count(),
            documents=_documents(lease),
            may_export=request.user.has_perm(EXPORT),
            exports=lease.audit_events.filter(kind="evidence.exported").order_by("-number")[:10],
            back=reverse("admin:leases_lease_change", args=[lease.pk]),
        ),
    )


def _documents(lease: Lease) -> int:
    return EnvelopeDocument.objects.filter(envelope__lease=lease).count()


def _check(request: HttpRequest, lease: Lease) -> HttpResponse:
    if not _holds(request, lease):
        messages.error(request, "The evidence does not hold. Tell an administrator, and change nothing.")
    else:
        events, documents = lease.audit_events.count(), _documents(lease)
        messages.success(
            request,
            f"The evidence holds: {events} event{'s' if events != 1 else ''} in an unbroken chain, and "
            f"{documents} document{'s' if documents != 1 else ''} exactly as they were kept.",
        )
    return redirect("admin:leases_lease_evidence", lease.pk)


@permission_required(EXPORT, raise_exception=True)
def _export(request: HttpRequest, lease: Lease) -> HttpResponse:
    if not _holds(request, lease):
        return redirect("admin:leases_lease_evidence", lease.pk)
    AuditEvent.record(lease, "evidence.exported", "The evidence was exported.", actor=str(request.user))
    response = HttpResponse(export(lease), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="evidence-{lease.number}.zip"'
    return response


def _holds(request: HttpRequest, lease: Lease) -> bool:
    """Reads every document again and says what is wrong."""
    problems = verify_lease(lease)
    for problem in problems:
        messages.error(request, problem)
    return not problems
