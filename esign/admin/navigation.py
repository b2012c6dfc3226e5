"""The sidebar: what staff do by the day first, machinery last. `UNFOLD["SIDEBAR"]["navigation"]` names it."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from esign.envelopes.status import stuck
from esign.models import Envelope, FormAnswer
from leases.admin.base import staff
from leases.visibility import visible_to

# (heading, [(model, title, icon)])
GROUPS: list[tuple[str, list[tuple[str, str, str]]]] = [
    (
        "Leasing",
        [
            ("leases.lease", "Leases", "contract"),
            ("leases.tenant", "Tenants", "group"),
            ("leases.property", "Properties", "apartment"),
            ("leases.unit", "Units", "door_front"),
            ("leases.owner", "Owners", "real_estate_agent"),
            ("leases.tag", "Tags", "sell"),
        ],
    ),
    (
        "Signatures",
        [
            ("esign.envelope", "Envelopes", "draw"),
            ("esign.formanswer", "Filled in by signers", "edit_note"),
            ("esign.documenttemplate", "Document templates", "edit_document"),
            ("esign.accounttemplate", "Docusign templates", "file_copy"),
            ("esign.batch", "Batches", "stacks"),
            ("esign.batchrule", "Batch rules", "event_repeat"),
            ("esign.signingtimes", "Signing times", "timer"),
            ("esign.auditevent", "Evidence", "history_edu"),
        ],
    ),
    (
        "Docusign",
        [
            ("esign.docusignconnection", "Connection", "cable"),
            ("esign.webhookmessage", "Messages", "move_to_inbox"),
            ("esign.docusigncall", "Calls", "swap_horiz"),
            ("esign.orphandraft", "Orphan drafts", "delete_sweep"),
        ],
    ),
    (
        "Staff",
        [
            ("auth.user", "Users", "person"),
            ("auth.group", "Groups", "groups"),
            ("leases.portfolio", "Portfolios", "folder_shared"),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Only what this person may see and what has pages."""
    home = {"title": "Today", "icon": "today", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"title": "", "items": [home]}]
    for heading, entries in GROUPS:
        items = [item for entry in entries if (item := _item(request, *entry))]
        if heading == "Docusign" and request.user.has_perm("esign.add_staffaccount"):
            mine = reverse("admin:esign_docusignconnection_mine")
            if request.path == mine:  # it lies under the address of the connections, which are not what is open
                items = [item | {"active": False} for item in items]
            items.append({"title": "My account", "icon": "badge", "link": mine})
        if items:
            groups.append({"title": heading, "separator": True, "items": items})
    return groups


def _item(request: HttpRequest, label: str, title: str, icon: str) -> dict[str, Any] | None:
    model = apps.get_model(label)
    model_admin = admin.site._registry.get(model)
    if model_admin is None or not model_admin.has_view_permission(request):
        return None
    meta = model._meta
    item = {"title": title, "icon": icon, "link": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")}
    if model is Envelope and (count := stuck(visible_to(staff(request), Envelope.objects.all())).count()):
        item |= {"badge": str(count), "badge_variant": "danger"}
    if model is FormAnswer and (count := visible_to(staff(request), FormAnswer.objects.open()).count()):
        item |= {"badge": str(count), "badge_variant": "info"}
    return item
