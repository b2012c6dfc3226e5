"""What the leasing office may do in this room.

Additive: what an administrator has given the group besides is never taken away.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models.signals import post_migrate

LEASING_OFFICE = "Leasing office"
# Codenames of esign. Calls, deliveries and the connection are looked at; mending them is an administrator's work.
MAY = (
    "view_envelope",
    "send_envelope",
    "void_envelope",
    "view_signer",
    "view_formanswer",
    "decide_answer",
    "view_signingtimes",
    "view_envelopedocument",
    "view_auditevent",
    "view_batchrule",
    "add_batchrule",
    "change_batchrule",
    # Drafts of wording are the office's; to publish them is for whoever answers for the contracts.
    "view_documenttemplate",
    "change_documenttemplate",
    "view_batch",
    "view_batchline",
    "view_docusigncall",
    "view_webhookmessage",
    "view_orphandraft",
    "view_docusignconnection",
    "add_staffaccount",
)


def grant(using: str = "default", **kwargs: Any) -> None:
    """Make the group, if need be, and give it what it may do. After every migrate; safe to repeat."""
    for label in ("esign", "leases"):
        # Our turn may come before Django's own that makes the permissions of new models.
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    office, _ = Group.objects.using(using).get_or_create(name=LEASING_OFFICE)
    permissions = Permission.objects.using(using)
    office.permissions.add(*permissions.filter(content_type__app_label="esign", codename__in=MAY))
    office.permissions.add(*permissions.filter(content_type__app_label="leases", codename="view_lease"))


def connect(sender: AppConfig | None = None) -> None:
    post_migrate.connect(grant, sender=sender or apps.get_app_config("esign"), dispatch_uid="propertyapp.roles")
