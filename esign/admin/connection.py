"""The page “Docusign connection”: whose account we use, whether it works, and what to do when it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from esign.admin.base import ReadOnly
from esign.diagnosis import Tone
from esign.docusign import DocusignClient, DocusignError, auth, budget
from esign.docusign.budget import Lane
from esign.models import ConnectDelivery, DocusignCall, DocusignConnection
from esign.sync import silent_for

SILENT_HOURS = 24


@dataclass(frozen=True)
class Health:
    """How the connection does, in a word, a sentence and an advice."""

    tone: Tone
    headline: str
    text: str = ""
    advice: str = ""


def health(connection: DocusignConnection, *, now: datetime | None = None) -> Health:
    """From the rows alone: nothing is called."""
    now = now or timezone.now()
    if not (connection.integration_key and connection.user_id):
        return Health(
            Tone.BAD,
            "Docusign is not set up",
            "The integration key, the user id or both are missing.",
            "Set DOCUSIGN_INTEGRATION_KEY, DOCUSIGN_USER_ID and DOCUSIGN_PRIVATE_KEY_FILE, then start the site again.",
        )
    if connection.disconnected_at:
        by = connection.disconnected_by or "somebody"
        return Health(Tone.OVER, "Disconnected", f"By {by}. What waits for it waits.", "It has to be connected again.")
    if objection := connection.objection():
        return Health(Tone.BAD, "Nothing can be sent", objection, "Look at the variables that describe Docusign.")
    if connection.paused_until and connection.paused_until > now:
        return Health(
            Tone.BAD,
            "Nothing can be sent",
            connection.paused_because,
            "Mend what it names, then press “Test connection”: everything that waits goes on at once.",
        )
    if connection.last_error:
        return Health(Tone.WARNING, "The last call failed", connection.last_error, "Press “Test connection”.")
    if connection.last_ok_at is None:
        return Health(Tone.WAITING, "Not used yet", "", "Press “Test connection” to see whether everything is set.")
    if silent_for(connection, SILENT_HOURS):
        return Health(
            Tone.WARNING,
            f"No news from Docusign for {SILENT_HOURS} hours",
            "Envelopes are out, but no Connect message has come. We still ask for changes every quarter of an hour.",
            f"Look whether {settings.DOCUSIGN_CONNECT_URL} can be reached from the internet.",
        )
    return Health(Tone.GOOD, "It works")


def test(connection: DocusignConnection) -> str:
    """Sign in and make one cheap call, pause or not. Returns what to tell; raises DocusignError.

    A pause is lifted first: whoever presses the button has mended something.
    """
    DocusignConnection.objects.filter(pk=connection.pk).update(paused_until=None, paused_because="")
    connection.refresh_from_db()
    client = DocusignClient(connection, lane=Lane.INTERACTIVE)
    client.list_changes(timezone.now() - timedelta(minutes=1), count=1)
    connection.refresh_from_db()
    return f"It works: we act in the account “{connection.account_name or connection.account_id}”."


@admin.register(DocusignConnection)
class DocusignConnectionAdmin(ReadOnly):
    list_display = ("name", "environment", "account_name", "last_ok_at", "last_error")
    fields = ("name",)
    change_form_template = "admin/esign/docusignconnection/page.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one connection, the one that the environment describes: its page is the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        connection = DocusignConnection.objects.default()
        if DocusignConnection.objects.count() == 1:
            return redirect("admin:esign_docusignconnection_change", connection.pk)
        return super().changelist_view(request, extra_context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/test/", view(require_POST(self.test_view)), name="esign_docusignconnection_test"),
            *super().get_urls(),
        ]

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        _require_mender(request)
        connection = get_object_or_404(DocusignConnection, pk=pk)
        _tell_test(request, connection)
        return redirect("admin:esign_docusignconnection_change", pk)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        connection = kwargs.get("obj")
        if isinstance(connection, DocusignConnection):
            context |= page_of(connection, request)
        return super().render_change_form(request, context, *args, **kwargs)


def _require_mender(request: HttpRequest) -> None:
    if not request.user.has_perm("esign.change_docusignconnection"):
        raise PermissionDenied


def _tell_test(request: HttpRequest, connection: DocusignConnection) -> None:
    try:
        messages.success(request, test(connection))
    except DocusignError as error:
        messages.error(request, str(error))


def page_of(connection: DocusignConnection, request: HttpRequest) -> dict[str, Any]:
    hourly, burst = budget.limits(connection)
    used = budget.state(connection)
    return {
        "connection": connection,
        "health": health(connection),
        "may_mend": request.user.has_perm("esign.change_docusignconnection"),
        "sign_in": auth.state(connection),
        "connect_url": settings.DOCUSIGN_CONNECT_URL,
        "connect_keys": len([key for key in settings.DOCUSIGN_CONNECT_KEYS if key]),
        "budget": used,
        "hourly": hourly,
        "burst": burst,
        "hour_share": min(100, 100 * (used["hour"] or 0) // hourly),
        "last_message": ConnectDelivery.objects.order_by("-received_at").values_list("received_at", flat=True).first(),
        "last_call": DocusignCall.objects.filter(connection=connection).order_by("-started_at").first(),
        "watermark": getattr(connection, "watermark", None),
        "title": str(connection),
    }
