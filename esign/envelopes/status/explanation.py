"""What is said about an envelope, and the few measures by which it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.text import get_text_list
from django.utils.timesince import timesince

from esign.envelopes.action_rules import EnvelopeAction
from esign.models import Signer, State

# The sweeper looks every 30 s: a row that stays due for this long has no worker.
UNTOUCHED = timedelta(minutes=5)
# Docusign's own warning to the signers goes out this long before the end.
EXPIRES_SOON = timedelta(days=5)
LONG_WAIT = timedelta(days=3)
FETCH_ATTEMPTS = 3

BEFORE_SIGNERS = (State.READY, State.CREATING, State.DRAFTED, State.SENDING)
NO_WORKER = "No worker has touched it, although it is due: none is running, or all have more than they can do."
START_WORKER = "Look at /readyz: if the worker is not well, start it again. Nothing is lost meanwhile."


class Tone(StrEnum):
    GOOD = "good"
    WORKING = "working"  # a machine is at it
    WAITING = "waiting"  # people are at it
    OVER = "over"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Explanation:
    """Where an envelope stands. `at` is when `by_itself` happens; `stuck` means that a person had better look."""

    headline: str
    tone: Tone
    cause: str = ""
    by_itself: str = ""
    at: datetime | None = None
    advice: str = ""
    stuck: bool = False
    buttons: tuple[EnvelopeAction, ...] = ()


def names(signers: list[Signer]) -> str:
    return str(get_text_list([signer.name for signer in signers], "and"))


def how_long(start: datetime, end: datetime) -> str:
    """“3 days”; “a moment” for what is under a minute."""
    if end - start < timedelta(minutes=1):
        return "a moment"
    return timesince(start, end, depth=1).replace("\xa0", " ")
