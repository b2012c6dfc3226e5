"""What a renewal changes for the person who is asked to sign it."""

from __future__ import annotations

from esign.documents.term_changes import Change, changes_between
from esign.models import Envelope, Purpose, Role, Signer


def changes_for(signer: Signer) -> list[Change]:
    """What the signer's renewal changes. Empty for other envelopes, and for people who were not in the old lease."""
    envelope: Envelope = signer.envelope
    previous = envelope.lease.previous_lease
    if envelope.purpose != Purpose.RENEWAL or previous is None:
        return []
    knows_it = signer.role == Role.LANDLORD or previous.parties.filter(tenant=signer.tenant_id or 0).exists()
    return changes_between(previous.terms(), envelope.terms) if knows_it else []
