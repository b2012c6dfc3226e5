"""Sending with templates of the Docusign account: read them, check the office's mapping, put them in an envelope.

A rider goes with our own documents; a whole template or a Word document that is filled in goes alone. Either way the
draft mails nobody, and before it is sent `settle` looks whether it holds exactly the people that were meant: a
template that was changed in Docusign meanwhile cannot send a contract to somebody else.
"""

from esign.envelopes.account_templates.catalogue import read, refresh_list
from esign.envelopes.account_templates.checks import check_for, check_mapping, known_names, label_of
from esign.envelopes.account_templates.draft_checks import Settled, settle
from esign.envelopes.account_templates.riders import attach, freeze_with_templates, templates_of
from esign.envelopes.account_templates.values import Values

__all__ = [
    "Settled",
    "Values",
    "attach",
    "check_for",
    "check_mapping",
    "freeze_with_templates",
    "known_names",
    "label_of",
    "read",
    "refresh_list",
    "settle",
    "templates_of",
]
