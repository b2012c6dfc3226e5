"""Lift the monthly cap of a connection: what is asked, and what it does."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from esign import tasks
from esign.docusign import monthly_cap
from esign.docusign.monthly_cap import MonthlyUse
from esign.models import DocusignConnection
from leases.admin.base import staff, write_down
from leases.admin.confirm import Confirmation, Question, confirmation, is_sure
from leases.tasks import enqueue_task

LIFT = "esign.lift_monthly_cap"
QUESTION = Question(
    "Lift the cap for this month",
    "Envelopes beyond the plan's number are sent until the month ends. Docusign may refuse them, or charge for each.",
    "Lift the cap",
    "lock_open",
    LIFT,
)


def lift_page(request: HttpRequest, connection: DocusignConnection) -> HttpResponse:
    """Asks; a POST lifts the cap and goes back to the connection."""
    back = reverse("admin:esign_docusignconnection_change", args=[connection.pk])
    use = monthly_cap.use_of(connection)
    objection = _objection(use)
    if is_sure(request) and not objection:
        with transaction.atomic():
            lifted = monthly_cap.lift(connection, staff(request))
            if lifted:
                write_down(request, connection, f"Lifted the monthly cap: {use.used} of {use.cap} envelopes were used.")
        if lifted:
            enqueue_task(tasks.sweep)
            messages.success(request, f"The cap is lifted until {use.ends}. What waited for it is sent now.")
        return redirect(back)
    return confirmation(
        request, Confirmation(QUESTION, back, effects=_effects(connection, use), objection=objection, noun="envelope")
    )


def _effects(connection: DocusignConnection, use: MonthlyUse) -> list[str]:
    return [
        f"{use.used:,} of the {use.cap:,} envelopes of this month are used.",
        f"Envelopes that wait for a place: {monthly_cap.waiting(connection):,}. They are sent at once.",
        f"Until {use.ends} nothing stops at this number any more; then the cap holds again.",
        "The log of the admin keeps that you lifted it.",
    ]


def _objection(use: MonthlyUse) -> str:
    if not use.cap:
        return "This connection has no monthly cap."
    return "The cap is lifted already." if use.is_lifted else ""
