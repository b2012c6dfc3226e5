"""“Send for signature”: a page that shows what goes to whom, then one envelope per lease.

What was shown is what may be sent: the form carries a mark of each lease's terms and recipients, and a lease that
has changed since is shown again instead. Pressing twice sends once: `prepare` takes only a draft, under its lock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import get_text_list

from esign import tasks
from esign.admin.leases.account_template_options import RiderOption, rider_options, riders_from
from esign.admin.leases.recipients_form import Chooser, choices_from, chooser, missing_feature
from esign.admin.leases.shown import in_order, mark_of
from esign.envelopes.account_templates.riders import freeze_with_templates
from esign.envelopes.compose import LEASE_DEFAULTS, CannotCompose, Packet, compose
from esign.envelopes.inspection import compose_inspection, send_inspection
from esign.envelopes.recipients import Recipient, shared_addresses
from esign.envelopes.send_options import SendOptions
from esign.mail import outbox
from esign.models import AccountTemplate, Channel, Envelope, OutgoingMail, Role, Signer
from leases.admin.base import chosen, link_to, site_context, staff
from leases.models import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Each lease is rendered for the page, so that problems show before anything is sent: about a quarter of a second.
AT_ONCE = 25
PLACE_OF_THE_LINK = "[their own link]"


@dataclass(frozen=True)
class SendKind:
    """What the page sends: the lease itself, or a document under it."""

    title: str
    plan: Callable[[Lease, SendOptions], Packet]
    send: Callable[[Lease, Chosen, User], Envelope]
    has_riders: bool = False


@dataclass(frozen=True)
class Chosen:
    """What staff chose for one lease, and what kept it from going out like that."""

    choices: SendOptions = LEASE_DEFAULTS
    riders: list[AccountTemplate] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_anything(self) -> bool:
        return bool(self.riders) or self.choices != LEASE_DEFAULTS


@dataclass(frozen=True)
class SendPage:
    """One lease on the page: what would go out, or what keeps it from going."""

    packet: Packet
    mark: str
    mail: Any | None
    chooser: Chooser
    riders: list[RiderOption]
    choice_problems: list[str]
    warnings: list[str]

    @property
    def lease(self) -> Lease:
        return self.packet.lease

    @property
    def recipients(self) -> list[tuple[int, Recipient, str, str, str]]:
        """(step, recipient, role, channel, where they are asked) in the order of signing."""
        return in_order(self.packet.recipients, {role: role.label for role in Role})


SEND_KINDS = {
    "": SendKind(
        "Send for signature",
        lambda lease, choices: compose(lease, choices=choices),
        lambda lease, chosen, by: freeze_with_templates(lease, chosen.riders, by=by, choices=chosen.choices),
        has_riders=True,
    ),
    "inspection": SendKind(
        "Send the move-in inspection",
        compose_inspection,
        lambda lease, chosen, by: send_inspection(lease, chosen.choices, by=by),
    ),
}


def send_url(*pks: object, what: str = "") -> str:
    """The page that asks whether to send these leases, or `what` (a key of `SEND_KINDS`) under them."""
    url = f"{reverse('admin:esign_send_leases')}?ids={','.join(str(pk) for pk in pks)}"
    return f"{url}&what={what}" if what else url


def _kind(request: HttpRequest) -> SendKind:
    try:
        return SEND_KINDS[request.GET.get("what", "")]
    except KeyError:
        raise Http404 from None


def send(request: HttpRequest) -> HttpResponse:
    """GET shows what would be sent; POST sends it."""
    _require_sender(request)
    leases = _chosen_leases(request)
    if request.method == "POST":
        return _send(request, leases)
    return _page(request, leases, {})


def _page(request: HttpRequest, leases: list[Lease], chosen_before: Mapping[int, Chosen]) -> HttpResponse:
    """The page, with what was chosen before where that could not be sent."""
    by, kind = staff(request), _kind(request)
    pages = [_sheet(lease, by, kind, chosen_before.get(lease.pk, Chosen())) for lease in leases]
    can = [page for page in pages if not page.packet.problems]
    return TemplateResponse(
        request,
        "admin/esign/lease/send.html",
        site_context(
            request,
            title=kind.title,
            what=request.GET.get("what", ""),
            can=can,
            cannot=[page for page in pages if page.packet.problems],
            left_out=max(0, len(chosen(request)) - AT_ONCE),
            at_once=AT_ONCE,
            back=_back(leases),
            company=settings.COMPANY_NAME,
        ),
    )


def preview(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """One document of the packet as it would be sent now. Nothing is kept."""
    _require_sender(request)
    lease = get_object_or_404(Lease, pk=pk)
    documents = _kind(request).plan(lease, LEASE_DEFAULTS).documents
    if not 1 <= number <= len(documents):
        raise Http404
    document = documents[number - 1]
    response = FileResponse(
        [document.pdf], filename=f"{lease.number} {document.name} (preview).pdf", content_type="application/pdf"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _require_sender(request: HttpRequest) -> None:
    if not (request.user.has_perm("esign.send_envelope") and request.user.has_perm("leases.view_lease")):
        raise PermissionDenied


def _chosen_leases(request: HttpRequest) -> list[Lease]:
    pks = [pk for pk in chosen(request) if pk.isdigit()][:AT_ONCE]
    rows = Lease.objects.select_related("unit__property__owner", "previous_lease").filter(pk__in=pks)
    leases = {str(lease.pk): lease for lease in rows}
    if not leases:
        raise Http404
    return [leases[pk] for pk in pks if pk in leases]


def _back(leases: list[Lease]) -> str:
    if len(leases) == 1:
        return reverse("admin:leases_lease_change", args=[leases[0].pk])
    return reverse("admin:leases_lease_changelist")


def _sheet(lease: Lease, by: User, kind: SendKind, before: Chosen) -> SendPage:
    packet = kind.plan(lease, LEASE_DEFAULTS)
    if before.choices != LEASE_DEFAULTS and not packet.problems:
        packet = replace(kind.plan(lease, before.choices), problems=[])  # they are told as the choice's own
    return SendPage(
        packet,
        mark_of(lease),
        None if packet.problems else our_mail(packet),
        chooser(lease, packet.recipients, before.choices, by),
        rider_options(packet, by, before.riders) if kind.has_riders else [],
        before.problems,
        shared_addresses(packet.recipients),
    )


def our_mail(packet: Packet) -> Any | None:
    """The mail that the first portal signer gets from us; None when Docusign does all the asking."""
    first = next((p for p in packet.recipients if p.channel == Channel.PORTAL and p.email), None)
    if first is None:
        return None
    # Rows that are never saved: the mail is composed by the very function that will send it.
    envelope = Envelope(lease=packet.lease, purpose=packet.purpose, terms=packet.terms, subject=packet.subject)
    signer = Signer(
        envelope=envelope, key=first.key, role=first.role, name=first.name, email=first.email, language=first.language
    )
    mail = outbox.compose(OutgoingMail(key="preview", kind="invitation", envelope=envelope, signer=signer))
    body = re.sub(re.escape(settings.PUBLIC_URL) + r"\S*", PLACE_OF_THE_LINK, str(mail.body))
    return {"to": first.name, "subject": mail.subject, "body": body}


def _send(request: HttpRequest, leases: list[Lease]) -> HttpResponse:
    queued: list[Envelope] = []
    refused: dict[int, Chosen] = {}
    by, kind = staff(request), _kind(request)
    for lease in leases:
        shown = request.POST.get(f"mark-{lease.pk}")
        if shown is None:
            continue  # it was on the page as one that cannot be sent
        if shown != mark_of(lease):
            messages.warning(request, f"Skipped {lease}: it was changed after you looked at it. Look at it once more.")
            continue
        form = request.POST.dict()
        asked = Chosen(choices_from(form, lease), riders_from(form, lease, by))
        try:
            if missing := missing_feature(lease, asked.choices, by):
                raise CannotCompose([missing])
            envelope = kind.send(lease, asked, by)
        except CannotCompose as refusal:
            messages.warning(request, f"Skipped {lease}: {refusal}")
            if asked.is_anything:
                refused[lease.pk] = replace(asked, problems=refusal.problems)
            continue
        tasks.enqueue(envelope.pk)
        queued.append(envelope)
    leads_there = len(leases) == len(queued) == 1
    for envelope in queued:
        names = get_text_list([signer.name for signer in envelope.signers.all().who_sign()], "and")
        messages.success(
            request,
            format_html(
                "{} is queued and goes out within a minute, to {}.{}",
                f"Lease {envelope.lease}" if kind.has_riders else envelope,
                names,
                "" if leads_there else format_html(" {}.", link_to(envelope, "See its envelope")),
            ),
        )
    if refused:
        return _page(request, [lease for lease in leases if lease.pk in refused], refused)
    if not queued:
        messages.info(request, "Nothing was sent.")
    return redirect(queued[0] if leads_there else _back(leases))
