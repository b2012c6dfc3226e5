"""Docusign's OAuth server: consent, grants, tokens, userinfo."""
