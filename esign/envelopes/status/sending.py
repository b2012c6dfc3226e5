"""Where an envelope stands on its way to the signers, or to its cancelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from esign.docusign import monthly_cap
from esign.envelopes.status.explanation import NO_WORKER, START_WORKER, UNTOUCHED, Explanation, Tone, how_long
from esign.models import BulkState, Envelope, State
from esign.models.envelope import IN_FLIGHT, WITH_SIGNERS


def cancelling(envelope: Envelope, now: datetime) -> Explanation:
    """A cancel was asked for and is not done yet."""
    out = envelope.state in WITH_SIGNERS or envelope.is_out_though_voided
    by = f"{envelope.cancel_asked_by} asked" if envelope.cancel_asked_by else "It was asked"
    why = f"{by} to cancel it: {envelope.void_reason or 'no reason given'}"
    held = held_up(envelope, now)
    if held is not None and held.tone != Tone.WORKING:
        return replace(held, headline="It is to be cancelled, but that waits", cause=f"{why}. {held.cause}")
    return Explanation(
        headline="It is being voided" if out else "It is being cancelled",
        tone=Tone.WORKING,
        cause=why,
        by_itself=(
            "A worker has Docusign void it and looks that it is done."
            if out
            else "A worker throws away what was drafted. No one has been asked to sign."
        )
        + (f" Then revision {envelope.revision + 1} is made and sent." if envelope.is_to_be_replaced else ""),
        at=max(envelope.due_at, now),
    )


def to_be_sent(envelope: Envelope, now: datetime) -> Explanation:
    """Frozen or drafted, and no one has been asked to sign."""
    if envelope.hold_draft and envelope.state == State.DRAFTED:
        return Explanation(
            headline="The draft is held back",
            tone=Tone.WAITING,
            cause="It lies at Docusign as a draft, to be looked at first. No one has been asked to sign.",
            by_itself="Nothing happens by itself.",
            advice="Press “Release” to send it.",
        )
    if (held := held_up(envelope, now)) is not None:
        return held
    drafted = envelope.state == State.DRAFTED
    return Explanation(
        headline="It goes out in a moment" if drafted else "It is in the queue",
        tone=Tone.WORKING,
        cause="The draft is at Docusign." if drafted else "The documents are made and kept.",
        by_itself="A worker sends it to the signers." if drafted else "A worker drafts it at Docusign and sends it.",
        at=max(envelope.due_at, now),
    )


def in_a_list(envelope: Envelope) -> Explanation:
    """Docusign's Bulk Send sends it, with others of its campaign."""
    bulk = envelope.bulk_send
    assert bulk is not None
    if bulk.state == BulkState.NEEDS_ATTENTION:
        return Explanation(
            headline="Its list needs somebody to decide",
            tone=Tone.BAD,
            cause=bulk.last_error,
            by_itself="Nothing happens by itself.",
            advice="Press “Try again…” on the page of its campaign.",
            stuck=True,
        )
    if envelope.state == State.READY:
        return Explanation(
            headline="It waits for its list",
            tone=Tone.WAITING,
            cause="It goes out by Docusign's Bulk Send, in one list with others of its campaign.",
            by_itself="The list is sent when all leases of the campaign are prepared and the campaign is released.",
        )
    then = "" if envelope.cancel_asked_at is None else " Then it is voided, as somebody asked."
    return Explanation(
        headline="It is being sent in bulk",
        tone=Tone.WORKING,
        cause=bulk.last_error or "Docusign has the list and sends it from a queue of its own.",
        by_itself=f"We look how far Docusign has come. It cannot go out twice.{then}",
        at=bulk.due_at,
    )


def in_flight(envelope: Envelope, now: datetime) -> Explanation:
    """A call was made whose outcome is not written down."""
    if is_claimed(envelope, now) and envelope.problem:
        return Explanation(
            headline="Docusign has not answered",
            tone=Tone.WARNING,
            cause=f"{envelope.problem} Whether it arrived there is not known yet.",
            by_itself="We ask Docusign what is there and go on from that. It cannot go out twice.",
            at=envelope.claim_until,
        )
    if (held := held_up(envelope, now)) is not None:
        return held
    return Explanation(
        headline="It is being sent",
        tone=Tone.WORKING,
        cause="The last call to Docusign ended without a result that we know of.",
        by_itself="A worker asks Docusign what is there and goes on from that.",
        at=max(envelope.due_at, envelope.claim_until or now, now),
    )


def held_up(envelope: Envelope, now: datetime) -> Explanation | None:
    """What keeps a row that a worker should move: a call that is out, the connection, a wait, or no worker at all."""
    if is_claimed(envelope, now):
        return Explanation(
            headline="A worker is at it now",
            tone=Tone.WORKING,
            cause="A call to Docusign is out." if envelope.state in IN_FLIGHT else "A worker has taken it.",
            by_itself="The answer moves it on, usually within seconds. Should the worker die, another takes over.",
            at=envelope.claim_until,
        )
    paused_until = envelope.connection.paused_until
    if paused_until and paused_until > now:
        return Explanation(
            headline="The connection to Docusign does not work",
            tone=Tone.BAD,
            cause=envelope.connection.paused_because,
            by_itself="It is tried again, with everything else that waits.",
            at=paused_until,
            advice="An administrator can fix it on the page “Docusign connection”.",
            stuck=True,
        )
    if envelope.due_at > now and envelope.problem == monthly_cap.REACHED:
        return Explanation(
            headline="It waits for the next month",
            tone=Tone.WARNING,
            cause=envelope.problem,
            by_itself="It goes on by itself.",
            at=envelope.due_at,
            advice="An administrator can lift the cap for this month on the page “Docusign connection”.",
        )
    if envelope.due_at > now:
        if envelope.state == State.DRAFTED and envelope.hours is not None and not envelope.may_mail_at(now):
            return Explanation(
                headline="It waits for the hours of its campaign",
                tone=Tone.WAITING,
                cause=f"The draft is at Docusign. Its campaign mails people only {envelope.hours.in_words}.",
                by_itself="It goes out by itself.",
                at=envelope.due_at,
            )
        return Explanation(
            headline="It waits for a better moment" if envelope.problem else "It is not due yet",
            tone=Tone.WAITING,
            cause=envelope.problem or "It is planned for later.",
            by_itself="It goes on by itself.",
            at=envelope.due_at,
        )
    if _is_untouched(envelope, now):
        return Explanation(
            headline="No worker is taking it",
            tone=Tone.BAD,
            cause=f"{NO_WORKER} It has been due for {how_long(_free_since(envelope), now)}.",
            by_itself="It goes on as soon as a worker runs.",
            advice=START_WORKER,
            stuck=True,
        )
    return None


def is_claimed(envelope: Envelope, now: datetime) -> bool:
    return envelope.claim_until is not None and envelope.claim_until >= now


def _free_since(envelope: Envelope) -> datetime:
    return max(envelope.due_at, envelope.claim_until or envelope.due_at)


def _is_untouched(envelope: Envelope, now: datetime) -> bool:
    return _free_since(envelope) < now - UNTOUCHED
