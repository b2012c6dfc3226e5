"""What Docusign says of an envelope, written to our rows, with each consequence done once.

Every update comes through here: Connect messages, the sweep, and the answers to our own
look-ups. Updates are ordered by their time, never by rank, since Docusign may move an envelope from delivered
back to sent (a correction). Only the final states never go back.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from esign.docusign.answers import EnvelopeUpdate, RecipientUpdate
from esign.envelopes.form_data import propose
from esign.mail.queue import queue_mails
from esign.models import (
    AuditEvent,
    Channel,
    DownloadJob,
    Envelope,
    FormDataJob,
    MailKind,
    OrphanDraft,
    Purpose,
    Signer,
    State,
    whose_turn,
)
from esign.models.envelope import PURPOSES_OF_THE_LEASE_ITSELF, WITH_SIGNERS
from esign.models.signer import DONE, SignerStatus
from leases.errors import LeaseError
from leases.status import LeaseStatus

logger = logging.getLogger(__name__)

ORPHAN_WAIT = timedelta(hours=24)
LISTS_LAG = timedelta(hours=1)  # Docusign does not say how late its lists may be; this is our guess

STATES = {
    "created": State.DRAFTED,
    "sent": State.SENT,
    "correct": State.SENT,
    "delivered": State.DELIVERED,
    "signed": State.DELIVERED,
    "completed": State.COMPLETED,
    "declined": State.DECLINED,
    "voided": State.VOIDED,
}
RANK = {"created": 0, "sent": 1, "correct": 1, "delivered": 2, "signed": 3, "completed": 4, "declined": 4, "voided": 4}
# Docusign's final states. Our own VOIDED of a draft that never went out is not among them.
VENDOR_FINAL = ("completed", "declined", "voided")


def lock(envelope_id: UUID) -> Envelope:
    """Lock the row for this transaction. New rows may still refer to it (`no_key`).

    Lock order: envelope, signers, lease. Any other order can deadlock.
    """
    rows = Envelope.objects.select_for_update(of=("self",), no_key=True).select_related("lease", "connection")
    return rows.get(pk=envelope_id)


def apply_update(
    envelope_id: UUID, update: EnvelopeUpdate, *, generated_at: datetime | None = None, asked_at: datetime | None = None
) -> bool:
    """Bring one envelope's rows up to date. False: the update was stale, or not about this envelope.

    `generated_at` is Docusign's own time for a pushed update; `asked_at` is ours for one we asked for, which
    counts unless something newer was applied while we asked.
    """
    with transaction.atomic():
        envelope = lock(envelope_id)
        if envelope.docusign_id and envelope.docusign_id != update.envelope_id:
            note_orphan(envelope, update)
            return False
        if envelope.docusign_id is None and _belongs_to_no_row(envelope, update):
            note_orphan(envelope, update)
            return False
        if not _is_newer(envelope, update, generated_at, asked_at):
            return False
        _write_envelope(envelope, update, generated_at)
        _write_signers(envelope, update)
        _consequences(envelope, update)
    return True


def apply_recipients(envelope_id: UUID, update: EnvelopeUpdate) -> None:
    """Write who signed when into an envelope that is final already: the update that closed it may not have told."""
    with transaction.atomic():
        envelope = lock(envelope_id)
        _write_signers(envelope, update)
        _consequences(envelope, update)


def note_orphan(envelope: Envelope, update: EnvelopeUpdate) -> None:
    """A second envelope carries this row's id: a draft is put aside for the bin, anything else is an alarm."""
    if update.status == "deleted":
        return
    OrphanDraft.objects.get_or_create(
        docusign_id=update.envelope_id,
        defaults={"connection": envelope.connection, "envelope": envelope, "due_at": timezone.now() + ORPHAN_WAIT},
    )
    if update.status not in ("created", "voided"):
        logger.critical("envelope %s is out twice: %s and %s", envelope.pk, envelope.docusign_id, update.envelope_id)


def _belongs_to_no_row(envelope: Envelope, update: EnvelopeUpdate) -> bool:
    """A draft that is deleted, or that landed after its row was cancelled: adopted, it would lie there for ever."""
    return update.status == "deleted" or (update.status == "created" and envelope.state == State.VOIDED)


def _is_newer(
    envelope: Envelope, update: EnvelopeUpdate, generated_at: datetime | None, asked_at: datetime | None
) -> bool:
    if envelope.docusign_status in VENDOR_FINAL:
        return False
    if asked_at is not None:
        heard_at = envelope.heard_at
        # What was heard in the future was heard by a clock that has been put right since.
        return heard_at is None or heard_at <= asked_at or heard_at > timezone.now()
    if envelope.docusign_as_of is None or generated_at is None:
        return generated_at is not None or RANK.get(update.status, 0) >= RANK.get(envelope.docusign_status, 0)
    if generated_at == envelope.docusign_as_of:
        return RANK.get(update.status, 0) >= RANK.get(envelope.docusign_status, 0)
    return generated_at > envelope.docusign_as_of


