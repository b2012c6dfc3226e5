"""What everyone entered.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeformdata/
"""

from __future__ import annotations

from docusign_emulator.envelopes.model import Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.paths import ENVELOPE, Row


def form_data(call: Call) -> Reply:
    """GET form_data: what everyone entered, together and by recipient."""
    envelope = call.envelope()
    everything = [item for person in envelope.recipients for item in entered(person)]
    prefilled = [
        {"name": formats.text(tab.get("tabLabel")), "value": formats.text(tab.get("value"))}
        for document in envelope.documents
        for items in document.prefill.values()
        for tab in items
    ]
    return Reply(
        {
            "envelopeId": envelope.id,
            "emailSubject": envelope.subject,
            "status": envelope.status,
            "sentDateTime": envelope.sent_at or "",
            "formData": everything,
            "recipientFormData": [_of_recipient(person) for person in envelope.recipients if person.tabs],
            "prefillFormData": {"formData": prefilled},
        }
    )


def entered(person: Recipient) -> list[Json]:
    items = []
    for key, tab in person.all_tabs():
        if key == "radioGroupTabs":
            items.append({"name": formats.text(tab.get("groupName")), "value": formats.text(tab.get("value"))})
        elif key == "checkboxTabs":
            ticked = formats.truth(tab.get("selected"))
            items.append({"name": formats.text(tab.get("tabLabel")), "value": "X" if ticked else ""})
        elif key not in ("signHereTabs", "initialHereTabs"):
            item = {"name": formats.text(tab.get("tabLabel")), "value": formats.text(tab.get("value"))}
            if "originalValue" in tab:
                item["originalValue"] = tab["originalValue"]
            if key == "listTabs":
                item["listSelectedValue"] = formats.text(tab.get("listSelectedValue"))
            items.append(item)
    return items


def _of_recipient(person: Recipient) -> Json:
    times = {
        "SentTime": person.sent_at,
        "DeliveredTime": person.delivered_at,
        "SignedTime": person.signed_at,
        "DeclinedTime": person.declined_at,
    }
    return {
        "recipientId": person.recipient_id,
        "name": person.name,
        "email": person.email,
        "formData": entered(person),
    } | {key: value for key, value in times.items() if value}


ROWS: list[Row] = [("GET", f"{ENVELOPE}/form_data", "getFormData", form_data)]
