"""Roles: which rights each has, in one place. Every `migrate` makes the groups and adds what they lack.

Rights are only added. What an administrator gave a group besides stays.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

ADMINISTRATORS = "Administrators"
LEASING_OFFICE = "Leasing office"
# The same rights, for the rows of the portfolios in which the person is a member.
OFFICE_OF_A_PORTFOLIO = "Leasing office of a portfolio"

# (app, model): what the role may do with its rows, as in `view_lease`.
Rights = dict[tuple[str, str], tuple[str, ...]]

OFFICE: Rights = {
    # Owners and properties are only viewed. Recording offline signatures needs more trust.
    ("leases", "owner"): ("view",),
    ("leases", "property"): ("view",),
    ("leases", "unit"): ("view", "add", "change", "export"),
    # Not "export": a list of everyone's addresses leaves by the hands of an administrator.
    ("leases", "tenant"): ("view", "add", "change"),
    ("leases", "lease"): ("view", "add", "change", "delete", "cancel", "end"),
    ("leases", "leaseparty"): ("view", "add", "change", "delete"),
    ("leases", "rentstep"): ("view", "add", "change", "delete"),
    ("leases", "addendum"): ("view", "add", "change", "delete"),
    ("leases", "leasesignature"): ("view",),
    ("leases", "tag"): ("view", "add", "change"),
    # Not "correct_landlord": one login that chooses the tenant's and the landlord's address could sign for both.
    ("esign", "envelope"): ("view", "send", "void", "confirm"),
    ("esign", "signer"): ("view",),
    ("esign", "formanswer"): ("view", "decide"),
    ("esign", "signingtimes"): ("view",),
    ("esign", "envelopedocument"): ("view",),
    ("esign", "auditevent"): ("view",),
    ("esign", "batchrule"): ("view", "add", "change"),
    ("esign", "batch"): ("view",),
    ("esign", "batchline"): ("view",),
    # The office writes drafts of template texts. Publishing them is for the person who answers for the contracts.
    ("esign", "documenttemplate"): ("view", "change"),
    # Calls, messages and the connection are only viewed. Repairing them is an administrator's work.
    ("esign", "docusigncall"): ("view",),
    ("esign", "webhookmessage"): ("view",),
    ("esign", "orphandraft"): ("view",),
    ("esign", "docusignconnection"): ("view",),
    ("esign", "staffaccount"): ("add",),
}

# Who answers for the company's account at Docusign, and for what it costs.
ADMINISTRATION: Rights = {
    ("esign", "docusignconnection"): ("view", "add", "change"),
    ("esign", "monthly_cap"): ("lift",),
}

ROLES: dict[str, Rights] = {
    ADMINISTRATORS: OFFICE | ADMINISTRATION | {("leases", "portfolio"): ("see_all",)},
    LEASING_OFFICE: OFFICE | {("leases", "portfolio"): ("see_all",)},
    OFFICE_OF_A_PORTFOLIO: OFFICE,
}


def make_roles(using: str = "default", **kwargs: Any) -> None:
    """Make each group and add the rights it lacks. Safe to repeat."""
    for label in ("leases", "esign"):
        if not apps.is_installed(label):
            continue
        # The signal may reach us before Django has made the permissions of new models.
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    for name, rights in ROLES.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        for (app, model), verbs in rights.items():
            codenames = [f"{verb}_{model}" for verb in verbs]
            group.permissions.add(
                *Permission.objects.using(using).filter(content_type__app_label=app, codename__in=codenames)
            )
