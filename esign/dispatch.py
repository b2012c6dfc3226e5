"""The send protocol: carry one envelope from READY to the signers, exactly once.

The row is the truth. A worker takes it by a conditional UPDATE (`Envelope.objects.claim`), committed before
the call; makes one call with no transaction open; and writes the outcome only while the claim is still its
own. A draft mails nobody, so an answer that was lost costs at most an orphan draft, never a second lease:
people get mail only by `send_draft`, which names the one id on the row.

    READY --claim--> CREATING --> DRAFTED --claim--> SENDING --> SENT
      ^                 |                               |
      |   look up by transaction id        look up by id, send again if still a draft
      +--- nothing there

`advance` may be called at any time, by anybody, any number of times.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, prefetch_related_objects
from django.utils import timezone

from esign import apply, vendor_templates
from esign.docusign import (
    DocusignClient,
    DocusignConflict,
    DocusignError,
    DocusignNotFound,
    DocusignRefused,
    DocusignUnknown,
    NothingDone,
)
from esign.docusign.answers import VendorEnvelope
from esign.docusign.budget import Lane
from esign.docusign.templates import TemplateClient
from esign.links import portal_link
from esign.milestones import reach
from esign.models import AuditEvent, Claim, Envelope, OrphanDraft, State
from esign.models.envelope import WITH_SIGNERS

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
MAX_STEPS = 8

Step = Callable[[Envelope], bool]


def advance(envelope_id: UUID) -> None:
    """Carry an envelope as far as it will go now; what cannot go now waits for its `due_at`."""
    rows = Envelope.objects.select_related("connection", "lease").defer("terms", "lease__sent_terms")
    envelope = rows.filter(pk=envelope_id).first()
    if envelope is None:
        return
    for _ in range(MAX_STEPS):
        step = next_step(envelope)
        if step is None or not step(envelope):
            return


def next_step(envelope: Envelope) -> Step | None:
    """What dispatch would do with this row now; None when it is somebody else's turn or not yet time."""
    now = timezone.now()
    if envelope.is_claimed or envelope.due_at > now:
        return None
    cancelling = envelope.cancel_asked_at is not None
    match envelope.state:
        case State.READY:
            return cancel_unsent if cancelling else create_draft
        case State.CREATING:
            return settle_draft
        case State.DRAFTED:
            return bin_draft if cancelling else _step_of_a_draft(envelope)
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
    if envelope.riders.unsettled(envelope.docusign_id).exists():
        return fill_draft
    return None if envelope.hold_draft else send_draft


# --- drafting ---------------------------------------------------------------------------------------------


def create_draft(envelope: Envelope) -> bool:
    """READY -> DRAFTED. An unknown outcome leaves the row in CREATING until its claim runs out."""
    claim = _claim(envelope, State.CREATING)
    if claim is None:
        return False
    prefetch_related_objects([envelope], "signers")
    try:
        docusign_id = _client(envelope).create_draft(claim.envelope, start_url=portal_link)
    except NothingDone as error:
        return _wait(claim, State.READY, error)
    except DocusignRefused as refusal:
        return _give_up(claim, refusal)
    except DocusignUnknown as unknown:
        return _leave_open(claim, unknown)
    reach("draft-answered", envelope_id=envelope.pk)
    return _keep_draft(claim, docusign_id)


def _keep_draft(claim: Claim, docusign_id: UUID) -> bool:
    now = timezone.now()
    kept = claim.write(
        state=State.DRAFTED,
        docusign_id=docusign_id,
        docusign_status="created",
        drafted_at=now,
        due_at=now,
        problem="",
        next_step="",
    )
    if not kept:
        _disown(claim.envelope, docusign_id)
    reach("draft-kept", envelope_id=claim.envelope.pk)
    return kept


def _disown(envelope: Envelope, docusign_id: UUID) -> None:
    """We slept past our claim. Unless the new owner found this very draft, nobody will ever send it."""
    if Envelope.objects.filter(docusign_id=docusign_id).exists():
        return
    OrphanDraft.objects.get_or_create(
        docusign_id=docusign_id,
        defaults={
            "connection": envelope.connection,
            "envelope": envelope,
            "due_at": timezone.now() + apply.ORPHAN_WAIT,
        },
    )