def _write_envelope(envelope: Envelope, update: EnvelopeUpdate, generated_at: datetime | None) -> None:
    now = timezone.now()
    as_of = generated_at or update.changed_at
    envelope.docusign_id = envelope.docusign_id or update.envelope_id
    envelope.docusign_status, envelope.heard_at = update.status, now
    envelope.docusign_as_of = max(filter(None, (as_of, envelope.docusign_as_of)), default=None)
    for name in ("sent_at", "delivered_at", "completed_at", "declined_at", "voided_at"):
        setattr(envelope, name, getattr(update, name) or getattr(envelope, name))
    state = STATES.get(update.status)
    # A send that is under way or due is not undone by an update that tells of a draft.
    if state == State.DRAFTED and envelope.state not in (State.READY, State.CREATING):
        state = None
    # An answer that we took for a yes was none. Late lists are no proof either, so dispatch asks by the id first.
    if update.status == "created" and _should_be_out(envelope, now):
        logger.critical("envelope %s is a draft at Docusign although we hold it for sent", envelope.pk)
        state = State.SENDING
    # Our own cancel of a draft is no vendor's void: an envelope that turns up sent is reopened, to be voided.
    # With a successor it cannot be: only one may be live. It stays voided here, and dispatch voids it at Docusign.
    if envelope.state == State.VOIDED and state in WITH_SIGNERS and _has_successor(envelope):
        logger.critical("envelope %s is out at Docusign although it was cancelled", envelope.pk)
        state, envelope.due_at = None, now
    if state is not None and state != envelope.state:
        envelope.state, envelope.due_at, envelope.attempt = state, now, 0
        envelope.claim_token = envelope.claim_until = None
        envelope.problem = envelope.next_step = ""
        _stamp(envelope, state, now)
    if update.status == "voided" and not envelope.void_reason:
        envelope.void_reason = update.voided_reason
    envelope.save()


def _should_be_out(envelope: Envelope, now: datetime) -> bool:
    return envelope.state in WITH_SIGNERS and envelope.sent_at is not None and envelope.sent_at < now - LISTS_LAG


def _has_successor(envelope: Envelope) -> bool:
    return Envelope.objects.live().filter(lease=envelope.lease_id, purpose=envelope.purpose).exists()


def _stamp(envelope: Envelope, state: State, now: datetime) -> None:
    """Messages without a summary carry no times of their own."""
    if state in WITH_SIGNERS and envelope.sent_at is None:
        envelope.sent_at = now
    field = {State.COMPLETED: "completed_at", State.DECLINED: "declined_at", State.VOIDED: "voided_at"}.get(state)
    if field and getattr(envelope, field) is None:
        setattr(envelope, field, now)


def _write_signers(envelope: Envelope, update: EnvelopeUpdate) -> None:
    """Our signers are read once: a message may name many thousand people whom we do not know."""
    signers = {signer.recipient_id: signer for signer in envelope.signers.all()}
    for recipient in update.recipients:
        if signer := signers.get(recipient.recipient_id):
            _write_signer(signer, recipient)


def _write_signer(signer: Signer, update: RecipientUpdate) -> None:
    status = {"signed": SignerStatus.COMPLETED, "faxpending": SignerStatus.DELIVERED}.get(update.status, update.status)
    if signer.status not in DONE and status in SignerStatus.values:
        signer.status = status
    signer.sent_at = update.sent_at or signer.sent_at
    signer.delivered_at = update.delivered_at or signer.delivered_at
    signer.signed_at = update.signed_at or signer.signed_at
    signer.declined_at = update.declined_at or signer.declined_at
    signer.declined_reason = update.declined_reason or signer.declined_reason
    signer.problem = update.problem if signer.status == SignerStatus.AUTORESPONDED else ""
    if signer.status == SignerStatus.COMPLETED:
        signer.signed_at = signer.signed_at or timezone.now()
        signer.problem = _stand_in(signer, update)
    signer.save()


def _stand_in(signer: Signer, update: RecipientUpdate) -> str:
    """Who acted in this person's place; empty when it was this person.

    We forbid handing over, but in Docusign's own pages a sender can put somebody else in a recipient's seat.
    """
    names = {" ".join(name.split()).casefold() for name in (signer.name, update.name) if name.strip()}
    addresses = {address.strip().casefold() for address in (signer.email, update.email) if address.strip()}
    if len(names) < 2 and (len(addresses) < 2 or signer.is_in_person):
        return ""
    return f"Docusign names {update.name or signer.name}{f' ({update.email})' if update.email else ''} instead."


