"""The lease's own pages, with what is out for signature: `leases` knows nothing of it, so it is added from here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from esign.admin.campaigns.give_notices import give_notices, notices_url
from esign.admin.campaigns.send_many import send_many
from esign.admin.envelopes.form_answers import review_url
from esign.admin.leases.evidence import evidence_page
from esign.admin.leases.notice import notice, notice_url, notices_of
from esign.admin.leases.renewal_offer import offer, offer_url
from esign.admin.leases.send import AT_ONCE, preview, send, send_url
from esign.campaigns.by_hand import MOST
from esign.envelopes.notice import deliveries
from esign.envelopes.status import explain, with_all_that_is_read
from esign.models import Envelope, FormAnswer
from esign.models.envelope import PURPOSES_OF_THE_LEASE_ITSELF
from leases.admin import LeaseAdmin
from leases.admin.base import Inline, action, display, staff
from leases.admin.selection import keep
from leases.models import Lease, LeaseSignature, SignatureSource
from leases.status import LeaseStatus
from leases.visibility import visible_to


class EnvelopeInline(Inline):
    """The lease's envelopes, on a tab of its page."""

    model = Envelope
    tab = True
    extra = 0
    can_delete = False
    verbose_name_plural = "Envelopes"
    fields = ("which", "state", "status", "sent_at", "completed_at")
    readonly_fields = fields
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_all_that_is_read(super().get_queryset(request))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Envelope")
    def which(self, envelope: Envelope) -> SafeString:
        return format_html('<a class="es-link" href="{}">{}</a>', envelope.get_absolute_url(), envelope)

    @display(description="Where it stands")
    def status(self, envelope: Envelope) -> str:
        return explain(envelope).headline


SIGNED_OFFLINE = format_html('<span class="es-badge es-good">{}</span>', "Signed offline")
UNDER_THE_LEASE = {"title": "Send", "icon": "send", "items": ["send_a_notice", "send_inspection", "offer_renewal"]}
WITHOUT_THE_RENEWAL = [action for action in LeaseAdmin.actions_detail if action != "offer_renewal"]


