"""Staff's pages: leases with their envelopes, envelopes, what Docusign said, batches, the connection, and Today."""

from importlib.util import find_spec

from esign.admin import batches, connection, deliveries, envelopes, permissions

if find_spec("leases.admin"):
    from esign.admin import leases

permissions.connect()

__all__ = ["batches", "connection", "deliveries", "envelopes", "leases"]
