"""“Send for signature”: a page that shows what goes to whom, then one envelope per lease.

What was shown is what may be sent: the form carries a mark of each lease's terms and recipients, and a lease that
has changed since is shown again instead. Pressing twice sends once: `prepare` takes only a draft, under its lock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
from esign.admin.leases.recipients_form import Posted, RecipientsForm, missing_feature
from esign.admin.leases.riders_form import RiderBox, RidersForm
from esign.admin.leases.shown import in_order, mark_of
from esign.envelopes.account_templates.riders import freeze_with_templates
from esign.envelopes.compose import LEASE_DEFAULTS, CannotCompose, Packet, compose, purpose_of, recipients_of
from esign.envelopes.inspection import compose_inspection, recipients_of_inspection, send_inspection
from esign.envelopes.recipients import Recipient, shared_addresses
from esign.envelopes.send_options import SendOptions
from esign.mail import outbox
from esign.models import AccountTemplate, Channel, Envelope, MailKind, OutgoingMail, Role, Signer
from leases.admin.base import chosen, link_to, site_context, staff
from leases.admin.confirm import is_sure, shown_of
from leases.models import Lease
from leases.visibility import visible_to

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
    recipients: Callable[[Lease], list[Recipient]]
    send: Callable[[Lease, SendOptions, list[AccountTemplate], User], Envelope]
    has_riders: bool = False


class SendForm:
    """What staff may ask for beyond what the lease says, and what kept it from going out like that."""

    def __init__(self, lease: Lease, kind: SendKind, by: User, data: Posted = None) -> None:
        self.recipients = RecipientsForm(lease, kind.recipients(lease), by, data)
        self.riders = RidersForm(lease, by, data) if kind.has_riders else None
        self.problems: list[str] = []

    @property
    def chosen_riders(self) -> list[AccountTemplate]:
        return self.riders.chosen if self.riders else []

    @property
    def is_changed(self) -> bool:
        return bool(self.chosen_riders) or self.recipients.is_changed


@dataclass(frozen=True)
class SendPage:
    """One lease on the page: what would go out, or what keeps it from going."""

    packet: Packet
    mark: str
    mail: Any | None
    form: SendForm

    @property
    def riders(self) -> list[RiderBox]:
        return self.form.riders.boxes(self.packet) if self.form.riders else []

    @property
    def warnings(self) -> list[str]:
        return shared_addresses(self.packet.recipients)

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
        lambda lease, options: compose(lease, options=options),
        lambda lease: recipients_of(lease, purpose_of(lease)),
        lambda lease, options, riders, by: freeze_with_templates(lease, riders, by=by, options=options),
        has_riders=True,
    ),
    "inspection": SendKind(
        "Send the move-in inspection",
        compose_inspection,
        recipients_of_inspection,
        lambda lease, options, _riders, by: send_inspection(lease, options, by=by),
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
    if is_sure(request):
        return _send(request, leases)
    return _page(request, leases, {})


def _page(request: HttpRequest, leases: list[Lease], refused: Mapping[int, SendForm]) -> HttpResponse:
    """The page, with what was asked for where that could not be sent."""
    by, kind = staff(request), _kind(request)
    pages = [_page_of(lease, kind, refused.get(lease.pk) or SendForm(lease, kind, by)) for lease in leases]
    can = [page for page in pages if not page.packet.problems]
    return TemplateResponse(
        request,
        "admin/esign/lease/send.html",
        site_context(
            request,
            title=kind.title,
            what=request.GET.get("what", ""),
            can=can,
            verb=_verb(can),
            cannot=[page for page in pages if page.packet.problems],
            left_out=max(0, len(chosen(request)) - AT_ONCE),
            at_once=AT_ONCE,
            back=_back(leases),
            company=settings.COMPANY_NAME,
        ),
    )


def _verb(can: list[SendPage]) -> str:
    if not can:
        return ""
    return f"Send {can[0].lease.number if len(can) == 1 else f'{len(can)} leases'} for signature"


def preview(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
    """One document of the packet as it would be sent now. Nothing is kept."""
    _require_sender(request)
    lease = get_object_or_404(visible_to(staff(request), Lease.objects.all()), pk=pk)
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
    leases = {str(lease.pk): lease for lease in visible_to(staff(request), rows)}
    if not leases:
        raise Http404
    return [leases[pk] for pk in pks if pk in leases]


def _back(leases: list[Lease]) -> str:
    if len(leases) == 1:
        return reverse("admin:leases_lease_change", args=[leases[0].pk])
    return reverse("admin:leases_lease_changelist")


def _page_of(lease: Lease, kind: SendKind, form: SendForm) -> SendPage:
    packet = kind.plan(lease, LEASE_DEFAULTS)
    asked = form.recipients
    if asked.is_changed and not asked.problems and not packet.problems:
        packet = replace(kind.plan(lease, asked.options()), problems=[])  # `form.problems` tells them
    return SendPage(packet, mark_of(lease), None if packet.problems else our_mail(packet), form)


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
    mail = outbox.compose(OutgoingMail(key="preview", kind=MailKind.INVITATION, envelope=envelope, signer=signer))
    body = re.sub(re.escape(settings.PUBLIC_URL) + r"\S*", PLACE_OF_THE_LINK, str(mail.body))
    return {"to": first.name, "subject": mail.subject, "body": body}


def _send(request: HttpRequest, leases: list[Lease]) -> HttpResponse:
    queued: list[Envelope] = []
    refused: dict[int, SendForm] = {}
    by, kind = staff(request), _kind(request)
    for lease in leases:
        shown = shown_of(request, lease.pk)
        if shown is None:
            continue  # it was on the page as one that cannot be sent
        if shown != mark_of(lease):
            messages.warning(request, f"Skipped {lease}: it was changed after you looked at it. Look at it once more.")
            continue
        form = SendForm(lease, kind, by, request.POST)
        try:
            options = form.recipients.options()
            if missing := missing_feature(lease, options, by):
                raise CannotCompose([missing])
            envelope = kind.send(lease, options, form.chosen_riders, by)
        except CannotCompose as refusal:
            messages.warning(request, f"Skipped {lease}: {refusal}")
            if form.is_changed:
                form.problems = refusal.problems
                refused[lease.pk] = form
            continue
        tasks.enqueue(envelope.pk)
        queued.append(envelope)
    opens_it = len(leases) == len(queued) == 1
    for envelope in queued:
        names = get_text_list([signer.name for signer in envelope.signers.all().who_sign()], "and")
        messages.success(
            request,
            format_html(
                "{} is queued and goes out within a minute, to {}.{}",
                f"Lease {envelope.lease}" if kind.has_riders else envelope,
                names,
                "" if opens_it else format_html(" {}.", link_to(envelope, "See its envelope")),
            ),
        )
    if refused:
        return _page(request, [lease for lease in leases if lease.pk in refused], refused)
    if not queued:
        messages.info(request, "Nothing was sent.")
    return redirect(queued[0] if opens_it else _back(leases))
