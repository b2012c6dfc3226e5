"""The audit trail of an envelope: who did what, when. It ends up in the certificate of completion.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopes/listauditevents/
"""

from __future__ import annotations

from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

LOOPBACK = "127.0.0.1"


def note(
    store: Store,
    envelope: Envelope,
    action: str,
    message: str,
    *,
    by: Recipient | User | None = None,
    source: str = "API",
    address: str = LOOPBACK,
) -> None:
    """Add one line, at the present virtual time."""
    store.add_line(
        "audit",
        {
            "action": action,
            "message": message,
            "source": source,
            "userName": by.name if by else "Docusign emulator",
            "userId": by.user_id if by else "",
            "email": by.email if by else "",
            "recipientId": by.recipient_id if isinstance(by, Recipient) else None,
            "status": envelope.status,
            "address": address,
        },
        envelope_id=envelope.id,
    )


def of(store: Store, envelope_id: str) -> list[Json]:
    return store.lines("audit", envelope_id=envelope_id)


def to_wire(store: Store, line: Json) -> Json:
    """One line as the API answers it: a list of names and values."""
    camel = store.switches["audit_field_names"] == "camel_case"
    fields = {
        "logTime": line["at"],
        "Source": line["source"],
        "UserName": line["userName"],
        "UserId": line["userId"],
        "Action": line["action"],
        "Message": line["message"],
        "EnvelopeStatus": line["status"],
        "ClientIPAddress": line["address"],
        "Information": line["message"],
        "InformationLocalized": line["message"],
        "GeoLocation": "",
        "Language": "en",
    }
    return {
        "eventFields": [{"name": _camel(name) if camel else name, "value": value} for name, value in fields.items()]
    }


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]
