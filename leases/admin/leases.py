"""The rent roll and the page of a lease. Staff edit drafts; stages change by lease actions, never by hand."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from leases.admin import lease_actions
from leases.admin.base import STAGE_LABELS, WithHistory, action, display, dollars, link_to, staff, write_down
from leases.admin.filters import Ends, Renewal, Tagged, VisibleChoice
from leases.admin.inlines import AddendumInline, PartyInline, RentStepInline, SignatureInline
from leases.dates import short_day
from leases.models import Lease, LeaseParty, LeaseSignature
from leases.status import LeaseStatus
from leases.visibility import visible_to


@admin.register(Lease)
class LeaseAdmin(WithHistory):
    """Other apps extend this class: they add to `actions`, `actions_detail`, `list_display` and `get_inlines`, refuse
    lease actions by `objection_to`, and put pages before the form by `change_form_outer_before_template`.
    """

    list_display = ["number", "home", "tenants", "term", "rent_now", "stage"]
    list_display_links = ["number"]
    list_filter = ["status", ("unit__property", VisibleChoice), Ends, Renewal, Tagged]
    list_select_related = ["unit__property"]
    list_per_page = 50
    list_fullwidth = True
    date_hierarchy = "start_date"
    search_fields = [
        "number", "unit__number", "unit__property__name", "parties__tenant__name", "parties__tenant__email",
    ]  # fmt: skip
    search_help_text = "Lease number, unit, property, or a tenant's name or e-mail"
    autocomplete_fields = ["unit", "tags"]
    actions = ["tag_chosen", "cancel_chosen", "end_chosen"]
    actions_detail = [
        "offer_renewal",
        {"title": "More", "icon": "more_horiz", "items": ["tag", "sign_offline", "withdraw", "end", "cancel"]},
    ]
    inlines = [PartyInline, RentStepInline, AddendumInline, SignatureInline]
    history_fields = ["status", "status_reason", "version", "rolled_over_on"]
    readonly_fields = ["stage", "still_missing", "version", "status_reason", "renews", "renewed_by", "fingerprint",
                       "sent_at", "executed_at", "activated_at", "ended_at", "rolled_over_on"]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets: list[Any] = [
            (
                None,
                {
                    "fields": [
                        "unit",
                        ("start_date", "end_date"),
                        ("rent", "deposit"),
                        "due_day",
                        ("late_fee", "late_fee_after_days"),
                        ("pets", "parking_spaces"),
                        "tags",
                    ]
                },
            )
        ]
        return fieldsets if obj is None else [("Where it stands", {"fields": self._standing(obj)}), *fieldsets]

    def _standing(self, lease: Lease) -> list[Any]:
        """Only what there is to say about this lease."""
        renewal = [
            name for name, there in {"renews": lease.previous_lease_id, "renewed_by": lease.successor}.items() if there
        ]
        dates = ("sent_at", "executed_at", "activated_at", "ended_at", "rolled_over_on")
        told = [name for name in dates if getattr(lease, name)]
        return [
            ("stage", "version"),
            *(["still_missing"] if lease.status == LeaseStatus.DRAFT and lease.problems() else []),
            *(["status_reason"] if lease.status_reason else []),
            *renewal,
            *(tuple(told[place : place + 2]) for place in range(0, len(told), 2)),
            *(["fingerprint"] if lease.sent_terms is not None else []),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        leases: QuerySet[Any] = super().get_queryset(request)
        return leases.select_related("unit__property").prefetch_related("parties__tenant", "rent_steps")

    # --- the rent roll ------------------------------------------------------------------------------------

    @display(description="Unit", ordering="unit")
    def home(self, lease: Lease) -> SafeString:
        return format_html('<span class="whitespace-nowrap">{} {}</span>', lease.unit.property.name, lease.unit.number)

    @display(description="Tenants")
    def tenants(self, lease: Lease) -> str:
        return lease.tenant_names()

    @display(description="Term", ordering="start_date")
    def term(self, lease: Lease) -> SafeString:
        until = short_day(lease.end_date) if lease.end_date else "month to month"
        kept = (until, "month to month now") if lease.rolled_over_on else (until,)
        lines = format_html_join("", "<br>{}", ((line,) for line in kept))
        return format_html('<span class="whitespace-nowrap">{}{}</span>', short_day(lease.start_date), lines)

    @display(description="Rent", ordering="rent")
    def rent_now(self, lease: Lease) -> str:
        return dollars(lease.rent_on(max(lease.start_date, lease.unit.property.today())))

    @display(description="Stage", ordering="status", label=STAGE_LABELS)
    def stage(self, lease: Lease) -> str:
        return lease.get_status_display()

    # --- the page of a lease ------------------------------------------------------------------------------

    @display(description="Before it can go out")
    def still_missing(self, lease: Lease) -> SafeString:
        return format_html_join(SafeString("<br>"), "{}", ((problem,) for problem in lease.problems()))

    @display(description="Renews")
    def renews(self, lease: Lease) -> SafeString:
        return link_to(lease.previous_lease)

    @display(description="Renewed by")
    def renewed_by(self, lease: Lease) -> SafeString:
        return link_to(lease.successor)

    @display(description="SHA-256 of the terms that went out")
    def fingerprint(self, lease: Lease) -> SafeString:
        return format_html('<span style="overflow-wrap: anywhere">{}</span>', lease.sent_terms_sha256)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A lease that has gone out is looked at, not edited."""
        open_ = obj is None or obj.status == LeaseStatus.DRAFT
        return open_ and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft may be deleted; a lease that anybody ever signed is kept."""
        open_ = obj is None or (obj.status == LeaseStatus.DRAFT and not obj.signatures.exists())
        return open_ and bool(super().has_delete_permission(request, obj))

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # drafts are deleted from their own pages, one by one
        return actions

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Who is no longer the primary tenant is saved first: at no moment has a lease two."""
        if formset.model is not LeaseParty:
            super().save_formset(request, form, formset, change)
            return
        parties = formset.save(commit=False)
        for party in formset.deleted_objects:
            party.delete()
        for party in sorted(parties, key=lambda party: party.pk is None or party.is_primary):
            party.save()
        formset.save_m2m()

    # --- lease actions ------------------------------------------------------------------------------------

    def objection_to(self, action: str, lease: Lease) -> str:
        """Why this action (a key of `lease_actions.LEASE_ACTIONS`) cannot be done to this lease now; empty if it can.

        For extension.
        """
        return ""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("do/<str:name>/", view(self.do_view), name="leases_lease_do"),
            path("<int:pk>/scan/<int:signature>/", view(self.scan_view), name="leases_lease_scan"),
            *super().get_urls(),
        ]

    def do_view(self, request: HttpRequest, name: str) -> HttpResponse:
        return lease_actions.ask(self, request, name)

    def scan_view(self, request: HttpRequest, pk: int, signature: int) -> FileResponse:
        """The scan of a lease signed offline, for those who may see signatures."""
        if not request.user.has_perm("leases.view_leasesignature"):
            raise PermissionDenied
        row = get_object_or_404(visible_to(staff(request), LeaseSignature.objects.all()), pk=signature, lease=pk)
        if not row.scan:
            raise Http404
        write_down(request, row.lease, "Opened the scan of the lease that was signed offline.")
        return FileResponse(row.scan.open(), filename=f"{row.lease.number}-signed.pdf", content_type="application/pdf")

    def _can(self, request: HttpRequest, action: str, object_id: Any) -> bool:
        """Buttons stand only where they can do something."""
        leases = visible_to(staff(request), Lease.objects.filter(pk=object_id))
        stages = leases.filter(status__in=lease_actions.LEASE_ACTIONS[action].at)
        return lease_actions.may(request, action) and (object_id is None or stages.exists())

    def has_tag_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._can(request, "tag", object_id)

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._can(request, "cancel", object_id)

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._can(request, "end", object_id)

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._can(request, "withdraw", object_id)

    def has_sign_offline_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._can(request, "sign_offline", object_id)

    def has_offer_renewal_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._can(request, "offer_renewal", object_id)

    @action(description="Tags…", permissions=["tag"])
    def tag_chosen(self, request: HttpRequest, leases: QuerySet[Lease]) -> HttpResponse:
        return redirect(lease_actions.ask_url("tag", leases))

    @action(description="Cancel…", permissions=["cancel"])
    def cancel_chosen(self, request: HttpRequest, leases: QuerySet[Lease]) -> HttpResponse:
        return redirect(lease_actions.ask_url("cancel", leases))

    @action(description="End…", permissions=["end"])
    def end_chosen(self, request: HttpRequest, leases: QuerySet[Lease]) -> HttpResponse:
        return redirect(lease_actions.ask_url("end", leases))

    @action(description="Tags…", permissions=["tag"], icon="sell", url_path="tag")
    def tag(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(lease_actions.ask_url("tag", [object_id]))

    @action(description="Cancel…", permissions=["cancel"], icon="block", url_path="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(lease_actions.ask_url("cancel", [object_id]))

    @action(description="End…", permissions=["end"], icon="event_busy", url_path="end")
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(lease_actions.ask_url("end", [object_id]))

    @action(description="Withdraw…", permissions=["withdraw"], icon="undo", url_path="withdraw")
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(lease_actions.ask_url("withdraw", [object_id]))

    @action(
        description="Record offline signatures…", permissions=["sign_offline"], icon="edit_document",
        url_path="offline",
    )  # fmt: skip
    def sign_offline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(lease_actions.ask_url("sign_offline", [object_id]))

    @action(description="Offer a renewal…", permissions=["offer_renewal"], icon="event_repeat", url_path="renew")
    def offer_renewal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(lease_actions.ask_url("offer_renewal", [object_id]))