def _consequences(envelope: Envelope, update: EnvelopeUpdate) -> None:
    """What follows from where the rows now stand. Each has a key, so that an update told twice follows once."""
    if envelope.state in (*WITH_SIGNERS, State.COMPLETED, State.DECLINED):
        _record(envelope, "sent", f"{envelope} went out for signature.", **_who(envelope))
        invite_whose_turn(envelope)
    for signer in envelope.signers.all():
        _signer_consequences(envelope, signer)
    if envelope.state == State.COMPLETED:
        done = "received" if envelope.purpose == Purpose.NOTICE else "signed"
        _record(envelope, "completed", f"Everyone has {done} {envelope}.")
        DownloadJob.objects.get_or_create(envelope=envelope)
        if update.filled_in is None:
            FormDataJob.order(envelope)
        else:
            propose(envelope, update.filled_in)
    if envelope.state == State.DECLINED:
        who = envelope.signers.filter(status=SignerStatus.DECLINED).first()
        reason = f"{who.name} declined: {who.declined_reason or 'no reason given'}" if who else "A signer declined."
        _record(envelope, "declined", reason)
        tell_it_is_over(envelope)
        give_back(envelope, reason)
    if envelope.state == State.VOIDED:
        _record(envelope, "voided", f"{envelope} was voided: {envelope.void_reason or 'no reason given'}")
        tell_it_is_over(envelope)
        give_back(envelope, envelope.void_reason or "The envelope was voided.")


def _signer_consequences(envelope: Envelope, signer: Signer) -> None:
    key = signer.key
    if signer.status in (SignerStatus.DELIVERED, SignerStatus.COMPLETED) and signer.delivered_at:
        _record(envelope, f"opened:{key}", f"{signer.name} opened the documents.", at=signer.delivered_at.isoformat())
    if signer.status == SignerStatus.AUTORESPONDED:
        _record(
            envelope, f"unreachable:{key}", f"{signer.name} could not be reached at {signer.email}. {signer.problem}"
        )
    if signer.status != SignerStatus.COMPLETED or not signer.must_sign or signer.signed_at is None:
        return
    if signer.problem:
        _record(envelope, f"not-counted:{key}", f"The signature for {signer.name} does not count. {signer.problem}")
        return
    _record(envelope, f"signed:{key}", f"{signer.name} signed.", at=signer.signed_at.isoformat(), signer=key)
    if envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF:
        try:
            envelope.lease.record_signature(
                key=key, version=envelope.lease_version, signed_at=signer.signed_at, reference=str(envelope.pk)
            )
        except LeaseError as error:
            # The signature stands at Docusign and in the audit trail; it just is not one of the current lease.
            _record(envelope, f"not-counted:{key}", f"The signature of {signer.name} does not count: {error}")


def _who(envelope: Envelope) -> dict[str, Any]:
    return {"to": [{"key": s.key, "name": s.name, "channel": s.channel} for s in envelope.signers.all()]}


def _record(envelope: Envelope, key: str, text: str, **detail: Any) -> None:
    AuditEvent.record(
        envelope.lease,
        f"envelope.{key.partition(':')[0]}",
        text,
        actor="Docusign",
        envelope=envelope,
        key=f"{envelope.pk}:{key}",
        **detail,
    )


def invite_whose_turn(envelope: Envelope) -> None:
    """Queue our own mail to those who sign in the portal, when their turn has come. Docusign does not mail them."""
    if envelope.state in WITH_SIGNERS:
        in_portal = [signer for signer in whose_turn(envelope.signers.all()) if signer.channel == Channel.PORTAL]
        queue_mails(envelope, MailKind.INVITATION, in_portal, keeps_hours=True)


def tell_it_is_over(envelope: Envelope) -> None:
    """Queue our mail to those whom we had mailed to sign, when it can no longer be signed. Once.

    Docusign tells those it writes to; who declined knows.
    """
    asked = envelope.signers.filter(mails__kind=MailKind.INVITATION, mails__done_at__isnull=False)
    queue_mails(envelope, MailKind.WITHDRAWN, list(asked.exclude(status=SignerStatus.DECLINED).distinct()))


def give_back(envelope: Envelope, reason: str) -> None:
    """The envelope came to nothing, so the lease may be changed and sent again, as a new version."""
    lease = envelope.lease
    if envelope.purpose not in PURPOSES_OF_THE_LEASE_ITSELF:
        return
    lease.refresh_from_db()
    if lease.status == LeaseStatus.OUT_FOR_SIGNATURE and lease.version == envelope.lease_version:
        lease.withdraw(reason)
