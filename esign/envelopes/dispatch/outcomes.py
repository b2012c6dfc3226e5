"""How a step of the protocol takes its claim, and the ways in which it ends."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from esign.docusign import (
    DocusignClient,
    DocusignError,
    DocusignUnknown,
    NothingDone,
)
from esign.docusign.answers import EnvelopeUpdate
from esign.docusign.budget import Lane
from esign.envelopes import updates
from esign.models import AuditEvent, Claim, Envelope, State
from propertyapp.milestones import reach

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8


def take_claim(
    envelope: Envelope, to_state: State, *, within: AbstractContextManager[None] | None = None
) -> Claim | None:
    """Take the row as it was seen, committed before any call. None: somebody else has it, or it moved.

    What has to be taken together with the row is taken `within`.
    """
    with within or nullcontext():
        claim = Envelope.objects.claim(envelope, to_state=to_state)
    if claim is not None:
        reach(f"claimed-{to_state}", envelope_id=envelope.pk)
    return claim


def wait(claim: Claim, state: State, error: NothingDone) -> bool:
    """Nothing was done: the row waits for the time the error names. This is no attempt."""
    claim.write(
        state=state, due_at=error.retry_at, problem=str(error), next_step="Nothing to do: it goes on by itself."
    )
    return False


def wait_a_little(claim: Claim, state: State, error: DocusignError) -> bool:
    """Something went wrong that may pass: the row waits, longer each time, and stops after MAX_ATTEMPTS."""
    later = timezone.now() + timedelta(seconds=min(30 * 2 ** min(claim.envelope.attempt, 5), 900))
    if claim.envelope.attempt >= MAX_ATTEMPTS:
        return stop(claim, str(error), "Look at the envelope in Docusign, then press “Try again”.")
    claim.write(
        state=state,
        due_at=later,
        attempt=claim.envelope.attempt + 1,
        problem=str(error),
        next_step="Nothing to do: we look again by ourselves.",
    )
    return False


def leave_open(claim: Claim, unknown: DocusignUnknown) -> bool:
    """The outcome is unknown.

    Keep the claim until it expires, so a delayed request can still take effect before we look.
    """
    Envelope.objects.filter(pk=claim.envelope.pk, claim_token=claim.token).update(
        attempt=F("attempt") + 1,
        problem=str(unknown),
        next_step="Nothing to do: in a few minutes we ask Docusign what is there.",
    )
    return False


def give_up(claim: Claim, refusal: DocusignError) -> bool:
    """Docusign refuses it for good."""
    return stop(claim, str(refusal), "Correct what Docusign names, then press “Try again”, or cancel the envelope.")


def stop(claim: Claim, problem: str, advice: str, **changes: Any) -> bool:
    """NEEDS_ATTENTION, with the cause and the next step for a person."""
    logger.warning("envelope %s needs attention: %s", claim.envelope.pk, problem)
    # A cancel that cannot be carried out stays asked for, but Docusign is not asked again before tomorrow.
    if claim.envelope.cancel_asked_at is not None:
        changes["due_at"] = timezone.now() + timedelta(days=1)
    # Beside a successor only one may be live, so this one stays voided.
    state = State.VOIDED if claim.envelope.state == State.VOIDED else State.NEEDS_ATTENTION
    claim.write(state=state, problem=problem, next_step=advice, **changes)
    return False


def lane_of(envelope: Envelope) -> Lane:
    """People before campaigns."""
    return Lane.CAMPAIGN if envelope.in_campaign else Lane.INTERACTIVE


def client_for(envelope: Envelope) -> DocusignClient:
    return DocusignClient(envelope.connection, lane=lane_of(envelope))


def update_while_claimed(claim: Claim, found: EnvelopeUpdate, asked_at: datetime) -> bool:
    """Docusign is further than we: end the claim and take over what it says, with all that follows."""
    with transaction.atomic():
        claim.write(state=State.SENT, docusign_status="sent")
        reach("update-taken", envelope_id=claim.envelope.pk)
        updates.apply_update(claim.envelope.pk, found, asked_at=asked_at)
    claim.envelope.refresh_from_db()
    return True


def draft_is_gone(claim: Claim) -> bool:
    """The draft was deleted at Docusign: just what a cancel wanted, else a matter for a person."""
    if claim.envelope.cancel_asked_at is not None:
        return cancelled(claim)
    # The id is dropped, so that "Try again" makes a new draft: the old one is deleted and was never sent.
    return stop(
        claim,
        "Somebody deleted the draft at Docusign before it was sent.",
        "Press “Try again” to make a new one, or cancel the envelope.",
        docusign_id=None,
        docusign_status="deleted",
    )


def cancelled(claim: Claim) -> bool:
    """VOIDED without anybody having been asked to sign."""
    return close(claim, docusign_status="deleted")


def close(claim: Claim, **changes: Any) -> bool:
    """VOIDED, with all that follows, in one transaction: a death in between would keep the lease out for ever.

    False: the claim is lost, to an update with the same effect or to a worker that looks again.
    """
    envelope = claim.envelope
    reason = envelope.void_reason or "Withdrawn"
    with transaction.atomic():
        if not claim.write(state=State.VOIDED, voided_at=timezone.now(), problem="", next_step="", **changes):
            return False
        reach("void-written", envelope_id=envelope.pk)
        AuditEvent.record(
            envelope.lease,
            "envelope.voided",
            f"{envelope} was voided: {reason}",
            actor=str(envelope.cancel_asked_by or "system"),
            envelope=envelope,
            key=f"{envelope.pk}:voided",
        )
        updates.tell_it_is_over(envelope)
        updates.give_back(envelope, reason)
    return True
