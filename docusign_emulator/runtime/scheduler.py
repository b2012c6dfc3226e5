"""What happens by itself: reminders, expiry, purges, late effects, Connect messages, in the order of their times."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

from docusign_emulator.bulk import batches
from docusign_emulator.connect import deliveries
from docusign_emulator.envelopes import lifecycle, model, notification, purge
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.pipeline import Incoming, perform
from docusign_emulator.runtime.runtime import Running
from docusign_emulator.storage.store import Store

log = logging.getLogger("docusign_emulator")


def run(running: Running) -> list[Json]:
    """Do everything that has come due by now, Connect messages apart (the pump sends those)."""
    happened: list[Json] = []
    while True:
        with running.store.transaction():
            item = _next(running.store, running.store.now())
            if item is None:
                return happened
            happened.append(_do(running, item))


def advance(running: Running, by: timedelta) -> list[Json]:
    """Move the clock forward, doing what comes due on the way at its own time, Connect messages included."""
    store = running.store
    happened: list[Json] = []
    target = store.clock.now() + by
    running.pump.pause()
    try:
        while True:
            event = _step(running, target)
            if event is None:
                break
            happened.append(event)
        with store.transaction():
            store.move_clock(target)
    finally:
        running.pump.resume()
    return happened


def _step(running: Running, target: datetime) -> Json | None:
    """Do the one thing whose time is first, at the latest `target`."""
    store, until = running.store, formats.stamp(target)
    with store.transaction():
        item = _next(store, until)
        delivery = deliveries.next_due(store, until, running.pump.under_way())
        first = delivery.next_at if delivery else None
        if item is not None and (first is None or item["at"] <= first):
            store.move_clock(formats.moment(item["at"]))
            return _do(running, item)
        if delivery is None or first is None:
            return None
        store.move_clock(formats.moment(first))
    sent = running.pump.deliver(delivery.id)
    return {
        "at": first,
        "kind": "connect",
        "envelopeId": delivery.envelope_id,
        "event": delivery.event,
        "deliveryId": delivery.id,
        "state": sent.state if sent else "under way",
    }


def _next(store: Store, until: str) -> Json | None:
    rows = store.sql("SELECT * FROM due WHERE at <= ? ORDER BY at, id LIMIT 1", until)
    if not rows:
        return None
    row = rows[0]
    return {"id": row["id"], "at": row["at"], "kind": row["kind"], "envelopeId": row["envelope_id"]} | {
        "doc": json.loads(row["doc"])
    }


def _do(running: Running, item: Json) -> Json:
    """Do one thing. One that goes wrong is told in its event and not tried again, so that the beat goes on."""
    store = running.store
    store.sql("DELETE FROM due WHERE id = ?", item["id"])
    event: Json = {"at": item["at"], "kind": item["kind"]}
    try:
        with store.transaction():
            return event | _work(running, item)
    except Exception as error:  # whatever it is, the next things have to come due
        log.exception("%s of %s went wrong.", item["kind"], item["envelopeId"])
        return event | {"error": str(error)}


def _work(running: Running, item: Json) -> Json:
    store = running.store
    event: Json = {}
    if item["kind"] == "late_effect":
        perform(running, Incoming.unpacked(item["doc"]["incoming"]), None, landing=True)
        return event
    if item["kind"] == "bulk":
        return event | (batches.send_one(store, item["doc"]["batchId"], item["doc"]["number"]) or {})
    envelope = model.load(store, item["envelopeId"])
    if envelope is None:
        return event
    event["envelopeId"] = envelope.id
    match item["kind"]:
        case "reminder":
            event["recipients"] = [person.recipient_id for person in lifecycle.remind(store, envelope)]
            notification.next_reminder(store, envelope, item["at"], item["doc"]["n"])
        case "expiry_warning":
            lifecycle.warn_of_expiry(store, envelope)
        case "expiry":
            lifecycle.expire(store, envelope)
        case "resume":
            lifecycle.resume(store, envelope)
        case "purge_warning":
            purge.warn(store, envelope)
        case "purge":
            purge.carry_out(store, envelope)
    return event
