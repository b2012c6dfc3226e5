"""Portfolios: which part of the staff sees which properties. Changed only by those who see everything."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from leases.admin.base import Styled, display, listed
from leases.models import Portfolio


@admin.register(Portfolio)
class PortfolioAdmin(Styled):
    when_empty = (
        "No portfolios. Staff with the right to see the rows of every portfolio need none; others see the rows of the "
        "portfolios that they are members of."
    )
    list_display = ("name", "of_owners", "of_properties", "who")
    search_fields = ("name", "owners__legal_name", "properties__name", "members__username")
    fields = ("name", "owners", "properties", "members")
    autocomplete_fields = ("owners", "properties", "members")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("owners", "properties", "members")

    @display(description="Owners")
    def of_owners(self, portfolio: Portfolio) -> str:
        return listed(str(owner) for owner in portfolio.owners.all()) or "–"  # noqa: RUF001  # an en dash

    @display(description="Single properties")
    def of_properties(self, portfolio: Portfolio) -> str:
        return listed(str(home) for home in portfolio.properties.all()) or "–"  # noqa: RUF001  # an en dash

    @display(description="Members")
    def who(self, portfolio: Portfolio) -> str:
        return listed(member.get_full_name() or member.username for member in portfolio.members.all()) or "no one"
