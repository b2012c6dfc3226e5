"""Steps of the routing: pauses (until resumed, for a while, until the day of sending) and conditional recipients.

https://developers.docusign.com/docs/esign-rest-api/how-to/pause-workflow/
https://developers.docusign.com/docs/esign-rest-api/how-to/use-conditional-recipients/
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

_DELAY = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")


def begin(store: Store, envelope: Envelope) -> None:
    """The envelope is being sent: a scheduled sending holds it back until its time. Raises ApiError."""
    flow = _flow(envelope)
    _check(flow)
    rules = formats.children(formats.child(flow, "scheduledSending"), "rules")
    if rules:
        _hold(store, envelope, _end(store, rules[0]))


def paused(envelope: Envelope) -> bool:
    return formats.text(_flow(envelope).get("workflowStatus")).lower() == "paused"


def stops_before(store: Store, envelope: Envelope, order: int) -> bool:
    """Whether a step holds the envelope before this routing order; then it is paused."""
    if paused(envelope):
        return True
    for step in formats.children(_flow(envelope), "workflowSteps"):
        here = formats.text(step.get("triggerOnItem")).lower() == "routing_order" and formats.text(
            step.get("itemId")
        ) == str(order)
        pausing = formats.text(step.get("action")).lower() in ("pause_before", "pause")
        if here and pausing and step.get("status") != "completed":
            step.setdefault("workflowStepId", str(uuid.uuid4()))
            step |= {"status": "in_progress", "triggeredDate": store.now()}
            _flow(envelope)["currentWorkflowStepId"] = step["workflowStepId"]
            if _conditional(step) and _chosen(envelope, step):
                step |= {"status": "completed", "completedDate": store.now()}
                continue
            rules = formats.children(formats.child(step, "delayedRouting"), "rules")
            _hold(store, envelope, _end(store, rules[0]) if rules else None)
            return True
    return False


def resume(store: Store, envelope: Envelope) -> None:
    """Go on: the step that held it is done."""
    flow = _flow(envelope)
    flow["workflowStatus"] = "in_progress"
    for step in formats.children(flow, "workflowSteps"):
        if step.get("status") == "in_progress":
            step |= {"status": "completed", "completedDate": store.now()}
    store.unplan(envelope.id, "resume")


def merge(envelope: Envelope, given: Any) -> None:
    """Take a workflow given in an update: its fields over those there are. Raises ApiError when it is no object."""
    if not isinstance(given, dict):
        raise invalid_parameter("workflow is not an object.")
    flow = _flow(envelope) | given
    _check(flow)
    envelope.extra["workflow"] = flow


def steps_with_ids(envelope: Envelope) -> list[Json]:
    """Each step has an id of its own from when it is first looked at."""
    steps = formats.children(_flow(envelope), "workflowSteps")
    for step in steps:
        step.setdefault("workflowStepId", str(uuid.uuid4()))
    return steps


def _check(flow: Json) -> None:
    """Refuse now what could not be read when its turn comes, in the middle of somebody's signing."""
    for step in formats.children(flow, "workflowSteps"):
        for rule in formats.children(formats.child(step, "delayedRouting"), "rules"):
            _delay(rule)
        for rule in _conditional(step):
            formats.children(formats.child(rule, "recipientGroup"), "recipients")
            for condition in formats.children(rule, "conditions"):
                formats.children(condition, "filters")


def _conditional(step: Json) -> list[Json]:
    return formats.children(formats.child(formats.child(step, "recipientRouting"), "rules"), "conditionalRecipients")


def _chosen(envelope: Envelope, step: Json) -> bool:
    """Put the person whose condition holds in each placeholder's place. False when for one of them none holds."""
    for rule in _conditional(step):
        person = envelope.recipient(formats.text(rule.get("recipientId")))
        option = _option(envelope, rule)
        if person is None or option is None:
            return False
        person.name, person.email = formats.text(option.get("name")), formats.text(option.get("email"))
        if option.get("roleName"):
            person.extra["roleName"] = formats.text(option["roleName"])
    return True


def _option(envelope: Envelope, rule: Json) -> Json | None:
    conditions = sorted(formats.children(rule, "conditions"), key=lambda one: formats.text(one.get("order")).zfill(9))
    options = formats.children(formats.child(rule, "recipientGroup"), "recipients")
    for condition in conditions:
        if all(_holds(envelope, one) for one in formats.children(condition, "filters")):
            label = formats.text(condition.get("recipientLabel"))
            return next((one for one in options if formats.text(one.get("recipientLabel")) == label), None)
    return None


def _holds(envelope: Envelope, asked: Json) -> bool:
    """Whether a tab, found by its label or id, holds the value asked for."""
    person = envelope.recipient(formats.text(asked.get("recipientId")))
    value = _value(person, asked) if person else None
    wanted, operator = formats.text(asked.get("value")), formats.text(asked.get("operator")).lower()
    if value is None:
        return False
    return (value != wanted) if operator in ("notequals", "not_equals") else (value == wanted)


def _value(person: Recipient, asked: Json) -> str | None:
    label, tab_id = formats.text(asked.get("tabLabel")), formats.text(asked.get("tabId"))
    for key, tab in person.all_tabs():
        named = formats.text(tab.get("groupName") if key == "radioGroupTabs" else tab.get("tabLabel"))
        if (label and named == label) or tab.get("tabId") == tab_id:
            return (
                formats.flag(formats.truth(tab.get("selected")))
                if key == "checkboxTabs"
                else formats.text(tab.get("value"))
            )
    return None


def _flow(envelope: Envelope) -> Json:
    flow: Json = formats.child(envelope.extra, "workflow")
    return flow


def _hold(store: Store, envelope: Envelope, until: datetime | None) -> None:
    envelope.extra["workflow"] = _flow(envelope) | {"workflowStatus": "paused"}
    if until is not None:
        envelope.extra["workflow"]["resumeDate"] = formats.stamp(until)
        store.plan(formats.stamp(until), "resume", envelope_id=envelope.id)


def _end(store: Store, rule: Json) -> datetime:
    """When a rule lets go: at its resumeDate, or after its delay."""
    given = _delay(rule)
    return given if isinstance(given, datetime) else store.clock.now() + given


def _delay(rule: Json) -> datetime | timedelta:
    """A rule's `resumeDate`, or its delay of `days.hours:minutes:seconds`. Raises ApiError."""
    if rule.get("resumeDate"):
        try:
            return formats.moment(formats.text(rule["resumeDate"]))
        except ValueError as error:
            raise invalid_parameter("resumeDate is not a date.") from error
    found = _DELAY.fullmatch(formats.text(rule.get("delay")))
    if found is None:
        raise invalid_parameter("delay is days.hours:minutes:seconds.")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
