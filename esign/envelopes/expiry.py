"""Giving people more time: the end of an envelope moved while it is out."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from esign.docusign import (
    DocusignClient,
    DocusignConflict,
    DocusignNotFound,
    DocusignRefused,
    DocusignUnknown,
    NothingDone,
)
from esign.docusign.budget import Lane
from esign.envelopes.action_rules import ActionRefused, ActionResult, DocusignAway
from esign.models import AuditEvent, Envelope
from esign.models.envelope import WITH_SIGNERS
from esign.models.signing_times import MAX_DAYS
from leases.dates import long_day

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def objection(envelope: Envelope) -> str:
    """Why this envelope cannot be given more time; empty when it can."""
    if envelope.state not in WITH_SIGNERS or envelope.sent_at is None:
        state = envelope.get_state_display().lower()
        return f"{envelope} is in the state “{state}”; only what is out for signature has an end that can be moved."
    if envelope.cancel_asked_at:
        return f"{envelope} is being cancelled already."
    return ""


def last_day(envelope: Envelope) -> date | None:
    """The day on which it expires, at the property."""
    ends = envelope.expires_at
    return envelope.lease.unit.property.today(ends) if ends else None


def days_until(envelope: Envelope, until: date) -> int:
    """Docusign counts the end in whole days from the sending."""
    sent = envelope.sent_at or timezone.now()
    return (until - envelope.lease.unit.property.today(sent)).days


def problem_with(envelope: Envelope, until: date) -> str:
    """Why this day cannot be the end, in a sentence; empty when it can."""
    if until <= envelope.lease.unit.property.today():
        return "Choose a day after today."
    if days_until(envelope, until) > MAX_DAYS:
        latest = long_day(timezone.localdate(envelope.sent_at) + timedelta(days=MAX_DAYS))
        return f"Docusign keeps an envelope open for at most {MAX_DAYS} days: until {latest}."
    return ""


def effects(envelope: Envelope, until: date) -> list[str]:
    """What will happen, for the page that asks."""
    before = last_day(envelope)
    if before is None or until == before:
        return ["Nothing is different, so nothing would be done."]
    said = [
        f"It can be signed until {long_day(until)} instead of {long_day(before)}.",
        "No one is written to now.",
    ]
    if until < before:
        said.insert(1, "That is earlier than it is now.")
    if envelope.warn_before_days:
        warned = until - timedelta(days=envelope.warn_before_days)
        said.append(f"Who has not signed by {long_day(warned)} is told that it ends.")
    return said


def extend(envelope: Envelope, until: date, by: User | None = None, *, lane: Lane = Lane.INTERACTIVE) -> ActionResult:
    """Move the end to this day. Setting the same day twice does nothing twice. Raises ActionRefused."""
    envelope.refresh_from_db()
    if why := objection(envelope) or problem_with(envelope, until):
        raise ActionRefused(why)
    if until == last_day(envelope):
        raise ActionRefused(f"{envelope} already ends on {long_day(until)}. Nothing was done.")
    asked = copy.copy(envelope)
    asked.expires_after_days = days_until(envelope, until)
    try:
        DocusignClient(envelope.connection, lane=lane).set_times(asked)
    except NothingDone as error:
        raise DocusignAway(f"{envelope}: the end was not moved. {error}", retry_at=error.retry_at) from error
    except (DocusignConflict, DocusignNotFound) as error:
        raise ActionRefused(
            f"{envelope}: it is no longer out for signature at Docusign; it may have expired or been signed a moment "
            "ago. Docusign's message about it is on its way."
        ) from error
    except DocusignRefused as error:
        raise ActionRefused(f"{envelope}: the end was not moved. {error}") from error
    except DocusignUnknown:
        return ActionResult(
            f"{envelope}: Docusign did not answer. The end may have been moved or not. Set it once more: doing it "
            "twice changes nothing.",
            sure=False,
        )
    with transaction.atomic():
        Envelope.objects.filter(pk=envelope.pk).update(expires_after_days=asked.expires_after_days)
        AuditEvent.record(
            envelope.lease,
            "envelope.extended",
            f"{envelope} can be signed until {long_day(until)}.",
            actor=str(by or "system"),
            envelope=envelope,
            days=[envelope.expires_after_days, asked.expires_after_days],
        )
    envelope.refresh_from_db()
    return ActionResult(f"{envelope}: it can be signed until {long_day(until)}.")
