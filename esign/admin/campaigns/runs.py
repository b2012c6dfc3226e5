"""The runs of campaigns: the plan, how far each lease has come, and what staff do about it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from esign.admin.campaigns import acts, change_lines
from esign.campaigns import results, steering
from esign.envelopes.status import Tone, explain, with_all_that_is_read
from esign.models import Batch, BatchLine, Envelope, State
from esign.models.envelope import ENDED
from leases.admin.base import ReadOnly, action, display, site_context, staff
from leases.admin.filters import VisibleChoice
from leases.visibility import visible_to

LINES_A_PAGE = 100
RUNS = Batch.objects.select_related("rule", "started_by", "approved_by", "changed_by")
PROPERTIES_A_PAGE = 200
DUE_SHOWN = 200  # on the pages that ask and foretell; the rest is counted
# Beside the statuses of lines.
MORE_FILTERS = {
    "doubtful": Q(status=BatchLine.Status.PLANNED) & ~Q(foretold=""),
    "failed": Q(envelope__state=State.NEEDS_ATTENTION) | (Q(done_at__isnull=True) & ~Q(last_error="")),
    "declined": Q(envelope__state__in=ENDED),
}
TONES = {
    BatchLine.Status.PLANNED: Tone.WORKING,
    BatchLine.Status.PREPARED: Tone.GOOD,
    BatchLine.Status.SKIPPED: Tone.WARNING,
    BatchLine.Status.CANCELLED: Tone.OVER,
}


class LineStatusFilter(admin.SimpleListFilter):
    """Batches in which something was skipped or is still planned."""

    title = "lines"
    parameter_name = "lines"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(status), f"Some {status.label.lower()}") for status in BatchLine.Status]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(lines__status=self.value()).distinct() if self.value() else queryset


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    when_empty = "A batch rule makes one on each day that it runs."
    list_display = ("title", "day", "kind", "leases", "prepared", "skipped", "signed", "progress")
    list_filter = ("kind", ("rule", VisibleChoice), LineStatusFilter)
    list_filter_submit = True
    date_hierarchy = "day"
    list_select_related = ("rule",)
    change_form_template = "admin/esign/batch/page.html"
    fields = ("rule",)
    actions_detail = ("approve", "release", "pause", "resume", "cancel", "retry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        status = BatchLine.Status
        batches: Any = super().get_queryset(request)
        counted: QuerySet[Any] = batches.annotate(
            leases=Count("lines"),
            prepared=Count("lines", filter=Q(lines__status=status.PREPARED)),
            skipped=Count("lines", filter=Q(lines__status=status.SKIPPED)),
            signed=Count("lines", filter=Q(lines__envelope__state=State.COMPLETED)),
        )
        return counted

    def has_run_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("esign.send_envelope")

    @action(description="Approve…", permissions=["run"], icon="task_alt", url_path="approve")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return acts.approve_page(request, self._run(request, object_id))

    @action(description="Release…", permissions=["run"], icon="outgoing_mail", url_path="release")
    def release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return acts.release_page(request, self._run(request, object_id))

    @action(description="Pause…", permissions=["run"], icon="pause", url_path="pause")
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act(request, object_id, acts.PAUSE)

    @action(description="Resume…", permissions=["run"], icon="play_arrow", url_path="resume")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act(request, object_id, acts.RESUME)

    @action(description="Try again…", permissions=["run"], icon="refresh", url_path="retry")
    def retry(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._act(request, object_id, acts.RETRY)

    @action(description="Cancel…", permissions=["run"], icon="cancel", url_path="cancel")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return acts.cancel_page(request, self._run(request, object_id))

    def get_urls(self) -> list[URLPattern]:
        place = self.admin_site.admin_view
        return [
            path("<path:object_id>/results", place(self.results), name="esign_batch_results"),
            path("<path:object_id>/properties", place(self.properties), name="esign_batch_properties"),
            path("<path:object_id>/leave-out", place(self.leave_out), name="esign_batch_leave_out"),
            path("<path:object_id>/take-in", place(self.take_in), name="esign_batch_take_in"),
            path("<path:object_id>/change-lines", place(self.change_lines), name="esign_batch_change_lines"),
            *super().get_urls(),
        ]

    def properties(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The run counted for each property."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = get_object_or_404(
            visible_to(staff(request), RUNS.all()),
            pk=object_id,
        )
        rows = Paginator(results.by_property(visible_to(staff(request), batch.lines.all())), PROPERTIES_A_PAGE)
        context = site_context(
            request, title=f"{batch} by property", batch=batch, page=rows.get_page(request.GET.get("p"))
        )
        return TemplateResponse(request, "admin/esign/batch/properties.html", context)

    def leave_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return acts.choice_page(request, self._run(request, object_id), acts.LEAVE_OUT)

    def take_in(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return acts.choice_page(request, self._run(request, object_id), acts.TAKE_IN)

    def change_lines(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return change_lines.page(request, self._run(request, object_id))

    def results(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """Every lease of the run, as the page has them; the list can be narrowed there first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch = get_object_or_404(
            visible_to(staff(request), RUNS.all()),
            pk=object_id,
        )
        lines = results.as_csv(_wanted_lines(batch, request))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{batch.kind}-{batch.day}-{batch.pk}.csv"'
        return answer

    def _act(self, request: HttpRequest, object_id: str, act: acts.Act) -> HttpResponse:
        return acts.page(request, self._run(request, object_id), act)

    def _run(self, request: HttpRequest, object_id: str) -> Batch:
        """The run that somebody wants to change. Raises PermissionDenied, Http404."""
        if not self.has_run_permission(request):
            raise PermissionDenied
        batch: Batch = get_object_or_404(
            visible_to(staff(request), RUNS.all()),
            pk=object_id,
        )
        return batch

    @display(description="Leases", ordering="leases")
    def leases(self, batch: Any) -> int:
        return int(batch.leases)

    @display(description="Prepared", ordering="prepared")
    def prepared(self, batch: Any) -> int:
        return int(batch.prepared)

    @display(description="Skipped", ordering="skipped")
    def skipped(self, batch: Any) -> int:
        return int(batch.skipped)

    @display(description="Signed", ordering="signed")
    def signed(self, batch: Any) -> int:
        return int(batch.signed)

    @display(description="Progress")
    def progress(self, batch: Any) -> SafeString:
        share = 100 * batch.signed // batch.prepared if batch.prepared else 0
        return format_html(
            '<span class="es-progress" title="{} of {} signed"><i style="width:{}%"></i></span>',
            batch.signed,
            batch.prepared,
            share,
        )

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        batch = kwargs.get("obj")
        if isinstance(batch, Batch):
            context |= page_of(batch, request)
        return super().render_change_form(request, context, *args, **kwargs)


