"""Rows that go out as CSV and come in the same way."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from import_export.admin import ImportExportModelAdmin
from unfold.contrib.import_export.forms import ExportForm

from leases.admin.base import WithHistory, site_context, staff, write_down
from leases.admin.imports import look_at, may_import, page_of

if TYPE_CHECKING:

    class _ImportExport(admin.ModelAdmin[Any]):
        pass
else:
    _ImportExport = ImportExportModelAdmin

MAX_IMPORT_BYTES = 1024 * 1024
MAX_IMPORT_LINES = 2_000


class FileToImport(forms.Form):
    """A CSV file of a size that one worker carries out in one go."""

    import_file = forms.FileField(label="File", widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_import_file(self) -> Any:
        upload = self.cleaned_data["import_file"]
        if upload.size > MAX_IMPORT_BYTES:
            raise forms.ValidationError(
                f"The file has {upload.size // 1024:,} kB; {MAX_IMPORT_BYTES // 1024:,} kB can be imported at once. "
                "Divide it into several files."
            )
        lines = upload.read().count(b"\n")
        upload.seek(0)
        if lines > MAX_IMPORT_LINES:
            raise forms.ValidationError(
                f"The file has {lines:,} lines; {MAX_IMPORT_LINES:,} can be imported at once. "
                "Divide it into several files."
            )
        return upload


class Transferable(_ImportExport, WithHistory):
    """For those who may add and change such rows. A worker looks at a file and carries it out: `leases.imports`."""

    export_form_class = ExportForm
    skip_export_form = True

    def get_export_formats(self) -> list[Any]:
        from import_export.formats.base_formats import CSV  # noqa: PLC0415  # tablib is slow, and seldom needed

        return [CSV]

    # --- in -----------------------------------------------------------------------------------------------

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may_import(request, str(self.opts.model_name))

    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """GET asks for a file; POST has a worker look at it, and leads to what it finds."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = FileToImport(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return redirect(page_of(look_at(request, str(self.opts.model_name), form.cleaned_data["import_file"])))
        resource = self.get_import_resource_classes(request)[0](staff(request))  # type: ignore[attr-defined]  # untyped
        context = site_context(
            request,
            title=f"Import {self.opts.verbose_name_plural}",
            form=form,
            columns=resource.get_import_order(),
            required=resource.required_columns,
            most=MAX_IMPORT_LINES,
            back=reverse(f"admin:leases_{self.opts.model_name}_changelist"),
            earlier=reverse("admin:leases_importjob_changelist"),
        )
        return TemplateResponse(request, "admin/leases/import.html", context, status=422 if form.errors else 200)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The library's own second step, within a request. Ours is the page of the import."""
        raise Http404

    # --- out ----------------------------------------------------------------------------------------------

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Everyone at once is more than one row at a time, so it is a right of its own."""
        return request.user.has_perm(f"{self.opts.app_label}.export_{self.opts.model_name}")

    def get_export_resource_kwargs(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        return {"user": staff(request)}

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        content = super().get_export_data(file_format, request, queryset, **kwargs)  # type: ignore[misc]  # untyped for us
        write_down(request, None, f"Exported {queryset.count()} {self.opts.verbose_name_plural} as CSV.", self.model)
        return content
