"""Pages of properties and units."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from leases.admin.base import STAGE_LABELS, Inline, ModelForm, WithHistory, display, dollars, link_to
from leases.admin.filters import Tagged, VisibleChoice
from leases.admin.transferable import Transferable
from leases.models import AddendumKind, Lease, Property, Unit
from leases.status import LIVE, LeaseStatus
from leases.transfer import UnitResource

# The zones of the United States first: they are what staff look for. Any other IANA name can be typed elsewhere.
US_ZONES = [
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Detroit", "America/Indiana/Indianapolis", "America/Boise",
    "America/Puerto_Rico",
]  # fmt: skip


class PropertyForm(ModelForm):
    required_addenda = forms.MultipleChoiceField(
        choices=AddendumKind.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Every lease at this property must carry these.",
    )

    class Meta:
        model = Property
        exclude: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("time_zone"):
            zones = US_ZONES if self.instance.time_zone in ("", *US_ZONES) else [self.instance.time_zone, *US_ZONES]
            choices = [("", "Choose…"), *((zone, zone.replace("_", " ")) for zone in zones)]
            field.widget = UnfoldAdminSelectWidget(choices=choices)


class UnitsOfProperty(Inline):
    model = Unit
    hide_title = True
    extra = 0
    tab = True
    fields = ["number", "bedrooms", "bathrooms", "square_feet", "market_rent"]
    show_change_link = True


@admin.register(Property)
class PropertyAdmin(WithHistory):
    form = PropertyForm
    list_display = ["name", "where", "owner", "let_units", "time_zone", "addenda"]
    ordering = ["name"]
    list_filter = [("owner", VisibleChoice), "state", Tagged]
    list_select_related = ["owner"]
    search_fields = ["name", "street", "city", "postal_code", "owner__legal_name"]
    autocomplete_fields = ["owner", "tags"]
    inlines = [UnitsOfProperty]
    fieldsets = [
        (None, {"fields": ["name", "owner", "tags"]}),
        (
            "Address",
            {
                "fields": [
                    ("street", "street2"),
                    ("city", "state"),
                    ("postal_code", "country"),
                    ("jurisdiction", "time_zone"),
                ]
            },
        ),
        ("Rules", {"fields": ["year_built", "required_addenda", "house_rules"]}),
        (
            "Renewals",
            {
                "fields": [
                    ("renewal_term_months", "at_term_end"),
                    ("renewal_increase_kind", "renewal_increase"),
                    ("renewal_rounding", "renewal_cap_percent"),
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Property]:
        homes: QuerySet[Property] = super().get_queryset(request)
        let = Q(units__leases__status=LeaseStatus.ACTIVE)
        return homes.annotate(
            how_many_units=Count("units", distinct=True), how_many_let=Count("units", filter=let, distinct=True)
        )

    @display(description="Address", ordering="city")
    def where(self, home: Property) -> str:
        return f"{home.street}, {home.city}, {home.state}"

    @display(description="Let")
    def let_units(self, home: Any) -> str:
        return f"{home.how_many_let} of {home.how_many_units}"

    @display(description="Addenda asked for")
    def addenda(self, home: Property) -> str:
        return ", ".join(AddendumKind(kind).label for kind in home.required_addenda) or "–"  # noqa: RUF001  # an en dash


class Vacancy(admin.SimpleListFilter):
    title = "let"
    parameter_name = "let"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Let"), ("no", "Vacant")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        let = Exists(Lease.objects.filter(unit=OuterRef("pk"), status=LeaseStatus.ACTIVE))
        match self.value():
            case "yes":
                return queryset.filter(let)
            case "no":
                return queryset.filter(~let)
        return queryset


class LeasesOfUnit(Inline):
    model = Lease
    extra = 0
    can_delete = False
    verbose_name_plural = "Leases"
    hide_title = True
    fields = ("which", "tenants", "term", "monthly", "stage")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lease]:
        leases: QuerySet[Lease] = super().get_queryset(request)
        return leases.prefetch_related("parties__tenant").order_by("-start_date")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Lease")
    def which(self, lease: Lease) -> SafeString:
        return link_to(lease)

    @display(description="Tenants")
    def tenants(self, lease: Lease) -> str:
        return lease.tenant_names()

    @display(description="Term")
    def term(self, lease: Lease) -> str:
        return lease.term_in_words()

    @display(description="Rent")
    def monthly(self, lease: Lease) -> str:
        return dollars(lease.rent)

    @display(description="Stage", label=STAGE_LABELS)
    def stage(self, lease: Lease) -> str:
        return lease.get_status_display()


@admin.register(Unit)
class UnitAdmin(Transferable):
    resource_classes = [UnitResource]
    list_display = ["number", "property", "rooms", "square_feet", "market", "tenants"]
    list_filter = [("property", VisibleChoice), Vacancy, "bedrooms"]
    list_select_related = ["property"]
    search_fields = ["number", "property__name"]
    autocomplete_fields = ["property"]
    fields = [("property", "number"), ("bedrooms", "bathrooms"), ("square_feet", "market_rent")]
    inlines = [LeasesOfUnit]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unit]:
        live = Lease.objects.filter(status__in=LIVE).prefetch_related("parties__tenant")
        units: QuerySet[Unit] = super().get_queryset(request)
        return units.prefetch_related(Prefetch("leases", live, "live_leases"))

    @display(description="Rooms", ordering="bedrooms")
    def rooms(self, unit: Unit) -> str:
        beds = "studio" if unit.bedrooms == 0 else f"{unit.bedrooms} bed"
        return f"{beds}, {unit.bathrooms.normalize():f} bath"

    @display(description="Market rent", ordering="market_rent")
    def market(self, unit: Unit) -> str:
        return dollars(unit.market_rent)

    @display(description="Tenants")
    def tenants(self, unit: Any) -> str:
        return "; ".join(lease.tenant_names() for lease in unit.live_leases) or "vacant"
