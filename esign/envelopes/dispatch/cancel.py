"""From any state to VOIDED, once somebody has asked for it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from esign.docusign import (
    DocusignClient,
    DocusignConflict,
    DocusignError,
    DocusignNotFound,
    DocusignRefused,
    NothingDone,
)
from esign.envelopes import updates
from esign.envelopes.dispatch.outcomes import (
    cancelled,
    client_for,
    close,
    stop,
    take_claim,
    update_while_claimed,
    wait,
    wait_a_little,
)
from esign.models import Claim, Envelope, State
from esign.models.envelope import WITH_SIGNERS


def cancel_unsent(envelope: Envelope) -> bool:
    """READY and not wanted any more: nothing is at Docusign that anybody could send."""
    claim = take_claim(envelope, State.READY)
    return claim is not None and cancelled(claim)


def delete_draft(envelope: Envelope) -> bool:
    """DRAFTED and not wanted any more: into Docusign's recycle bin, and look that it is there."""
    claim = take_claim(envelope, State.DRAFTED)
    if claim is None or claim.envelope.docusign_id is None:
        return False
    client = client_for(envelope)
    try:
        client.delete_draft(claim.envelope.docusign_id, claim.envelope)
        found = client.get_envelope(claim.envelope)
    except DocusignNotFound:
        return cancelled(claim)
    except NothingDone as error:
        return wait(claim, State.DRAFTED, error)
    except DocusignError as error:
        return _look_again(claim, error)
    if found.status in ("deleted", "created"):
        return cancelled(claim)
    return update_while_claimed(claim, found, timezone.now())


def _look_again(claim: Claim, error: DocusignError) -> bool:
    """The bin call was refused or is unknown: SENDING is where we look before anything else."""
    return wait_a_little(claim, State.SENDING, error)


def void(envelope: Envelope) -> bool:
    """SENT and not wanted any more: void it, and believe it only when Docusign says so."""
    claim = take_claim(envelope, State(envelope.state))
    if claim is None:
        return False
    client = client_for(envelope)
    asked_at = timezone.now()
    try:
        client.void(claim.envelope, claim.envelope.void_reason)
    except NothingDone as error:
        return wait(claim, State(envelope.state), error)
    except DocusignError as error:
        return _settle_void(claim, client, error, asked_at)
    return close(claim, docusign_status="voided", heard_at=timezone.now())


def _settle_void(claim: Claim, client: DocusignClient, refusal: DocusignError, asked_at: datetime) -> bool:
    state = State(claim.envelope.state)
    try:
        found = client.get_envelope(claim.envelope)
    except DocusignError as error:
        return wait_a_little(claim, state, error)
    if updates.STATES.get(found.status) in WITH_SIGNERS:
        if isinstance(refusal, DocusignRefused) and not isinstance(refusal, DocusignConflict):
            return stop(claim, str(refusal), "Void it in Docusign, or fix what is named and press “Try again”.")
        return wait_a_little(claim, state, refusal)
    if found.status == "created":
        return claim.write(state=State.DRAFTED, docusign_status="created")  # it never went out: into the bin with it
    claim.write()
    updates.apply_update(claim.envelope.pk, found, asked_at=asked_at)
    claim.envelope.refresh_from_db()
    return True


def reopen_to_cancel(envelope: Envelope) -> bool:
    """NEEDS_ATTENTION and not wanted any more: with something at Docusign, look at it first."""
    claim = take_claim(envelope, State.NEEDS_ATTENTION)
    if claim is None:
        return False
    return claim.write(state=State.SENDING, attempt=0) if envelope.docusign_id else cancelled(claim)
