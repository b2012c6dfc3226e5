"""The send protocol: carry one envelope from READY to the signers, exactly once.

The row is the truth. A worker takes it by a conditional UPDATE (`Envelope.objects.claim`), committed before
the call; makes one call with no transaction open; and writes the outcome only while the claim is still its
own. A draft mails no one, so an answer that was lost costs at most an orphan draft, never a second lease:
people get mail only by `send_draft`, which names the one id on the row.

    READY --claim--> CREATING --> DRAFTED --claim--> SENDING --> SENT
      ^                 |                               |
      |   look up by transaction id        look up by id, send again if still a draft
      +--- nothing there

`advance` may be called at any time, by anybody, any number of times.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.utils import timezone

from esign.envelopes.dispatch.cancel import cancel_unsent, delete_draft, reopen_to_cancel, void
from esign.envelopes.dispatch.draft import create_draft, fill_draft, settle_draft
from esign.envelopes.dispatch.send import send_draft, settle_send, wait_for_hours
from esign.models import Envelope, State

__all__ = ["advance", "next_step", "void"]

MAX_STEPS = 8

Step = Callable[[Envelope], bool]


def advance(envelope_id: UUID) -> Envelope | None:
    """Carry an envelope as far as it will go now, and return it; what cannot go now waits for its `due_at`."""
    rows = Envelope.objects.select_related("connection", "lease", "bulk_send").defer("terms", "lease__sent_terms")
    envelope = rows.filter(pk=envelope_id).first()
    if envelope is None:
        return None
    for _ in range(MAX_STEPS):
        step = next_step(envelope)
        if step is None or not step(envelope):
            break
    return envelope


def next_step(envelope: Envelope) -> Step | None:
    """What dispatch would do with this row now; None when it is somebody else's turn or not yet time."""
    now = timezone.now()
    if envelope.is_claimed or envelope.due_at > now or envelope.is_in_a_list:
        return None
    cancelling = envelope.cancel_asked_at is not None
    match envelope.state:
        case State.READY:
            return cancel_unsent if cancelling else create_draft
        case State.CREATING:
            return settle_draft
        case State.DRAFTED:
            return delete_draft if cancelling else _step_of_a_draft(envelope)
        case State.SENDING:
            return settle_send
        case State.SENT | State.DELIVERED:
            return void if cancelling else None
        case State.NEEDS_ATTENTION:
            return reopen_to_cancel if cancelling else None
        case State.VOIDED:
            return void if envelope.is_out_though_voided else None
    return None


def _step_of_a_draft(envelope: Envelope) -> Step | None:
    """A draft is complete before it is sent or held: what templates put into it is looked at, and filled in."""
    if not all(rider.is_settled_in(envelope.docusign_id) for rider in envelope.riders.all()):
        return fill_draft
    if envelope.hold_draft:
        return None
    return send_draft if envelope.may_mail_at(timezone.now()) else wait_for_hours
