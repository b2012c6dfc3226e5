"""What a rule names is not deleted: without its only tag, property or portfolio the rule would be for every lease."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from esign.models import BatchRule
from leases.admin import PortfolioAdmin, PropertyAdmin, TagAdmin
from leases.admin.base import staff
from leases.models import Portfolio, Property, Tag
from leases.visibility import visible_to


class KeptByRules:
    """Mixed into the page of what rules name; `named_in` is the name of the rule's field."""

    named_in = ""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Django asks here before it deletes, one or many: what it finds protected is shown, and nothing is deleted."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)  # type: ignore[misc]  # a mixin
        rules = BatchRule.objects.filter(**{f"{self.named_in}__in": objs}).distinct()
        shown = set(visible_to(staff(request), rules).values_list("pk", flat=True))
        named = [f"The rule “{rule}”" if rule.pk in shown else "A rule that you do not see" for rule in rules]
        return deleted, counts, lacking, [*protected, *(f"{rule} is for it. Change the rule first." for rule in named)]


class KeptTagAdmin(KeptByRules, TagAdmin):
    named_in = "tags"


class KeptPropertyAdmin(KeptByRules, PropertyAdmin):
    named_in = "properties"


class KeptPortfolioAdmin(KeptByRules, PortfolioAdmin):
    named_in = "portfolios"


for model, page in ((Tag, KeptTagAdmin), (Property, KeptPropertyAdmin), (Portfolio, KeptPortfolioAdmin)):
    admin.site.unregister(model)
    admin.site.register(model, page)
