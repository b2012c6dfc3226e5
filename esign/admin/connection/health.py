"""How a connection does, told from the rows alone. Its page: `docusign_connection`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from esign.envelopes.status import Tone
from esign.models import DocusignConnection
from esign.sync.reconcile import is_silent


@dataclass(frozen=True)
class Health:
    """How the connection does, in a word, a sentence and an advice."""

    tone: Tone
    headline: str
    text: str = ""
    advice: str = ""

    @property
    def icon(self) -> str:
        """Of Material Symbols."""
        return {Tone.GOOD: "check_circle", Tone.BAD: "error"}.get(self.tone, "info")


def health(connection: DocusignConnection, *, now: datetime | None = None) -> Health:
    """From the rows alone: nothing is called."""
    now = now or timezone.now()
    if not (connection.integration_key and connection.user_id):
        return Health(
            Tone.BAD,
            "Docusign is not set up",
            "The integration key, the user id or both are missing.",
            "Set DOCUSIGN_INTEGRATION_KEY, DOCUSIGN_USER_ID and DOCUSIGN_PRIVATE_KEY_FILE, then start the site again.",
        )
    if connection.disconnected_at:
        by = connection.disconnected_by or "somebody"
        return Health(Tone.OVER, "Disconnected", f"By {by}. What waits for it waits.", "It has to be connected again.")
    if objection := connection.objection():
        return Health(Tone.BAD, "Nothing can be sent", objection, "Look at the variables that describe Docusign.")
    if connection.paused_until and connection.paused_until > now:
        return Health(
            Tone.BAD,
            "Nothing can be sent",
            connection.paused_because,
            "Fix what it names, then press “Test connection”: everything that waits goes on at once.",
        )
    if connection.last_error:
        return Health(Tone.WARNING, "The last call failed", connection.last_error, "Press “Test connection”.")
    if connection.last_ok_at is None:
        return Health(Tone.WAITING, "Not used yet", "", "Press “Test connection” to see whether everything is set.")
    if is_silent(connection):
        return Health(
            Tone.WARNING,
            f"No messages from Docusign for {settings.CONNECT_SILENT_HOURS} hours",
            "Envelopes are out, but no Connect message has come. We still ask for changes every quarter of an hour.",
            f"Look whether {settings.DOCUSIGN_CONNECT_URL} can be reached from the internet.",
        )
    return Health(Tone.GOOD, "It works")
