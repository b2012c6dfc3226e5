"""Bring our list of the account's templates up to date, and read one with its roles and tabs."""

from __future__ import annotations

from dataclasses import asdict

from django.utils import timezone

from esign.docusign.errors import DocusignNotFound, DocusignRefused
from esign.docusign.templates import TemplateClient
from esign.models import DocusignConnection
from esign.models.account_template import AccountTemplate


def refresh_list(connection: DocusignConnection) -> list[AccountTemplate]:
    """Bring our list up to the account's: names, what is new, what is gone. Mappings stay. Raises DocusignError."""
    now = timezone.now()
    known = {row.template_id: row for row in connection.account_templates.all()}
    listed = {one.template_id: one for one in TemplateClient(connection).list_templates()}
    for template_id, one in listed.items():
        AccountTemplate.objects.update_or_create(
            connection=connection, template_id=template_id, defaults={"name": one.name, "gone_at": None}
        )
    gone = [row.pk for template_id, row in known.items() if template_id not in listed and row.gone_at is None]
    AccountTemplate.objects.filter(pk__in=gone).update(gone_at=now)
    return list(connection.account_templates.all())


def read(template: AccountTemplate) -> AccountTemplate:
    """Read its roles and tabs from Docusign. Gone there, it is marked as gone. Raises DocusignError."""
    try:
        found = TemplateClient(template.connection).get_template(template.template_id)
    except DocusignRefused as refusal:
        if not (isinstance(refusal, DocusignNotFound) or refusal.answer.error_code.upper() == "TEMPLATE_ID_INVALID"):
            raise
        template.gone_at = timezone.now()
        template.save(update_fields=["gone_at"])
        return template
    template.name, template.gone_at, template.read_at = found.name, None, timezone.now()
    template.structure |= {
        "roles": [asdict(role) for role in found.roles],
        "tabs": [asdict(tab) for tab in found.tabs],
    }
    template.save(update_fields=["name", "gone_at", "read_at", "structure"])
    return template
