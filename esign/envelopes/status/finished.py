"""Where an envelope stands that Docusign is done with: fetched, executed, declined, voided."""

from __future__ import annotations

from datetime import datetime

from esign.envelopes.status.explanation import FETCH_ATTEMPTS, Explanation, Tone
from esign.models import DownloadJob, Envelope, Purpose
from esign.models.envelope import PURPOSES_OF_THE_LEASE_ITSELF
from esign.models.signer import SignerStatus
from leases.dates import long_day
from leases.status import LeaseStatus


def completed(envelope: Envelope, now: datetime) -> Explanation:
    """Everyone signed: documents fetched or not, lease executed or not."""
    job: DownloadJob | None = getattr(envelope, "download", None)
    if job is None or job.done_at is None:
        return _fetching(envelope, job, now)
    lease = envelope.lease
    unexecuted = (
        envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF
        and lease.status == LeaseStatus.OUT_FOR_SIGNATURE
        and lease.version == envelope.lease_version
    )
    if envelope.problem or unexecuted:
        return Explanation(
            headline="Everyone signed, but the lease is not executed",
            tone=Tone.BAD,
            cause=envelope.problem or f"Lease {lease.number} still waits for signatures that are in already.",
            by_itself="Nothing happens by itself.",
            advice=envelope.next_step
            or "Compare the signed document with the lease, and the signers with its parties.",
            stuck=True,
        )
    if envelope.purpose == Purpose.NOTICE:
        return Explanation(
            headline="Delivered to everyone",
            tone=Tone.GOOD,
            cause="Everyone has opened it. The documents and the certificate, which says when, are kept.",
        )
    stage = lease.get_status_display().lower()
    starts = lease.status == LeaseStatus.EXECUTED
    return Explanation(
        headline="Signed by everyone",
        tone=Tone.GOOD,
        cause=f"The signed documents and the certificate are kept. Lease {lease.number} is {stage}.",
        by_itself=f"The lease becomes active on its first day, {long_day(lease.start_date)}." if starts else "",
    )


def _fetching(envelope: Envelope, job: DownloadJob | None, now: datetime) -> Explanation:
    is_notice = envelope.purpose == Purpose.NOTICE
    done, acted = ("Delivered to everyone", "opened it") if is_notice else ("Signed by everyone", "signed")
    executes = envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF
    if job is None or not job.attempt:
        return Explanation(
            headline=f"{done}; the documents are on their way",
            tone=Tone.WORKING,
            cause=(job.last_error if job else "") or f"Everyone has {acted}.",
            by_itself="A worker fetches the signed documents and the certificate"
            f"{'; then the lease is executed' if executes else ''}.",
            at=max(job.due_at, now) if job else None,
        )
    often = job.attempt >= FETCH_ATTEMPTS
    return Explanation(
        headline=f"{done}, but the documents are not here yet",
        tone=Tone.BAD if often else Tone.WARNING,
        cause=f"Fetching them failed {job.attempt} time{'s' if job.attempt > 1 else ''}. {job.last_error}",
        by_itself="It is tried again, ever more rarely."
        f"{' The lease is executed when they are here.' if executes else ''}",
        at=max(job.due_at, now),
        advice="Look whether the documents can be opened in Docusign; if so, wait." if often else "",
        stuck=often,
    )


def declined(envelope: Envelope) -> Explanation:
    """A signer said no."""
    who = next((s for s in envelope.signers.all() if s.status == SignerStatus.DECLINED), None)
    reason = (who.declined_reason if who else "") or "no reason given"
    return Explanation(
        headline=f"{who.name if who else 'A signer'} declined to sign",
        tone=Tone.OVER,
        cause=f"The reason: {reason}",
        advice=f"Talk to them. Lease {envelope.lease.number} can be changed and sent again, as a new version."
        if envelope.purpose in PURPOSES_OF_THE_LEASE_ITSELF
        else "Talk to them, and send a new one if it is still wanted.",
    )


def voided(envelope: Envelope) -> Explanation:
    """Voided by us or by Docusign, or cancelled before it went out."""
    reason = envelope.void_reason or "no reason given"
    sent = envelope.sent_at is not None
    return Explanation(
        headline="Voided" if sent else "Cancelled before anybody was asked",
        tone=Tone.OVER,
        # A problem after that is of the next revision, which was asked for and could not be made.
        cause=f"The reason: {reason} {envelope.problem}".strip(),
        by_itself=f"Revision {envelope.revision + 1} is made and sent now." if envelope.is_to_be_replaced else "",
        advice=envelope.next_step
        or (
            f"Lease {envelope.lease.number} can be changed and sent again, as a new version."
            if envelope.lease.status == LeaseStatus.DRAFT and not envelope.is_to_be_replaced
            else ""
        ),
    )
