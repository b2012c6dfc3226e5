"""May this part of an envelope still be changed?"""

from __future__ import annotations

from docusign_emulator.envelopes.model import Envelope
from docusign_emulator.protocol.errors import wrong_status
from docusign_emulator.rest.call import Call


def editable(call: Call) -> Envelope:
    """The envelope or template, for writing. Raises ApiError when it is locked, or has ended."""
    envelope = call.unlocked()
    if envelope.final:
        raise wrong_status(f"The envelope is {envelope.status}; nothing of it can be changed.")
    return envelope


def draft(call: Call) -> Envelope:
    """The envelope or template while its documents may change. Raises ApiError when it was sent."""
    envelope = call.unlocked()
    if envelope.status not in ("created", "correct", "template"):
        raise wrong_status("The documents of an envelope that was sent can only be changed while it is corrected.")
    return envelope
