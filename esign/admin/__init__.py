"""Staff's pages. Importing this package registers each page with Django's admin."""

from esign.admin import people
from esign.admin.campaigns import kept_by_rules, rules, runs
from esign.admin.connection import pages as connection_pages
from esign.admin.connection import records
from esign.admin.envelopes import form_answers, signing_times
from esign.admin.envelopes import pages as envelope_pages
from esign.admin.leases import pages as lease_pages
from esign.admin.templates import account_templates
from esign.admin.templates import pages as template_pages

__all__ = [
    "account_templates",
    "connection_pages",
    "envelope_pages",
    "form_answers",
    "kept_by_rules",
    "lease_pages",
    "people",
    "records",
    "rules",
    "runs",
    "signing_times",
    "template_pages",
]
