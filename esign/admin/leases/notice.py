"""“Send a notice…”: fill in, look at what goes to whom, send. What was looked at is what is sent, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from esign import tasks
from esign.admin.leases.notice_form import NoticeForm
from esign.admin.leases.recipients_form import RecipientsForm, missing_feature
from esign.admin.leases.shown import in_order, mark_of
from esign.envelopes.compose import CannotCompose, Packet
from esign.envelopes.notice import (
    Draft,
    certificate,
    compose_notice,
    deliveries,
    recipients_of_notice,
    send_notice,
    warnings,
)
from esign.envelopes.recipients import Recipient
from esign.models import Envelope, Notice, Role, State
from leases.admin.base import report, site_context, staff
from leases.admin.confirm import is_confirmed, is_sure
from leases.canonical import fingerprint
from leases.models import Lease
from leases.status import LeaseStatus
from leases.visibility import visible_to

TO_DO = {
    Role.CERTIFIED_DELIVERY: "Opens it",
    Role.TENANT: "Signs that they received it",
    Role.LANDLORD: "Signs it",
    Role.CARBON_COPY: "Gets a copy",
}


@dataclass(frozen=True)
class NoticePage:
    """A notice as it would go out."""

    packet: Packet
    mark: str
    recipients_form: RecipientsForm

    @property
    def recipients(self) -> list[tuple[int, Recipient, str, str, str]]:
        """(step, recipient, what they do, channel, where they are asked) in the order of asking."""
        return in_order(self.packet.recipients, TO_DO)


def notice_url(lease_pk: object) -> str:
    return reverse("admin:esign_send_notice", args=[lease_pk])


def notice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET asks; POST shows what would be sent, opens it as a PDF or, once it was looked at, sends it."""
    if not (request.user.has_perm("esign.send_envelope") and request.user.has_perm("leases.view_lease")):
        raise PermissionDenied
    lease = get_object_or_404(visible_to(staff(request), Lease.objects.select_related("unit__property__owner")), pk=pk)
    form = NoticeForm(lease, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, lease, form)
    by, draft = staff(request), form.draft()
    mark = _mark(lease, draft)
    people = recipients_of_notice(lease, draft)
    asked = RecipientsForm(lease, people, by, request.POST, asks_language=False, names_others=False)
    problems = asked.problems
    if not problems:
        draft = replace(draft, chosen=asked.options())
        problems = list(filter(None, [missing_feature(lease, draft.chosen, by)]))
    if is_sure(request) and not is_confirmed(request, mark):
        messages.warning(request, "It was changed after you looked at it, and was not sent. Look at it once more.")
    elif is_sure(request) and not problems:
        try:
            return _send(request, lease, form, draft)
        except CannotCompose as refusal:
            problems = refusal.problems
    try:
        packet = compose_notice(lease, draft)
    except CannotCompose as refusal:
        return _page(request, lease, form, problems=refusal.problems)
    if "pdf" in request.POST and packet.documents:
        document = packet.documents[0]
        response = FileResponse([document.pdf], filename=f"{document.name}.pdf", content_type="application/pdf")
        response.headers["Cache-Control"] = "private, no-store"
        return response
    return _page(
        request,
        lease,
        form,
        page=NoticePage(packet, mark, asked),
        problems=list(dict.fromkeys([*problems, *packet.problems])),
        warnings=warnings(lease, draft),
    )


def _mark(lease: Lease, draft: Draft) -> str:
    """Changes with anything that was looked at. How people are asked is chosen beside it, and may still change."""
    return fingerprint(mark_of(lease), draft)


def _send(request: HttpRequest, lease: Lease, form: NoticeForm, draft: Draft) -> HttpResponseBase:
    """Leads to the envelope, also when it was sent already. Raises CannotCompose."""
    key = form.cleaned_data["key"]
    try:
        envelope = send_notice(lease, draft, key=key, by=staff(request))
    except CannotCompose as refusal:
        before = Notice.objects.filter(key=key).select_related("envelope").first()
        if before is None:
            raise
        report(request, [], [str(refusal)])
        return redirect(before.envelope)
    tasks.enqueue(envelope.pk)
    sent = Notice.objects.get(envelope=envelope)
    report(request, [f"{sent} is queued: the landlord signs it, then it goes to {lease.tenant_names()}."], [])
    return redirect(envelope)


def _page(
    request: HttpRequest,
    lease: Lease,
    form: NoticeForm,
    page: NoticePage | None = None,
    problems: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> TemplateResponse:
    objection = "" if lease.status == LeaseStatus.ACTIVE else f"Lease {lease.number} is not active."
    return TemplateResponse(
        request,
        "admin/esign/lease/notice.html",
        site_context(
            request,
            title=f"Notice under lease {lease.number}",
            lease=lease,
            form=form,
            objection=objection,
            earlier=notices_of(lease),
            back=reverse("admin:leases_lease_change", args=[lease.pk]),
            page=page,
            problems=problems,
            warnings=warnings,
            verb="Send this notice" if page and not problems else "",
            look="Show it again" if page else "Show what would be sent",
        ),
    )


def notices_of(lease: Lease) -> list[Envelope]:
    """The notices under this lease, the newest first, with what their proof is read from."""
    sent = Envelope.objects.filter(lease=lease, notice__isnull=False).select_related("notice")
    return list(sent.prefetch_related("signers", "documents").order_by("-created_at"))


def proof_of(envelope: Envelope) -> dict[str, Any]:
    """What the page of a notice's envelope shows as proof; nothing for other envelopes."""
    sent = Notice.objects.filter(envelope=envelope).first()
    if sent is None:
        return {}
    kept = certificate(envelope)
    return {
        "notice": sent,
        "deliveries": deliveries(envelope),
        "certificate": kept,
        "certificate_sentence": _certificate_sentence(envelope, is_kept=kept is not None),
    }


def _certificate_sentence(envelope: Envelope, *, is_kept: bool) -> str:
    if is_kept:
        return "Kept"
    ended = envelope.state in (State.DECLINED, State.VOIDED)
    return "None: the notice was not delivered" if ended else "Comes when everyone has opened it"