class LeaseWithEnvelopesAdmin(LeaseAdmin):
    """A lease, where its newest envelope stands, and the button that sends it."""

    actions = ["send_chosen", "give_notice_to_chosen", *LeaseAdmin.actions]
    actions_detail = ["send_this", UNDER_THE_LEASE, *WITHOUT_THE_RENEWAL, "evidence"]
    change_form_outer_before_template = "admin/esign/lease/panel.html"

    class Media:
        css = {"all": ["leases_admin/admin.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        newest_first = with_all_that_is_read(Envelope.objects.order_by("-created_at"))
        leases: QuerySet[Any] = super().get_queryset(request)
        offline_signatures = LeaseSignature.objects.filter(source=SignatureSource.OFFLINE)
        return leases.prefetch_related(
            Prefetch("envelopes", newest_first, "newest_envelopes"),
            Prefetch("signatures", offline_signatures, "offline_signatures"),
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        return (*columns, "signature") if request.user.has_perm("esign.view_envelope") else columns

    @display(description="Signature")
    def signature(self, lease: Any) -> SafeString | str:
        if lease.executed_at and any(one.version == lease.version for one in lease.offline_signatures):
            return SIGNED_OFFLINE
        of_the_lease = (one for one in lease.newest_envelopes if one.purpose in PURPOSES_OF_THE_LEASE_ITSELF)
        newest = next(of_the_lease, None)
        if newest is None:
            return "not sent"
        return format_html(
            '<a class="es-badge es-{}" href="{}" title="{}">{}</a>',
            explain(newest).tone,
            newest.get_absolute_url(),
            explain(newest).headline,
            newest.get_state_display(),
        )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        inlines = super().get_inlines(request, obj)
        return [*inlines, EnvelopeInline] if obj and obj.envelopes.exists() else inlines

    def objection_to(self, action: str, lease: Lease) -> str:
        """What is with signers is voided first: no one may sign what the office has dropped."""
        live = Envelope.objects.live().filter(lease=lease).first()
        if live is not None and action in ("withdraw", "cancel", "sign_offline"):
            return f"Its envelope is in the state “{live.get_state_display().lower()}”. Void the envelope first."
        return super().objection_to(action, lease)

    # --- sending ------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("send/", view(send), name="esign_send_leases"),
            path("send/many/", view(send_many), name="esign_send_many"),
            path("notices/", view(give_notices), name="esign_give_notices"),
            path("<int:pk>/preview/<int:number>/", view(preview), name="esign_preview_document"),
            path("<int:pk>/give-notice/", view(notice), name="esign_send_notice"),
            path("<int:pk>/offer/", view(offer), name="esign_offer_renewal"),
            *super().get_urls(),
        ]

    def has_send_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("esign.send_envelope")

    def has_send_this_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """The button stands only where it can do something: on a draft."""
        draft = visible_to(staff(request), Lease.objects.filter(pk=object_id, status=LeaseStatus.DRAFT))
        return self.has_send_permission(request) and draft.exists()

    @action(description="Send for signature…", permissions=["send"])
    def send_chosen(self, request: HttpRequest, leases: QuerySet[Lease]) -> HttpResponse | None:
        """A few are shown with all that can be chosen for each; more become a campaign."""
        pks = _chosen(request, leases)
        if len(pks) <= AT_ONCE:
            return redirect(send_url(*pks)) if pks else None
        return redirect(reverse("admin:esign_send_many") + query) if (query := keep(request, pks)) else None

    @action(description="Give notice…", permissions=["send"])
    def give_notice_to_chosen(self, request: HttpRequest, leases: QuerySet[Lease]) -> HttpResponse | None:
        """Under one lease it is filled in and sent; under more it becomes a campaign."""
        pks = _chosen(request, leases)
        if len(pks) == 1:
            return redirect(notice_url(pks[0]))
        return redirect(notices_url(query)) if pks and (query := keep(request, pks)) else None

    @action(description="Send for signature…", permissions=["send_this"], icon="send", url_path="send")
    def send_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(send_url(object_id))

    # --- notices, renewals, evidence ----------------------------------------------------------------------

    def has_notice_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        active = visible_to(staff(request), Lease.objects.filter(pk=object_id, status=LeaseStatus.ACTIVE))
        return self.has_send_permission(request) and active.exists()

    def has_evidence_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        leases = visible_to(staff(request), Lease.objects.filter(pk=object_id))
        has_some = leases.filter(Q(audit_events__isnull=False) | Q(executed_at__isnull=False)).exists()
        return request.user.has_perm("esign.view_auditevent") and has_some

    @action(description="Send a notice…", permissions=["notice"], icon="campaign", url_path="notice")
    def send_a_notice(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(notice_url(object_id))

    @action(description="Send the move-in inspection…", permissions=["notice"], icon="checklist", url_path="inspection")
    def send_inspection(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(send_url(object_id, what="inspection"))

    @action(description="Offer a renewal…", permissions=["offer_renewal"], icon="event_repeat", url_path="renew")
    def offer_renewal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect(offer_url(object_id))

    @action(description="Evidence…", permissions=["evidence"], icon="verified_user", url_path="evidence")
    def evidence(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return evidence_page(request, get_object_or_404(visible_to(staff(request), Lease.objects.all()), pk=object_id))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        lease = kwargs.get("obj")
        if isinstance(lease, Lease) and request.user.has_perm("esign.view_envelope"):
            newest = next(iter(getattr(lease, "newest_envelopes", [])), None)
            if newest is not None:
                context |= {"newest_envelope": newest, "newest_said": explain(newest)}
            context |= filled_in(lease)
            context["notices"] = [(envelope, deliveries(envelope)) for envelope in notices_of(lease)]
        return super().render_change_form(request, context, *args, **kwargs)


def _chosen(request: HttpRequest, leases: QuerySet[Lease]) -> list[int]:
    """The keys of what was chosen, of all pages where that was ticked; none, and a word about it, where too many."""
    pks = list(leases.values_list("pk", flat=True)[: MOST + 1])
    if len(pks) <= MOST:
        return pks
    messages.error(request, f"Choose at most {MOST:,} leases at a time: narrow the list down. Nothing was done.")
    return []


def filled_in(lease: Lease) -> dict[str, Any]:
    """What signers wrote into their documents: kept as a note, or still to be decided about."""
    answers = list(FormAnswer.objects.filter(envelope__lease=lease).select_related("signer").order_by("-read_at", "pk"))
    undecided = [one for one in answers if not one.decision]
    return {
        "notes": [one for one in answers if one.decision == FormAnswer.Decision.NOTED],
        "undecided": undecided,
        "review": review_url(undecided[0].envelope_id) if undecided else "",
    }


admin.site.unregister(Lease)
admin.site.register(Lease, LeaseWithEnvelopesAdmin)
