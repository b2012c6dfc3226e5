"""Virtual time: the real time plus an offset that only grows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time of this Docusign. No two readings are the same, so stamps order what happened."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self._last = datetime.min.replace(tzinfo=UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            reading = max(datetime.now(UTC) + self.offset, self._last + timedelta(microseconds=1))
            self._last = reading
            return reading

    def move_to(self, moment: datetime) -> None:
        """Go forward to `moment`; a moment already past changes nothing."""
        ahead = moment - (datetime.now(UTC) + self.offset)
        if ahead > timedelta():
            self.offset += ahead

    def reset(self) -> None:
        """Back to real time, for a store that has just been emptied."""
        with self._lock:
            self.offset = timedelta()
            self._last = datetime.min.replace(tzinfo=UTC)
