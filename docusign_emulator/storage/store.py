"""Everything this Docusign remembers: one SQLite file and a folder of document bytes.

One process, one connection, one writer at a time: `transaction()` is a lock and a database transaction in
one. What a call was told is done is committed before it is told; bytes are written before the row that
names them, so that a kill at any moment leaves no envelope without its documents.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from docusign_emulator.behaviour.clock import Clock
from docusign_emulator.behaviour.switches import Switches
from docusign_emulator.protocol.formats import Json, stamp
from docusign_emulator.storage.account import Account, User

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS envelopes (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, folder TEXT NOT NULL, transaction_id TEXT, sender TEXT NOT NULL,
    subject TEXT NOT NULL, created_at TEXT NOT NULL, sent_at TEXT, delivered_at TEXT, completed_at TEXT,
    declined_at TEXT, voided_at TEXT, deleted_at TEXT, changed_at TEXT NOT NULL, modified_at TEXT NOT NULL,
    search TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS envelopes_changed ON envelopes (changed_at);
CREATE INDEX IF NOT EXISTS envelopes_transaction ON envelopes (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS envelope_fields (envelope_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS envelope_fields_id ON envelope_fields (envelope_id);
CREATE INDEX IF NOT EXISTS envelope_fields_value ON envelope_fields (name, value);
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (kind, id));
CREATE INDEX IF NOT EXISTS records_seq ON records (kind, seq);
CREATE TABLE IF NOT EXISTS lines (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, envelope_id TEXT, operation TEXT, at TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS lines_envelope ON lines (kind, envelope_id);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, next_at TEXT, envelope_id TEXT NOT NULL,
    configuration TEXT NOT NULL, event TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_next ON deliveries (state, next_at);
CREATE TABLE IF NOT EXISTS due (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, envelope_id TEXT, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS due_at ON due (at);
CREATE INDEX IF NOT EXISTS due_envelope ON due (envelope_id);
"""
TABLES = ("meta", "envelopes", "envelope_fields", "records", "lines", "deliveries", "due")
KEPT_BY_RESET = ("'seeded'",)


