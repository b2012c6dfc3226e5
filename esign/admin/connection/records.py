"""What Docusign told us and what we asked of it: the webhook inbox, the calls, the orphan drafts, the evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from esign import tasks
from esign.admin.connection.undelivered import undelivered_page
from esign.models import AuditEvent, DocusignCall, OrphanDraft, WebhookMessage
from esign.sync import webhook_inbox
from leases.admin.base import ReadOnly, action, display, link_to, mono, staff
from leases.admin.confirm import Confirmation, Question, confirmation
from leases.visibility import sees_everything

OUTCOMES = {
    "waiting": "info",
    "applied": "success",
    "stale": "default",
    "parked": "warning",
    "ignored": "default",
    "failed": "danger",
}
CALLS = {"ok": "success", "refused": "danger", "unknown": "warning"}


REPLAY = Question(
    "Apply the messages of a period once more",
    "Everything that Docusign Connect told us in this time is applied again, in its own order. What is known already "
    "changes nothing, and no one is mailed twice.",
    "Replay",
    "replay",
)


class PeriodForm(forms.Form):
    """From when to when the messages are to be applied once more."""

    start = forms.DateTimeField(label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    end = forms.DateTimeField(label="To", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def clean(self) -> dict[str, Any]:
        period = super().clean() or {}
        if period.get("start") and period.get("end") and period["end"] <= period["start"]:
            raise forms.ValidationError("The end has to come after the beginning.")
        return period


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnly):
    when_empty = "Docusign's messages arrive here when something is out: sent, opened, signed, declined."
    list_display = ("event", "outcome_badge", "of_envelope", "generated_at", "received_at", "times_received")
    list_filter = ("outcome", "event")
    list_filter_submit = True
    search_fields = ("docusign_id", "envelope__lease__number")
    search_help_text = "Docusign's envelope id or a lease number"
    date_hierarchy = "received_at"
    list_select_related = ("envelope__lease",)
    show_full_result_count = False
    actions = ("apply_again",)
    actions_list = ("replay", "undelivered")
    fields = (
        "event",
        "outcome",
        "error",
        "of_envelope",
        "docusign_id",
        "generated_at",
        "received_at",
        "applied_at",
        "times_received",
        "fingerprint",
        "message",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("envelope__lease")

    @display(description="Outcome", ordering="outcome", label=OUTCOMES)
    def outcome_badge(self, delivery: WebhookMessage) -> tuple[str, str]:
        return delivery.outcome, delivery.get_outcome_display()

    @display(description="Envelope")
    def of_envelope(self, delivery: WebhookMessage) -> SafeString | str:
        return link_to(delivery.envelope) if delivery.envelope else "-"

    @display(description="Fingerprint")
    def fingerprint(self, delivery: WebhookMessage) -> SafeString:
        return mono(delivery.digest)

    @display(description="Message")
    def message(self, delivery: WebhookMessage) -> SafeString:
        return format_html('<pre class="es-mail">{}</pre>', json.dumps(delivery.body, indent=2, ensure_ascii=False))

    def has_replay_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Messages of a period are those of all properties."""
        return request.user.has_perm("esign.change_webhookmessage") and sees_everything(staff(request))

    @action(description="Apply again", permissions=["replay"])
    def apply_again(self, request: HttpRequest, deliveries: QuerySet[WebhookMessage]) -> None:
        ordered = deliveries.order_by("generated_at", "pk")
        pks = list(ordered.values_list("pk", flat=True))
        deliveries.update(outcome=WebhookMessage.Outcome.WAITING, error="")
        _report_replay(request, pks)

    @action(description="Replay a period…", permissions=["replay"], icon="replay", url_path="replay")
    def replay(self, request: HttpRequest) -> HttpResponse:
        """Safe at any time: what is known already changes nothing, and every consequence happens once."""
        if not self.has_replay_permission(request):
            raise PermissionDenied
        now = timezone.localtime().replace(second=0, microsecond=0)
        initial = {"start": (now - timedelta(days=1)).replace(tzinfo=None), "end": now.replace(tzinfo=None)}
        form = PeriodForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            _report_replay(request, webhook_inbox.replay(form.cleaned_data["start"], form.cleaned_data["end"]))
            return redirect("admin:esign_webhookmessage_changelist")
        zone = timezone.get_current_timezone_name()
        question = replace(REPLAY, text=f"{REPLAY.text} Both times are those of {zone}.")
        return confirmation(
            request, Confirmation(question, reverse("admin:esign_webhookmessage_changelist"), form=form)
        )

    @action(description="Not delivered…", permissions=["replay"], icon="mark_email_unread", url_path="undelivered")
    def undelivered(self, request: HttpRequest) -> HttpResponse:
        if not self.has_replay_permission(request):
            raise PermissionDenied
        return undelivered_page(request)

    def get_urls(self) -> list[URLPattern]:
        # Before Unfold's own, which would take the word for a row's key.
        return [
            path("replay/", self.admin_site.admin_view(self.replay), name="esign_webhookmessage_replay"),
            path("undelivered/", self.admin_site.admin_view(self.undelivered), name="esign_webhookmessage_undelivered"),
            *super().get_urls(),
        ]


