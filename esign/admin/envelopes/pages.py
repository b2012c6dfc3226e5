"""Envelopes: the list, and the page of one that says how it stands."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format

from esign.admin.campaigns.ask_act import act_on_chosen, ask_url
from esign.admin.envelopes import corrections, form_answers
from esign.admin.envelopes.actions import ACTION_PROMPTS, FEW, MANY, press, press_url
from esign.admin.envelopes.timeline import timeline
from esign.admin.leases.notice import proof_of
from esign.admin.leases.shown import steps
from esign.campaigns import acts_on_many
from esign.campaigns.by_hand import MOST
from esign.envelopes.action_rules import EnvelopeAction
from esign.envelopes.status import HOW, Explanation, Tone, being_sent, expiring, explain, stuck, with_all_that_is_read
from esign.envelopes.status.explanation import EXPIRES_SOON
from esign.models import CampaignKind, Channel, Envelope, EnvelopeDocument, Role, Signer, State, whose_turn
from esign.models.document import DocumentTampered
from esign.models.envelope import IN_FLIGHT, LIVE, WITH_SIGNERS
from esign.models.signer import SignerStatus
from leases.admin.base import AT_ONCE, ReadOnly, action, display, staff
from leases.admin.filters import VisibleDropdown
from leases.admin.selection import keep
from leases.visibility import visible_to

logger = logging.getLogger(__name__)

# Unfold's label colours for our tones.
LABELS = {
    Tone.GOOD: "success",
    Tone.WORKING: "info",
    Tone.WAITING: "primary",
    Tone.OVER: "default",
    Tone.WARNING: "warning",
    Tone.BAD: "danger",
}
SIGNER_TONES = {
    SignerStatus.CREATED: Tone.OVER,
    SignerStatus.SENT: Tone.WAITING,
    SignerStatus.DELIVERED: Tone.WORKING,
    SignerStatus.COMPLETED: Tone.GOOD,
    SignerStatus.DECLINED: Tone.BAD,
    SignerStatus.AUTORESPONDED: Tone.BAD,
}
STILL_TO_SIGN = (SignerStatus.CREATED, SignerStatus.SENT, SignerStatus.DELIVERED)
# Signed papers first: they are what people come for.
KINDS = [EnvelopeDocument.Kind.SIGNED, EnvelopeDocument.Kind.CERTIFICATE, EnvelopeDocument.Kind.SENT]
ICONS = {
    Tone.GOOD: "check_circle",
    Tone.WORKING: "sync",
    Tone.WAITING: "hourglass_top",
    Tone.OVER: "block",
    Tone.WARNING: "schedule",
    Tone.BAD: "error",
}


class StuckFilter(admin.SimpleListFilter):
    """Those at which somebody had better look."""

    title = "needs somebody to look"
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(pk__in=stuck(Envelope.objects.all()).values("pk"))
            case "no":
                return queryset.exclude(pk__in=stuck(Envelope.objects.all()).values("pk"))
        return queryset


class StageFilter(admin.SimpleListFilter):
    """The numbers of the first page, as lists."""

    title = "stage"
    parameter_name = "stage"
    stages = {
        "sending": ("Being sent", being_sent),
        "out": ("Out for signature", lambda envelopes: envelopes.filter(state__in=WITH_SIGNERS)),
        "expiring": (f"Expires within {EXPIRES_SOON.days} days", expiring),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, words) for key, (words, _) in self.stages.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if (value := self.value()) not in self.stages:
            return queryset
        _, those = self.stages[value]
        return queryset.filter(pk__in=those(Envelope.objects.all()).values("pk"))


@admin.register(Envelope)
class EnvelopeAdmin(ReadOnly):
    when_empty = (
        "There is one for whatever is sent to be signed or delivered: a lease, a renewal, an addendum, a notice."
    )
    list_display = ("lease_and_home", "tenants", "state_badge", "status", "progress", "times")
    list_display_links = ("lease_and_home",)
    list_filter = (StuckFilter, StageFilter, "state", "purpose", ("lease__unit__property", VisibleDropdown))
    list_filter_submit = True
    list_per_page = 50
    search_fields = ("lease__number", "signers__name", "signers__email", "docusign_id")
    search_help_text = "Lease number, a signer's name or e-mail, or Docusign's envelope id"
    date_hierarchy = "created_at"
    show_full_result_count = False
    actions = (
        "remind_chosen", "extend_chosen", "void_chosen", "replace_chosen", "fetch_chosen", "try_chosen_again",
        "release_chosen",
    )  # fmt: skip
    change_form_template = "admin/esign/envelope/page.html"
    fields = ("lease",)

    class Media:
        js = ["esign_admin/follow.js"]

    # --- the list -----------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_all_that_is_read(super().get_queryset(request))

    def get_ordering(self, request: HttpRequest) -> Any:
        needs_somebody = When(pk__in=stuck(Envelope.objects.all()).values("pk"), then=Value(0))
        live = When(state__in=LIVE, then=Value(1))
        return [Case(needs_somebody, live, default=Value(2), output_field=IntegerField()).asc(), "-created_at"]

    @display(description="Lease", header=True, ordering="lease__number")
    def lease_and_home(self, envelope: Envelope) -> list[str]:
        return [envelope.lease.number, f"{envelope.get_purpose_display()}, {envelope.lease.unit}"]

    @display(description="Tenants")
    def tenants(self, envelope: Envelope) -> str:
        return ", ".join(signer.name for signer in envelope.signers.all() if signer.key.startswith("tenant"))

    @display(description="State", ordering="state", label={str(tone): colour for tone, colour in LABELS.items()})
    def state_badge(self, envelope: Envelope) -> tuple[str, str]:
        return str(explain(envelope).tone), envelope.get_state_display()

    @display(description="Where it stands")
    def status(self, envelope: Envelope) -> str:
        return explain(envelope).headline

    @display(description="Signed")
    def progress(self, envelope: Envelope) -> str:
        signers = [signer for signer in envelope.signers.all() if signer.must_sign]
        return f"{sum(signer.status == SignerStatus.COMPLETED for signer in signers)} of {len(signers)}"

    @display(description="Sent, expires", header=True, ordering="sent_at")
    def times(self, envelope: Envelope) -> list[str]:
        if envelope.sent_at is None:
            return ["not sent", ""]
        ends = envelope.expires_at if envelope.is_with_signers else None
        return [_day(envelope.sent_at), f"until {_day(ends)}" if ends else ""]

    # --- the buttons of the list --------------------------------------------------------------------------

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("esign.send_envelope")

    def has_void_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("esign.void_envelope")

    def has_replace_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perms(acts_on_many.rights_for(CampaignKind.REPLACE))

    def has_fetch_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perms(acts_on_many.rights_for(CampaignKind.DOWNLOAD))

    @action(description="Remind the signers…", permissions=["send"])
    def remind_chosen(self, request: HttpRequest, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        return self._ask(request, EnvelopeAction.RESEND, envelopes)

    @action(description="Void…", permissions=["void"])
    def void_chosen(self, request: HttpRequest, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        return self._ask(request, EnvelopeAction.VOID, envelopes)

    @action(description="Try again…", permissions=["send"])
    def try_chosen_again(self, request: HttpRequest, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        return self._ask(request, EnvelopeAction.TRY_AGAIN, envelopes)

    @action(description="Release drafts…", permissions=["send"])
    def release_chosen(self, request: HttpRequest, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        return self._ask(request, EnvelopeAction.RELEASE, envelopes)

    @action(description="Give more time…", permissions=["send"])
    def extend_chosen(self, request: HttpRequest, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        return self._many(request, CampaignKind.EXTEND, _chosen(request, envelopes, MOST))

    @action(description="Replace…", permissions=["replace"])
    def replace_chosen(self, request: HttpRequest, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        return self._many(request, CampaignKind.REPLACE, _chosen(request, envelopes, MOST))

    @action(description="Fetch the signed documents…", permissions=["fetch"])
    def fetch_chosen(self, request: HttpRequest, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        return self._many(request, CampaignKind.DOWNLOAD, _chosen(request, envelopes, MOST))

    def _ask(self, request: HttpRequest, button: EnvelopeAction, envelopes: QuerySet[Envelope]) -> HttpResponse | None:
        """A few are shown one by one, with what happens to each; more become a campaign, where there is one."""
        pks = _chosen(request, envelopes, MOST if button in MANY else AT_ONCE)
        if len(pks) > FEW.get(button, AT_ONCE):
            return self._many(request, MANY[button], pks)
        return redirect(press_url(button, *pks)) if pks else None

    def _many(self, request: HttpRequest, kind: CampaignKind, pks: list[UUID]) -> HttpResponse | None:
        return redirect(ask_url(kind, query)) if pks and (query := keep(request, pks)) else None

    # --- one envelope -------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("press/<str:button>/", view(press), name="esign_envelope_press"),
            path("many/<str:act>/", view(act_on_chosen), name="esign_act_on_many"),
            path("<uuid:pk>/documents/<int:document>/", view(self.document_view), name="esign_envelope_document"),
            path("<uuid:pk>/status/", view(self.status_view), name="esign_envelope_status"),
            path("<uuid:pk>/answers/", view(form_answers.review), name="esign_envelope_answers"),
            *corrections.urls(view),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        envelope = kwargs.get("obj")
        if isinstance(envelope, Envelope):
            context |= page_of(envelope, request)
        return super().render_change_form(request, context, *args, **kwargs)

    def status_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What the page of one envelope shows, alone: by this an open page follows what happens."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        envelope = get_object_or_404(self.get_queryset(request), pk=pk)
        return TemplateResponse(
            request,
            "admin/esign/envelope/_status.html",
            page_of(envelope, request),
            headers={"Cache-Control": "private, no-store"},
        )

    def document_view(self, request: HttpRequest, pk: UUID, document: int) -> HttpResponseBase:
        """One stored PDF, checked against its hash on the way out."""
        if not (self.has_view_permission(request) and request.user.has_perm("esign.view_envelopedocument")):
            raise PermissionDenied
        found = get_object_or_404(
            visible_to(staff(request), EnvelopeDocument.objects.select_related("envelope__lease")),
            pk=document,
            envelope=pk,
        )
        try:
            content = found.read()
        except (DocumentTampered, OSError) as error:
            logger.critical("document %s of envelope %s cannot be served: %s", document, pk, error)
            messages.error(
                request,
                f"“{found.name}” is not served: the stored file is missing or is not the one that was stored. "
                "Tell an administrator, who has to restore it from a backup.",
            )
            return redirect(found.envelope)
        user = staff(request)
        found.openings.create(user=user, who=str(user), ip=request.META["REMOTE_ADDR"] or None)
        name = f"{found.envelope.lease.number} {found}.pdf"
        response = FileResponse([content], filename=name, content_type="application/pdf")
        response.headers["Content-Length"] = str(len(content))
        response.headers["Cache-Control"] = "private, no-store"
        return response


def _chosen(request: HttpRequest, envelopes: QuerySet[Envelope], most: int) -> list[UUID]:
    """The keys of what was chosen, of all pages where that was ticked; none, and a word about it, where too many."""
    pks = list(envelopes.values_list("pk", flat=True)[: most + 1])
    if len(pks) <= most:
        return pks
    messages.error(request, f"Choose at most {most:,} envelopes at a time: narrow the list down. Nothing was done.")
    return []


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "M j, Y")


def page_of(envelope: Envelope, request: HttpRequest) -> dict[str, Any]:
    """What the page of one envelope shows."""
    said = explain(envelope)
    signers = list(envelope.signers.all())
    turn = {signer.pk for signer in whose_turn(signers)} if envelope.is_with_signers else set()
    step = steps(signer.routing_order for signer in signers)
    by_kind = {kind: list(envelope.documents.filter(kind=kind)) for kind in KINDS}
    return {
        "envelope": envelope,
        "lease": envelope.lease,
        "said": said,
        "icon": ICONS[said.tone],
        "on_its_way": is_on_its_way(envelope, said),
        "buttons": _buttons(envelope, said, request),
        "offers": corrections.offers(envelope, request),
        "signers": [
            _seen(signer, has_turn=signer.pk in turn)
            | {"step": step[signer.routing_order], "offers": corrections.offers_for(signer, request)}
            for signer in signers
        ],
        "answers": list(envelope.form_answers.select_related("signer")),
        "answers_url": form_answers.review_url(envelope.pk) if request.user.has_perm("esign.decide_formanswer") else "",
        "replaced_by": getattr(envelope, "replaced_by", None),
        "may_see_documents": request.user.has_perm("esign.view_envelopedocument"),
        "documents": [document for kind in KINDS for document in by_kind[kind]],
        "riders": envelope.riders.select_related("template"),
        "timeline": timeline(envelope),
        **proof_of(envelope),
        "calls": list(envelope.calls.all()) if request.user.has_perm("esign.view_docusigncall") else [],
        "reminders": list(envelope.reminders.select_related("asked_by").order_by("-day")),
        "orphans": list(envelope.orphans.all()),
        "title": str(envelope),
        "show_save": False,
        "show_close": True,
    }


def is_on_its_way(envelope: Envelope, said: Explanation) -> bool:
    """Whether a machine is about to move it, so that looking again soon shows something new."""
    return said.tone == Tone.WORKING or envelope.state in IN_FLIGHT or envelope.is_to_be_replaced


def _seen(signer: Signer, *, has_turn: bool) -> dict[str, Any]:
    """A signer as the table shows them. Who gets a copy is never said to have signed."""
    status, tone = signer.get_status_display(), SIGNER_TONES[SignerStatus(signer.status)]
    if signer.role == Role.CARBON_COPY:
        status = "Copy at the end" if signer.status == SignerStatus.CREATED else "Copy sent"
    elif signer.role == Role.CERTIFIED_DELIVERY and signer.status == SignerStatus.COMPLETED:
        status = "Received"
    if signer.envelope.state in (State.DECLINED, State.VOIDED) and signer.status in STILL_TO_SIGN:
        status, tone = "No longer required to sign" if signer.must_sign else "No longer gets a copy", Tone.OVER
    how = f"{signer.get_role_display()}, {HOW[Channel(signer.channel)]}"
    times = [
        ("Sent" if signer.role == Role.CARBON_COPY else "Invited", signer.sent_at),
        ("Opened", signer.delivered_at),
        ("Signed", signer.signed_at if signer.must_sign else None),
        ("Declined", signer.declined_at),
    ]
    return {
        "row": signer,
        "status": status,
        "tone": tone,
        "how": how,
        "has_turn": has_turn,
        "times": [(event, at) for event, at in times if at],
    }


def _buttons(envelope: Envelope, said: Explanation, request: HttpRequest) -> list[dict[str, Any]]:
    """The safe ones, of those this person may press."""
    return [
        {"url": press_url(button, envelope.pk), "question": ACTION_PROMPTS[button]}
        for button in said.buttons
        if request.user.has_perm(ACTION_PROMPTS[button].permission)
    ]
