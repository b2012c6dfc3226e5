"""A tenant's page with what the law asks of an office: everything about a person, and erasing them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from esign.evidence.person import erase, everything_about, plan_erasure
from leases.admin.base import action, site_context, staff, write_down
from leases.admin.confirm import is_sure
from leases.admin.people import TenantAdmin
from leases.models import LeaseParty, Tenant
from leases.visibility import visible_to

EXPORT, ERASE = "leases.export_tenant", "leases.erase_tenant"


class TenantWithEnvelopesAdmin(TenantAdmin):
    actions_detail = ["personal_data"]

    def has_personal_data_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(EXPORT) or request.user.has_perm(ERASE)

    @action(description="Personal data…", permissions=["personal_data"], icon="badge", url_path="personal-data")
    def personal_data(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """GET says what there is; POST hands everything out, or erases what no contract needs."""
        if not self.has_personal_data_permission(request):
            raise PermissionDenied
        tenant = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not _sees_all_of(request, tenant):
            messages.error(
                request,
                f"{tenant} is also in a lease outside your portfolios. Ask somebody who sees every portfolio; nothing "
                "was done.",
            )
            return redirect("admin:leases_tenant_change", tenant.pk)
        if request.method == "POST" and "export" in request.POST:
            return _hand_out(request, tenant)
        if is_sure(request):
            return _erase(request, tenant)
        plan = plan_erasure(tenant)
        context = site_context(
            request,
            title=f"Personal data of {tenant}",
            tenant=tenant,
            plan=plan,
            may_export=request.user.has_perm(EXPORT),
            verb="Erase" if request.user.has_perm(ERASE) and not plan.objection else "",
            icon="delete_forever",
            danger=True,
            back=reverse("admin:leases_tenant_change", args=[tenant.pk]),
        )
        return TemplateResponse(request, "admin/leases/personal_data.html", context)


def _sees_all_of(request: HttpRequest, tenant: Tenant) -> bool:
    parties = LeaseParty.objects.filter(tenant=tenant)
    return visible_to(staff(request), parties).count() == parties.count()


def _hand_out(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    if not request.user.has_perm(EXPORT):
        raise PermissionDenied
    content = everything_about(tenant)
    write_down(request, tenant, "Exported everything about this person.")
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="person-{tenant.pk}.zip"'
    return response


def _erase(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    if not request.user.has_perm(ERASE):
        raise PermissionDenied
    done = erase(tenant, by=staff(request))
    if done.objection:
        messages.error(request, done.objection)
    else:
        write_down(request, Tenant.objects.get(pk=tenant.pk), "Erased what no contract needs of this person.")
        messages.success(request, "Erased. What stays: " + " ".join(done.stays))
    return redirect("admin:leases_tenant_change", tenant.pk)


admin.site.unregister(Tenant)
admin.site.register(Tenant, TenantWithEnvelopesAdmin)