def page_of(batch: Batch, request: HttpRequest) -> dict[str, Any]:
    """The lines of one run, a page at a time, with what became of each envelope."""
    shown = _wanted_lines(batch, request).select_related("lease__unit__property", "offer")
    page = Paginator(shown, LINES_A_PAGE).get_page(request.GET.get("p"))
    pks = [line.envelope_id for line in page if line.envelope_id]
    envelopes = {e.pk: e for e in with_all_that_is_read(Envelope.objects.filter(pk__in=pks))}
    return {
        "batch": batch,
        "page": page,
        "rows": [
            (line, TONES[BatchLine.Status(line.status)], envelope, explain(envelope) if envelope else None)
            for line in page
            for envelope in [envelopes.get(line.envelope_id) if line.envelope_id else None]
        ],
        "counts": _counts(batch),
        "is_at_work": batch.is_running and batch.lines.filter(status=BatchLine.Status.PLANNED).exists(),
        "totals": results.plan_totals(batch),
        "moved_at": batch.moved_at,
        "stumbling": batch.lines.filter(done_at__isnull=True).exclude(last_error="").count(),
        "wanted": request.GET.get("status", ""),
        "words": request.GET.get("q", ""),
        "keep": urlencode({name: request.GET[name] for name in ("status", "q") if request.GET.get(name)}),
        "pace": results.pace(batch),
        "can_run": request.user.has_perm("esign.send_envelope"),
        "ready": batch.lines.filter(steering.UNSENT).count(),
        "title": str(batch),
    }


def _wanted_lines(batch: Batch, request: HttpRequest) -> QuerySet[BatchLine]:
    """Those of the status and with the words that the page asks for; of leases that this person sees."""
    lines: QuerySet[BatchLine] = visible_to(staff(request), batch.lines.order_by("pk"))
    wanted = request.GET.get("status", "")
    if wanted in BatchLine.Status.values:
        lines = lines.filter(status=wanted)
    elif wanted in MORE_FILTERS:
        lines = lines.filter(MORE_FILTERS[wanted])
    return results.found(lines, request.GET.get("q", ""))


def _counts(batch: Batch) -> list[dict[str, Any]]:
    """How many leases stand where, in the order in which a lease passes through."""
    states = Counter(batch.lines.filter(envelope__isnull=False).values_list("envelope__state", flat=True))
    statuses = Counter(batch.lines.values_list("status", flat=True))
    total = sum(statuses.values())
    unsent = (State.READY, State.CREATING, State.DRAFTED, State.SENDING)
    parts = [
        ("planned", statuses[BatchLine.Status.PLANNED], Tone.OVER),
        ("skipped", statuses[BatchLine.Status.SKIPPED], Tone.WARNING),
        ("on the way to Docusign", sum(states[state] for state in unsent), Tone.WORKING),
        ("out for signature", states[State.SENT] + states[State.DELIVERED], Tone.WAITING),
        ("signed", states[State.COMPLETED], Tone.GOOD),
        ("declined or voided", states[State.DECLINED] + states[State.VOIDED], Tone.OVER),
        ("needs attention", states[State.NEEDS_ATTENTION], Tone.BAD),
    ]
    return [
        {"label": label, "count": count, "tone": tone, "share": round(100 * count / total, 2) if total else 0}
        for label, count, tone in parts
        if count
    ]
