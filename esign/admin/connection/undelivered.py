"""What Docusign Connect could not hand to us, and having it sent again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from esign.docusign import DocusignError
from esign.models import DocusignConnection, Envelope
from esign.sync import undelivered
from leases.admin.base import site_context

DAYS = 7
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Missed:
    """All that did not reach us about one envelope: Docusign's messages, and why the latest of them did not."""

    envelope: Envelope
    count: int
    cause: str
    last_try: datetime | None


def undelivered_page(request: HttpRequest) -> HttpResponse:
    """POST with `look` asks Docusign which envelopes of the last days messages are missing of, and lists them; another
    POST has the messages of one, or of all, sent again. GET asks no one.
    """
    since = timezone.now() - timedelta(days=DAYS)
    if request.method != "POST":
        return _page(request)
    if "look" not in request.POST:
        only = _one_envelope(request)
        for connection in DocusignConnection.objects.connected():
            if only is None or only.connection_id == connection.pk:
                _send_again(request, connection, since=since, only=only)
        return redirect("admin:esign_webhookmessage_undelivered")
    found, problems = [], []
    for connection in DocusignConnection.objects.connected():
        try:
            found += by_envelope(undelivered.undelivered(connection, since=since))
        except DocusignError as error:
            problems.append((connection, str(error)))
    return _page(request, found, problems)


def _page(
    request: HttpRequest,
    found: Sequence[Missed] = (),
    problems: Sequence[tuple[DocusignConnection, str]] | None = None,
) -> HttpResponse:
    """Without `problems` nothing was asked yet."""
    context = site_context(
        request,
        title="Not delivered by Docusign",
        was_asked=problems is not None,
        found=found,
        count=sum(one.count for one in found),
        problems=problems,
        days=DAYS,
        back=reverse("admin:esign_webhookmessage_changelist"),
    )
    return TemplateResponse(request, "admin/esign/webhookmessage/undelivered.html", context)


def by_envelope(failures: Iterable[undelivered.Undelivered]) -> list[Missed]:
    """One line for each envelope, the one that was tried last first."""
    grouped: dict[UUID, list[undelivered.Undelivered]] = {}
    for one in failures:
        grouped.setdefault(one.envelope.pk, []).append(one)
    missed = []
    for of_one in grouped.values():
        latest = max(of_one, key=lambda one: one.failure.last_try or LONG_AGO)
        missed.append(Missed(latest.envelope, len(of_one), latest.failure.error, latest.failure.last_try))
    return sorted(missed, key=lambda one: one.last_try or LONG_AGO, reverse=True)


def _one_envelope(request: HttpRequest) -> Envelope | None:
    """The envelope whose button was pressed; None when it was the button for all."""
    key = request.POST.get("envelope")
    if not key:
        return None
    try:
        return Envelope.objects.get(pk=UUID(key))
    except (ValueError, Envelope.DoesNotExist):
        raise Http404 from None


def _send_again(
    request: HttpRequest, connection: DocusignConnection, *, since: datetime, only: Envelope | None
) -> None:
    try:
        count = undelivered.republish_failures(connection, since=since, only=only.pk if only else None)
    except DocusignError as error:
        messages.error(request, f"{connection}: {error}")
        return
    if count:
        about = str(only) if only else f"{count} envelope{'s' if count > 1 else ''}"
        messages.success(
            request, f"{connection}: Docusign sends the messages about {about} again. It can take some minutes."
        )
    else:
        messages.info(request, f"{connection}: there is nothing to send again.")
