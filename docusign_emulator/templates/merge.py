"""Templates laid together into one envelope."""

from __future__ import annotations

from docusign_emulator.envelopes.files import Files
from docusign_emulator.envelopes.model import Document, Recipient
from docusign_emulator.errors import ApiError
from docusign_emulator.store import Store
from docusign_emulator.wire import Json

Content = tuple[list[Document], list[Recipient], Json]


def one_template(store: Store, definition: Json) -> Content:
    raise ApiError("TEMPLATE_ID_INVALID", "There is no template of that id.")


def composites(store: Store, given: list[Json], uploads: Files) -> Content:
    raise ApiError("TEMPLATE_ID_INVALID", "There is no template of that id.")


def filled_subject(subject: str, recipients: list[Recipient]) -> str:
    return subject
