"""Recipients who are a signing group: each member is told, and the first to sign has signed for all.

https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/signing-groups/
"""

from __future__ import annotations

from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

KIND = "signing_group"


def members(store: Store, person: Recipient) -> list[Json]:
    """Name and address of each member; empty when the recipient is no group."""
    group_id = formats.text(person.extra.get("signingGroupId"))
    group = store.record(KIND, group_id) if group_id else None
    return list(group["users"]) if group else []


def name_groups(store: Store, envelope: Envelope) -> None:
    """Before sending: each group has members, and its name where the sender gave none. Raises ApiError."""
    for person in envelope.recipients:
        group_id = formats.text(person.extra.get("signingGroupId"))
        if not group_id:
            continue
        group = store.record(KIND, group_id)
        if group is None or not group["users"]:
            raise ApiError(
                "SIGNING_GROUP_NOT_FOUND", f"Recipient {person.recipient_id}: no signing group with members."
            )
        person.name = person.name or group["groupName"]
        person.extra |= {"signingGroupName": group["groupName"], "signingGroupUsers": group["users"]}


def signed_by(store: Store, person: Recipient, name: str) -> None:
    """The member who signs takes the group's place in the envelope."""
    for member in members(store, person):
        if member["userName"].lower() == name.lower():
            person.name, person.email = member["userName"], member["email"]
