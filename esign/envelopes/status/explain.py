"""From the state of an envelope to what explains it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from esign.envelopes.action_rules import EnvelopeAction, objection
from esign.envelopes.status.explanation import Explanation, Tone
from esign.envelopes.status.finished import completed, declined, voided
from esign.envelopes.status.sending import cancelling, in_a_list, in_flight, to_be_sent
from esign.envelopes.status.signing import with_signers
from esign.models import Envelope, State
from esign.models.envelope import LIVE


def explain(envelope: Envelope, *, now: datetime | None = None) -> Explanation:
    """Why the envelope is where it is. Reads its signers, reminders, fetch, connection and lease."""
    now = now or timezone.now()
    explanation = _explain(envelope, now)
    today = timezone.localdate(now)
    return replace(explanation, buttons=tuple(b for b in EnvelopeAction if not objection(envelope, b, today=today)))


def with_all_that_is_read(envelopes: QuerySet[Envelope]) -> QuerySet[Envelope]:
    """The same envelopes, with what `explain` reads at hand: lists stay at a fixed number of queries."""
    related = ("lease__unit__property", "connection", "download", "cancel_asked_by", "replaced_by", "bulk_send")
    return envelopes.select_related(*related).prefetch_related("signers", "reminders")


def _explain(envelope: Envelope, now: datetime) -> Explanation:
    if envelope.is_in_a_list:
        return in_a_list(envelope)
    was_refused = envelope.state == State.NEEDS_ATTENTION and envelope.due_at > now
    is_cancelling = envelope.cancel_asked_at is not None and not was_refused
    if is_cancelling and (envelope.state in LIVE or envelope.is_out_though_voided):
        return cancelling(envelope, now)
    match envelope.state:
        case State.READY | State.DRAFTED:
            return to_be_sent(envelope, now)
        case State.CREATING | State.SENDING:
            return in_flight(envelope, now)
        case State.SENT | State.DELIVERED:
            return with_signers(envelope, now)
        case State.COMPLETED:
            return completed(envelope, now)
        case State.DECLINED:
            return declined(envelope)
        case State.VOIDED:
            return voided(envelope)
    return Explanation(
        headline="It needs somebody to decide",
        tone=Tone.BAD,
        cause=envelope.problem or "No cause was written down. The calls below show what Docusign answered.",
        by_itself="It is tried again once a day." if envelope.cancel_asked_at else "Nothing happens by itself.",
        advice=envelope.next_step
        or f"Press “Try again”, or void it and send the {envelope.get_purpose_display().lower()} again.",
        stuck=True,
    )
