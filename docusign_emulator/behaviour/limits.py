"""How many calls an account may make: per clock hour, per 30 seconds, and per envelope.

https://developers.docusign.com/platform/resource-limits/
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta

from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.storage.store import Store

DEFAULTS = {
    "hourly": 3000,
    "burst": 500,
    "burst_seconds": 30,
    "envelope_polling_hourly": 100,
    "envelope_polling_burst": 30,
    "envelope_update_hourly": 100,
    "envelope_update_burst": 30,
    "document_hourly": 10,
    "document_six_hours": 20,
    "combined_hourly": 3,
    "combined_six_hours": 5,
}
_HOUR = timedelta(hours=1)


class Limits:
    """Counts in memory: a restart begins at nought, as no promise hangs on it. Call inside a transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.forget()

    def forget(self) -> None:
        self._hour = datetime.min.replace(tzinfo=UTC)
        self._in_hour = 0
        self._recent: deque[datetime] = deque()
        self._per_envelope: dict[tuple[str, str], deque[datetime]] = {}

    def settings(self) -> dict[str, int]:
        changed: dict[str, int] = self._store.get("limits", {})
        return DEFAULTS | changed

    def change(self, wanted: dict[str, int]) -> None:
        """Raises ValueError for a name or number that is none; then nothing is changed."""
        for name, value in wanted.items():
            if name not in DEFAULTS:
                raise ValueError(f"There is no limit {name}; there are {', '.join(DEFAULTS)}.")
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} takes a whole number, not {value!r}.")
        self._store.put("limits", self._store.get("limits", {}) | wanted)

    def count(self) -> None:
        """One more call of the account. Raises ApiError once the hour or the burst window is used up."""
        now = self._store.clock.now()
        self._roll(now)
        allowed = self.settings()
        if self._in_hour >= allowed["hourly"]:
            raise hourly_error(self._store, allowed["hourly"])
        if len(self._recent) >= allowed["burst"]:
            raise burst_error(self._store, allowed["burst"])
        self._in_hour += 1
        self._recent.append(now)

    def count_envelope(self, envelope_id: str, *, update: bool) -> None:
        """One more call about one envelope, when the switch says these limits hold. Raises ApiError over them."""
        if not self._store.switches["envelope_polling_limit"]:
            return
        kind, name = ("update", "APIInvocation_Envelope") if update else ("polling", "Envelope_Polling")
        now, allowed = self._store.clock.now(), self.settings()
        calls = self._per_envelope.setdefault((kind, envelope_id), deque())
        while calls and now - calls[0] >= _HOUR:
            calls.popleft()
        window = timedelta(seconds=allowed["burst_seconds"])
        if sum(now - call < window for call in calls) >= allowed[f"envelope_{kind}_burst"]:
            raise ApiError(f"Burst_{name}_Limit_Exceeded", "The burst limit of calls for this envelope is exceeded.")
        if len(calls) >= allowed[f"envelope_{kind}_hourly"]:
            raise ApiError(f"Hourly_{name}_Limit_Exceeded", "The hourly limit of calls for this envelope is exceeded.")
        calls.append(now)

    def count_download(self, envelope_id: str, document_id: str) -> None:
        """One more download of a document of an unfinished envelope, when the switch says so."""
        if not self._store.switches["document_throttle"]:
            return
        now, allowed = self._store.clock.now(), self.settings()
        kind = "combined" if document_id == "combined" else "document"
        calls = self._per_envelope.setdefault((f"document {document_id}", envelope_id), deque())
        while calls and now - calls[0] >= 6 * _HOUR:
            calls.popleft()
        if (
            len(calls) >= allowed[f"{kind}_six_hours"]
            or sum(now - c < _HOUR for c in calls) >= allowed[f"{kind}_hourly"]
        ):
            raise ApiError("API_REQUEST_IS_THROTTLED", "GetDocument call blocked.")
        calls.append(now)

    def exhaust(self, which: str) -> None:
        """Use up the hour or the burst window at once."""
        now = self._store.clock.now()
        self._roll(now)
        allowed = self.settings()
        if which == "burst":
            self._recent.extend([now] * max(0, allowed["burst"] - len(self._recent)))
        else:
            self._in_hour = max(self._in_hour, allowed["hourly"])

    def headers(self) -> dict[str, str]:
        self._roll(self._store.clock.now())
        allowed = self.settings()
        return {
            "X-RateLimit-Limit": str(allowed["hourly"]),
            "X-RateLimit-Remaining": str(max(0, allowed["hourly"] - self._in_hour)),
            "X-RateLimit-Reset": str(int((self._hour + _HOUR).timestamp())),
            "X-BurstLimit-Limit": str(allowed["burst"]),
            "X-BurstLimit-Remaining": str(max(0, allowed["burst"] - len(self._recent))),
        }

    def _roll(self, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._in_hour = hour, 0
        seconds = self.settings()["burst_seconds"]
        if self._store.switches["burst_window"] == "fixed":
            window = now.timestamp() // seconds
            while self._recent and self._recent[0].timestamp() // seconds != window:
                self._recent.popleft()
        else:
            while self._recent and now - self._recent[0] >= timedelta(seconds=seconds):
                self._recent.popleft()


def hourly_error(store: Store, limit: int) -> ApiError:
    return ApiError(
        "HOURLY_APIINVOCATION_LIMIT_EXCEEDED",
        f"The maximum number of hourly API invocations has been exceeded. The hourly limit is {limit}.",
        store.switches["limit_status"],
    )


def burst_error(store: Store, limit: int) -> ApiError:
    return ApiError(
        "BURST_APIINVOCATION_LIMIT_EXCEEDED",
        f"The maximum number of burst API invocations has been exceeded. The burst limit is {limit}.",
        store.switches["limit_status"],
    )
