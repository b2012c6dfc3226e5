"""Imports: what a file would do, the button that does it, and what came of it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from leases import imports, tasks
from leases.admin.base import ReadOnly, display, site_context, staff
from leases.admin.confirm import is_sure
from leases.models import ImportJob

TONES = {
    ImportJob.State.CHECKING: "working",
    ImportJob.State.REFUSED: "bad",
    ImportJob.State.CHECKED: "waiting",
    ImportJob.State.IMPORTING: "working",
    ImportJob.State.DONE: "good",
    ImportJob.State.LAPSED: "over",
}
LABELS = {"working": "info", "bad": "danger", "waiting": "primary", "good": "success", "over": "default"}


def may_import(request: HttpRequest, kind: str) -> bool:
    """Importing adds rows and changes those that are there."""
    return request.user.has_perms([f"leases.add_{kind}", f"leases.change_{kind}"])


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnly):
    when_empty = "No file was imported yet. “Import” stands above the lists of units and of tenants."
    list_display = ("file_name", "kind", "state_badge", "lines", "new", "changed", "asked_by", "created_at")
    list_filter = ("kind", "state")
    list_select_related = ("asked_by",)
    fields = ("file_name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the kinds that this person may import: a file holds what they would write."""
        kinds = [kind for kind in ImportJob.Kind if may_import(request, kind)]
        jobs: QuerySet[Any] = super().get_queryset(request)
        return jobs.filter(kind__in=kinds)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(may_import(request, kind) for kind in ([obj.kind] if obj else ImportJob.Kind))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @display(description="State", ordering="state", label=LABELS)
    def state_badge(self, job: ImportJob) -> tuple[str, str]:
        return TONES[ImportJob.State(job.state)], job.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.page)
        return [path("<int:pk>/change/", page, name="leases_importjob_page"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows the file; POST of who sent it has it imported, under their name, as it was looked at."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = get_object_or_404(self.get_queryset(request), pk=pk)
        is_theirs = job.asked_by == staff(request)
        if is_sure(request):
            if is_theirs and imports.confirm(job):
                tasks.enqueue_task(tasks.work_on_import, job.pk)
            else:
                messages.warning(request, f"{job} does not wait for your confirmation.")
            return redirect(page_of(job))
        headers = job.preview.get("headers", [])
        rows = [(row["type"], list(zip(headers, row["values"], strict=True))) for row in job.preview.get("rows", [])]
        back = reverse(f"admin:leases_{job.kind}_changelist")
        context = site_context(
            request,
            title=f"Import of {job}",
            job=job,
            tone=TONES[ImportJob.State(job.state)],
            done=imports.progress(job) if job.is_at_work else 0,
            rows=rows,
            not_shown=job.new + job.changed - len(rows),
            verb=self._verb(job) if is_theirs else "",
            is_theirs=is_theirs,
            icon="upload_file",
            again=reverse(f"admin:leases_{job.kind}_import"),
            back=back,
        )
        return TemplateResponse(request, "admin/leases/import_job.html", context)

    def _verb(self, job: ImportJob) -> str:
        if job.state != ImportJob.State.CHECKED or not (job.new or job.changed):
            return ""
        return f"Import {job.new + job.changed} {job.get_kind_display().lower()}"


def page_of(job: ImportJob) -> str:
    return reverse("admin:leases_importjob_page", args=[job.pk])


def look_at(request: HttpRequest, kind: str, upload: Any) -> ImportJob:
    """Have a worker look at this file."""
    job = imports.begin(ImportJob.Kind(kind), upload.name, upload.read(), staff(request))
    tasks.enqueue_task(tasks.work_on_import, job.pk)
    return job