def settle_draft(envelope: Envelope) -> bool:
    """CREATING with a claim run out: what became of the call? Ask by transaction id."""
    claim = _claim(envelope, State.CREATING)
    if claim is None:
        return False
    try:
        found = [e for e in _client(envelope).find(claim.envelope) if e.status != "deleted"]
    except NothingDone as error:
        return _wait(claim, State.CREATING, error)
    except DocusignError as error:
        return _wait_a_little(claim, State.CREATING, error)
    reach("draft-looked-up", envelope_id=envelope.pk)
    if not found:
        # A draft that lands after this look can only become an orphan: nothing but the id on the row is sent.
        return _back_to_ready(claim)
    first, *rest = sorted(found, key=lambda e: (apply.RANK.get(e.status, 0) * -1, str(e.envelope_id)))
    for orphan in rest:
        apply.note_orphan(claim.envelope, orphan)
    kept = _keep_draft(claim, first.envelope_id)
    if kept and first.status != "created":
        apply.apply_news(envelope.pk, first, asked_at=timezone.now())
        envelope.refresh_from_db()
    return kept


def _back_to_ready(claim: Claim) -> bool:
    envelope = claim.envelope
    if envelope.attempt >= MAX_ATTEMPTS:
        return _stop(
            claim,
            f"Docusign gave no usable answer {envelope.attempt} times.",
            "Check Docusign's status page, then press “Try again”.",
        )
    return claim.write(state=State.READY, due_at=timezone.now())


def fill_draft(envelope: Envelope) -> bool:
    """DRAFTED, from templates of the account: look at who is in it, and fill in what is generated.

    It mails nobody and may be done again, so an unknown outcome is simply tried again; the draft is not sent before.
    """
    claim = _claim(envelope, State.DRAFTED)
    if claim is None or claim.envelope.docusign_id is None:
        return False
    lane = Lane.CAMPAIGN if envelope.in_campaign else Lane.INTERACTIVE
    client = TemplateClient(envelope.connection, lane=lane)
    riders = list(envelope.riders.select_related("template"))
    try:
        asked_at = timezone.now()
        found = client.get_envelope(claim.envelope)
        if found.status == "deleted":
            return _draft_is_gone(claim)
        if found.status != "created":
            return _news_while_claimed(claim, found, asked_at)
        settled = vendor_templates.settle(client, claim.envelope, found, riders)
    except DocusignNotFound:
        return _draft_is_gone(claim)
    except NothingDone as error:
        return _wait(claim, State.DRAFTED, error)
    except DocusignRefused as refusal:
        return _give_up(claim, refusal)
    except DocusignError as error:
        return _wait_a_little(claim, State.DRAFTED, error)
    reach("draft-filled", envelope_id=envelope.pk)
    if settled.problems:
        return _stop(
            claim, " ".join(settled.problems), "Correct the template or its mapping, then press “Try again”, or cancel."
        )
    with transaction.atomic():
        kept = claim.write(state=State.DRAFTED, due_at=timezone.now(), problem="", next_step="")
        if kept:
            settled.keep(claim.envelope, riders)
    return kept


# --- sending ----------------------------------------------------------------------------------------------


def send_draft(envelope: Envelope) -> bool:
    """DRAFTED -> SENT: the one call that mails people, always for the id on the row."""
    claim = _claim(envelope, State.SENDING)
    if claim is None:
        return False
    try:
        _client(envelope).send_draft(claim.envelope)
    except NothingDone as error:
        return _wait(claim, State.DRAFTED, error)
    except DocusignRefused as refusal:
        # A refusal may only mean that an earlier call, whose answer was lost, has sent it already.
        return _settle_by_id(claim, refusal)
    except DocusignUnknown as unknown:
        return _leave_open(claim, unknown)
    reach("send-answered", envelope_id=envelope.pk)
    _mark_sent(claim)
    return False  # it is the signers' turn


def _mark_sent(claim: Claim) -> None:
    now = timezone.now()
    with transaction.atomic():
        if not claim.write(state=State.SENT, docusign_status="sent", sent_at=now, due_at=now, problem="", next_step=""):
            return  # the news was faster than we: it is written already
        envelope = claim.envelope
        AuditEvent.record(
            envelope.lease,
            "envelope.sent",
            f"{envelope} went out for signature.",
            actor="Docusign",
            envelope=envelope,
            key=f"{envelope.pk}:sent",
        )
        apply.invite_whose_turn(envelope)
    reach("send-kept", envelope_id=claim.envelope.pk)


