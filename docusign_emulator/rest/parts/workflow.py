"""The workflow of an envelope or a template, and its parts: steps, when it is sent, how long a step waits.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeworkflowdefinition/
"""

from __future__ import annotations

import uuid

from docusign_emulator.envelopes import workflow
from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_resource
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.envelopes import change_workflow
from docusign_emulator.rest.parts.changes import editable
from docusign_emulator.rest.paths import ENVELOPE, TEMPLATE, Row, of_template


def get(call: Call) -> Reply:
    return Reply(_shown(call.envelope()))


def put(call: Call) -> Reply:
    """PUT workflow: its fields over those there are; it goes on when it is no longer paused."""
    envelope = editable(call)
    change_workflow(call, envelope, call.json)
    return Reply(_shown(envelope))


def delete(call: Call) -> Reply:
    envelope = editable(call)
    envelope.extra.pop("workflow", None)
    save(call.store, envelope)
    return Reply({})


def add_step(call: Call) -> Reply:
    envelope = editable(call)
    step = {"workflowStepId": str(uuid.uuid4()), "status": "inactive"} | call.json
    steps = [*formats.children(_flow(envelope), "workflowSteps"), step]
    change_workflow(call, envelope, {"workflowSteps": steps})
    return Reply(formats.stringified(step), 201)


def get_step(call: Call) -> Reply:
    return Reply(formats.stringified(_step(call, call.envelope())))


def put_step(call: Call) -> Reply:
    envelope = editable(call)
    step = _step(call, envelope)
    step |= call.json | {"workflowStepId": step["workflowStepId"]}
    change_workflow(call, envelope, _flow(envelope))
    return Reply(formats.stringified(step))


def delete_step(call: Call) -> Reply:
    envelope = editable(call)
    gone = _step(call, envelope)
    left = [one for one in formats.children(_flow(envelope), "workflowSteps") if one is not gone]
    change_workflow(call, envelope, {"workflowSteps": left})
    return Reply({})


def get_sending(call: Call) -> Reply:
    return Reply(formats.stringified(_part(_flow(call.envelope()), "scheduledSending")))


def put_sending(call: Call) -> Reply:
    envelope = editable(call)
    change_workflow(call, envelope, {"scheduledSending": call.json})
    return Reply(formats.stringified(_part(_flow(envelope), "scheduledSending")))


def delete_sending(call: Call) -> Reply:
    envelope = editable(call)
    _flow(envelope).pop("scheduledSending", None)
    save(call.store, envelope)
    return Reply({})


def get_delay(call: Call) -> Reply:
    return Reply(formats.stringified(_part(_step(call, call.envelope()), "delayedRouting")))


def put_delay(call: Call) -> Reply:
    envelope = editable(call)
    step = _step(call, envelope)
    step["delayedRouting"] = call.json
    change_workflow(call, envelope, _flow(envelope))
    return Reply(formats.stringified(step["delayedRouting"]))


def delete_delay(call: Call) -> Reply:
    envelope = editable(call)
    _step(call, envelope).pop("delayedRouting", None)
    save(call.store, envelope)
    return Reply({})


def _flow(envelope: Envelope) -> Json:
    return formats.child(envelope.extra, "workflow")


def _shown(envelope: Envelope) -> Json:
    flow: Json = formats.stringified(_flow(envelope))
    return {"workflowSteps": []} | flow


def _part(facts: Json, key: str) -> Json:
    return {"rules": []} | formats.child(facts, key)


def _step(call: Call, envelope: Envelope) -> Json:
    wanted = call.params["workflowStepId"]
    for step in workflow.steps_with_ids(envelope):
        if step["workflowStepId"] == wanted:
            return step
    raise no_such_resource("workflow step")


def _rows(base: str, whose: str) -> list[Row]:
    flow, step = f"{base}/workflow", base + "/workflow/steps/{workflowStepId}"
    return [
        ("GET", flow, f"get{whose}WorkflowDefinition", get),
        ("PUT", flow, f"update{whose}WorkflowDefinition", put),
        ("DELETE", flow, f"delete{whose}WorkflowDefinition", delete),
        ("POST", f"{flow}/steps", f"create{whose}WorkflowStepDefinition", add_step),
        ("GET", step, f"get{whose}WorkflowStepDefinition", get_step),
        ("PUT", step, f"update{whose}WorkflowStepDefinition", put_step),
        ("DELETE", step, f"delete{whose}WorkflowStepDefinition", delete_step),
        ("GET", f"{flow}/scheduledSending", f"get{whose}ScheduledSendingDefinition", get_sending),
        ("PUT", f"{flow}/scheduledSending", f"update{whose}ScheduledSendingDefinition", put_sending),
        ("DELETE", f"{flow}/scheduledSending", f"delete{whose}ScheduledSendingDefinition", delete_sending),
        ("GET", f"{step}/delayedRouting", f"get{whose}DelayedRoutingDefinition", get_delay),
        ("PUT", f"{step}/delayedRouting", f"update{whose}DelayedRoutingDefinition", put_delay),
        ("DELETE", f"{step}/delayedRouting", f"delete{whose}DelayedRoutingDefinition", delete_delay),
    ]


ROWS: list[Row] = [
    *_rows(ENVELOPE, "Envelope"),
    *[(method, path, name, of_template(do)) for method, path, name, do in _rows(TEMPLATE, "Template")],
]
