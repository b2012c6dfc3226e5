"""Sends what is due, several at a time, the messages about one envelope one after another."""

from __future__ import annotations

import logging
import sqlite3
import threading

from docusign_emulator.connect import deliveries, post
from docusign_emulator.connect.deliveries import Delivery
from docusign_emulator.storage.store import Store

log = logging.getLogger("docusign_emulator")
_AT_ONCE = 8
_LOOK_AHEAD = 200


class Pump:
    """Its threads are daemons: a listener that hangs must not keep the process from ending."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Condition()
        self._busy: dict[int, str] = {}  # delivery under way, and its envelope
        self._paused = 0
        self._stopped = False

    def push(self) -> None:
        """Start everything that is due and whose envelope has no message under way."""
        if self._paused or self._stopped:
            return
        with self._store.transaction():
            due = deliveries.due_ids(self._store, self._store.now(), _LOOK_AHEAD)
        for id, envelope_id in due:
            with self._lock:
                if len(self._busy) >= _AT_ONCE:
                    return
                if id in self._busy or envelope_id in self._busy.values():
                    continue
                self._busy[id] = envelope_id
            threading.Thread(target=self._work, args=(id,), name=f"connect-{id}", daemon=True).start()

    def deliver(self, id: int) -> Delivery | None:
        """Send one now, in this thread; None when it is under way already."""
        with self._lock:
            if id in self._busy:
                return None
            self._busy[id] = ""
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
        """Start nothing more. A message under way is forgotten; it will be sent again after the next start."""
        self._stopped = True

    def _work(self, id: int) -> None:
        try:
            post.attempt(self._store, id)
        except sqlite3.ProgrammingError:
            if not self._stopped:  # a closed store is how a message under way learns of the end
                raise
        except Exception as error:  # one message that cannot be made must not keep the others back
            log.exception("Message %s could not be made.", id)
            self._give_up(id, str(error))
        finally:
            self._done(id)

    def _give_up(self, id: int, why: str) -> None:
        with self._store.transaction():
            delivery = deliveries.load(self._store, id)
            if delivery is not None:
                delivery.state, delivery.next_at, delivery.error = "failed", None, why
                deliveries.save(self._store, delivery)

    def _done(self, id: int) -> None:
        with self._lock:
            self._busy.pop(id, None)
            self._lock.notify_all()
        self._store.wake.set()