def settle_send(envelope: Envelope) -> bool:
    """SENDING with a claim run out: look at the envelope; a draft is sent again, which changes no other state."""
    claim = _claim(envelope, State.SENDING)
    return claim is not None and _settle_by_id(claim, None)


def _settle_by_id(claim: Claim, refusal: DocusignRefused | None) -> bool:
    envelope = claim.envelope
    asked_at = timezone.now()
    try:
        found = _client(envelope).get_envelope(envelope)
    except DocusignNotFound:
        return _draft_is_gone(claim)
    except NothingDone as error:
        return _wait(claim, State.SENDING, error)
    except DocusignError as error:
        return _wait_a_little(claim, State.SENDING, error)
    reach("send-looked-up", envelope_id=envelope.pk)
    if found.status == "deleted":
        return _draft_is_gone(claim)
    if found.status != "created":
        return _news_while_claimed(claim, found, asked_at)
    if refusal is not None and not isinstance(refusal, DocusignConflict):
        return _give_up(claim, refusal)
    if envelope.attempt >= MAX_ATTEMPTS:
        return _stop(claim, "Docusign did not send the draft.", "Check Docusign's status page, then press “Try again”.")
    later = timezone.now() + timedelta(seconds=30 if refusal else 0)
    return claim.write(state=State.DRAFTED, due_at=later)


def _news_while_claimed(claim: Claim, found: VendorEnvelope, asked_at: Any) -> bool:
    claim.write(state=State.SENT, docusign_status="sent")
    apply.apply_news(claim.envelope.pk, found, asked_at=asked_at)
    claim.envelope.refresh_from_db()
    return True


def _draft_is_gone(claim: Claim) -> bool:
    if claim.envelope.cancel_asked_at is not None:
        return _cancelled(claim)
    # The id is dropped, so that "Try again" makes a new draft: the old one is deleted and was never sent.
    return _stop(
        claim,
        "Somebody deleted the draft at Docusign before it was sent.",
        "Press “Try again” to make a new one, or cancel the envelope.",
        docusign_id=None,
        docusign_status="deleted",
    )


# --- cancelling -------------------------------------------------------------------------------------------


def cancel_unsent(envelope: Envelope) -> bool:
    """READY and not wanted any more: nothing is at Docusign that anybody could send."""
    claim = _claim(envelope, State.READY)
    return claim is not None and _cancelled(claim)


def bin_draft(envelope: Envelope) -> bool:
    """DRAFTED and not wanted any more: into Docusign's recycle bin, and look that it is there."""
    claim = _claim(envelope, State.DRAFTED)
    if claim is None or claim.envelope.docusign_id is None:
        return False
    client = _client(envelope)
    try:
        client.bin_draft(claim.envelope.docusign_id, claim.envelope)
        found = client.get_envelope(claim.envelope)
    except DocusignNotFound:
        return _cancelled(claim)
    except NothingDone as error:
        return _wait(claim, State.DRAFTED, error)
    except DocusignError as error:
        return _look_again(claim, error)
    if found.status in ("deleted", "created"):
        return _cancelled(claim)
    return _news_while_claimed(claim, found, timezone.now())


def _look_again(claim: Claim, error: DocusignError) -> bool:
    """The bin call was refused or is unknown: SENDING is where we look before anything else."""
    return _wait_a_little(claim, State.SENDING, error)


def void(envelope: Envelope) -> bool:
    """SENT and not wanted any more: void it, and believe it only when Docusign says so."""
    claim = _claim(envelope, State(envelope.state))
    if claim is None:
        return False
    client = _client(envelope)
    asked_at = timezone.now()
    try:
        client.void(claim.envelope, claim.envelope.void_reason)
    except NothingDone as error:
        return _wait(claim, State(envelope.state), error)
    except DocusignError as error:
        return _settle_void(claim, client, error, asked_at)
    return _close(claim, docusign_status="voided", heard_at=timezone.now())


