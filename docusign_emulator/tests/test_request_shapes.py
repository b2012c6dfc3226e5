"""A body of the wrong shape is refused in one place, with the name of the field, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.rest import described, request_shapes
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.papers import envelope
from docusign_emulator.tests.server import Emulator


def with_signer(**facts: Any) -> dict[str, Any]:
    return {"recipients": {"signers": [{"recipientId": "1", **facts}]}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"documents": 3}, "documents must be a list"),
        ({"documents": {"documentId": "1"}}, "documents must be a list"),
        ({"documents": ["Lease.pdf"]}, "documents[0] must be an object"),
        ({"documents": [None]}, "documents[0] must not be null"),
        ({"recipients": []}, "recipients must be an object"),
        ({"recipients": {"signers": {"name": "Tina"}}}, "recipients.signers must be a list"),
        (with_signer(tabs="/tenant/"), "recipients.signers[0].tabs must be an object"),
        (with_signer(tabs={"signHereTabs": {}}), "recipients.signers[0].tabs.signHereTabs must be a list"),
        (with_signer(name=["Tina"]), "recipients.signers[0].name must be a plain value"),
        (with_signer(emailNotification=["es"]), "recipients.signers[0].emailNotification must be an object"),
        ({"eventNotification": "http://here.example"}, "eventNotification must be an object"),
        ({"customFields": {"textCustomFields": "lease"}}, "customFields.textCustomFields must be a list"),
        ({"emailSubject": {"en": "Sign"}}, "emailSubject must be a plain value"),
    ],
)
def test_a_field_of_the_wrong_shape_is_named(api: Api, changes: dict[str, Any], said: str) -> None:
    answer = api.call("POST", "/envelopes", envelope(status="created") | changes, expect=400)
    assert answer["errorCode"] == "INVALID_REQUEST_BODY"
    assert said in answer["message"]


def test_the_documents_of_a_template_must_be_a_list(api: Api) -> None:
    template = {"name": "Rules", "documents": envelope()["documents"]}
    made = api.call("POST", "/templates", template, expect=201)["templateId"]
    answer = api.call("PUT", f"/templates/{made}/documents/1", {"documents": "none"}, expect=400)
    assert answer["errorCode"] == "INVALID_REQUEST_BODY"


def test_real_booleans_numbers_and_nulls_are_taken(api: Api) -> None:
    odd = envelope(status="created") | {"allowReassign": True, "emailBlurb": None}
    odd["recipients"]["signers"][0]["routingOrder"] = 1
    api.call("POST", "/envelopes", odd, expect=201)


CREATE = "/restapi/v2.1/accounts/{accountId}/envelopes"


def test_names_are_matched_without_regard_to_case_at_every_depth(api: Api) -> None:
    """As Docusign's own Node examples send them: `Documents[].DocumentBase64`, `recipients.Signers`, `Status`."""
    paper = envelope()
    signer = paper["recipients"]["signers"][0]
    tabs = {"SignHereTabs": [{"DocumentId": "1", "PageNumber": "1", "XPosition": "100", "YPosition": "100"}]}
    made = api.sloppy(
        "POST",
        "/envelopes",
        {
            "EmailSubject": "Please sign",
            "Status": "sent",
            "Documents": [{name[:1].upper() + name[1:]: value for name, value in paper["documents"][0].items()}],
            "recipients": {"Signers": [{"NAME": "Tina", "Email": signer["email"], "recipientid": "1", "Tabs": tabs}]},
        },
        expect=201,
    )
    assert made["status"] == "sent"
    assert len(api.call("GET", f"/envelopes/{made['envelopeId']}/documents")["envelopeDocuments"]) == 2
    (person,) = api.call("GET", f"/envelopes/{made['envelopeId']}/recipients?include_tabs=true")["signers"]
    assert (person["name"], person["recipientId"]) == ("Tina", "1")
    assert person["tabs"]["signHereTabs"][0]["xPosition"] == "100"

    api.sloppy("PUT", f"/envelopes/{made['envelopeId']}", {"STATUS": "voided", "VoidedReason": "Typing error"})
    assert api.call("GET", f"/envelopes/{made['envelopeId']}")["voidedReason"] == "Typing error"


def test_the_exact_spelling_wins_over_another() -> None:
    body, ignored = request_shapes.read("POST", CREATE, {"Status": "created", "status": "sent", "STATUS": "voided"})
    assert (body, ignored) == ({"status": "sent"}, ["Status", "STATUS"])


def test_fields_that_docusign_does_not_know_are_dropped_and_told(api: Api, docusign: Emulator) -> None:
    paper = envelope(status="created") | {"fooBar": "x"}
    signer = paper["recipients"]["signers"][0]
    signer |= {"emailNotifcation": {"emailSubject": "Hi"}, "TABS": signer.pop("tabs") | {"signHereTab": []}}
    made = api.sloppy("POST", "/envelopes", paper, expect=201)["envelopeId"]

    assert "fooBar" not in api.call("GET", f"/envelopes/{made}")
    person = api.call("GET", f"/envelopes/{made}/recipients")["signers"][0]
    assert "emailNotifcation" not in person
    (caller,) = docusign.control("GET", "ignored")["ignoredByDocusign"]
    assert caller["userName"]
    assert {(one["operation"], one["field"], one["times"]) for one in caller["fields"]} == {
        ("createEnvelope", "fooBar", 1),
        ("createEnvelope", "recipients.signers[].emailNotifcation", 1),
        ("createEnvelope", "recipients.signers[].tabs.signHereTab", 1),
    }


def test_fields_of_later_releases_are_kept() -> None:
    body = {"recipients": {"signers": [{"recipientId": "1", "documentTemplateId": "7"}]}}
    assert request_shapes.read("POST", CREATE, body) == (body, [])


def test_an_operation_that_the_description_lacks_is_left_to_its_handler() -> None:
    assert described.body_definition("POST", "/restapi/v2.1/accounts/{accountId}/nowhere") is None
    assert request_shapes.read("POST", "/restapi/v2.1/accounts/{accountId}/nowhere", {"x": 1}) == ({"x": 1}, [])
