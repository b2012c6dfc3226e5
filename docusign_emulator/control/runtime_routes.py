"""The whole, the clock, faults, switches and limits."""

from __future__ import annotations

import re
from datetime import timedelta

from starlette.requests import Request

from docusign_emulator.behaviour import faults
from docusign_emulator.control import samples
from docusign_emulator.control.routing import Refused
from docusign_emulator.oauth import consents
from docusign_emulator.protocol.formats import Json
from docusign_emulator.runtime import scheduler
from docusign_emulator.runtime.runtime import Running

_UNITS = ("days", "hours", "minutes", "seconds")


def reset(running: Running, request: Request, body: Json) -> Json:
    """Forget everything but the account; the clock goes back to real time. Messages under way are waited for."""
    running.pump.pause()
    try:
        running.pump.wait_until_quiet()
        with running.store.transaction():
            running.store.forget()
            running.limits.forget()
            consents.seed(running.store, given=running.consent_granted)
    finally:
        running.pump.resume()
    return {"now": running.store.now()}


def seed(running: Running, request: Request, body: Json) -> Json:
    """A few envelopes in every state, to look at."""
    with running.store.transaction():
        return {"envelopes": samples.add(running.store)}


def snapshot(running: Running, request: Request, body: Json) -> Json:
    """{"name"}: keep the whole state under a name."""
    running.store.snapshot(_snapshot_name(body))
    return {"snapshots": running.store.snapshots()}


def restore(running: Running, request: Request, body: Json) -> Json:
    """{"name"}: go back to what was kept, with its clock."""
    try:
        running.store.restore(_snapshot_name(body))
    except FileNotFoundError as error:
        raise Refused(
            f"There is no snapshot {error}; there are {', '.join(running.store.snapshots()) or 'none'}."
        ) from error
    return {"now": running.store.now()}


def _snapshot_name(body: Json) -> str:
    name = str(body.get("name") or "")
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
        raise Refused("The name of a snapshot has small letters, digits and dashes.")
    return name


def get_clock(running: Running, request: Request, body: Json) -> Json:
    clock = running.store.clock
    return {"now": running.store.now(), "offsetSeconds": clock.offset.total_seconds()}


def advance(running: Running, request: Request, body: Json) -> Json:
    unknown = body.keys() - set(_UNITS)
    if unknown:
        raise Refused(f"The clock advances by {', '.join(_UNITS)}, not by {', '.join(sorted(unknown))}.")
    try:
        step = timedelta(**{unit: float(body[unit]) for unit in _UNITS if unit in body})
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused("days, hours, minutes and seconds are numbers.") from error
    if step < timedelta():
        raise Refused("The clock only goes forward.")
    events = scheduler.advance(running, step)
    return {"now": running.store.now(), "events": events}


def add_fault(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        return faults.add(running.store, body)


def get_faults(running: Running, request: Request, body: Json) -> Json:
    return {"faults": faults.all(running.store)}


def clear_faults(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        faults.clear(running.store)
    return {"faults": []}


def get_switches(running: Running, request: Request, body: Json) -> Json:
    return running.store.switches.all()


def describe_switches(running: Running, request: Request, body: Json) -> Json:
    return {"switches": running.store.switches.described()}


def put_switches(running: Running, request: Request, body: Json) -> Json:
    store = running.store
    with store.transaction():
        store.switches.turn(body)
        store.put("switches", store.switches.changed())
    return store.switches.all()


def get_limits(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        return running.limits.settings() | {"headers": running.limits.headers()}


def put_limits(running: Running, request: Request, body: Json) -> Json:
    with running.store.transaction():
        running.limits.change(body)
        return dict(running.limits.settings())
