"""Pages of owners and tenants."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from leases.admin.base import STAGE_LABELS, Inline, WithHistory, display, link_to, listed, staff
from leases.admin.filters import VisibleChoice
from leases.admin.transferable import Transferable
from leases.models import LeaseParty, Owner, Tenant
from leases.status import LIVE
from leases.transfer import TenantResource
from leases.visibility import owners_of, sees_everything, visible_to


@admin.register(Owner)
class OwnerAdmin(WithHistory):
    list_display = ["legal_name", "signs", "email", "phone", "property_count"]
    ordering = ["legal_name"]
    search_fields = ["legal_name", "signatory_name", "email", "signatory_email"]
    fieldsets = [
        (None, {"fields": ["legal_name", "mailing_address", ("email", "phone")]}),
        ("Who signs", {"fields": [("signatory_name", "signatory_title"), ("signatory_email", "copy_email")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Owner]:
        owners: QuerySet[Owner] = super().get_queryset(request)
        return owners.annotate(how_many_properties=Count("properties"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is written here holds for all properties of the owner, so it takes a portfolio that has them all."""
        user = staff(request)
        is_theirs = obj is None or sees_everything(user) or owners_of(user).filter(owner=obj.pk).exists()
        return is_theirs and bool(super().has_change_permission(request, obj))

    @display(description="Signs", ordering="signatory_name")
    def signs(self, owner: Owner) -> str:
        return listed(filter(None, [owner.signatory_name, owner.signatory_title]))

    @display(description="Properties", ordering="how_many_properties")
    def property_count(self, owner: Any) -> int:
        return int(owner.how_many_properties)


class LeasesOfTenant(Inline):
    """What a person has signed or is to sign. Parties are added on the lease's page."""

    model = LeaseParty
    verbose_name_plural = "Leases"
    hide_title = True
    extra = 0
    can_delete = False
    fields = ("which", "unit", "role", "term", "stage")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[LeaseParty]:
        parties: QuerySet[LeaseParty] = super().get_queryset(request)
        return parties.select_related("lease__unit__property").order_by("-lease__start_date")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Lease")
    def which(self, party: LeaseParty) -> SafeString:
        return link_to(party.lease)

    @display(description="Unit")
    def unit(self, party: LeaseParty) -> str:
        return str(party.lease.unit)

    @display(description="Term")
    def term(self, party: LeaseParty) -> str:
        return party.lease.term_in_words()

    @display(description="Stage", label=STAGE_LABELS)
    def stage(self, party: LeaseParty) -> str:
        return party.lease.get_status_display()


@admin.register(Tenant)
class TenantAdmin(Transferable):
    resource_classes = [TenantResource]
    list_display = ["name", "email", "phone", "language", "preferred_channel", "lives_in"]
    list_filter = ["language", "preferred_channel", ("parties__lease__unit__property", VisibleChoice)]
    search_fields = ["name", "email", "phone"]
    fieldsets = [
        (None, {"fields": ["name", ("email", "phone"), ("language", "preferred_channel")]}),
        (
            "For emergencies, letters and parking",
            {
                "fields": [
                    ("emergency_contact", "emergency_phone"),
                    ("vehicle", "vehicle_plate"),
                    "mailing_address",
                ]
            },
        ),
    ]
    inlines = [LeasesOfTenant]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        parties = visible_to(staff(request), LeaseParty.objects.filter(lease__status__in=LIVE))
        live = parties.select_related("lease__unit__property")
        tenants: QuerySet[Tenant] = super().get_queryset(request)
        return tenants.prefetch_related(Prefetch("parties", live, "live_parties"))

    @display(description="Current lease")
    def lives_in(self, tenant: Any) -> SafeString | str:
        rows = [(link_to(party.lease, party.lease.unit),) for party in tenant.live_parties]
        return format_html_join(", ", "{}", rows) if rows else "–"  # noqa: RUF001  # an en dash
