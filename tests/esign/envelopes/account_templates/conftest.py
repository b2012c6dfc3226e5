"""An account with templates of its own, made through the SDK as an administrator would make them in Docusign."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from docusign_esign import EnvelopeTemplate, TemplatesApi

from esign.docusign.login import access
from esign.docusign.rest import api_client
from esign.envelopes.account_templates.catalogue import read, refresh_list
from esign.models import AccountTemplate, DocusignConnection
from tests import papers
from tests.emulator_client import EmulatorClient

Make = Callable[..., AccountTemplate]
ROLES = {"Tenant": "tenant1", "Landlord": "landlord"}


def role(number: str, name: str, anchor: str, *texts: dict[str, str], order: str = "1") -> dict[str, Any]:
    return {
        "recipientId": number,
        "roleName": name,
        "routingOrder": order,
        "tabs": {"signHereTabs": [{"anchorString": anchor}], "textTabs": list(texts)},
    }


def text(label: str, y: int, **more: str) -> dict[str, str]:
    return {"tabLabel": label, "documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": str(y), **more}


def document_for_tenant_and_landlord() -> dict[str, Any]:
    return papers.document("/rider-tenant/", "/rider-landlord/", name="Bicycle rider.pdf")


def two_people() -> dict[str, Any]:
    tenant = role(
        "1",
        "Tenant",
        "/rider-tenant/",
        text("Monthly rent", 200, required="true", locked="true"),
        text("Home", 240),
        text("Frame number", 280, required="true"),
    )
    return {"signers": [tenant, role("2", "Landlord", "/rider-landlord/", order="2")]}


@pytest.fixture
def account(site: str, emulator: EmulatorClient) -> DocusignConnection:
    connection = DocusignConnection.objects.default()
    access.forget(connection)
    access.access_token(connection)
    access.identify(connection)
    return connection


def put(connection: DocusignConnection, definition: dict[str, Any]) -> UUID:
    """Make a template in the account."""
    api = api_client(connection)
    api.set_default_header("Authorization", f"Bearer {access.access_token(connection)}")
    made = TemplatesApi(api).create_template(connection.account_id, envelope_template=EnvelopeTemplate(**definition))
    return UUID(made.template_id)


@pytest.fixture
def make(account: DocusignConnection) -> Make:
    """A template in the account, listed, read and mapped."""

    def make(kind: str = "rider", **facts: Any) -> AccountTemplate:
        definition = {
            "name": facts.pop("name", "Bicycle rider"),
            "email_subject": "Please sign",
            "documents": facts.pop("documents", [document_for_tenant_and_landlord()]),
            "recipients": facts.pop("recipients", two_people()),
            "status": "created",
        }
        template_id = put(account, definition)
        refresh_list(account)
        template = read(AccountTemplate.objects.get(template_id=template_id))
        template.kind, template.is_active = kind, True
        template.purpose = "lease" if kind == "rider" else "addendum"
        template.roles = ROLES
        template.labels = {"Monthly rent": "rent.monthly", "Home": "premises.address"}
        for name, value in facts.items():
            setattr(template, name, value)
        template.save()
        return template

    return make


def word_template() -> dict[str, Any]:
    """A Word document with fields to fill in, and the same two people."""
    pages = papers.word_file(
        "Storage agreement for {{Tenants}}",
        "Rent: {{Rent}} for {{Home}}",
        "Signed: /rider-tenant/ and /rider-landlord/",
    )
    people = [role("1", "Tenant", "/rider-tenant/"), role("2", "Landlord", "/rider-landlord/", order="2")]
    return {
        "name": "Storage agreement",
        "documents": [
            {
                "documentId": "1",
                "name": "Storage.docx",
                "fileExtension": "docx",
                "documentBase64": papers.encoded(pages),
            }
        ],
        "recipients": {"signers": people},
    }
