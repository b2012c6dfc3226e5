"""Staff's pages: leases, envelopes, wording, what Docusign said, batches, the connection, and Today."""

from esign.admin import (
    answers,
    batches,
    connection,
    deliveries,
    docusign_connection,
    envelopes,
    leases,
    permissions,
    signing_times,
    templates,
    vendor_templates,
)

permissions.connect()

__all__ = [
    "answers",
    "batches",
    "connection",
    "deliveries",
    "docusign_connection",
    "envelopes",
    "leases",
    "signing_times",
    "templates",
    "vendor_templates",
]
