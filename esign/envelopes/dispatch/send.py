"""DRAFTED to SENT: the one call that mails people, always for the id on the row."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from esign.docusign import (
    DocusignConflict,
    DocusignError,
    DocusignNotFound,
    DocusignRefused,
    DocusignUnknown,
    NothingDone,
    monthly_cap,
)
from esign.docusign.monthly_cap import MonthlyUse
from esign.envelopes import updates
from esign.envelopes.dispatch.outcomes import (
    MAX_ATTEMPTS,
    client_for,
    draft_is_gone,
    give_up,
    leave_open,
    stop,
    take_claim,
    update_while_claimed,
    wait,
    wait_a_little,
)
from esign.envelopes.dispatch.wanted import no_longer_wanted
from esign.models import AuditEvent, Claim, Envelope, State
from propertyapp.milestones import reach


def send_draft(envelope: Envelope) -> bool:
    """DRAFTED -> SENT: the one call that mails people, always for the id on the row."""
    try:
        claim = take_claim(envelope, State.SENDING, within=monthly_cap.place(envelope.connection))
    except monthly_cap.CapReached as reached:
        return _wait_for_a_place(envelope, reached.use)
    if claim is None:
        return False
    if reason := no_longer_wanted(claim.envelope):
        return stop(claim, reason, "Void it. Or, if the lease goes on after all, press “Try again”.")
    try:
        client_for(envelope).send_draft(claim.envelope)
    except NothingDone as error:
        return wait(claim, State.DRAFTED, error)
    except DocusignRefused as refusal:
        # A refusal may only mean that an earlier call, whose answer was lost, has sent it already.
        return _settle_by_id(claim, refusal)
    except DocusignUnknown as unknown:
        return leave_open(claim, unknown)
    reach("send-answered", envelope_id=envelope.pk)
    _mark_sent(claim)
    return False  # it is the signers' turn


def _wait_for_a_place(envelope: Envelope, use: MonthlyUse) -> bool:
    """The plan's envelopes are used up: nothing was asked. A cancel that is asked for meanwhile does not wait."""
    drafted = Envelope.objects.unclaimed().filter(pk=envelope.pk, state=State.DRAFTED, cancel_asked_at__isnull=True)
    held = {"due_at": use.next_month, "problem": monthly_cap.REACHED, "next_step": use.next_step}
    drafted.update(**held, updated_at=timezone.now())
    return False


def _mark_sent(claim: Claim) -> None:
    now = timezone.now()
    with transaction.atomic():
        sent = {"state": State.SENT, "docusign_status": "sent", "sent_at": now, "due_at": now, "attempt": 0}
        if not claim.write(**sent, problem="", next_step=""):
            return  # an update arrived before us: it is written already
        envelope = claim.envelope
        AuditEvent.record(
            envelope.lease,
            "envelope.sent",
            f"{envelope} went out for signature.",
            actor="Docusign",
            envelope=envelope,
            key=f"{envelope.pk}:sent",
        )
        updates.invite_whose_turn(envelope)
    reach("send-kept", envelope_id=claim.envelope.pk)


def wait_for_hours(envelope: Envelope) -> bool:
    """DRAFTED, outside of its campaign's hours: due again when they begin. False: there is nothing else to do now.

    One statement without a claim: a cancel that is asked for at this moment is not put off with it.
    """
    hours, now = envelope.hours, timezone.now()
    assert hours is not None
    begin = hours.next_allowed(now)
    if begin is None:
        claim = take_claim(envelope, State.DRAFTED)
        advice = "Cancel it, and send another by hand."
        return claim is not None and stop(claim, "The hours of its campaign never come.", advice)
    as_seen = Envelope.objects.unclaimed().filter(pk=envelope.pk, state=State.DRAFTED, hold_draft=False)
    as_seen.filter(cancel_asked_at__isnull=True).update(
        due_at=begin,
        problem="",
        next_step=f"Nothing to do: it waits until {hours.moment(begin)} because of the campaign's hours.",
        updated_at=now,
    )
    return False


def settle_send(envelope: Envelope) -> bool:
    """SENDING with a claim run out: look at the envelope; a draft is sent again, which changes no other state."""
    claim = take_claim(envelope, State.SENDING)
    return claim is not None and _settle_by_id(claim, None)


def _settle_by_id(claim: Claim, refusal: DocusignRefused | None) -> bool:
    envelope = claim.envelope
    asked_at = timezone.now()
    try:
        found = client_for(envelope).get_envelope(envelope)
    except DocusignNotFound:
        return draft_is_gone(claim)
    except NothingDone as error:
        return wait(claim, State.SENDING, error)
    except DocusignError as error:
        return wait_a_little(claim, State.SENDING, error)
    reach("send-looked-up", envelope_id=envelope.pk)
    if found.status == "deleted":
        return draft_is_gone(claim)
    if found.status != "created":
        return update_while_claimed(claim, found, asked_at)
    if refusal is not None and not isinstance(refusal, DocusignConflict):
        return give_up(claim, refusal)
    if refusal is not None:  # somebody holds the draft open, perhaps
        return wait_a_little(claim, State.DRAFTED, refusal)
    if envelope.attempt >= MAX_ATTEMPTS:
        return stop(claim, "Docusign did not send the draft.", "Check Docusign's status page, then press “Try again”.")
    return claim.write(state=State.DRAFTED, due_at=timezone.now())
