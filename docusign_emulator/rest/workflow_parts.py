"""The workflow of an envelope or a template, and its parts: steps, when it is sent, how long a step waits.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeworkflowdefinition/
"""

from __future__ import annotations

import uuid

from docusign_emulator.envelopes import workflow
from docusign_emulator.envelopes.model import Envelope, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_resource, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.envelopes import change_workflow


def get(call: Call) -> Reply:
    return Reply(_shown(call.envelope()))


def put(call: Call) -> Reply:
    """PUT workflow: its fields over those there are; it goes on when it is no longer paused."""
    envelope = _editable(call)
    change_workflow(call, envelope, call.json)
    return Reply(_shown(envelope))


def delete(call: Call) -> Reply:
    envelope = _editable(call)
    envelope.extra.pop("workflow", None)
    save(call.store, envelope)
    return Reply({})


def add_step(call: Call) -> Reply:
    envelope = _editable(call)
    step = {"workflowStepId": str(uuid.uuid4()), "status": "inactive"} | call.json
    steps = [*formats.children(_flow(envelope), "workflowSteps"), step]
    change_workflow(call, envelope, {"workflowSteps": steps})
    return Reply(formats.stringified(step), 201)


def get_step(call: Call) -> Reply:
    return Reply(formats.stringified(_step(call, call.envelope())))


def put_step(call: Call) -> Reply:
    envelope = _editable(call)
    step = _step(call, envelope)
    step |= call.json | {"workflowStepId": step["workflowStepId"]}
    change_workflow(call, envelope, _flow(envelope))
    return Reply(formats.stringified(step))


def delete_step(call: Call) -> Reply:
    envelope = _editable(call)
    gone = _step(call, envelope)
    left = [one for one in formats.children(_flow(envelope), "workflowSteps") if one is not gone]
    change_workflow(call, envelope, {"workflowSteps": left})
    return Reply({})


def get_sending(call: Call) -> Reply:
    return Reply(formats.stringified(_part(_flow(call.envelope()), "scheduledSending")))


def put_sending(call: Call) -> Reply:
    envelope = _editable(call)
    change_workflow(call, envelope, {"scheduledSending": call.json})
    return Reply(formats.stringified(_part(_flow(envelope), "scheduledSending")))


def delete_sending(call: Call) -> Reply:
    envelope = _editable(call)
    _flow(envelope).pop("scheduledSending", None)
    save(call.store, envelope)
    return Reply({})


def get_delay(call: Call) -> Reply:
    return Reply(formats.stringified(_part(_step(call, call.envelope()), "delayedRouting")))


def put_delay(call: Call) -> Reply:
    envelope = _editable(call)
    step = _step(call, envelope)
    step["delayedRouting"] = call.json
    change_workflow(call, envelope, _flow(envelope))
    return Reply(formats.stringified(step["delayedRouting"]))


def delete_delay(call: Call) -> Reply:
    envelope = _editable(call)
    _step(call, envelope).pop("delayedRouting", None)
    save(call.store, envelope)
    return Reply({})


def _editable(call: Call) -> Envelope:
    envelope = call.unlocked()
    if envelope.final:
        raise wrong_status(f"The envelope is {envelope.status}; its workflow cannot be changed.")
    return envelope


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
