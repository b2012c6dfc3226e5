"""Staff's pages: leases with their envelopes, envelopes, what Docusign said, batches, the connection, and Today."""

from esign.admin import batches, connection, deliveries, docusign_connection, envelopes, leases, permissions

permissions.connect()

__all__ = ["batches", "connection", "deliveries", "docusign_connection", "envelopes", "leases"]
