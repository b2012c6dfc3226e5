"""Filters of the rent roll."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RelatedDropdownFilter

from leases.admin.base import staff
from leases.models import Lease, Tag
from leases.status import LIVE, LeaseStatus
from leases.tagging import leases_with, properties_with
from leases.visibility import sees_everything, visible_to


class _VisibleChoices:
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        if sees_everything(staff(request)):
            return super().field_choices(field, request, model_admin)  # type: ignore[misc]  # a mixin
        rows = visible_to(staff(request), field.remote_field.model._default_manager.all())
        return field.get_choices(include_blank=False, limit_choices_to={"pk__in": rows.values("pk")})


class VisibleChoice(_VisibleChoices, admin.RelatedFieldListFilter):
    """By a row that this row belongs to. Only those of the reader's portfolios are offered."""


class VisibleDropdown(_VisibleChoices, RelatedDropdownFilter):  # type: ignore[misc]  # Unfold is untyped for us
    """The same as a list that opens."""


class Tagged(admin.SimpleListFilter):
    """Leases by a tag at the lease or at its property, as campaign rules choose them; properties by their own."""

    title = "tag"
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Tag.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen is None:
            return queryset
        tags = Tag.objects.filter(pk__in=[chosen] if chosen.isdecimal() else [])
        return queryset.filter(leases_with(tags) if queryset.model is Lease else properties_with(tags))


class Ends(admin.SimpleListFilter):
    title = "ends"
    parameter_name = "ends"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("30", "Within 30 days"),
            ("60", "Within 60 days"),
            ("90", "Within 90 days"),
            ("never", "Month to month"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        if self.value() == "never":
            return queryset.filter(Q(end_date__isnull=True) | Q(rolled_over_on__isnull=False), status__in=LIVE)
        if self.value() in ("30", "60", "90"):
            last = today + timedelta(days=int(self.value() or 0))
            return queryset.filter(
                status=LeaseStatus.ACTIVE, rolled_over_on__isnull=True, end_date__range=(today, last)
            )
        return queryset


class Renewal(admin.SimpleListFilter):
    title = "renewal"
    parameter_name = "renewal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("is", "Is a renewal"), ("has", "Has a renewal")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "is":
                return queryset.filter(previous_lease__isnull=False)
            case "has":
                return queryset.filter(successors__isnull=False).exclude(successors__status=LeaseStatus.CANCELLED)
        return queryset
