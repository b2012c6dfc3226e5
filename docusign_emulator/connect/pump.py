"""Sends what is due, several at a time, the messages about one envelope one after another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from docusign_emulator.connect import deliveries, post
from docusign_emulator.connect.deliveries import Delivery
from docusign_emulator.store import Store

_WORKERS = 8
_LOOK_AHEAD = 200


class Pump:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="connect")
        self._lock = threading.Condition()
        self._busy_envelopes: set[str] = set()
        self._busy: set[int] = set()
        self._paused = 0

    def push(self) -> None:
        """Start everything that is due and whose envelope has no message under way."""
        if self._paused:
            return
        with self._store.transaction():
            due = deliveries.due_ids(self._store, self._store.now(), _LOOK_AHEAD)
        for id, envelope_id in due:
            with self._lock:
                if envelope_id in self._busy_envelopes or id in self._busy:
                    continue
                self._busy_envelopes.add(envelope_id)
                self._busy.add(id)
            self._workers.submit(self._work, id, envelope_id)

    def deliver(self, id: int) -> Delivery | None:
        """Send one now, in this thread; None when it is under way already."""
        with self._lock:
            if id in self._busy:
                return None
            self._busy.add(id)
        try:
            return post.attempt(self._store, id)
        finally:
            self._done(id)

    def under_way(self) -> set[int]:
        with self._lock:
            return set(self._busy)

    def pause(self) -> None:
        """Leave the sending to somebody else (the clock, while it is moved)."""
        self._paused += 1

    def resume(self) -> None:
        self._paused -= 1
        self._store.wake.set()

    def wait_until_quiet(self, seconds: float = 10) -> None:
        """Wait for the messages under way, at most so long: a listener that hangs must not hang us."""
        with self._lock:
            self._lock.wait_for(lambda: not self._busy, seconds)

    def stop(self) -> None:
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _work(self, id: int, envelope_id: str) -> None:
        try:
            post.attempt(self._store, id)
        finally:
            self._done(id, envelope_id)
            self._store.wake.set()

    def _done(self, id: int, envelope_id: str = "") -> None:
        with self._lock:
            self._busy.discard(id)
            self._busy_envelopes.discard(envelope_id)
            self._lock.notify_all()
