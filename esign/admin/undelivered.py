"""What Docusign Connect could not hand to us, and having it sent again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from esign import sync
from esign.admin.base import site_context
from esign.docusign import DocusignError
from esign.models import DocusignConnection

DAYS = 7


def undelivered_page(request: HttpRequest) -> HttpResponse:
    """Lists the failures of the last days by connection; a POST has them all sent again. Asks Docusign each time."""
    since = timezone.now() - timedelta(days=DAYS)
    if request.method == "POST":
        for connection in DocusignConnection.objects.connected():
            _send_again(request, connection, since=since)
        return redirect("admin:esign_connectdelivery_undelivered")
    found, problems = [], []
    for connection in DocusignConnection.objects.connected():
        try:
            found += sync.undelivered(connection, since=since)
        except DocusignError as error:
            problems.append((connection, str(error)))
    context = site_context(
        request,
        title="Not delivered by Docusign",
        found=found,
        problems=problems,
        days=DAYS,
        back=reverse("admin:esign_connectdelivery_changelist"),
    )
    return TemplateResponse(request, "admin/esign/connectdelivery/undelivered.html", context)


def _send_again(request: HttpRequest, connection: DocusignConnection, *, since: datetime) -> None:
    try:
        count = sync.republish_failures(connection, since=since)
    except DocusignError as error:
        messages.error(request, f"{connection}: {error}")
        return
    if count:
        told = f"the messages about {count} envelope{'s' if count > 1 else ''}"
        messages.success(request, f"{connection}: Docusign sends {told} again. It can take some minutes.")
    else:
        messages.info(request, f"{connection}: there is nothing to send again.")
