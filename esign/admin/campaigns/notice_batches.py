"""“Give notice…” to many leases: one form, what each of them would get, one press, and a line for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminDecimalFieldWidget, UnfoldAdminSelectWidget

from esign import tasks
from esign.admin.leases.notice_form import NoticeFields
from esign.admin.leases.shown import mark_of
from esign.campaigns import notice_batches
from esign.campaigns.notice_batches import NoticeOutcome, NoticePlan
from esign.envelopes.compose import CannotCompose, Packet
from esign.envelopes.notice import Draft, compose_notice, given_before, rent_before, warnings
from esign.models import Notice, Role
from leases.admin.base import chosen, report, site_context, staff
from leases.admin.confirm import is_sure, shown_of
from leases.canonical import fingerprint
from leases.models import IncreaseKind, Lease
from leases.renewals import Increase
from leases.tasks import enqueue_task
from leases.visibility import visible_to

# Each is rendered for the page, so that problems show before anything is sent.
AT_ONCE = 50
TONES = {NoticeOutcome.WAITING: "working", NoticeOutcome.GIVEN: "good", NoticeOutcome.REFUSED: "bad"}
WORDS = {
    NoticeOutcome.WAITING: "The workers have it",
    NoticeOutcome.GIVEN: "On its way",
    NoticeOutcome.REFUSED: "Not given",
}


class MassNoticeForm(NoticeFields):
    """A notice under many leases: a change of rent is told as a rule, for each lease has a rent of its own."""

    increase = forms.ChoiceField(
        label="The rent changes by",
        choices=IncreaseKind.choices,
        required=False,
        help_text="Only for a change of rent.",
        widget=UnfoldAdminSelectWidget,
    )
    amount = forms.DecimalField(
        label="How much",
        decimal_places=2,
        max_digits=8,
        required=False,
        help_text="Dollars or per cent; with a minus the rent falls. Not used for market rent.",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    rounding = forms.DecimalField(
        label="Rounded to a multiple of",
        min_value=Decimal("0.01"),
        decimal_places=2,
        initial=Decimal(1),
        help_text="Dollars.",
        widget=UnfoldAdminDecimalFieldWidget,
    )
    field_order = ("kind", "effective", "increase", "amount", "rounding", "reason", "acknowledge")

    def clean(self) -> dict[str, Any]:
        answers = super().clean()
        if answers.get("kind") == Notice.Kind.RENT_CHANGE:
            if not answers.get("increase"):
                self.add_error("increase", "Say how the rent changes.")
            elif answers["increase"] != IncreaseKind.MARKET and not answers.get("amount") and not self.errors:
                self.add_error("amount", "Say by how much the rent changes.")
        return answers

    def plan(self) -> NoticePlan:
        answers = self.cleaned_data
        kind = Notice.Kind(answers["kind"])
        increase = Increase(IncreaseKind(answers["increase"]), answers["amount"] or Decimal(0))
        return NoticePlan(
            kind,
            answers["effective"],
            increase if kind == Notice.Kind.RENT_CHANGE else None,
            answers["rounding"],
            answers["reason"],
            answers["acknowledge"],
        )


@dataclass(frozen=True)
class NoticeRow:
    """One lease on the page: what its people would get, or what keeps them from getting it."""

    lease: Lease
    mark: str
    draft: Draft | None = None
    packet: Packet | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def rent_before(self) -> Decimal | None:
        return rent_before(self.lease, self.draft.effective) if self.draft else None

    @property
    def readers(self) -> list[str]:
        """Whom the notice is for, and who gets a copy, as the office names them."""
        people = self.packet.recipients if self.packet else []
        return [
            f"{person.name} (copy)" if person.role == Role.CARBON_COPY else person.name
            for person in people
            if person.role != Role.LANDLORD
        ]


def notices_url(*pks: object) -> str:
    return f"{reverse('admin:esign_give_notices')}?ids={','.join(str(pk) for pk in pks)}"


def give_notices(request: HttpRequest) -> HttpResponse:
    """GET asks; POST shows what each lease would get or, once that was looked at, has it given."""
    _require_sender(request)
    leases = _chosen_leases(request)
    form = MassNoticeForm(leases, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, leases, form)
    plan = form.plan()
    rows = [_row(lease, plan) for lease in leases]
    if is_sure(request):
        if any(shown_of(request, row.lease.pk) == row.mark for row in rows):
            return _give(request, plan, rows)
        messages.warning(request, "This was changed after you looked at it. Look at it once more; nothing was given.")
    return _page(request, leases, form, rows=rows)


def _require_sender(request: HttpRequest) -> None:
    if not (request.user.has_perm("esign.send_envelope") and request.user.has_perm("leases.view_lease")):
        raise PermissionDenied


def _chosen_leases(request: HttpRequest) -> list[Lease]:
    pks = [pk for pk in chosen(request) if pk.isdigit()][:AT_ONCE]
    rows = visible_to(staff(request), Lease.objects.select_related("unit__property__owner"))
    rows = rows.prefetch_related("parties__tenant", "rent_steps")
    leases = list(rows.filter(pk__in=pks).order_by("number"))
    if not leases:
        raise Http404
    return leases


def _row(lease: Lease, plan: NoticePlan) -> NoticeRow:
    mark = fingerprint(mark_of(lease), plan)
    if before := given_before(lease, plan.kind, plan.effective):
        return NoticeRow(lease, mark, problems=(f"It was given already: {before}.",))
    try:
        draft = plan.draft_for(lease)
        packet = compose_notice(lease, draft)
    except CannotCompose as refusal:
        return NoticeRow(lease, mark, problems=tuple(refusal.problems))
    return NoticeRow(lease, mark, draft, packet, tuple(packet.problems), tuple(warnings(lease, draft)))


def _give(request: HttpRequest, plan: NoticePlan, rows: list[NoticeRow]) -> HttpResponse:
    """Under those leases that stand as they were shown."""
    shown = {row.lease: shown_of(request, row.lease.pk) for row in rows}
    changed = [row.lease for row in rows if shown[row.lease] not in (None, row.mark)]
    can = [row.lease for row in rows if shown[row.lease] == row.mark and not row.problems]
    asked, skipped = notice_batches.ask(can, plan, staff(request))
    for lease in asked:
        enqueue_task(tasks.give_notice, lease.pk)
    given = [f"{len(asked)} notice{'s are' if len(asked) != 1 else ' is'} being prepared."] if asked else []
    skipped += [f"Lease {lease.number} was changed after you looked at it. Look at it once more." for lease in changed]
    report(request, given, skipped)
    if not asked:
        messages.info(request, "Nothing was given.")
    where = {"ids": ",".join(str(row.lease.pk) for row in rows), "kind": plan.kind, "effective": plan.effective}
    return redirect(f"{reverse('admin:esign_given_notices')}?{urlencode(where)}")


def given_notices(request: HttpRequest) -> HttpResponse:
    """What came of it, lease by lease."""
    _require_sender(request)
    try:
        effective = date.fromisoformat(request.GET.get("effective", ""))
        kind = Notice.Kind(request.GET.get("kind", ""))
    except ValueError:
        raise Http404 from None
    leases = _chosen_leases(request)
    lines = list(notice_batches.report(leases, kind, effective))
    return TemplateResponse(
        request,
        "admin/esign/lease/given.html",
        site_context(
            request,
            title=f"{kind.label}, {effective:%b} {effective.day}, {effective.year}",
            lines=[(line, TONES[line.outcome], WORDS[line.outcome]) for line in lines],
            is_at_work=any(line.outcome == NoticeOutcome.WAITING for line in lines),
            again=notices_url(*[line.lease.pk for line in lines if line.outcome == NoticeOutcome.REFUSED]),
            some_refused=any(line.outcome == NoticeOutcome.REFUSED for line in lines),
            back=reverse("admin:leases_lease_changelist"),
        ),
    )


def _page(
    request: HttpRequest, leases: list[Lease], form: MassNoticeForm, rows: Sequence[NoticeRow] = ()
) -> HttpResponse:
    can = [row for row in rows if not row.problems]
    return TemplateResponse(
        request,
        "admin/esign/lease/notices.html",
        site_context(
            request,
            title=f"Give notice under {len(leases)} lease{'s' if len(leases) != 1 else ''}",
            leases=leases,
            form=form,
            can=can,
            verb=f"Give {len(can)} notice{'s' if len(can) != 1 else ''}" if can else "",
            look="Show it again" if rows else "Show what each would get",
            cannot=[row for row in rows if row.problems],
            shared=_shared_warnings(can),
            left_out=max(0, len(chosen(request)) - AT_ONCE),
            at_once=AT_ONCE,
            back=reverse("admin:leases_lease_changelist"),
        ),
    )


def _shared_warnings(rows: list[NoticeRow]) -> list[str]:
    """What holds for every lease, to be said once."""
    return [said for said in rows[0].warnings if all(said in row.warnings for row in rows)] if rows else []
