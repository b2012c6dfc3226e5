"""From our rows to what Bulk Send takes, in the SDK's own models: the draft that is copied, and the list of copies.

Importing this module imports the SDK (0.2 s, 33 MB), so only the functions that need it do.

https://developers.docusign.com/docs/esign-rest-api/how-to/bulk-send-envelopes/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from docusign_esign import (
    BulkSendingCopy,
    BulkSendingCopyCustomField,
    BulkSendingCopyRecipient,
    BulkSendingList,
    CustomFields,
    TextCustomField,
)

from esign.docusign.answers import CUSTOM_FIELD
from esign.docusign.definitions import build_definition
from esign.models import Envelope

LEASE_FIELD = "lease_number"
LIST_FIELD = "mailingListId"  # Docusign's own name


def build_source(envelope: Envelope, transaction_id: UUID, list_id: UUID, fields: Mapping[str, str]) -> Any:
    """The draft that is copied: as that of this envelope, but its people are empty places that each copy fills.

    `fields` are custom fields that are the same in every copy. Those that differ must be in the draft, too.
    """
    definition = build_definition(envelope)
    definition.transaction_id = str(transaction_id)
    same = {**fields, LIST_FIELD: str(list_id), CUSTOM_FIELD: ""}
    definition.custom_fields = CustomFields(
        text_custom_fields=[
            *(TextCustomField(name=name, value=value, show="false", required="false") for name, value in same.items()),
            TextCustomField(name=LEASE_FIELD, value="", show="true", required="false"),
        ]
    )
    keys = {str(signer.recipient_id): signer.key for signer in envelope.signers.all()}
    people = definition.recipients
    for person in (*people.signers, *people.carbon_copies, *people.certified_deliveries):
        person.role_name, person.name, person.email = keys[person.recipient_id], "", ""
    return definition


def build_list(name: str, envelopes: Iterable[Envelope]) -> Any:
    """One copy for each envelope: its people, its subject, and our id for it."""
    return BulkSendingList(name=name, bulk_copies=[_copy(envelope) for envelope in envelopes])


def _copy(envelope: Envelope) -> Any:
    fields = {CUSTOM_FIELD: str(envelope.pk), LEASE_FIELD: envelope.lease.number}
    return BulkSendingCopy(
        email_subject=envelope.subject,
        custom_fields=[BulkSendingCopyCustomField(name=name, value=value) for name, value in fields.items()],
        recipients=[
            BulkSendingCopyRecipient(role_name=signer.key, name=signer.name, email=signer.email)
            for signer in envelope.signers.all()
        ],
    )