def _report_replay(request: HttpRequest, pks: list[int]) -> None:
    if pks:
        tasks.enqueue_inbox()
        messages.success(request, f"{len(pks)} message{'s are' if len(pks) > 1 else ' is'} applied again, in order.")
    else:
        messages.warning(request, "No message came in that time.")


@admin.register(DocusignCall)
class DocusignCallAdmin(ReadOnly):
    when_empty = "Each call that we make to Docusign is noted here, with its outcome."
    list_display = ("started_at", "operation", "outcome_badge", "status", "error_code", "of_envelope", "took")
    list_filter = ("outcome", "operation")
    list_filter_submit = True
    search_fields = ("trace_token", "error_code", "envelope__lease__number", "docusign_id")
    search_help_text = "Trace token, error code, lease number or Docusign's envelope id"
    date_hierarchy = "started_at"
    list_select_related = ("envelope__lease",)
    show_full_result_count = False
    fields = (
        "started_at",
        "operation",
        "outcome",
        "status",
        "error_code",
        "message",
        "trace_token",
        "took",
        "of_envelope",
        "docusign_id",
        "connection",
    )

    @display(description="Outcome", ordering="outcome", label=CALLS)
    def outcome_badge(self, call: DocusignCall) -> tuple[str, str]:
        return call.outcome, call.get_outcome_display()

    @display(description="Envelope")
    def of_envelope(self, call: DocusignCall) -> SafeString | str:
        return link_to(call.envelope) if call.envelope else "-"

    @display(description="Time", ordering="duration_ms")
    def took(self, call: DocusignCall) -> str:
        return f"{call.duration_ms:,} ms"


@admin.register(OrphanDraft)
class OrphanDraftAdmin(ReadOnly):
    when_empty = "No orphan drafts. A draft at Docusign that no envelope needs is listed here until it is deleted."
    list_display = ("docusign_id", "of_envelope", "found_at", "due_at", "deleted_at", "last_error")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter),)
    list_filter_submit = True
    list_select_related = ("envelope__lease",)
    search_fields = ("docusign_id", "envelope__lease__number")
    fields = ("docusign_id", "of_envelope", "found_at", "due_at", "deleted_at", "last_error")

    @display(description="Instead of it")
    def of_envelope(self, orphan: OrphanDraft) -> SafeString | str:
        return link_to(orphan.envelope) if orphan.envelope else "-"


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    list_display = ("at", "lease", "number", "text", "actor")
    list_filter = ("kind",)
    list_filter_submit = True
    list_select_related = ("lease",)
    search_fields = ("lease__number", "text", "actor")
    date_hierarchy = "at"
    ordering = ("-at", "-number")
    show_full_result_count = False
    fields = (
        "at",
        "lease",
        "of_envelope",
        "number",
        "kind",
        "text",
        "actor",
        "details",
        "hash_before",
        "own_hash",
        "holds",
    )

    @display(description="Envelope")
    def of_envelope(self, event: AuditEvent) -> SafeString | str:
        return link_to(event.envelope) if event.envelope else "-"

    @display(description="Details")
    def details(self, event: AuditEvent) -> SafeString:
        return format_html('<pre class="es-mail">{}</pre>', json.dumps(event.detail, indent=2, ensure_ascii=False))

    @display(description="Hash of the event before")
    def hash_before(self, event: AuditEvent) -> SafeString:
        return mono(event.previous_hash)

    @display(description="Hash")
    def own_hash(self, event: AuditEvent) -> SafeString:
        return mono(event.hash)

    @display(description="Hash matches", boolean=True)
    def holds(self, event: AuditEvent) -> bool:
        """This event alone; the chain of a lease is verified as a whole by `manage.py verify_evidence`."""
        return event.hash == event.expected_hash()
