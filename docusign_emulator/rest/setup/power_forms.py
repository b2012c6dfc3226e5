"""Power forms, as their owners set them up.

https://developers.docusign.com/docs/esign-rest-api/reference/powerforms/
"""

from __future__ import annotations

import uuid

from docusign_emulator.envelopes.model import load
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest import kept
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.parts.form_data import entered
from docusign_emulator.rest.paths import ACCOUNT, Row
from docusign_emulator.rest.setup import users
from docusign_emulator.storage.store import Store
from docusign_emulator.templates import power_forms

_FIXED = ("powerFormId", "powerFormUrl", "uri", "createdBy", "createdDateTime", "timesUsed", "lastUsed", "envelopes",
          "templateName", "errorDetails")  # fmt: skip


def list_all(call: Call) -> Reply:
    """GET powerforms, the newest first."""
    found = [_shown(call, one) for one in call.store.records(power_forms.KIND)][::-1]
    return Reply(_counted(call, "powerForms", found))


def create(call: Call) -> Reply:
    form_id = str(uuid.uuid4())
    made: Json = {
        "powerFormId": form_id,
        "isActive": "true",
        "signingMode": "email",
        "timesUsed": "0",
        "usesRemaining": "0",
        "createdBy": call.user.user_id,
        "createdDateTime": call.store.now(),
        "senderUserId": call.user.user_id,
        "senderName": call.user.name,
    }
    return Reply(_shown(call, _keep(call.store, kept.over(made, call.json, *_FIXED))), 201)


def get(call: Call) -> Reply:
    return Reply(_shown(call, _named(call)))


def update(call: Call) -> Reply:
    """PUT one power form: those of its fields that are given."""
    return Reply(_shown(call, _keep(call.store, kept.over(_named(call), call.json, *_FIXED))))


def delete(call: Call) -> Reply:
    call.store.drop(power_forms.KIND, _named(call)["powerFormId"])
    return Reply({})


def delete_many(call: Call) -> Reply:
    """DELETE powerforms: those listed by id."""

    def drop(facts: Json) -> Json:
        form_id = kept.name(facts, "powerFormId")
        call.store.drop(power_forms.KIND, form_id)
        return {"powerFormId": form_id}

    return Reply({"powerForms": kept.each(call, "powerForms", drop)})


def list_senders(call: Call) -> Reply:
    ids = dict.fromkeys(one["senderUserId"] for one in call.store.records(power_forms.KIND))
    return Reply(_counted(call, "powerFormSenders", [users.brief(call.store, one) for one in ids]))


def form_data(call: Call) -> Reply:
    """GET form_data: what the people of each of its envelopes entered."""
    found = []
    for envelope_id in power_forms.envelopes_of(call.store, _named(call)["powerFormId"]):
        envelope = load(call.store, envelope_id)
        people = [
            {
                "recipientId": one.recipient_id,
                "name": one.name,
                "email": one.email,
                "formData": [{"name": item["name"], "value": item["value"]} for item in entered(one)],
            }
            for one in (envelope.recipients if envelope else [])
        ]
        found.append({"envelopeId": envelope_id, "recipients": people})
    return Reply({"envelopes": found})


def _named(call: Call) -> Json:
    return kept.one(call, power_forms.KIND, "powerFormId", what="power form")


def _keep(store: Store, form: Json) -> Json:
    checked = power_forms.checked(store, form)
    store.keep(power_forms.KIND, form["powerFormId"], checked)
    return checked


def _shown(call: Call, form: Json) -> Json:
    place = form["powerFormId"]
    query = f"PowerFormId={place}&env=emulator&acct={call.store.account.id}&v=2"
    url = f"{call.base_url}/Member/PowerFormSigning.aspx?{query}"
    return formats.stringified(form) | {"powerFormUrl": url, "uri": f"/powerforms/{place}"}


def _counted(call: Call, key: str, found: list[Json]) -> Json:
    """A page whose sizes are numbers here, as the API tells them for power forms."""
    shown = kept.page(call, key, found)
    return {name: one if name == key else int(one) for name, one in shown.items()}


_FORM = ACCOUNT + "/powerforms/{powerFormId}"
ROWS: list[Row] = [
    ("GET", f"{ACCOUNT}/powerforms", "listPowerForms", list_all),
    ("POST", f"{ACCOUNT}/powerforms", "createPowerForm", create),
    ("DELETE", f"{ACCOUNT}/powerforms", "deletePowerForms", delete_many),
    ("GET", f"{ACCOUNT}/powerforms/senders", "listPowerFormSenders", list_senders),
    ("GET", _FORM, "getPowerForm", get),
    ("PUT", _FORM, "updatePowerForm", update),
    ("DELETE", _FORM, "deletePowerForm", delete),
    ("GET", f"{_FORM}/form_data", "getPowerFormData", form_data),
]
