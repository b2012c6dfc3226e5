"""What signers filled in, to be taken over, kept as a note or dismissed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from esign.envelopes import form_answers
from esign.envelopes.action_rules import ActionRefused
from esign.models import Envelope, FormAnswer
from leases.admin.base import ReadOnly, display, report, site_context, staff
from leases.visibility import visible_to

DECISIONS = {"accept": form_answers.accept, "note": form_answers.keep_as_note, "dismiss": form_answers.dismiss}


class OpenFilter(admin.SimpleListFilter):
    """Those that wait for somebody."""

    title = "to be reviewed"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(decision="")
            case "no":
                return queryset.exclude(decision="")
        return queryset


@admin.register(FormAnswer)
class FormAnswerAdmin(ReadOnly):
    when_empty = (
        "What signers fill in, an emergency contact or a vehicle, appears here to be taken over or kept as a note."
    )
    list_display = ("lease", "asked", "value", "who", "stands")
    list_display_links = None
    list_filter = (OpenFilter, "label")
    list_select_related = ("envelope__lease", "signer")
    search_fields = ("envelope__lease__number", "signer__name", "value")
    ordering = ("-read_at",)

    @display(description="Lease", ordering="envelope__lease__number")
    def lease(self, answer: FormAnswer) -> Any:
        return format_html(
            '<a class="es-link" href="{}">{}</a>', review_url(answer.envelope_id), answer.envelope.lease.number
        )

    @display(description="Asked", ordering="label")
    def asked(self, answer: FormAnswer) -> str:
        return answer.title

    @display(description="Who", ordering="signer__name")
    def who(self, answer: FormAnswer) -> str:
        return answer.signer.name

    @display(description="Review")
    def stands(self, answer: FormAnswer) -> str:
        return answer.get_decision_display() or "To be reviewed"


def review_url(envelope_id: object) -> str:
    """The page on which the answers of one envelope are decided."""
    return reverse("admin:esign_envelope_answers", args=[envelope_id])


def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """GET shows each answer beside what the record says now; POST decides about those that were marked."""
    if not request.user.has_perms(["esign.view_envelope", "esign.decide_formanswer"]):
        raise PermissionDenied
    envelope = get_object_or_404(
        visible_to(staff(request), Envelope.objects.select_related("lease__unit__property")), pk=pk
    )
    # What is taken over changes the tenant's record, so it takes the right to change that.
    may_accept = request.user.has_perm("leases.change_tenant")
    answers = list(envelope.form_answers.select_related("signer__tenant", "envelope__lease", "decided_by"))
    if request.method == "POST":
        _decide(request, answers, may_accept=may_accept)
        return redirect(review_url(pk) if envelope.form_answers.open().exists() else envelope)
    return TemplateResponse(
        request,
        "admin/esign/envelope/answers.html",
        site_context(
            request,
            title="What the signers filled in",
            envelope=envelope,
            may_accept=may_accept,
            open=[
                (one, form_answers.record_field_of(one), form_answers.now_in_the_record(one))
                for one in answers
                if not one.decision
            ],
            decided=[one for one in answers if one.decision],
        ),
    )


def _decide(request: HttpRequest, answers: list[FormAnswer], *, may_accept: bool) -> None:
    done, skipped = [], []
    for answer in answers:
        decide = DECISIONS.get(request.POST.get(f"answer-{answer.pk}", ""))
        if decide is None:
            continue
        if decide is form_answers.accept and not may_accept:
            raise PermissionDenied
        try:
            done.append(decide(answer, staff(request)))
        except ActionRefused as refusal:
            skipped.append(refusal)
    report(request, done, skipped)
