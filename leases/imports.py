"""Import a file in a worker: first a look at what it would do, then, once confirmed, the import itself.

Both run in one transaction with the job's row locked: a worker that dies leaves nothing half done, the sweep begins
again, and a step that is enqueued twice is done once.
"""

from __future__ import annotations

import csv
import logging
from datetime import timedelta
from typing import Any

import tablib  # type: ignore[import-untyped]  # has no types
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from import_export.results import Result, RowResult

from leases.models import ImportJob
from leases.models.imports import AT_WORK
from leases.transfer import ImportedRow, TenantResource, UnitResource

logger = logging.getLogger(__name__)

RESOURCES: dict[str, type[ImportedRow]] = {
    ImportJob.Kind.UNITS: UnitResource,
    ImportJob.Kind.TENANTS: TenantResource,
}
ROWS_SHOWN = 200
PROBLEMS_SHOWN = 200
TRIES = 3
CONFIRM_WITHIN = timedelta(days=1)
DECIDED = (ImportJob.State.DONE, ImportJob.State.REFUSED, ImportJob.State.LAPSED)
# A job at work for so long has lost its worker, or its message.
SILENT_FOR = timedelta(minutes=3)

NO_CSV = "This is no CSV file that can be read: {}. Save it as CSV (UTF-8) and choose it again."
GIVEN_UP = "It broke off three times; the log says why. Try a smaller file, or tell an administrator."


def begin(kind: ImportJob.Kind, file_name: str, content: bytes, asked_by: User) -> ImportJob:
    """Keep the file for a worker to look at."""
    job = ImportJob(kind=kind, file_name=file_name[:200], asked_by=asked_by)
    job.file.save("import.csv", ContentFile(content), save=False)
    job.save()
    return job


def confirm(job: ImportJob) -> bool:
    """Have it carried out. False when it does not wait for that any more; pressing twice imports once."""
    waiting = ImportJob.objects.filter(pk=job.pk, state=ImportJob.State.CHECKED)
    return bool(waiting.update(state=ImportJob.State.IMPORTING, tries=0))


def work(pk: int) -> None:
    """Do the step that this job waits for. Safe to repeat, and to run in two workers at once."""
    if not _may_try(pk):
        return
    with transaction.atomic():
        job = _locked(pk)
        if job is None:
            return
        is_dry = job.state == ImportJob.State.CHECKING
        _carry_out(job, is_dry=is_dry)
        job.save()
    if job.state in DECIDED:
        _forget_file(job)


def _locked(pk: int) -> ImportJob | None:
    """None when another worker has it, or when nothing is to be done."""
    jobs = ImportJob.objects.select_for_update(skip_locked=True, of=("self",)).select_related("asked_by")
    return jobs.filter(pk=pk, state__in=AT_WORK).first()


def _may_try(pk: int) -> bool:
    with transaction.atomic():
        job = _locked(pk)
        if job is None:
            return False
        job.tries += 1
        given_up = job.tries > TRIES
        if given_up:
            job.state, job.problems = ImportJob.State.REFUSED, [GIVEN_UP]
        job.save(update_fields=["state", "problems", "tries"])
    if given_up:
        _forget_file(job)
    return not given_up


def _carry_out(job: ImportJob, *, is_dry: bool) -> None:
    try:
        with job.file.open("rb") as kept:
            rows = tablib.Dataset().load(kept.read().decode("utf-8-sig"), format="csv")
    except (csv.Error, tablib.InvalidDimensions, UnicodeError, ValueError) as error:
        job.state, job.problems = ImportJob.State.REFUSED, [NO_CSV.format(str(error).rstrip("."))]
        return
    job.lines = len(rows)
    resource = RESOURCES[job.kind](job.asked_by, on_row=lambda done: _tell_progress(job, done))
    result = resource.import_data(rows, dry_run=is_dry, rollback_on_validation_errors=True)
    problems = problems_of(result)
    if problems or not len(rows):
        job.state, job.problems = ImportJob.State.REFUSED, problems or ["The file has no line below its first."]
        return
    totals = result.totals
    job.new, job.changed = totals[RowResult.IMPORT_TYPE_NEW], totals[RowResult.IMPORT_TYPE_UPDATE]
    job.unchanged = totals[RowResult.IMPORT_TYPE_SKIP]
    job.tries = 0
    if is_dry:
        job.state, job.preview = ImportJob.State.CHECKED, _preview(result)
        return
    job.state, job.preview = ImportJob.State.DONE, {}
    LogEntry.objects.create(
        user=job.asked_by,
        content_type=ContentType.objects.get_for_model(resource._meta.model),
        object_repr=str(job)[:200],
        action_flag=ADDITION,
        change_message=f"Imported {job.file_name}: {job.new} new, {job.changed} changed.",
    )


def problems_of(result: Result) -> list[str]:
    """Each with the number that its line has in the file, where the first line names the columns."""
    said = [str(problem.error) for problem in result.base_errors]
    for number, errors in result.row_errors():
        said += [f"Line {number + 1}: {problem.error}" for problem in errors]
    for row in result.invalid_rows:
        for field, errors in row.field_specific_errors.items():
            said += [f"Line {row.number + 1}, {field}: {problem}" for problem in errors]
        said += [f"Line {row.number + 1}: {problem}" for problem in row.non_field_specific_errors]
    more = len(said) - PROBLEMS_SHOWN
    return [*said[:PROBLEMS_SHOWN], f"And {more} more."] if more > 0 else said


def _preview(result: Result) -> dict[str, Any]:
    """What would be new or changed; of each value what it was, where that was something else, and what it becomes."""
    rows = [row for row in result.valid_rows() if row.import_type != RowResult.IMPORT_TYPE_SKIP]
    return {
        "headers": result.diff_headers,
        "rows": [{"type": row.import_type, "values": row.diff} for row in rows[:ROWS_SHOWN]],
    }


# --- progress, and what is left over ----------------------------------------------------------------------


def _tell_progress(job: ImportJob, done: int) -> None:
    """By the cache: what is written in the transaction is seen only at its end."""
    if done % 50 == 0:
        cache.set(f"import:{job.pk}:{job.state}", done, 600)


def progress(job: ImportJob) -> int:
    """How many lines the worker has done of the step it is at."""
    return int(cache.get(f"import:{job.pk}:{job.state}") or 0)


def waiting() -> list[int]:
    """Jobs whose message was lost or whose worker died, and only those."""
    late = timezone.now() - SILENT_FOR
    return list(ImportJob.objects.filter(state__in=AT_WORK, created_at__lt=late).values_list("pk", flat=True)[:50])


def drop_files() -> None:
    """A file that was not confirmed within a day is not kept, nor one whose worker died before it was removed."""
    for job in ImportJob.objects.filter(state__in=DECIDED).exclude(file="")[:50]:
        _forget_file(job)
    late = timezone.now() - CONFIRM_WITHIN
    for job in ImportJob.objects.filter(state=ImportJob.State.CHECKED, created_at__lt=late)[:50]:
        if ImportJob.objects.filter(pk=job.pk, state=job.state).update(state=ImportJob.State.LAPSED, preview={}):
            _forget_file(job)


def _forget_file(job: ImportJob) -> None:
    job.file.delete(save=False)
    ImportJob.objects.filter(pk=job.pk).update(file="")
