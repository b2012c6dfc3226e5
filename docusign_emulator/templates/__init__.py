"""Templates: kept as envelopes that are never sent, used by templateId and roles or in composites.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/templates/
"""

from __future__ import annotations

from docusign_emulator.envelopes import model
from docusign_emulator.envelopes.model import Envelope
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.storage.store import Store


def load(store: Store, template_id: str) -> Envelope | None:
    found = model.load(store, template_id)
    return found if found is not None and found.status == "template" else None


def required(store: Store, template_id: str) -> Envelope:
    """Raises ApiError when there is none."""
    found = load(store, template_id)
    if found is None:
        raise ApiError("TEMPLATE_ID_INVALID", f"There is no template {template_id[:50]!r}.")
    return found


def save(store: Store, template: Envelope) -> None:
    model.save(store, template)
