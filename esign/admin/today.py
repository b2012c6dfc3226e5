"""Today: what waits for somebody, what is out, what comes next. `UNFOLD["DASHBOARD_CALLBACK"]` names `dashboard`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessFailureLog
from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from esign.admin.connection.health import health
from esign.campaigns import results
from esign.campaigns.results import RunTotals
from esign.docusign import budget, monthly_cap
from esign.docusign.monthly_cap import MonthlyUse
from esign.envelopes.status import Tone, being_sent, expiring, explain, stuck, with_all_that_is_read
from esign.models import Batch, Correction, DocusignConnection, Envelope, Grant, State, WebhookMessage
from esign.models.envelope import WITH_SIGNERS
from leases.admin.base import staff
from leases.models import Lease
from leases.status import LeaseStatus
from leases.visibility import visible_to
from propertyapp.tasks import WORKER_SILENT, worker_seen_at

SHOWN = 6
# (label, older than so many days)
AGES = [("Today", 0), ("1 to 3 days", 1), ("4 to 7 days", 4), ("8 to 14 days", 8), ("Over 2 weeks", 15)]


@dataclass(frozen=True)
class Tile:
    """One number that leads to its list."""

    count: int
    label: str
    url: str
    tone: str = ""


@dataclass(frozen=True)
class Bar:
    label: str
    count: int
    share: int
    tone: Tone


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the first page shows to somebody who may see envelopes; others get the plain list of models."""
    if not request.user.has_perm("esign.view_envelope"):
        return context
    now = timezone.now()
    user = staff(request)
    envelopes = visible_to(user, Envelope.objects.all())
    troubled, ending = stuck(envelopes, now=now), expiring(envelopes, now=now)
    out = envelopes.filter(state__in=WITH_SIGNERS)
    drafts = _leases_to_send(user)
    envelope_list = reverse("admin:esign_envelope_changelist")
    draft_list = f"{reverse('admin:leases_lease_changelist')}?status__exact={LeaseStatus.DRAFT}"
    troubled_count, ending_count = troubled.count(), ending.count()
    return context | {
        "title": "Today",
        "dashboard": {
            "tiles": [
                Tile(troubled_count, "need attention", f"{envelope_list}?stuck=yes", "bad" if troubled_count else ""),
                Tile(drafts.count(), "leases to send", draft_list),
                Tile(being_sent(envelopes).count(), "being sent", f"{envelope_list}?stage=sending"),
                Tile(out.count(), "out for signature", f"{envelope_list}?stage=out"),
                Tile(
                    ending_count,
                    "expire within 5 days",
                    f"{envelope_list}?stage=expiring",
                    "warning" if ending_count else "",
                ),
            ],
            "troubled": _explained(troubled.order_by("due_at")[:SHOWN], now),
            "more_troubled": max(0, troubled_count - SHOWN),
            "ages": _ages(out, now),
            "draft_list": draft_list,
            "drafts": list(drafts.select_related("unit__property").prefetch_related("parties__tenant")[:SHOWN]),
            "may_send": request.user.has_perm("esign.send_envelope"),
            "ending": _explained(ending[:SHOWN], now),
            "batches": _batches(user),
            "connection": _connection(now),
            "months": _months(user),
            "signed": _signed_lately(envelopes, now)[:SHOWN],
            "stopped_sign_ins": _stopped_sign_ins(user, now)[:SHOWN],
            "corrections": _corrections(user, now)[:SHOWN],
        },
    }


def _leases_to_send(user: User) -> QuerySet[Lease]:
    """Drafts, the one that starts soonest first."""
    drafts = visible_to(user, Lease.objects.filter(status=LeaseStatus.DRAFT))
    return drafts.order_by("start_date", "number")


def _signed_lately(envelopes: QuerySet[Envelope], now: datetime) -> QuerySet[Envelope]:
    lately = envelopes.filter(state=State.COMPLETED, completed_at__gte=now - timedelta(days=7))
    return lately.select_related("lease__unit__property").order_by("-completed_at")


def _stopped_sign_ins(user: User, now: datetime) -> QuerySet[AccessFailureLog]:
    """Somebody guesses passwords: for those who may see it."""
    rows: QuerySet[AccessFailureLog] = AccessFailureLog.objects.none()
    if user.has_perm("axes.view_accessfailurelog"):
        rows = AccessFailureLog.objects.filter(attempt_time__gte=now - timedelta(days=1)).order_by("-attempt_time")
    return rows


def _corrections(user: User, now: datetime) -> QuerySet[Correction]:
    """Where signers were asked otherwise than the lease said, in the last seven days."""
    lately = Correction.objects.exclude(outcome=Correction.Outcome.REFUSED).filter(
        asked_at__gte=now - timedelta(days=7)
    )
    return (
        visible_to(user, lately)
        .select_related("signer__envelope__lease__unit__property", "asked_by")
        .order_by("-asked_at")
    )


def _explained(envelopes: QuerySet[Envelope], now: datetime) -> list[tuple[Envelope, Any]]:
    return [(envelope, explain(envelope, now=now)) for envelope in with_all_that_is_read(envelopes)]


def _ages(out: QuerySet[Envelope], now: datetime) -> Sequence[Bar]:
    """How long the envelopes that are out have been out."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today - timedelta(days=days - 1) if days else None for _, days in AGES]
    counts = []
    for number, (label, _) in enumerate(AGES):
        until, since = starts[number], starts[number + 1] if number + 1 < len(AGES) else None
        wanted = Q(sent_at__lt=until) if until else Q()
        counts.append((label, wanted & Q(sent_at__gte=since) if since else wanted))
    found = out.aggregate(**{f"age{number}": Count("pk", filter=wanted) for number, (_, wanted) in enumerate(counts)})
    most = max(found.values(), default=0) or 1
    tones = [Tone.WORKING, Tone.WORKING, Tone.WAITING, Tone.WARNING, Tone.BAD]
    return [
        Bar(label, found[f"age{number}"], 100 * found[f"age{number}"] // most, tones[number])
        for number, (label, _) in enumerate(counts)
    ]


def _batches(user: User) -> list[tuple[Batch, RunTotals]]:
    """The latest runs. Only their lines are counted."""
    runs = list(visible_to(user, Batch.objects.all())[:3])
    counted = results.totals_of(runs)
    return [(batch, counted.get(batch.pk, RunTotals())) for batch in runs]


def _connection(now: datetime) -> dict[str, Any]:
    connection = DocusignConnection.objects.default()
    return {
        "row": connection,
        "health": health(connection, now=now),
        "budget": budget.state(connection),
        "hourly": budget.limits(connection)[0],
        "last_message": WebhookMessage.objects.order_by("-received_at").values_list("received_at", flat=True).first(),
        "worker": worker_seen_at(),
        "worker_silent": (worker_seen_at() or now - timedelta(days=1)) < now - WORKER_SILENT,
    }


def _months(user: User) -> list[tuple[DocusignConnection, MonthlyUse]]:
    """Connections whose month is nearly used up: the company's, owners', and one's own."""
    theirs = Q(grant=Grant.JWT) | Q(staff_account__user=user)
    return monthly_cap.near(DocusignConnection.objects.connected().filter(theirs).order_by("pk"))
