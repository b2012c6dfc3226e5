"""Docusign's own description of its API. See README.md."""
