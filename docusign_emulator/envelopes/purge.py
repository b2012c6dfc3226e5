"""Purging: documents of an ended envelope are deleted fourteen days after it was asked for.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/documents/purging/
"""

from __future__ import annotations

from datetime import timedelta

from docusign_emulator.connect import messages
from docusign_emulator.envelopes import audit, mails
from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter, wrong_status
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

WAIT = timedelta(days=14)
WARNINGS = (timedelta(), timedelta(days=7))
QUEUED = {
    "documents_queued": "documents_dequeued",
    "documents_and_metadata_queued": "documents_and_metadata_dequeued",
    "documents_and_metadata_and_redact_queued": "documents_and_metadata_and_redact_dequeued",
}


def request(store: Store, envelope: Envelope, state: str, by: User) -> None:
    """Queue the purge, or take it back with documents_dequeued. Raises ApiError when it may not be purged."""
    if state == "documents_dequeued":
        envelope.purge_state = "unpurged"
        store.unplan(envelope.id, "purge", "purge_warning")
        save(store, envelope)
        return
    if state not in QUEUED:
        raise invalid_parameter(f"purgeState is not {state[:50]!r}.")
    allowed = ("completed",) if store.switches["purge_completed_only"] else ("completed", "declined", "voided")
    if envelope.status not in allowed:
        raise wrong_status(f"Only {', '.join(allowed)} envelopes can be purged.")
    if formats.truth(envelope.extra.get("authoritativeCopy")):
        raise wrong_status("An authoritative copy cannot be purged.")
    envelope.purge_state = state
    now = store.clock.now()
    for warning in WARNINGS:
        store.plan(formats.stamp(now + warning), "purge_warning", envelope_id=envelope.id)
    store.plan(formats.stamp(now + WAIT), "purge", envelope_id=envelope.id)
    save(store, envelope)
    audit.note(store, envelope, "Purge Requested", f"{by.name} asked for the documents to be purged.", by=by)


def warn(store: Store, envelope: Envelope) -> None:
    sender = store.user(envelope.sender_id) or store.account.sender
    mails.to_sender(store, envelope, sender, "purge_warning", "Download what you need before it is gone.")


def carry_out(store: Store, envelope: Envelope) -> None:
    """The documents are gone for good; the bytes themselves may still serve another envelope."""
    if envelope.purge_state not in QUEUED:
        return
    metadata, redact = "metadata" in envelope.purge_state, "redact" in envelope.purge_state
    envelope.purge_state = "documents_and_metadata_purged" if metadata else "documents_purged"
    envelope.documents = []
    if metadata:
        for person in envelope.recipients:
            person.tabs = {}
            person.extra = {key: value for key, value in person.extra.items() if key == "roleName"}
            if redact:
                person.name, person.email = "Redacted", ""
    save(store, envelope)
    audit.note(store, envelope, "Purged", "The documents were purged.")
    messages.emit(store, envelope, "envelope-purge")
