"""“Offer a renewal…” for one lease: rent and term are tried out, what changes is shown, and only then it is drafted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html

from esign.admin.leases.send import send_url
from esign.documents.term_changes import Change, changes_between
from esign.models import AuditEvent
from leases.admin.base import site_context, staff
from leases.admin.confirm import is_confirmed
from leases.admin.lease_action_forms import RenewalForm
from leases.canonical import fingerprint
from leases.dates import long_day
from leases.errors import LeaseError
from leases.models import Lease
from leases.renewals import Increase, offer_renewal
from leases.status import LeaseStatus
from leases.visibility import visible_to


@dataclass(frozen=True)
class RenewalPreview:
    """The renewal as it would be drafted."""

    term: str
    rent: Decimal
    rent_now: Decimal
    changes: list[Change]
    problems: list[str]

    @property
    def rise(self) -> Decimal:
        return self.rent - self.rent_now

    @property
    def per_cent(self) -> Decimal | None:
        return (self.rise * 100 / self.rent_now).quantize(Decimal("0.1")) if self.rent_now else None


class _TriedOut(Exception):
    """Ends the transaction in which an offer was tried out, so that nothing of it is kept."""


def offer_url(pk: object) -> str:
    return reverse("admin:esign_offer_renewal", args=[pk])


def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, with what the property usually offers; POST shows what changes and, when told to, drafts it."""
    if not (request.user.has_perm("leases.add_lease") and request.user.has_perm("leases.view_lease")):
        raise PermissionDenied
    lease = get_object_or_404(visible_to(staff(request), Lease.objects.select_related("unit__property__owner")), pk=pk)
    form = RenewalForm(request.POST or None)
    form.prepare([lease])
    if request.method != "POST":
        return _page(request, lease, form, objection=_objection(lease))
    if not form.is_valid():
        return _page(request, lease, form)
    try:
        mark = _mark(lease, form.cleaned_data)
        if is_confirmed(request, mark):
            return _draft(request, lease, form.cleaned_data)
        return _page(request, lease, form, preview=try_out(lease, form.cleaned_data), mark=mark)
    except LeaseError as refusal:
        return _page(request, lease, form, refusal=str(refusal))


def _mark(lease: Lease, answers: dict[str, Any]) -> str:
    """Changes with anything that the preview was made of."""
    return fingerprint(lease.terms_sha256(), lease.unit.market_rent, answers)


def make(lease: Lease, answers: dict[str, Any]) -> Lease:
    """Draft the renewal that the form describes. Raises LeaseError."""
    return offer_renewal(
        lease,
        term_months=answers["term_months"],
        increase=Increase(answers["kind"], answers["amount"] or Decimal(0)),
        rounding=answers["rounding"],
        cap=answers["cap"],
        start=answers.get("start"),
    )


def try_out(lease: Lease, answers: dict[str, Any]) -> RenewalPreview:
    """What `make` would draft, seen by making it and taking it back. Raises LeaseError."""
    seen: list[RenewalPreview] = []
    try:
        with transaction.atomic():
            renewal = make(lease, answers)
            with translation.override("en"):
                changes = changes_between(lease.terms(), renewal.terms())
            rent_now = lease.rent_on(renewal.start_date - timedelta(days=1))
            seen.append(RenewalPreview(_term(renewal), renewal.rent, rent_now, changes, list(renewal.problems())))
            raise _TriedOut
    except _TriedOut:
        return seen[0]


def _term(lease: Lease) -> str:
    start = long_day(lease.start_date)
    return f"{start} to {long_day(lease.end_date)}" if lease.end_date else f"From {start}, month to month"


def _objection(lease: Lease) -> str:
    """Why this lease can be offered nothing now; empty when it can."""
    if following := lease.successor:
        return f"Lease {lease.number} already has a renewal: {following.number}."
    if lease.status != LeaseStatus.ACTIVE:
        return f"Lease {lease.number} is {lease.get_status_display().lower()}; only an active lease can be renewed."
    return ""


def _draft(request: HttpRequest, lease: Lease, answers: dict[str, Any]) -> HttpResponse:
    with transaction.atomic():
        renewal = make(lease, answers)
        AuditEvent.record(
            lease,
            "lease.renewal_offered",
            f"Lease {renewal.number} was drafted as the renewal, at ${renewal.rent:,.2f} a month.",
            actor=str(staff(request)),
            renewal=renewal.number,
        )
    messages.success(
        request,
        format_html(
            "Lease {} is drafted. It renews {} at {} a month. <a href='{}'>Send it for signature</a>.",
            renewal.number,
            lease.number,
            f"${renewal.rent:,.2f}",
            send_url(renewal.pk),
        ),
    )
    return redirect("admin:leases_lease_change", renewal.pk)


def _page(
    request: HttpRequest, lease: Lease, form: RenewalForm, preview: RenewalPreview | None = None, **shown: Any
) -> TemplateResponse:
    return TemplateResponse(
        request,
        "admin/esign/lease/offer.html",
        site_context(
            request,
            title=f"Renew lease {lease.number}",
            lease=lease,
            form=form,
            market_rent=lease.unit.market_rent,
            back=reverse("admin:leases_lease_change", args=[lease.pk]),
            preview=preview,
            verb="Draft this renewal" if preview else "",
            look="Show what changes",
            **shown,
        ),
    )
