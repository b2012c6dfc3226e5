"""What keeps a run from going on: a person, workers, Docusign, the budget, the cap, or a time that has not come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils import timezone

from esign.campaigns.results import COUNTED_BY_ENVELOPE, Tally, is_done
from esign.docusign import budget, monthly_cap
from esign.docusign.budget import Lane, Why
from esign.envelopes.status.explanation import BEFORE_SIGNERS
from esign.models import Batch, DocusignConnection, Envelope
from propertyapp.tasks import WORKER_SILENT, worker_seen_at

SOON = timedelta(minutes=1)  # a row that is due within it waits for nothing


class Cause(StrEnum):
    """What a run waits for."""

    APPROVAL = "approval"
    PAUSE = "pause"
    RELEASE = "release"
    WORKERS = "workers"
    DOCUSIGN = "docusign"
    FAILURES = "failures"
    MONTHLY_CAP = "monthly cap"
    BUDGET = "budget"
    HOURS = "hours"
    TIME = "time"


# What no one decided: a run that waits for it does not move though it should.
TROUBLE = (Cause.WORKERS, Cause.DOCUSIGN, Cause.FAILURES)
OF_PEOPLE = (Cause.APPROVAL, Cause.PAUSE, Cause.RELEASE)


@dataclass(frozen=True)
class Waiting:
    """`until` is None where a person ends it, or no one can tell."""

    cause: Cause
    sentence: str
    until: datetime | None = None

    @property
    def is_trouble(self) -> bool:
        return self.cause in TROUBLE

    @property
    def is_for_people(self) -> bool:
        return self.cause in OF_PEOPLE


def waits_for(batch: Batch, counts: Tally, sender: DocusignConnection | None = None) -> Waiting | None:
    """What keeps a run from going on, the gravest first. None: nothing, or it is done. At most three statements."""
    if batch.cancelled_at is not None or is_done(batch, counts):
        return None
    if batch.paused_at is not None:
        return Waiting(Cause.PAUSE, "It is paused. Nothing more of it is sent before someone resumes it.")
    if batch.waits_for_approval:
        return Waiting(Cause.APPROVAL, "The plan waits for approval. Nothing is prepared before.")
    if batch.waits_for_release and batch.is_planned and not counts.open and not counts.to_stage:
        text = "Every offer is prepared. No one is mailed before the run is released."
        return Waiting(Cause.RELEASE, text, batch.release_at)
    seen_at = worker_seen_at()
    if seen_at is None or seen_at < timezone.now() - WORKER_SILENT:
        return Waiting(Cause.WORKERS, "No worker reports. Start one; nothing is lost meanwhile.")
    sender = sender or sender_of(batch, counts)
    if waiting := _waits_for_docusign(batch, counts, sender):
        return waiting
    return _waits_for_its_time(batch, counts) if batch.is_planned else None


def sender_of(batch: Batch, counts: Tally) -> DocusignConnection:
    """Through which account it sends: that of an envelope which is left, as an owner may have one. One statement."""
    if counts.unsent:
        left = Envelope.objects.filter(batch_lines__batch=batch, state__in=BEFORE_SIGNERS).order_by()
        if (envelope := left.select_related("connection").first()) is not None:
            return envelope.connection
    return DocusignConnection.objects.default()


def _waits_for_docusign(batch: Batch, counts: Tally, sender: DocusignConnection) -> Waiting | None:
    if sender.is_paused:
        return Waiting(Cause.DOCUSIGN, sender.paused_because, sender.paused_until)
    if batch.may_send and counts.unsent > counts.to_stage and monthly_cap.cap_of(sender):
        month = monthly_cap.use_of(sender)
        if month.is_reached:
            return Waiting(Cause.MONTHLY_CAP, f"{monthly_cap.REACHED} {month.next_step}", month.next_month)
    opening = budget.next_place(sender, Lane.CAMPAIGN)
    if opening is None or opening.why == Why.BURST:  # some seconds are no wait that anyone could see
        return None
    if opening.why == Why.HOUR:
        text = "The campaigns' share of this hour's calls is used up. It goes on by itself when the next hour begins."
        return Waiting(Cause.BUDGET, text, opening.at)
    return Waiting(Cause.DOCUSIGN, budget.WORDS[opening.why], opening.at)


def _waits_for_its_time(batch: Batch, counts: Tally) -> Waiting | None:
    """Nothing of it is due: the hours of its campaign have to come, or it is tried again after a failure."""
    now = timezone.now()
    ahead = min(filter(None, (counts.next_line_at, counts.next_envelope_at)), default=None)
    if ahead is None or ahead <= now + SOON:
        return None
    line = Q(done_at__isnull=True, due_at=ahead)
    envelope = Q(COUNTED_BY_ENVELOPE["unsent"], envelope__due_at=ahead)
    first = batch.lines.filter(line | envelope).select_related("envelope").first()
    if first is None:
        return None
    if first.done_at is None or first.envelope is None:
        return _waits_for_a_row(first.attempt, first.last_error, ahead)
    hours = first.envelope.hours
    if hours is not None and not hours.allow(now):
        return Waiting(Cause.HOURS, f"The campaign mails people only {hours.in_words}.", ahead)
    return _waits_for_a_row(first.envelope.attempt, first.envelope.problem, ahead)


def _waits_for_a_row(attempt: int, why: str, until: datetime) -> Waiting:
    cause = Cause.FAILURES if attempt else Cause.TIME
    return Waiting(cause, why or "Nothing of it may be sent before that.", until)
