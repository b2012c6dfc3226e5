"""Templates: made once, used by role or in composites."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator


def template(**more: Any) -> Json:
    """A house-rules form with a tenant and a manager, and a field for the unit."""
    unit = {"tabLabel": "unit", "documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "200"}
    tenant = {
        "recipientId": "1",
        "roleName": "tenant",
        "routingOrder": "1",
        "tabs": {"signHereTabs": [{"anchorString": "/tenant/"}], "textTabs": [unit]},
    }
    manager = {
        "recipientId": "2",
        "roleName": "manager",
        "routingOrder": "2",
        "tabs": {"signHereTabs": [{"anchorString": "/landlord/"}]},
    }
    return {
        "name": "House rules",
        "description": "For every building",
        "emailSubject": "House rules for [[tenant_UserName]]",
        "documents": [papers.document("/tenant/", "/landlord/", name="Rules.pdf")],
        "recipients": {"signers": [tenant, manager]},
        "status": "created",
    } | more


@pytest.fixture
def template_id(api: Api) -> str:
    return str(api.call("POST", "/templates", template(), expect=201)["templateId"])


def use(template_id: str, **more: Any) -> Json:
    tenant = {"roleName": "tenant", "name": "Tina Tenant", "email": "tina@people.example"}
    manager = {"roleName": "manager", "name": "Max Manager", "email": "max@people.example"}
    return {"templateId": template_id, "templateRoles": [tenant, manager], "status": "sent"} | more


def test_a_template_is_kept_whole(api: Api, template_id: str) -> None:
    kept = api.get(f"/templates/{template_id}")
    assert (kept["name"], kept["description"]) == ("House rules", "For every building")
    tabs = kept["recipients"]["signers"][0]["tabs"]
    assert tabs["signHereTabs"][0]["anchorString"] == "/tenant/"
    assert tabs["textTabs"][0]["tabLabel"] == "unit"
    assert kept["documents"][0]["name"] == "Rules.pdf"


def test_templates_are_found_by_their_words(api: Api, template_id: str) -> None:
    api.call("POST", "/templates", template(name="Parking"), expect=201)
    found = api.get("/templates", search_text="house")
    assert [one["templateId"] for one in found["envelopeTemplates"]] == [template_id]
    assert api.get("/templates")["totalSetSize"] == "2"


def test_a_template_is_no_envelope(api: Api, template_id: str) -> None:
    assert api.refused("GET", f"/envelopes/{template_id}", status=404) == "ENVELOPE_DOES_NOT_EXIST"
    assert api.get("/envelopes", from_date="2020-01-01", status="any,created")["envelopes"] == []


def test_roles_are_filled_with_people(api: Api, template_id: str) -> None:
    body = use(template_id)
    body["templateRoles"][0]["tabs"] = {"textTabs": [{"tabLabel": "unit", "value": "4 B"}]}
    envelope_id = api.create(body)
    assert api.envelope(envelope_id)["emailSubject"] == "House rules for Tina Tenant"
    tabs = api.recipient(envelope_id, "1", tabs=True)["tabs"]
    assert tabs["textTabs"][0]["value"] == "4 B"
    assert tabs["signHereTabs"][0]["pageNumber"] == "2"
    api.complete(envelope_id)


def test_role_names_are_taken_letter_by_letter(api: Api, template_id: str) -> None:
    body = use(template_id)
    body["templateRoles"][0]["roleName"] = "Tenant"
    envelope_id = api.create(body)
    signers = api.get(f"/envelopes/{envelope_id}/recipients", include_tabs="true")["signers"]
    assert {one["name"] for one in signers} == {"Tina Tenant", "Max Manager"}
    assert next(one for one in signers if one["name"] == "Tina Tenant")["tabs"] == {}


def test_two_envelopes_of_one_template_share_nothing(api: Api, template_id: str) -> None:
    first, second = api.create(use(template_id)), api.create(use(template_id))
    api.call("PUT", f"/envelopes/{first}", {"status": "voided", "voidedReason": "Mistake"})
    assert api.status(second) == "sent"
    tab = {one: api.recipient(one, "1", tabs=True)["tabs"]["signHereTabs"][0]["tabId"] for one in (first, second)}
    assert tab[first] != tab[second]


def test_composites_lay_documents_behind_each_other_and_people_together(api: Api, template_id: str) -> None:
    def composite(sequence: str) -> Json:
        people = [
            papers.signer("1", "Tina Tenant") | {"roleName": "tenant"},
            papers.signer("2", "Max Manager", order=2) | {"roleName": "manager"},
        ]
        return {
            "serverTemplates": [{"sequence": "1", "templateId": template_id}],
            "inlineTemplates": [{"sequence": "2", "recipients": {"signers": people}}],
        }

    body = {"emailSubject": "Both", "status": "sent", "compositeTemplates": [composite("1"), composite("2")]}
    envelope_id = api.create(body)
    documents = api.get(f"/envelopes/{envelope_id}/documents")["envelopeDocuments"]
    assert [one["documentId"] for one in documents] == ["1", "2", "certificate"]
    signers = api.get(f"/envelopes/{envelope_id}/recipients", include_tabs="true")["signers"]
    assert [one["name"] for one in signers] == ["Tina Tenant", "Max Manager"]
    assert {tab["documentId"] for tab in signers[0]["tabs"]["textTabs"]} == {"1", "2"}


def test_a_composites_own_document_takes_the_templates_place(api: Api, template_id: str) -> None:
    people = [papers.signer("1", "Tina Tenant") | {"roleName": "tenant"}]
    composite = {
        "serverTemplates": [{"sequence": "1", "templateId": template_id}],
        "inlineTemplates": [{"sequence": "2", "recipients": {"signers": people}}],
        "document": papers.document("/tenant/", "/landlord/", id="7", name="Mine.pdf"),
    }
    envelope_id = api.create({"emailSubject": "Mine", "status": "sent", "compositeTemplates": [composite]})
    documents = api.get(f"/envelopes/{envelope_id}/documents")["envelopeDocuments"]
    assert [(one["documentId"], one["name"]) for one in documents[:-1]] == [("7", "Mine.pdf")]
    tabs = api.recipient(envelope_id, "1", tabs=True)["tabs"]
    assert tabs["textTabs"][0]["documentId"] == "7"


def test_an_unknown_template_is_refused(api: Api) -> None:
    body = use("00000000-0000-4000-8000-000000000000")
    assert api.refused("POST", "/envelopes", body) == "TEMPLATE_ID_INVALID"


def test_a_template_is_changed(api: Api, template_id: str, docusign: Emulator) -> None:
    api.call("PUT", f"/templates/{template_id}", {"name": "New house rules", "emailSubject": "New rules"})
    assert api.get(f"/templates/{template_id}")["emailSubject"] == "New rules"
    listed = api.get(f"/templates/{template_id}/documents")["templateDocuments"]
    assert [one["documentId"] for one in listed] == ["1"]
    assert api.raw("GET", f"/templates/{template_id}/documents/1").data.startswith(b"%PDF")


def test_of_a_locked_recipient_only_who_they_are_is_said(api: Api) -> None:
    made = template()
    made["recipients"]["signers"][0] |= {"templateLocked": "true", "note": "Read the rules"}
    template_id = str(api.call("POST", "/templates", made, expect=201)["templateId"])
    given = {"roleName": "tenant", "name": "Tina Tenant", "email": "tina@people.example", "accessCode": "4711"}
    own = given | {"recipientId": "1", "routingOrder": "2", "note": "Never mind"}
    composite = {
        "serverTemplates": [{"sequence": "1", "templateId": template_id}],
        "inlineTemplates": [{"sequence": "2", "recipients": {"signers": [own]}}],
    }
    envelope_id = api.create({"compositeTemplates": [composite], "status": "created"})
    tenant = api.recipient(envelope_id, "1")
    assert (tenant["name"], tenant["accessCode"]) == ("Tina Tenant", "4711")
    assert (tenant["routingOrder"], tenant["note"]) == ("1", "Read the rules")
