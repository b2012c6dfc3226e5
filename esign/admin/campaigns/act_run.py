"""The page of a run that does something to many envelopes: how far it is, what came of each, the documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from esign.campaigns import acts_on_many, results, signed_documents
from esign.envelopes.status import Tone
from esign.models import Batch, BatchLine, CampaignKind, DocumentOpening, EnvelopeDocument
from leases.admin.base import staff
from leases.visibility import visible_to

TEMPLATE = "admin/esign/batch/act.html"
LINES_A_PAGE = 100
PACE_OVER = timedelta(minutes=10)
Status = BatchLine.Status
WORDS = {
    Status.PREPARED: ("done", Tone.GOOD),
    Status.PLANNED: ("waiting", Tone.WORKING),
    Status.SKIPPED: ("skipped", Tone.WARNING),
    Status.CANCELLED: ("cancelled", Tone.OVER),
}
FAILED = Q(done_at__isnull=True) & ~Q(last_error="")


def page_of(batch: Batch, request: HttpRequest) -> dict[str, Any]:
    """The lines of one run, a page at a time."""
    shown = _wanted_lines(batch, request).select_related("lease__unit__property", "envelope__lease")
    page = Paginator(shown, LINES_A_PAGE).get_page(request.GET.get("p"))
    counts = Counter(batch.lines.order_by().values_list("status", flat=True))
    waiting, total = counts[Status.PLANNED], sum(counts.values())
    may_see = request.user.has_perm("esign.view_envelopedocument")
    is_done = batch.is_planned and not waiting
    return {
        "batch": batch,
        "page": page,
        "rows": [(line, WORDS[Status(line.status)][1]) for line in page],
        "counts": [
            {"label": label, "count": counts[status], "tone": tone, "share": round(100 * counts[status] / total, 2)}
            for status, (label, tone) in WORDS.items()
            if counts[status]
        ],
        "total": total,
        "waiting": waiting,
        "is_at_work": batch.is_running and bool(waiting),
        "failing": batch.lines.filter(FAILED).count(),
        "moved_at": batch.moved_at,
        "done_at": _done_at(batch, waiting),
        "wanted": request.GET.get("status", ""),
        "words": request.GET.get("q", ""),
        "keep": urlencode({name: request.GET[name] for name in ("status", "q") if request.GET.get(name)}),
        "can_run": request.user.has_perms(acts_on_many.rights_for(batch.sort)),
        "package": _package(batch, request) if is_done and may_see and batch.sort == CampaignKind.DOWNLOAD else None,
        "title": str(batch),
    }


def _done_at(batch: Batch, waiting: int) -> Any:
    """When it will be done at the pace of the last ten minutes; None while that cannot be told."""
    now = timezone.now()
    begun = max(batch.approved_at or now, now - PACE_OVER)
    done = batch.lines.filter(done_at__gte=begun).count()
    return now + (now - begun) * waiting / done if batch.is_running and waiting and done else None


def _wanted_lines(batch: Batch, request: HttpRequest) -> QuerySet[BatchLine]:
    """Those of the status and with the words that the page asks for; of leases that this person sees."""
    lines: QuerySet[BatchLine] = visible_to(staff(request), batch.lines.order_by("pk"))
    wanted = request.GET.get("status", "")
    if wanted in Status.values:
        lines = lines.filter(status=wanted)
    elif wanted == "failed":
        lines = lines.filter(FAILED)
    return results.found(lines, request.GET.get("q", ""))


# --- the documents ----------------------------------------------------------------------------------------


def _package(batch: Batch, request: HttpRequest) -> signed_documents.Size | None:
    found = signed_documents.size_of(_documents(batch, request))
    return found if found.files else None


def _documents(batch: Batch, request: HttpRequest) -> QuerySet[EnvelopeDocument]:
    lines = visible_to(staff(request), batch.lines.filter(status=Status.PREPARED))
    return visible_to(staff(request), signed_documents.documents_of(lines))


def download(request: HttpRequest, batch: Batch) -> HttpResponseBase:
    """One ZIP with all of them. Each document that leaves is kept as opened by this person."""
    if not request.user.has_perms(["esign.view_batch", "esign.view_envelopedocument"]):
        raise PermissionDenied
    if batch.sort != CampaignKind.DOWNLOAD:
        raise Http404
    if batch.lines.filter(status=Status.PLANNED).exists():
        messages.warning(request, "Some are not here yet. Come back when all are fetched, or cancel the rest.")
        return redirect("admin:esign_batch_change", batch.pk)
    package = signed_documents.as_zip(_documents(batch, request), lambda read: _write_down(request, read))
    answer = StreamingHttpResponse(package, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="signed documents {batch.day} {batch.pk}.zip"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _write_down(request: HttpRequest, read: Sequence[EnvelopeDocument]) -> None:
    user, ip = staff(request), request.META["REMOTE_ADDR"] or None
    DocumentOpening.objects.bulk_create(
        DocumentOpening(document=document, user=user, who=str(user), ip=ip) for document in read
    )


def as_page(answer: HttpResponse) -> HttpResponse:
    """The page of a run, drawn as one of acts."""
    answer.template_name = TEMPLATE  # type: ignore[attr-defined]  # a TemplateResponse that is not drawn yet
    return answer
