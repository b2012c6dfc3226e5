"""The emulator's own description, tried by Schemathesis: no 500, no answer of a shape it does not describe.

Path parameters name things that are there, so that calls get further than "not found"; one call in four is left as
Schemathesis made it up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from docusign_emulator.rest import shapes
from docusign_emulator.rest.description import description
from docusign_emulator.rest.operations import ROUTER
from docusign_emulator.tests import contract, papers, sdk_description
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.server import Emulator

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
SCHEMA = schemathesis.openapi.from_dict(description("http://127.0.0.1"))
EXAMPLES = 2  # for each of the calls: some seconds for them all
HOOK = {"name": "Leases", "urlToPublishTo": "http://127.0.0.1:1/never", "events": ["envelope-sent"]}

TEAM = {"groupName": "Team", "users": [{"userName": "Ann Agent", "email": "ann@people.example"}]}
PERSON = {"name": "Tina Tenant", "emails": ["tina@people.example"]}


def made(api: Api, path: str, body: dict[str, Any], key: str) -> str:
    return str(api.call("POST", path, body, expect=201)[key])


def batch(api: Api) -> str:
    people = [{"recipients": [{"roleName": "tenant", "name": "Tina Tenant", "email": "tina@people.example"}]}]
    bulk_list = made(api, "/bulk_send_lists", {"name": "All", "bulkCopies": people}, "listId")
    ask = {"envelopeOrTemplateId": template(api), "batchName": "May"}
    return made(api, f"/bulk_send_lists/{bulk_list}/send", ask, "batchId")


def template(api: Api) -> str:
    roles = {"signers": [{"recipientId": "1", "roleName": "tenant"}]}
    body = {"name": "Rules", "emailSubject": "Rules", "documents": [papers.document()], "recipients": roles}
    return made(api, "/templates", body, "templateId")


# What is there, by the name of its path parameter.
THERE: dict[str, Callable[[Api], str]] = {
    "envelopeId": lambda api: api.create(status="created"),
    "recipientId": lambda api: "1",
    "documentId": lambda api: "1",
    "folderId": lambda api: "recyclebin",
    "userId": lambda api: api.user_id,
    "templateId": template,
    "bulkSendListId": lambda api: made(api, "/bulk_send_lists", {"name": "All", "bulkCopies": []}, "listId"),
    "bulkSendBatchId": batch,
    "connectId": lambda api: made(api, "/connect", HOOK, "connectId"),
    "chunkedUploadId": lambda api: made(api, "/chunked_uploads", {"data": "QUJD"}, "chunkedUploadId"),
    "brandId": lambda api: str(api.call("POST", "/brands", {"brandName": "Ours"}, expect=201)["brands"][0]["brandId"]),
    "signingGroupId": lambda api: api.call("POST", "/signing_groups", {"groups": [TEAM]}, expect=201)["groups"][0][
        "signingGroupId"
    ],
    "groupId": lambda api: api.get("/groups")["groups"][0]["groupId"],
    "contactId": lambda api: api.call("POST", "/contacts", {"contactList": [PERSON]}, expect=201)["contacts"][0][
        "contactId"
    ],
    "powerFormId": lambda api: made(api, "/powerforms", {"name": "Pets", "templateId": template(api)}, "powerFormId"),
    "customTabId": lambda api: made(api, "/tab_definitions", {"type": "text", "tabLabel": "Rent"}, "customTabId"),
    "pageNumber": lambda api: "1",
    "langCode": lambda api: "en",
    "logoType": lambda api: "primary",
    "resourceContentType": lambda api: "signing",
    "searchFolderId": lambda api: "completed",
    "templatePart": lambda api: "groups",
    "permissionProfileId": lambda api: api.get("/permission_profiles")["permissionProfiles"][0]["permissionProfileId"],
}


@pytest.mark.parametrize("known", ROUTER.operations(), ids=lambda known: known.name)
def test_every_call_answers_as_described(docusign: Emulator, known: Any) -> None:
    api = Api(docusign)
    headers = {} if known.pattern.startswith("/oauth/token") else {"Authorization": f"Bearer {api.token}"}
    names = [name for name in THERE if f"{{{name}}}" in known.pattern]
    there = {name: THERE[name](api) for name in names}

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=SCHEMA[known.pattern][known.method].as_strategy(), made_up=st.integers(0, 3).map(lambda one: one == 0))
    def try_it(case: Any, made_up: bool) -> None:
        case.path_parameters |= {} if made_up else there
        if "accountId" in case.path_parameters:
            case.path_parameters["accountId"] = api.account_id
        case.call_and_validate(base_url=docusign.base, headers=headers, checks=CHECKS)

    try_it()


def test_every_shape_told_here_is_of_a_call() -> None:
    assert set(shapes.ANSWERS) | set(shapes.FILES) <= {known.name for known in ROUTER.operations()}
    told = {name for name in shapes.ANSWERS.values() if not name.startswith("sdk.")}
    assert told <= set(shapes.COMPONENTS)


def test_what_the_sdk_tells_is_written_down_as_it_is() -> None:
    """After another release of the SDK: `python -m docusign_emulator.tests.sdk_description`."""
    assert sdk_description.FILE.read_text() == sdk_description.written(sdk_description.description())


def test_an_undescribed_key_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="EnvelopeUpdate"):
        contract.check_shape("PUT", "/restapi/v2.1/accounts/a/envelopes/e", 200, {"envelopeId": "e", "surprise": "x"})
