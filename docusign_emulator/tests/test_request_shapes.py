"""A body of the wrong shape is refused in one place, with the name of the field, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.rest import request_shapes
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.papers import envelope


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


def test_an_unknown_field_is_left_alone() -> None:
    request_shapes.check("POST", "/restapi/v2.1/accounts/{accountId}/envelopes", {"somethingNew": [{"x": 1}]})


def test_an_operation_that_the_description_lacks_is_left_to_its_handler() -> None:
    assert request_shapes.body_definition("POST", "/restapi/v2.1/accounts/{accountId}/nowhere") is None
    request_shapes.check("POST", "/restapi/v2.1/accounts/{accountId}/nowhere", [])
