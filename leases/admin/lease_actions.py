"""What staff do to leases beside editing drafts: asked first, done one by one, told of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from leases.admin.base import AT_ONCE, chosen, listed, report, staff
from leases.admin.confirm import Confirmation, Line, Question, confirmation
from leases.admin.lease_action_forms import (
    CancelForm,
    EndForm,
    LeaseActionForm,
    OfflineForm,
    RenewalForm,
    TagsForm,
    WithdrawForm,
)
from leases.errors import LeaseError
from leases.models import Lease
from leases.renewals import Increase, offer_renewal
from leases.status import LeaseStatus

if TYPE_CHECKING:
    from leases.admin.leases import LeaseAdmin

# The badge of each stage on the page that asks.
STAGE_TONES = {
    LeaseStatus.DRAFT: "over",
    LeaseStatus.OUT_FOR_SIGNATURE: "waiting",
    LeaseStatus.EXECUTED: "working",
    LeaseStatus.ACTIVE: "good",
    LeaseStatus.ENDED: "over",
    LeaseStatus.RENEWED: "over",
    LeaseStatus.CANCELLED: "bad",
}


@dataclass(frozen=True)
class LeaseAction:
    """One thing that can be done to leases, and what is asked before it is done.

    `do` changes one lease and returns the sentence that says so; it raises LeaseError where the lease says
    no. `at` are the stages in which it can be tried.
    """

    question: Question
    at: tuple[LeaseStatus, ...]
    form: type[LeaseActionForm]
    do: Callable[[Lease, dict[str, Any], User], str]


def _cancel(lease: Lease, answers: dict[str, Any], by: User) -> str:
    lease.cancel(answers["reason"])
    return f"Lease {lease.number} is cancelled."


def _end(lease: Lease, answers: dict[str, Any], by: User) -> str:
    lease.end(on=answers["last_day"], reason=answers["reason"])
    return f"Lease {lease.number} has ended."


def _withdraw(lease: Lease, answers: dict[str, Any], by: User) -> str:
    lease.withdraw(answers["reason"])
    return f"Lease {lease.number} is a draft again, as version {lease.version}."


def _tag(lease: Lease, answers: dict[str, Any], by: User) -> str:
    lease.tags.add(*answers["add"])
    lease.tags.remove(*answers["remove"])
    now = listed(str(tag) for tag in lease.tags.all()) or "none"
    said = f"Lease {lease.number} has these tags now: {now}."
    LogEntry.objects.log_actions(by.pk, [lease], CHANGE, said, single_object=True)
    return said


def _sign_offline(lease: Lease, answers: dict[str, Any], by: User) -> str:
    noon = datetime.combine(answers["signed_on"], time(12), ZoneInfo(lease.unit.property.time_zone))
    lease.record_offline_signatures(by=by, reason=answers["reason"], scan=answers["scan"], signed_at=noon)
    return f"Lease {lease.number} is executed: every party signed it offline."


def _offer_renewal(lease: Lease, answers: dict[str, Any], by: User) -> str:
    renewal = offer_renewal(
        lease,
        term_months=answers["term_months"],
        increase=Increase(answers["kind"], answers["amount"] or Decimal(0)),
        rounding=answers["rounding"],
        cap=answers["cap"],
        start=answers.get("start"),
    )
    return f"Lease {renewal.number} is drafted. It renews {lease.number} at ${renewal.rent:,.2f} a month."


LEASE_ACTIONS = {
    "cancel": LeaseAction(
        Question(
            "Cancel",
            "The lease will not take effect, and its unit is free for another. This cannot be undone; the record is "
            "kept.",
            "Cancel the lease",
            "block",
            "leases.cancel_lease",
            danger=True,
        ),
        (LeaseStatus.DRAFT, LeaseStatus.OUT_FOR_SIGNATURE, LeaseStatus.EXECUTED),
        CancelForm,
        _cancel,
    ),
    "end": LeaseAction(
        Question(
            "End",
            "The tenancy is over from the last day on, and the unit is free for another lease. This cannot be undone.",
            "End the lease",
            "event_busy",
            "leases.end_lease",
            danger=True,
        ),
        (LeaseStatus.ACTIVE,),
        EndForm,
        _end,
    ),
    "withdraw": LeaseAction(
        Question(
            "Withdraw",
            "The lease becomes a draft again, as a new version, and can be changed. Signatures given so far do not "
            "count for the new version.",
            "Withdraw the lease",
            "undo",
            "leases.change_lease",
        ),
        (LeaseStatus.OUT_FOR_SIGNATURE,),
        WithdrawForm,
        _withdraw,
    ),
    "tag": LeaseAction(
        Question(
            "Change tags",
            "Tags group leases for lists and for the rules of campaigns. They are not part of the contract, so a lease "
            "can get them at any time.",
            "Change the tags",
            "sell",
            "leases.change_lease",
        ),
        tuple(LeaseStatus),
        TagsForm,
        _tag,
    ),
    "sign_offline": LeaseAction(
        Question(
            "Record offline signatures",
            "Use this only when every party and the landlord signed the printed lease by hand. It counts as their "
            "signatures on exactly this version, under your name, with your reason and the scan.",
            "Record the signatures",
            "edit_document",
            "leases.execute_offline",
        ),
        (LeaseStatus.DRAFT, LeaseStatus.OUT_FOR_SIGNATURE),
        OfflineForm,
        _sign_offline,
    ),
    "offer_renewal": LeaseAction(
        Question(
            "Offer a renewal",
            "This drafts the next lease with the same parties and addenda. You can change the draft before it goes "
            "out.",
            "Draft the renewal",
            "event_repeat",
            "leases.add_lease",
        ),
        (LeaseStatus.ACTIVE,),
        RenewalForm,
        _offer_renewal,
    ),
}


def may(request: HttpRequest, name: str) -> bool:
    """Whether this person may do this action at all."""
    return bool(request.user.has_perm(LEASE_ACTIONS[name].question.permission))


def ask_url(name: str, leases: QuerySet[Lease] | list[Any]) -> str:
    """Where the question is asked for these leases, or for these primary keys."""
    pks = leases.values_list("pk", flat=True)[:AT_ONCE] if isinstance(leases, QuerySet) else leases
    return f"{reverse('admin:leases_lease_do', args=[name])}?ids={','.join(map(str, pks))}"


def ask(model_admin: "LeaseAdmin", request: HttpRequest, name: str) -> HttpResponse:
    """GET asks, showing to which leases it can be done and why not to others; POST does it."""
    if name not in LEASE_ACTIONS:
        raise Http404
    action = LEASE_ACTIONS[name]
    if not (may(request, name) and model_admin.has_view_permission(request)):
        raise PermissionDenied
    leases = _chosen_leases(model_admin, request)
    objections = {lease.pk: _objection(model_admin, name, lease) for lease in leases}
    can = [lease for lease in leases if not objections[lease.pk]]
    form = action.form(request.POST or None, request.FILES or None)
    form.prepare(can or leases)
    if request.method == "POST" and can and form.is_valid():
        _do(request, action, can, form.cleaned_data)
        return redirect(_after(name, can))
    question = action.question
    if len(can) > 1:
        question = replace(question, verb=f"{question.title}: {len(can)} leases")
    back = _page(leases[0]) if len(leases) == 1 else reverse("admin:leases_lease_changelist")
    lines = [_line(lease, objections[lease.pk]) for lease in leases]
    return confirmation(request, Confirmation(question, back, lines, noun="lease", form=form))


def _line(lease: Lease, objection: str) -> Line:
    return Line(
        f"Lease {lease.number}",
        about=(listed(filter(None, [str(lease.unit), lease.tenant_names()])), lease.term_in_words()),
        url=_page(lease),
        now=lease.get_status_display(),
        tone=STAGE_TONES[LeaseStatus(lease.status)],
        objection=objection,
    )


def _chosen_leases(model_admin: "LeaseAdmin", request: HttpRequest) -> list[Lease]:
    pks = [pk for pk in chosen(request) if pk.isdecimal()][:AT_ONCE]
    leases = list(model_admin.get_queryset(request).filter(pk__in=pks).order_by("number"))
    if not leases:
        raise Http404
    return leases


def _objection(model_admin: "LeaseAdmin", name: str, lease: Lease) -> str:
    action = LEASE_ACTIONS[name]
    if lease.status not in action.at:
        stages = " or ".join(stage.label.lower() for stage in action.at)
        return f"It is {lease.get_status_display().lower()}; this is for a lease that is {stages}."
    return model_admin.objection_to(name, lease)


def _do(request: HttpRequest, action: LeaseAction, leases: list[Lease], answers: dict[str, Any]) -> None:
    done, skipped = [], []
    for lease in leases:
        try:
            done.append(action.do(lease, answers, staff(request)))
        except LeaseError as refusal:
            skipped.append(refusal)
    report(request, done, skipped)


def _after(name: str, leases: list[Lease]) -> str:
    if len(leases) > 1:
        return reverse("admin:leases_lease_changelist")
    following = leases[0].successor if name == "offer_renewal" else None
    return _page(following or leases[0])


def _page(lease: Lease) -> str:
    return reverse("admin:leases_lease_change", args=[lease.pk])
