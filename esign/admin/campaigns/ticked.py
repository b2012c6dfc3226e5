"""The lines of a run that staff have ticked on its page."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from esign.models import Batch, BatchLine
from leases.admin.base import staff
from leases.admin.confirm import Line
from leases.visibility import visible_to


def ticked_lines(
    request: HttpRequest, batch: Batch, may: QuerySet[BatchLine], why_not: str
) -> tuple[list[BatchLine], list[Line]]:
    """The lines that were ticked and that this person sees; and how the page shows them, with what keeps some out."""
    wanted = [int(pk) for pk in request.GET.getlist("line") if pk.isdecimal() and len(pk) < 19][:500]
    ticked = visible_to(staff(request), batch.lines.filter(pk__in=wanted).select_related("lease__unit__property"))
    able = set(may.filter(pk__in=wanted).values_list("pk", flat=True))
    lines = list(ticked.order_by("pk"))
    shown = [
        Line(
            line.lease.number,
            about=[str(line.lease.unit)],
            now=line.get_status_display(),
            url=reverse("admin:leases_lease_change", args=[line.lease_id]),
            objection="" if line.pk in able else why_not,
        )
        for line in lines
    ]
    return lines, shown
