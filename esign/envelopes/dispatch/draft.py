"""READY to DRAFTED: a draft at Docusign, for which no one is mailed."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from esign.docusign import (
    DocusignError,
    DocusignNotFound,
    DocusignRefused,
    DocusignUnknown,
    NothingDone,
)
from esign.docusign.templates import TemplateClient
from esign.envelopes import updates
from esign.envelopes.account_templates import draft_checks
from esign.envelopes.dispatch.outcomes import (
    MAX_ATTEMPTS,
    client_for,
    draft_is_gone,
    give_up,
    lane_of,
    leave_open,
    stop,
    take_claim,
    update_while_claimed,
    wait,
    wait_a_little,
)
from esign.mail.links import portal_link
from esign.models import Claim, Envelope, OrphanDraft, State
from propertyapp.milestones import reach


def create_draft(envelope: Envelope) -> bool:
    """READY -> DRAFTED. An unknown outcome leaves the row in CREATING until its claim runs out."""
    claim = take_claim(envelope, State.CREATING)
    if claim is None:
        return False
    prefetch_related_objects([envelope], "signers", "documents", "riders__template")
    try:
        docusign_id = client_for(envelope).create_draft(claim.envelope, start_url=portal_link)
    except NothingDone as error:
        return wait(claim, State.READY, error)
    except DocusignRefused as refusal:
        return give_up(claim, refusal)
    except DocusignUnknown as unknown:
        return leave_open(claim, unknown)
    reach("draft-answered", envelope_id=envelope.pk)
    return _keep_draft(claim, docusign_id)


def _keep_draft(claim: Claim, docusign_id: UUID) -> bool:
    now = timezone.now()
    try:
        with transaction.atomic():
            kept = claim.write(
                state=State.DRAFTED,
                docusign_id=docusign_id,
                docusign_status="created",
                drafted_at=now,
                due_at=now,
                problem="",
                next_step="",
            )
    except IntegrityError:
        return leave_open(claim, DocusignUnknown("Docusign's answer names the envelope of another lease."))
    if not kept:
        _disown(claim.envelope, docusign_id)
    reach("draft-kept", envelope_id=claim.envelope.pk)
    return kept


def _disown(envelope: Envelope, docusign_id: UUID) -> None:
    """Our claim expired before the answer came. Unless its new owner found this very draft, the draft is never sent."""
    if Envelope.objects.filter(docusign_id=docusign_id).exists():
        return
    OrphanDraft.objects.get_or_create(
        docusign_id=docusign_id,
        defaults={
            "connection": envelope.connection,
            "envelope": envelope,
            "due_at": timezone.now() + updates.ORPHAN_WAIT,
        },
    )


def settle_draft(envelope: Envelope) -> bool:
    """CREATING with a claim run out: what became of the call? Ask by transaction id."""
    claim = take_claim(envelope, State.CREATING)
    if claim is None:
        return False
    try:
        found = [e for e in client_for(envelope).find(claim.envelope) if e.status != "deleted"]
    except NothingDone as error:
        return wait(claim, State.CREATING, error)
    except DocusignError as error:
        return wait_a_little(claim, State.CREATING, error)
    reach("draft-looked-up", envelope_id=envelope.pk)
    if not found:
        # A draft that lands after this look can only become an orphan: nothing but the id on the row is sent.
        return _back_to_ready(claim)
    first, *rest = sorted(found, key=lambda e: (updates.RANK.get(e.status, 0) * -1, str(e.envelope_id)))
    for orphan in rest:
        updates.note_orphan(claim.envelope, orphan)
    with transaction.atomic():  # or what is out already would be a draft to the next who looks
        kept = _keep_draft(claim, first.envelope_id)
        if kept and first.status != "created":
            updates.apply_update(envelope.pk, first, asked_at=timezone.now())
            envelope.refresh_from_db()
    return kept


def _back_to_ready(claim: Claim) -> bool:
    envelope = claim.envelope
    if envelope.attempt >= MAX_ATTEMPTS:
        return stop(
            claim,
            f"Docusign gave no usable answer {envelope.attempt} times.",
            "Check Docusign's status page, then press “Try again”.",
        )
    return claim.write(state=State.READY, due_at=timezone.now())


def fill_draft(envelope: Envelope) -> bool:
    """DRAFTED, from templates of the account: look at who is in it, and fill in what is generated.

    It mails no one and may be done again, so an unknown outcome is simply tried again; the draft is not sent before.
    """
    claim = take_claim(envelope, State.DRAFTED)
    if claim is None or claim.envelope.docusign_id is None:
        return False
    client = TemplateClient(envelope.connection, lane=lane_of(envelope))
    prefetch_related_objects([envelope], "riders__template")
    riders = list(envelope.riders.all())
    try:
        asked_at = timezone.now()
        found = client.get_envelope(claim.envelope)
        if found.status == "deleted":
            return draft_is_gone(claim)
        if found.status != "created":
            return update_while_claimed(claim, found, asked_at)
        settled = draft_checks.settle(client, claim.envelope, found, riders)
    except DocusignNotFound:
        return draft_is_gone(claim)
    except NothingDone as error:
        return wait(claim, State.DRAFTED, error)
    except DocusignRefused as refusal:
        return give_up(claim, refusal)
    except DocusignError as error:
        return wait_a_little(claim, State.DRAFTED, error)
    reach("draft-filled", envelope_id=envelope.pk)
    if settled.problems:
        return stop(
            claim, " ".join(settled.problems), "Correct the template or its mapping, then press “Try again”, or cancel."
        )
    with transaction.atomic():
        kept = claim.write(state=State.DRAFTED, due_at=timezone.now(), problem="", next_step="")
        if kept:
            settled.keep(claim.envelope, riders)
    return kept
