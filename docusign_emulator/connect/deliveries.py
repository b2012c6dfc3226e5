"""The queue of Connect messages: their tries, their retries, and what becomes of those that fail for good.

A delivery is *queued* until it is *delivered*, *failed* for good, or *dropped* by a fault; it is *pending* while
its configuration is down, *held* while the control API holds Connect, *behind* while a fault makes it wait for the
completion of its envelope. https://developers.docusign.com/platform/webhooks/connect/
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, field
from datetime import timedelta

from docusign_emulator.behaviour import faults
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

DAILY_RETRIES = 10
BACKOFF_FIRST_SECONDS = 15
BACKOFF_RETRIES = 45
BACKOFF_GIVES_UP_AFTER = timedelta(days=7)


@dataclass
class Delivery:
    envelope_id: str
    event: str
    configuration: str
    name: str
    url: str
    body: Json
    hmac: bool
    acknowledge: bool
    logged: bool
    documents: bool
    certificate: bool
    at: str
    subject: str = ""
    state: str = "queued"
    retry_count: int = 0
    next_at: str | None = None
    first_failed_at: str | None = None
    error: str | None = None
    tries: list[Json] = field(default_factory=list)
    fault: Json | None = None
    oauth: bool = False
    id: int = 0

    def shown(self) -> Json:
        """For the control API."""
        return asdict(self) | {"lastTry": self.tries[-1]["at"] if self.tries else None}


def queue(store: Store, delivery: Delivery) -> int:
    """Put a new message in line, unless a fault has other plans. A configuration that is down makes it pending."""
    delay = timedelta(seconds=store.switches["connect_delay_seconds"])
    delivery.next_at = formats.stamp(formats.moment(delivery.at) + delay)
    if store.switches["connect_pending_while_down"] and delivery.acknowledge and is_down(store, delivery.configuration):
        delivery.state = "pending"
    elif store.get("connect_held", False):
        delivery.state = "held"
    rule = faults.take(store, "connect", {"event": delivery.event, "envelopeId": delivery.envelope_id})
    copies = _harmed(store, delivery, rule) if rule else 1
    for _ in range(copies):
        _insert(store, delivery)
    if delivery.event == "envelope-completed":
        _release_after(store, delivery)
    store.after_commit(store.wake.set)
    return delivery.id


def _insert(store: Store, delivery: Delivery) -> None:
    rows = store.sql(
        "INSERT INTO deliveries (state, next_at, envelope_id, configuration, event, doc) "
        "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        delivery.state, delivery.next_at, delivery.envelope_id, delivery.configuration, delivery.event,
        json.dumps(asdict(delivery)),
    )  # fmt: skip
    delivery.id = int(rows[0]["id"])


def _harmed(store: Store, delivery: Delivery, rule: Json) -> int:
    """Do to the message what the fault says; answers how many of it go out."""
    delivery.fault = {"id": rule["id"], "action": rule["action"]}
    due = formats.moment(delivery.next_at or delivery.at)
    match rule["action"]:
        case "drop":
            delivery.state, delivery.next_at = "dropped", None
        case "duplicate":
            return int(rule.get("copies") or 2)
        case "delay":
            delivery.next_at = formats.stamp(due + timedelta(seconds=float(rule.get("delay") or 60)))
        case "shuffle":
            dice = random.Random(f"{rule.get('seed', 0)}:{rule['hits']}")  # noqa: S311 - repeatable on purpose
            window = float(rule.get("delay") or 60)
            delivery.next_at = formats.stamp(due + timedelta(seconds=dice.uniform(0, window)))
        case "completed_before_sent":
            delivery.state = "behind"
    return 1


def _release_after(store: Store, completed: Delivery) -> None:
    """Messages held back by `completed_before_sent` follow the one about completion."""
    for waiting in all(store, envelope_id=completed.envelope_id, state="behind"):
        if waiting.configuration == completed.configuration:
            waiting.state = "queued"
            waiting.next_at = formats.stamp(
                formats.moment(completed.next_at or completed.at) + timedelta(microseconds=waiting.id)
            )
            save(store, waiting)


def save(store: Store, delivery: Delivery) -> None:
    store.sql(
        "UPDATE deliveries SET state = ?, next_at = ?, doc = ? WHERE id = ?",
        delivery.state, delivery.next_at, json.dumps(asdict(delivery)), delivery.id,
    )  # fmt: skip


def load(store: Store, id: int) -> Delivery | None:
    rows = store.sql("SELECT id, doc FROM deliveries WHERE id = ?", id)
    return _parse(rows[0]["id"], rows[0]["doc"]) if rows else None


def all(
    store: Store, *, envelope_id: str | None = None, state: str | None = None, last: int | None = None
) -> list[Delivery]:
    """In the order they were queued; with `last`, only the newest so many."""
    where, values = ["1"], []
    for column, value in (("envelope_id", envelope_id), ("state", state)):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    newest = f" DESC LIMIT {int(last)}" if last else ""
    rows = store.sql(f"SELECT id, doc FROM deliveries WHERE {' AND '.join(where)} ORDER BY id{newest}", *values)  # noqa: S608 - columns are constants
    found = [_parse(row["id"], row["doc"]) for row in rows]
    return found[::-1] if last else found


def next_due(store: Store, until: str, besides: set[int]) -> Delivery | None:
    """The queued delivery whose time is first, at the latest `until`, leaving out those in `besides`."""
    rows = store.sql(
        "SELECT id, doc FROM deliveries WHERE state = 'queued' AND next_at <= ? ORDER BY next_at, id LIMIT ?",
        until, len(besides) + 1,
    )  # fmt: skip
    return next((_parse(row["id"], row["doc"]) for row in rows if row["id"] not in besides), None)


def due_ids(store: Store, until: str, limit: int) -> list[tuple[int, str]]:
    """Ids and envelope ids of what can go out now, in the order it should."""
    rows = store.sql(
        "SELECT id, envelope_id FROM deliveries WHERE state = 'queued' AND next_at <= ? ORDER BY next_at, id LIMIT ?",
        until, limit,
    )  # fmt: skip
    return [(row["id"], row["envelope_id"]) for row in rows]


def succeeded(store: Store, delivery: Delivery, attempt: Json) -> None:
    """It was taken. Messages that waited for this configuration go out now, in their order."""
    delivery.tries.append(attempt)
    delivery.state, delivery.next_at, delivery.error = "delivered", None, None
    save(store, delivery)
    if is_down(store, delivery.configuration):
        store.drop("connect_down", delivery.configuration)
        for waiting in all(store, state="pending"):
            if waiting.configuration == delivery.configuration:
                waiting.state, waiting.next_at = "queued", store.now()
                save(store, waiting)
        store.after_commit(store.wake.set)


def failed(store: Store, delivery: Delivery, attempt: Json) -> None:
    """It was not taken: plan the next try, or give up."""
    now = store.now()
    delivery.tries.append(attempt)
    delivery.error = attempt["error"]
    delivery.first_failed_at = delivery.first_failed_at or now
    wait = _next_wait(store, delivery, now)
    if wait is None:
        delivery.state, delivery.next_at = "failed", None
    else:
        delivery.retry_count += 1
        delivery.next_at = formats.stamp(formats.moment(now) + wait)
        if store.switches["connect_retry"] == "daily":
            mark_down(store, delivery.configuration, now)
    save(store, delivery)


def is_down(store: Store, configuration: str) -> bool:
    return store.record("connect_down", configuration) is not None


def mark_down(store: Store, configuration: str, now: str) -> None:
    """The configuration has failed. After long enough it is switched off."""
    known = store.record("connect_down", configuration)
    if known is None:
        store.keep("connect_down", configuration, {"since": now})
        return
    days = store.switches["connect_disable_after_days"]
    facts = store.record("connect", configuration)
    if facts and days and formats.moment(now) - formats.moment(known["since"]) >= timedelta(days=days):
        store.keep("connect", configuration, facts | {"allowEnvelopePublish": "false", "disabledBy": "Docusign"})


def retry_now(store: Store, delivery: Delivery) -> None:
    """Someone asked for it to go out again."""
    delivery.state, delivery.next_at = "queued", store.now()
    save(store, delivery)
    store.after_commit(store.wake.set)


def _next_wait(store: Store, delivery: Delivery, now: str) -> timedelta | None:
    if not delivery.acknowledge or (delivery.fault or {}).get("action") == "never_retry":
        return None
    if store.switches["connect_retry"] == "daily":
        return timedelta(days=1) if delivery.retry_count < DAILY_RETRIES else None
    age = formats.moment(now) - formats.moment(delivery.first_failed_at or now)
    if delivery.retry_count >= BACKOFF_RETRIES or age >= BACKOFF_GIVES_UP_AFTER:
        return None
    return timedelta(seconds=min(BACKOFF_FIRST_SECONDS * 2**delivery.retry_count, 6 * 3600))


def _parse(id: int, doc: str) -> Delivery:
    return Delivery(**(json.loads(doc) | {"id": id}))
