"""Staff's pages: leases, envelopes, wording, what Docusign said, batches, the connection, and Today."""

from esign.admin import batches, connection, deliveries, docusign_connection, envelopes, leases, permissions, templates

permissions.connect()

__all__ = ["batches", "connection", "deliveries", "docusign_connection", "envelopes", "leases", "templates"]