class Store:
    """The state of one Docusign. Use everything below `transaction` only inside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.account = Account(folder)
        self.blobs = folder / "documents"
        self._snapshots = folder / "snapshots"
        self.blobs.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._after: list[Callable[[], None]] = []
        self._db = sqlite3.connect(folder / "emulator.sqlite3", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # NORMAL loses nothing when the process is killed: the log is in the kernel's hands at commit.
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;" + SCHEMA)
        self.clock = Clock()
        self._remember()
        self.wake = threading.Event()

    def _remember(self) -> None:
        """Read what is kept in memory too."""
        self.clock.offset = timedelta(seconds=self.get("clock_offset", 0.0))
        self.switches = Switches(self.get("switches", {}))

    # -- transactions

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        """Alone with the state; everything written inside is kept together or, after an exception, not at all."""
        with self._lock:
            if self._depth:
                with self._savepoint():
                    yield self
                return
            self._db.execute("BEGIN IMMEDIATE")
            self._depth, self._after = 1, []
            try:
                yield self
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # some errors have SQLite roll back by itself
                    self._db.execute("ROLLBACK")
                self._after = []
                raise
            finally:
                self._depth, after, self._after = 0, self._after, []
        for call in after:
            call()

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        """A transaction inside another: undone alone, kept only with the outer one."""
        self._depth += 1
        name = f"inner_{self._depth}"
        self._db.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self._db.execute(f"ROLLBACK TO {name}")
            raise
        finally:
            self._db.execute(f"RELEASE {name}")
            self._depth -= 1

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` run when the present transaction is on disk, and not if it is rolled back."""
        if call not in self._after:
            self._after.append(call)

    def sql(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()

    def forget(self) -> None:
        """Empty everything but the account, which stands in its own file."""
        for table in TABLES:
            where = f" WHERE key NOT IN ({', '.join(KEPT_BY_RESET)})" if table == "meta" else ""
            self.sql(f"DELETE FROM {table}{where}")  # noqa: S608 - table names are constants above
        self.clock.reset()
        self.switches = Switches()

    def snapshot(self, name: str) -> None:
        """Keep a copy of the whole state under a name. Must not be called inside a transaction."""
        with self._lock:
            self._snapshots.mkdir(exist_ok=True)
            with closing(sqlite3.connect(self._snapshots / f"{name}.sqlite3")) as copy:
                self._db.backup(copy)

    def restore(self, name: str) -> None:
        """Go back to a snapshot, clock included. Raises FileNotFoundError; must not be called inside a transaction."""
        place = self._snapshots / f"{name}.sqlite3"
        if not place.exists():
            raise FileNotFoundError(name)
        with self._lock:
            with closing(sqlite3.connect(place)) as copy:
                copy.backup(self._db)
            self.clock.reset()
            self._remember()

    def snapshots(self) -> list[str]:
        return sorted(path.stem for path in self._snapshots.glob("*.sqlite3"))

    # -- time

    def now(self) -> str:
        return stamp(self.clock.now())

    def move_clock(self, moment: datetime) -> None:
        self.clock.move_to(moment)
        self.put("clock_offset", self.clock.offset.total_seconds())

    # -- single values

    def get(self, key: str, default: Any = None) -> Any:
        rows = self.sql("SELECT value FROM meta WHERE key = ?", key)
        return json.loads(rows[0]["value"]) if rows else default

    def put(self, key: str, value: Any) -> None:
        self.sql("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, json.dumps(value))

    def next_number(self, series: str, start: int = 1) -> int:
        number = int(self.get(f"series_{series}", start - 1)) + 1
        self.put(f"series_{series}", number)
        return number

    # -- small things by kind and id

    def record(self, kind: str, id: str) -> Json | None:
        rows = self.sql("SELECT doc FROM records WHERE kind = ? AND id = ?", kind, id)
        return json.loads(rows[0]["doc"]) if rows else None

    def keep(self, kind: str, id: str, doc: Json) -> None:
        """Create or replace; the place in `records` is that of the first time."""
        if not self.sql("UPDATE records SET doc = ? WHERE kind = ? AND id = ? RETURNING 1", json.dumps(doc), kind, id):
            seq = self.sql("SELECT coalesce(max(seq), 0) + 1 AS n FROM records WHERE kind = ?", kind)[0]["n"]
            self.sql("INSERT INTO records VALUES (?, ?, ?, ?)", kind, id, seq, json.dumps(doc))

    def drop(self, kind: str, id: str) -> bool:
        return bool(self.sql("DELETE FROM records WHERE kind = ? AND id = ? RETURNING 1", kind, id))

    def records(self, kind: str) -> list[Json]:
        rows = self.sql("SELECT doc FROM records WHERE kind = ? ORDER BY seq", kind)
        return [json.loads(row["doc"]) for row in rows]

    # -- people of the account

    def user(self, user_id: str) -> User | None:
        """A user as seeded, or as set up since; None when there is none."""
        changed = self.record("user", user_id.lower())
        return User(**changed) if changed else self.account.user(user_id)

    def users(self) -> list[User]:
        """Everyone, those made by the API behind those of the first start."""
        changed = {one["user_id"]: User(**one) for one in self.records("user")}
        seeded = [changed.pop(one.user_id, one) for one in self.account.users]
        return [*seeded, *changed.values()]

    def keep_user(self, user: User) -> None:
        self.keep("user", user.user_id, vars(user))

    # -- things that only grow: journal, mail, audit, unhandled, connect log

    def add_line(self, kind: str, doc: Json, *, envelope_id: str | None = None, operation: str | None = None) -> int:
        at = doc.setdefault("at", self.now())
        rows = self.sql(
            "INSERT INTO lines (kind, envelope_id, operation, at, doc) VALUES (?, ?, ?, ?, ?) RETURNING id",
            kind, envelope_id, operation, at, json.dumps(doc),
        )  # fmt: skip
        return int(rows[0]["id"])

    def lines(
        self, kind: str, *, envelope_id: str | None = None, operation: str | None = None, last: int | None = None
    ) -> list[Json]:
        """In order of writing; each with its `id`. With `last`, only the newest so many."""
        where, values = ["kind = ?"], [kind]
        for column, value in (("envelope_id", envelope_id), ("operation", operation)):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        newest = f" ORDER BY id DESC LIMIT {int(last)}" if last else " ORDER BY id"
        rows = self.sql(f"SELECT id, doc FROM lines WHERE {' AND '.join(where)}{newest}", *values)  # noqa: S608 - columns are constants
        found = [{"id": row["id"], **json.loads(row["doc"])} for row in rows]
        return found[::-1] if last else found

    def clear_lines(self, kind: str) -> None:
        self.sql("DELETE FROM lines WHERE kind = ?", kind)

    # -- things to do later

    def plan(self, at: str, kind: str, doc: Json | None = None, *, envelope_id: str | None = None) -> None:
        """Have `due.run` do something at `at` (a stamp, virtual time)."""
        self.sql(
            "INSERT INTO due (at, kind, envelope_id, doc) VALUES (?, ?, ?, ?)",
            at, kind, envelope_id, json.dumps(doc or {}),
        )  # fmt: skip
        self.after_commit(self.wake.set)

    def unplan(self, envelope_id: str, *kinds: str) -> None:
        marks = ", ".join("?" * len(kinds))
        self.sql(f"DELETE FROM due WHERE envelope_id = ? AND kind IN ({marks})", envelope_id, *kinds)  # noqa: S608 - only question marks

    # -- bytes

    def keep_bytes(self, data: bytes) -> str:
        """Write document bytes once; answers their SHA-256, which is also their name."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._blob(digest)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            scratch = path.with_suffix(f".{threading.get_ident()}")
            scratch.write_bytes(data)
            scratch.replace(path)
        return digest

    def bytes_of(self, digest: str) -> bytes:
        return self._blob(digest).read_bytes()

    def remembered(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Bytes that are costly to make (a stamped or sealed PDF), kept under a name that says what went in."""
        path = self._blob(hashlib.sha256(name.encode()).hexdigest())
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            scratch = path.with_suffix(f".{threading.get_ident()}")
            scratch.write_bytes(make())
            scratch.replace(path)
        return path.read_bytes()

    def _blob(self, digest: str) -> Path:
        return self.blobs / digest[:2] / digest
