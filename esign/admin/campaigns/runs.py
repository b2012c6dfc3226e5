"""The runs of campaigns: the plan, how far each lease has come, and what staff do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from esign.admin.campaigns import act_run, acts, ask_act, by_hand_pages, change_lines
from esign.admin.campaigns.progress import progress_of
from esign.campaigns import acts_on_many, export, results, since
from esign.campaigns.results import RunTotals
from esign.envelopes.status import Tone, explain, with_all_that_is_read
from esign.models import Batch, BatchLine, Envelope
from leases.admin.base import ReadOnly, action, display, site_context, staff
from leases.admin.filters import VisibleChoice
from leases.visibility import visible_to

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

LINES_A_PAGE = 100
RUNS = Batch.objects.select_related("rule", "started_by", "approved_by", "release_asked_by", "changed_by")
RUNS_A_PAGE = 25
PROPERTIES_A_PAGE = 200
DUE_SHOWN = 200  # on the pages that ask and foretell; the rest is counted
# Beside the statuses of lines.
MORE_FILTERS = {
    "doubtful": results.COUNTED["doubtful"],
    "failed": results.ATTENTION | results.STUMBLING,
    "declined": results.CAME_TO_NOTHING,
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
        if not self.value():
            return queryset
        lines = visible_to(staff(request), BatchLine.objects.filter(batch=OuterRef("pk"), status=self.value()))
        return queryset.filter(Exists(lines))


class RunList(ChangeList):
    """The runs of one page, each with its lines counted: of the others none are."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        runs: list[Any] = list(self.result_list)
        counted = results.totals_of(runs)
        for batch in runs:
            batch.totals = counted.get(batch.pk, RunTotals())
        self.result_list = runs


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    when_empty = "A batch rule makes one on each day that it runs, and so does what you send to many at once."
    list_display = ("title", "day", "kind", "leases", "prepared", "skipped", "signed", "progress")
    list_filter = ("kind", ("rule", VisibleChoice), LineStatusFilter)
    list_filter_submit = True
    date_hierarchy = "day"
    list_select_related = ("rule",)
    list_per_page = RUNS_A_PAGE
    show_full_result_count = False
    change_form_template = "admin/esign/batch/page.html"
    fields = ("rule",)
    actions_detail = ("approve", "release", "pause", "resume", "cancel", "retry")

    class Media:
        js = ["esign_admin/run.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        people = ("approved_by", "release_asked_by", "started_by", "changed_by")
        batches: QuerySet[Any] = super().get_queryset(request).select_related(*people)
        return batches

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RunList

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
            path("<path:object_id>/progress", place(self.progress_view), name="esign_batch_progress"),
            path("<path:object_id>/results", place(self.results), name="esign_batch_results"),
            path("<path:object_id>/workbook", place(self.workbook), name="esign_batch_workbook"),
            path("<path:object_id>/properties", place(self.properties), name="esign_batch_properties"),
            path("<path:object_id>/leave-out", place(self.leave_out), name="esign_batch_leave_out"),
            path("<path:object_id>/take-in", place(self.take_in), name="esign_batch_take_in"),
            path("<path:object_id>/change-lines", place(self.change_lines), name="esign_batch_change_lines"),
            path("<int:pk>/act/<str:act>/", place(ask_act.act_on_run), name="esign_batch_act"),
            *by_hand_pages.urls(place),
            *super().get_urls(),
        ]

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The top of a run's page alone: by this an open page follows the run."""
        return TemplateResponse(
            request,
            "admin/esign/batch/_progress.html",
            progress_of(self._seen_run(request, object_id), request),
            headers={"Cache-Control": "private, no-store"},
        )

    def properties(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The run counted for each property."""
        batch = self._seen_run(request, object_id)
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
        batch = self._seen_run(request, object_id)
        lines = export.as_csv(_wanted_lines(batch, request))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{_file_name(batch)}.csv"'
        return answer

    def workbook(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The same for Excel, with the summary by property."""
        batch = self._seen_run(request, object_id)
        file = export.as_workbook(_wanted_lines(batch, request))
        return FileResponse(file, as_attachment=True, filename=f"{_file_name(batch)}.xlsx")

    def _act(self, request: HttpRequest, object_id: str, act: acts.Act) -> HttpResponse:
        return acts.page(request, self._run(request, object_id), act)

    def _seen_run(self, request: HttpRequest, object_id: str) -> Batch:
        """The run that somebody looks at. Raises PermissionDenied, Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        batch: Batch = get_object_or_404(visible_to(staff(request), RUNS.all()), pk=object_id)
        return batch

    def _run(self, request: HttpRequest, object_id: str) -> Batch:
        """The run that somebody wants to change. Raises PermissionDenied, Http404."""
        if not self.has_run_permission(request):
            raise PermissionDenied
        batch: Batch = get_object_or_404(
            visible_to(staff(request), RUNS.all()),
            pk=object_id,
        )
        if not request.user.has_perms(acts_on_many.rights_for(batch.sort)):
            raise PermissionDenied
        return batch

    @display(description="Leases")
    def leases(self, batch: Any) -> int:
        return int(batch.totals.leases)

    @display(description="Prepared")
    def prepared(self, batch: Any) -> int:
        return int(batch.totals.prepared)

    @display(description="Skipped")
    def skipped(self, batch: Any) -> int:
        return int(batch.totals.skipped)

    @display(description="Signed")
    def signed(self, batch: Any) -> int:
        return int(batch.totals.signed)

    @display(description="Progress")
    def progress(self, batch: Any) -> SafeString:
        signed, prepared = batch.totals.signed, batch.totals.prepared
        share = 100 * signed // prepared if prepared else 0
        bar = '<span class="es-progress" title="{} of {} signed"><i style="width:{}%"></i></span>'
        return format_html(bar, signed, prepared, share)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        batch = kwargs.get("obj")
        if isinstance(batch, Batch) and batch.sort.is_act:
            context |= act_run.page_of(batch, request)
            return act_run.as_page(super().render_change_form(request, context, *args, **kwargs))
        if isinstance(batch, Batch):
            context |= page_of(batch, request)
        return super().render_change_form(request, context, *args, **kwargs)


def page_of(batch: Batch, request: HttpRequest) -> dict[str, Any]:
    """The lines of one run, a page at a time, with what became of each envelope."""
    shown = _wanted_lines(batch, request).select_related("lease__unit__property", "offer")
    page = Paginator(shown, LINES_A_PAGE).get_page(request.GET.get("p"))
    lines = list(page)
    pks = [line.envelope_id for line in lines if line.envelope_id]
    envelopes = {e.pk: e for e in with_all_that_is_read(Envelope.objects.filter(pk__in=pks))}
    by_hand = since.since_planned(batch, lines, envelopes)
    return {
        **progress_of(batch, request),
        "page": page,
        "rows": [
            (line, TONES[BatchLine.Status(line.status)], envelope, envelope and explain(envelope), by_hand[line.pk])
            for line in lines
            for envelope in [envelopes.get(line.envelope_id) if line.envelope_id else None]
        ],
        "wanted": request.GET.get("status", ""),
        "words": request.GET.get("q", ""),
        "keep": urlencode({name: request.GET[name] for name in ("status", "q") if request.GET.get(name)}),
        "has_samples": batch.sort in by_hand_pages.SAMPLES,
        **ask_act.offers(batch, request),
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


def _file_name(batch: Batch) -> str:
    return f"{batch.kind}-{batch.day}-{batch.pk}"
