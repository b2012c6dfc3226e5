"""The rules of campaigns: what each sends, to whom and when; what becomes due next; a run now."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from esign import tasks
from esign.admin.campaigns.rule_form import FIELDSETS, RuleForm
from esign.campaigns import plan, rules
from esign.campaigns.foretell import foretell, with_all_that_is_read
from esign.models import BatchRule
from leases.admin.base import Styled, action, display, link_to, listed, site_context, staff
from leases.admin.confirm import Confirmation, Question, confirmation, is_sure
from leases.models import Lease
from leases.tasks import enqueue_task
from leases.visibility import visible_to

PREVIEW_DAYS = 90
A_PAGE = 100
RUN = Question(
    "Run this rule now",
    "The workers write a plan, with a line for each lease that is due. Nothing is sent before someone approves it.",
    "Plan a run",
    "play_arrow",
)


@admin.register(BatchRule)
class BatchRuleAdmin(Styled):
    form = RuleForm
    fieldsets = FIELDSETS
    compressed_fields = True
    list_display = ("name", "kind", "is_active", "due", "where", "last_run")
    list_filter = ("is_active", "kind", "timing")
    search_fields = ("name",)
    autocomplete_fields = ("portfolios", "properties", "tags", "excluded")
    actions_detail = ("run", "preview")

    class Media:
        js = ("esign_admin/rule.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rules: QuerySet[Any] = super().get_queryset(request)
        return rules.prefetch_related("portfolios", "properties", "tags", "batches")

    @display(description="Due")
    def due(self, rule: BatchRule) -> str:
        return rule.due_in_words

    @display(description="Properties")
    def where(self, rule: BatchRule) -> str:
        homes = listed(str(one) for one in (*rule.portfolios.all(), *rule.properties.all())) or "All"
        tags = listed(str(tag) for tag in rule.tags.all())
        return f"{homes}, tagged {tags}" if tags else homes

    @display(description="Last run")
    def last_run(self, rule: BatchRule) -> SafeString | str:
        latest = next(iter(rule.batches.all()), None)
        return link_to(latest, latest.day) if latest else "Never"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A rule that has run is kept: its lines prove that no renewal is offered twice."""
        return super().has_delete_permission(request, obj) and not (obj and obj.batches.exists())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A rule sends by itself, so it takes the right to send as well."""
        return bool(super().has_add_permission(request)) and self.has_run_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and self.has_run_permission(request)

    def has_run_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("esign.send_envelope")

    @action(description="Run now…", permissions=["run"], icon="play_arrow", url_path="run")
    def run(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Says how many leases are due; a POST has the workers plan the run."""
        if not self.has_run_permission(request):
            raise PermissionDenied
        rule, today = self._rule(request, object_id), timezone.localdate()
        if is_sure(request) and (batch := plan.start(rule, today, staff(request))) is not None:
            enqueue_task(tasks.plan_batch, batch.pk)
            messages.success(request, f"The workers are planning {batch}. Look at the plan and approve it.")
            return redirect("admin:esign_batch_change", batch.pk)
        due = rules.due(rule, today).count()
        return confirmation(
            request,
            Confirmation(
                RUN,
                reverse("admin:esign_batchrule_change", args=[rule.pk]),
                effects=[f"{due:,} lease{'' if due == 1 else 's'} due: the plan shows each, and what it would get."],
                objection="" if due else "Nothing new is due: every lease that this rule finds has its line already.",
            ),
        )

    @action(description="Due next…", permissions=["view"], icon="event_upcoming", url_path="preview")
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Which leases become due in the next 90 days, and what they would get. Changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule, today = self._rule(request, object_id), timezone.localdate()
        ahead = Paginator(visible_to(staff(request), rules.becoming_due(rule, today, PREVIEW_DAYS)), A_PAGE)
        page = ahead.get_page(request.GET.get("p"))
        days = {lease.pk: rules.due_on(rule, lease.occasion) for lease in page}
        leases = with_all_that_is_read(Lease.objects.filter(pk__in=days))
        told = {one.lease.pk: one for one in foretell(rule, leases, days)}
        context = site_context(
            request,
            title=f"Due next: {rule}",
            rule=rule,
            days=PREVIEW_DAYS,
            next_day=rules.next_day(rule, today),
            page=page,
            ahead=[(day, told[pk]) for pk, day in days.items()],
            doubtful=sum(1 for one in told.values() if one.problems),
        )
        return TemplateResponse(request, "admin/esign/batchrule/preview.html", context)

    def _rule(self, request: HttpRequest, object_id: str) -> BatchRule:
        rule: BatchRule = get_object_or_404(visible_to(staff(request), BatchRule.objects.all()), pk=object_id)
        return rule
