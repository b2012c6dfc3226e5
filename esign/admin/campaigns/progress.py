"""The top of a run's page, which an open page asks for again and again while the workers are at it."""

from __future__ import annotations

from dataclasses import astuple
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from esign.campaigns import chart, forecast, results
from esign.campaigns.results import Tally
from esign.campaigns.waiting import Waiting, sender_of, waits_for
from esign.envelopes.status import Tone
from esign.mail import staff
from esign.models import Batch

LISTS_SHOWN = 50  # of Bulk Send


def progress_of(batch: Batch, request: HttpRequest) -> dict[str, Any]:
    """How far the run is, what it waits for, and what happened in the last hours. At most seven statements."""
    counts = results.tally(batch)
    sender = sender_of(batch, counts)
    waiting = waits_for(batch, counts, sender)
    done = results.is_done(batch, counts)
    is_decided = batch.approved_at is not None or batch.cancelled_at is not None
    return {
        "batch": batch,
        "counts": counts,
        "parts": _parts(batch, counts),
        "percent": 100 * counts.done // counts.leases if counts.leases else 0,
        "is_done": done,
        "is_at_work": _is_at_work(batch, counts),
        "goes_on": not done and not (batch.cancelled_at and not counts.open and not counts.unsent),
        "lists": batch.bulk_sends.all()[:LISTS_SHOWN] if batch.way else (),
        "waiting": waiting,
        "totals": None if is_decided else results.plan_totals(batch),
        "pace": forecast.pace(batch, counts, waiting, sender),
        "chart": chart.last_hours(batch),
        "told": _told(batch.who_is_told),
        "say": _in_a_word(batch, done, waiting),
        "mark": _mark(batch, counts, waiting),
        "can_run": request.user.has_perm("esign.send_envelope"),
    }


def _is_at_work(batch: Batch, counts: Tally) -> bool:
    """Whether looking again soon shows something new."""
    if not batch.is_planned:
        return batch.cancelled_at is None
    return batch.is_running and bool(counts.open or counts.to_stage or (batch.may_send and counts.unsent))


def _parts(batch: Batch, counts: Tally) -> list[dict[str, Any]]:
    """How many leases stand where, in the order in which a lease passes through."""
    parts = [
        ("planned", counts.open, Tone.OVER),
        ("skipped", counts.skipped, Tone.WARNING),
        ("left out", counts.left_out, Tone.OVER),
        ("on the way to Docusign", counts.unsent, Tone.WORKING),
        ("out for signature", counts.out, Tone.WAITING),
        ("received" if batch.sort.is_notice else "signed", counts.signed, Tone.GOOD),
        ("declined or voided", counts.came_to_nothing, Tone.OVER),
        ("needs attention", counts.attention, Tone.BAD),
    ]
    return [
        {"label": label, "count": count, "tone": tone, "share": round(100 * count / counts.leases, 2)}
        for label, count, tone in parts
        if count
    ]


def _told(user: User | None) -> dict[str, Any]:
    """Who is mailed when it is done or stuck, or why no one is."""
    if user is None:
        return {"user": None, "objection": "no one approved, released or started it"}
    return {"user": user, "objection": "" if staff.can_be_mailed(user) else f"{user} has no e-mail address"}


def _in_a_word(batch: Batch, done: bool, waiting: Waiting | None) -> str:
    """What a screen reader says when it changes."""
    if batch.cancelled_at is not None:
        return "Cancelled"
    return "Done" if done else f"It waits: {waiting.sentence}" if waiting else "The workers are at it"


def _mark(batch: Batch, counts: Tally, waiting: Waiting | None) -> str:
    """Differs when something moved: a page that sees the same mark asks less often."""
    seen = (astuple(counts), waiting, batch.approved_at, batch.released_at, batch.release_at, batch.last_error)
    return sha256(repr(seen).encode()).hexdigest()[:16]