def _settle_void(claim: Claim, client: DocusignClient, refusal: DocusignError, asked_at: Any) -> bool:
    state = State(claim.envelope.state)
    try:
        found = client.get_envelope(claim.envelope)
    except DocusignError as error:
        return _wait_a_little(claim, state, error)
    if apply.STATES.get(found.status) in WITH_SIGNERS:
        if isinstance(refusal, DocusignRefused) and not isinstance(refusal, DocusignConflict):
            return _give_up(claim, refusal)
        return _wait_a_little(claim, state, refusal)
    claim.write()
    apply.apply_news(claim.envelope.pk, found, asked_at=asked_at)
    claim.envelope.refresh_from_db()
    return True


def reopen_to_cancel(envelope: Envelope) -> bool:
    """NEEDS_ATTENTION and not wanted any more: with something at Docusign, look at it first."""
    claim = _claim(envelope, State.NEEDS_ATTENTION)
    if claim is None:
        return False
    return claim.write(state=State.SENDING, attempt=0) if envelope.docusign_id else _cancelled(claim)


def _cancelled(claim: Claim) -> bool:
    return _close(claim, docusign_status="deleted")


def _close(claim: Claim, **changes: Any) -> bool:
    """-> VOIDED, with all that follows, in one transaction: a crash in between would keep the lease for ever.

    False: the claim is lost, to news that brings the same about or to a worker who looks again.
    """
    envelope = claim.envelope
    reason = envelope.void_reason or "Withdrawn"
    with transaction.atomic():
        if not claim.write(state=State.VOIDED, voided_at=timezone.now(), problem="", next_step="", **changes):
            return False
        reach("void-kept", envelope_id=envelope.pk)
        AuditEvent.record(
            envelope.lease,
            "envelope.voided",
            f"{envelope} was voided: {reason}",
            actor=str(envelope.cancel_asked_by or "system"),
            envelope=envelope,
            key=f"{envelope.pk}:voided",
        )
        apply.tell_it_is_over(envelope)
        apply.give_back(envelope, reason)
    return True


# --- the ways a step ends ----------------------------------------------------------------------------------


def _claim(envelope: Envelope, to_state: State) -> Claim | None:
    claim = Envelope.objects.claim(envelope, to_state=to_state)
    if claim is not None:
        reach(f"claimed-{to_state}", envelope_id=envelope.pk)
    return claim


def _wait(claim: Claim, state: State, error: NothingDone) -> bool:
    """Nothing was done: the row waits for the time the error names. This is no attempt."""
    claim.write(
        state=state, due_at=error.retry_at, problem=str(error), next_step="Nothing to do: it goes on by itself."
    )
    return False


def _wait_a_little(claim: Claim, state: State, error: DocusignError) -> bool:
    later = timezone.now() + timedelta(seconds=min(30 * 2 ** min(claim.envelope.attempt, 5), 900))
    if claim.envelope.attempt >= MAX_ATTEMPTS:
        return _stop(claim, str(error), "Look at the envelope in Docusign, then press “Try again”.")
    claim.write(
        state=state,
        due_at=later,
        attempt=claim.envelope.attempt + 1,
        problem=str(error),
        next_step="Nothing to do: we look again by ourselves.",
    )
    return False


def _leave_open(claim: Claim, unknown: DocusignUnknown) -> bool:
    """Nobody knows what happened. The claim stays until it runs out, so that a late landing can land first."""
    Envelope.objects.filter(pk=claim.envelope.pk, claim_token=claim.token).update(
        attempt=F("attempt") + 1,
        problem=str(unknown),
        next_step="Nothing to do: in a few minutes we ask Docusign what is there.",
    )
    return False


def _give_up(claim: Claim, refusal: DocusignError) -> bool:
    return _stop(claim, str(refusal), "Correct what Docusign names, then press “Try again”, or cancel the envelope.")


def _stop(claim: Claim, problem: str, advice: str, **changes: Any) -> bool:
    logger.warning("envelope %s needs attention: %s", claim.envelope.pk, problem)
    state = State.NEEDS_ATTENTION
    if claim.envelope.state == State.VOIDED:  # its successor is the live one; this is tried again tomorrow
        state, changes["due_at"] = State.VOIDED, timezone.now() + timedelta(days=1)
    claim.write(state=state, problem=problem, next_step=advice, **changes)
    return False


def _client(envelope: Envelope) -> DocusignClient:
    lane = Lane.CAMPAIGN if envelope.in_campaign else Lane.INTERACTIVE
    return DocusignClient(envelope.connection, lane=lane)
