"""A few envelopes in every state, for looking at the console without an application."""

from __future__ import annotations

import base64

from docusign_emulator.envelopes import create, lifecycle, model
from docusign_emulator.protocol.formats import Json
from docusign_emulator.signing import recipient_actions
from docusign_emulator.storage.store import Store

_LETTER = (
    b"Residential lease\n\nThis is a sample of the Docusign emulator and has no legal value.\n\n"
    b"Tenant:   /tenant/\n\nLandlord: /landlord/\n"
)
_STORIES: tuple[tuple[str, str], ...] = (
    ("12 Elm Street, draft", "draft"),
    ("14 Elm Street, just sent", "sent"),
    ("16 Elm Street, tenant looking", "viewed"),
    ("18 Elm Street, tenant has signed", "half"),
    ("20 Elm Street, signed by all", "completed"),
    ("22 Elm Street, declined", "declined"),
    ("24 Elm Street, voided", "voided"),
)


def add(store: Store) -> list[str]:
    """Make one envelope for each story and answer their ids. Call inside a transaction."""
    return [_tell(store, subject, story) for subject, story in _STORIES]


def _tell(store: Store, subject: str, story: str) -> str:
    sender = store.account.sender
    envelope = create.create(store, sender, _definition(subject, draft=story == "draft"), {})
    id = envelope.id
    if story == "viewed":
        _act(store, id, "1", "view")
    if story in ("half", "completed"):
        _act(store, id, "1", "sign")
    if story == "completed":
        _act(store, id, "2", "sign")
    if story == "declined":
        _act(store, id, "1", "decline")
    if story == "voided":
        found = model.load(store, id)
        if found is not None:
            lifecycle.void(store, found, "Rented to somebody else.", sender)
    return id


def _act(store: Store, envelope_id: str, recipient_id: str, action: str) -> None:
    recipient_actions.act(
        store, {"envelopeId": envelope_id, "recipientId": recipient_id, "action": action, "reason": "The rent."}
    )


def _definition(subject: str, *, draft: bool) -> Json:
    document = {
        "documentId": "1",
        "name": "Lease",
        "fileExtension": "txt",
        "documentBase64": base64.b64encode(_LETTER).decode(),
    }
    people = [
        ("1", "Tina Tenant", "tina@people.example", "/tenant/"),
        ("2", "Larry Landlord", "larry@people.example", "/landlord/"),
    ]
    return {
        "emailSubject": subject,
        "emailBlurb": "Please sign your lease.",
        "status": "created" if draft else "sent",
        "documents": [document],
        "recipients": {
            "signers": [
                {
                    "recipientId": id,
                    "name": name,
                    "email": email,
                    "routingOrder": id,
                    "tabs": {"signHereTabs": [{"anchorString": anchor}]},
                }
                for id, name, email, anchor in people
            ]
        },
    }
