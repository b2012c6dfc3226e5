"""What lives as long as the process: the store, the counters of the limits, the Connect pump."""

from __future__ import annotations

from dataclasses import dataclass

from docusign_emulator.behaviour.limits import Limits
from docusign_emulator.connect.pump import Pump
from docusign_emulator.storage.store import Store


@dataclass
class Running:
    store: Store
    limits: Limits
    pump: Pump
    consent_granted: bool = True  # as the server was started; a reset restores it
