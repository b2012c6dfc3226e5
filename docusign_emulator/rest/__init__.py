"""The doors of the REST API: read the call, call the domain, write the answer."""
