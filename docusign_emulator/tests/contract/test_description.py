"""Docusign's description knows our calls, and the checks against it would notice what is wrong.

That every answer, every accepted request and every Connect message fits is checked in every test of the emulator, by
the fixtures `api` and `listener`.
"""

from __future__ import annotations

import pytest

from docusign_emulator.envelopes import tabs
from docusign_emulator.rest.operations import ROUTER
from docusign_emulator.tests import contract, papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.contract import description, overlay
from docusign_emulator.tests.sdk_description import every_operation, nameless

# Neither in the part of the description that is here nor in the SDK: told by newer documentation alone.
NEWER = {"createConnectSecret", "deleteConnectSecret"}


def test_every_call_answered_is_one_of_docusigns() -> None:
    """By the part of the description that is here, or by the SDK, which is made from the whole of it."""
    known = every_operation()
    unknown = {
        operation.name
        for operation in ROUTER.operations()
        if operation.pattern.startswith("/restapi/v2.1/accounts")
        and contract.undescribed(operation.method, operation.pattern.replace("{", "").replace("}", ""))
        and (operation.method, nameless(operation.pattern.removeprefix("/restapi"))) not in known
    }
    assert unknown == NEWER


TIME = "2026-01-01T00:00:00.0000000Z"
COMPLETE = {
    "envelopeId": "e",
    "status": "sent",
    "createdDateTime": TIME,
    "lastModifiedDateTime": TIME,
    "emailSubject": "s",
}
MESSAGE: Json = {
    "event": "envelope-sent",
    "apiVersion": "v2.1",
    "uri": "/restapi/v2.1/accounts/a/envelopes/e",
    "retryCount": 0,
    "configurationId": 1,
    "generatedDateTime": TIME,
    "data": {"accountId": "a", "userId": "u", "envelopeId": "e"},
}


@pytest.mark.parametrize(
    ("wrong", "noticed"),
    [
        ({"surprise": "x"}, "Additional properties"),
        ({"emailBlurb": 1}, "is not of type 'string'"),
        ({"allowReassign": True}, "is not of type 'string'"),
        ({"status": "signing"}, "is not one of"),
        ({"sentDateTime": "2026-01-01T00:00:00+00:00"}, "does not match"),
        ({"recipients": {"signers": [{"recipientId": "1"}]}}, "'routingOrder' is a required property"),
        ({"sender": {"nickname": "x"}}, "Additional properties"),
    ],
)
def test_a_wrong_answer_would_be_noticed(wrong: Json, noticed: str) -> None:
    url = "/restapi/v2.1/accounts/a/envelopes/e"
    contract.check_answer("GET", url, 200, COMPLETE)
    with pytest.raises(AssertionError, match=noticed):
        contract.check_answer("GET", url, 200, COMPLETE | wrong)


def test_a_wrong_refusal_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="'message' is a required property"):
        contract.check_answer("GET", "/restapi/v2.1/accounts/a/envelopes/e", 404, {"errorCode": "X"})


def test_a_request_may_carry_real_booleans_but_no_unknown_key() -> None:
    url = "/restapi/v2.1/accounts/a/envelopes"
    contract.check_request("POST", url, {"emailSubject": "s", "allowReassign": False, "emailBlurb": None})
    with pytest.raises(AssertionError, match="Additional properties"):
        contract.check_request("POST", url, {"emailSubjekt": "s"})
    with pytest.raises(AssertionError, match="'returnUrl' is a required property"):
        contract.check_request("POST", f"{url}/e/views/recipient", {"authenticationMethod": "None"})


@pytest.mark.parametrize(
    ("wrong", "noticed"),
    [
        ({"envelope": {}}, "Additional properties"),
        ({"retryCount": "0"}, "is not of type 'integer'"),
        ({"data": MESSAGE["data"] | {"envelopeSummary": COMPLETE | {"surprise": "x"}}}, "Additional properties"),
        ({"data": {"accountId": "a"}}, "'envelopeId' is a required property"),
    ],
)
def test_a_wrong_message_would_be_noticed(wrong: Json, noticed: str) -> None:
    contract.check_message(MESSAGE)
    with pytest.raises(AssertionError, match=noticed):
        contract.check_message(MESSAGE | wrong)


def test_the_overlay_speaks_of_what_is_described() -> None:
    known = description.definitions("answer")
    required = {**overlay.REQUIRED_IN_ANSWERS, **overlay.REQUIRED_IN_REQUESTS}
    assert {name for name in required if name not in known} == set()
    keys = [(name, key) for name, (listed, _) in required.items() for key in listed] + list(overlay.VALUES)
    assert {(name, key) for name, key in keys if key not in known[name]["properties"]} == set()
    assert all(source for _, source in [*required.values(), *overlay.VALUES.values()])


PLACE = {"documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "300"}
SPECIAL = {
    "radioGroupTabs": {"groupName": "parking", "documentId": "1",
                       "radios": [{"value": "yes", "pageNumber": "1", "xPosition": "72", "yPosition": "300"}]},
    "tabGroups": {"groupLabel": "g", "groupRule": "SelectAtLeast", "minimumRequired": "1", "maximumAllowed": "1"},
}  # fmt: skip


@pytest.mark.parametrize("kind", [one for one in tabs.KINDS if not one.startswith("sender")])
def test_every_kind_of_tab_is_answered_as_described(api: Api, kind: str) -> None:
    """`sender…` are prefill tabs, not a recipient's."""
    tenant = papers.signer("1", "Tina Tenant", tabs={kind: [SPECIAL.get(kind, PLACE)]})
    envelope_id = api.create(status="created", recipients={"signers": [tenant]})
    assert len(api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")[kind]) == 1
    api.envelope(envelope_id, include="recipients,tabs")
    api.get(f"/envelopes/{envelope_id}/documents/1/tabs")


def test_only_an_envelope_still_processing_has_no_id_yet() -> None:
    url = "/restapi/v2.1/accounts/a/envelopes"
    contract.check_answer("POST", url, 201, {"status": "processing"})
    with pytest.raises(AssertionError, match="not valid under any"):
        contract.check_answer("POST", url, 201, {"status": "sent"})
