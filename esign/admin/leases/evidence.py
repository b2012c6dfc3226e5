"""Staff's door to the evidence of a lease: one click, one package."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from esign.evidence.package import export, verify_lease
from esign.models import AuditEvent, EnvelopeDocument
from leases.models import Lease


@staff_member_required
@permission_required("esign.view_auditevent", raise_exception=True)
def download(request: HttpRequest, number: str) -> HttpResponse:
    """The evidence package of a lease. What does not hold is said and not handed out as if it were whole."""
    lease = get_object_or_404(Lease, number=number)
    if problems := verify_lease(lease):
        for problem in problems:
            messages.error(request, problem)
        return redirect("admin:leases_lease_change", lease.pk)
    AuditEvent.record(lease, "evidence.exported", "The evidence was exported.", actor=str(request.user))
    response = HttpResponse(export(lease), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="evidence-{lease.number}.zip"'
    return response


@permission_required("esign.view_auditevent", raise_exception=True)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether the evidence of a lease still holds, said on its page. Reads every document again."""
    lease = get_object_or_404(Lease, pk=pk)
    if problems := verify_lease(lease):
        messages.error(request, "The evidence does not hold. Tell an administrator, and change nothing.")
        for problem in problems:
            messages.error(request, problem)
    else:
        events = lease.audit_events.count()
        documents = EnvelopeDocument.objects.filter(envelope__lease=lease).count()
        messages.success(
            request,
            f"The evidence holds: {events} event{'s' if events != 1 else ''} in an unbroken chain, and "
            f"{documents} document{'s' if documents != 1 else ''} exactly as they were kept.",
        )
    return redirect("admin:leases_lease_change", lease.pk)
