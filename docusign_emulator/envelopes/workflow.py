"""Pauses: before a routing order until somebody resumes, for a while, or until the day of sending.

https://developers.docusign.com/docs/esign-rest-api/how-to/pause-workflow/
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from docusign_emulator import wire
from docusign_emulator.envelopes.model import Envelope
from docusign_emulator.errors import invalid_parameter
from docusign_emulator.store import Store
from docusign_emulator.wire import Json

_DELAY = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")


def begin(store: Store, envelope: Envelope) -> None:
    """The envelope is being sent: a scheduled sending holds it back until its time."""
    flow = _flow(envelope)
    rules = wire.children(wire.child(flow, "scheduledSending"), "rules")
    if rules:
        _hold(store, envelope, _end(store, rules[0]))


def paused(envelope: Envelope) -> bool:
    return wire.text(_flow(envelope).get("workflowStatus")).lower() == "paused"


def stops_before(store: Store, envelope: Envelope, order: int) -> bool:
    """Whether a step holds the envelope before this routing order; then it is paused."""
    if paused(envelope):
        return True
    for step in wire.children(_flow(envelope), "workflowSteps"):
        here = wire.text(step.get("triggerOnItem")).lower() == "routing_order" and wire.text(step.get("itemId")) == str(
            order
        )
        pausing = wire.text(step.get("action")).lower() in ("pause_before", "pause")
        if here and pausing and step.get("status") != "completed":
            step.setdefault("workflowStepId", str(uuid.uuid4()))
            step |= {"status": "in_progress", "triggeredDate": store.now()}
            _flow(envelope)["currentWorkflowStepId"] = step["workflowStepId"]
            rules = wire.children(wire.child(step, "delayedRouting"), "rules")
            _hold(store, envelope, _end(store, rules[0]) if rules else None)
            return True
    return False


def resume(store: Store, envelope: Envelope) -> None:
    """Go on: the step that held it is done."""
    flow = _flow(envelope)
    flow["workflowStatus"] = "in_progress"
    for step in wire.children(flow, "workflowSteps"):
        if step.get("status") == "in_progress":
            step |= {"status": "completed", "completedDate": store.now()}
    store.unplan(envelope.id, "resume")


def merge(envelope: Envelope, given: Any) -> None:
    """Take a workflow given in an update: its fields over those there are. Raises ApiError when it is no object."""
    if not isinstance(given, dict):
        raise invalid_parameter("workflow is not an object.")
    envelope.extra["workflow"] = _flow(envelope) | given


def _flow(envelope: Envelope) -> Json:
    flow: Json = wire.child(envelope.extra, "workflow")
    return flow


def _hold(store: Store, envelope: Envelope, until: datetime | None) -> None:
    envelope.extra["workflow"] = _flow(envelope) | {"workflowStatus": "paused"}
    if until is not None:
        envelope.extra["workflow"]["resumeDate"] = wire.stamp(until)
        store.plan(wire.stamp(until), "resume", envelope_id=envelope.id)


def _end(store: Store, rule: Json) -> datetime:
    """When a rule lets go: at its resumeDate, or after its delay of `days.hours:minutes:seconds`."""
    if rule.get("resumeDate"):
        try:
            return wire.moment(wire.text(rule["resumeDate"]))
        except ValueError as error:
            raise invalid_parameter("resumeDate is not a date.") from error
    found = _DELAY.fullmatch(wire.text(rule.get("delay")))
    if found is None:
        raise invalid_parameter("delay is days.hours:minutes:seconds.")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return store.clock.now() + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
