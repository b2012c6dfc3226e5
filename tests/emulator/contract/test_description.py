"""Docusign's description knows our calls, and the checks against it would notice what is wrong.

That every answer, every accepted request and every Connect message fits is checked in every test of the emulator, by
the fixtures `api` and `listener`.
"""

from __future__ import annotations

from typing import Any

import pytest

from docusign_emulator.envelopes import tabs
from docusign_emulator.rest.operations import ROUTER
from tests.emulator import contract, papers
from tests.emulator.conftest import Api, Json
from tests.emulator.contract import overlay

NEEDS_DESCRIPTION = pytest.mark.skipif(
    contract.path() is None, reason="Docusign's description of its API is not here (set DOCUSIGN_DESCRIPTION)"
)
# Known to the SDK or to newer documentation, not to the description of 2022.
NEWER = {
    "getEnvelopeDocGenFormFields", "updateEnvelopeDocGenFormFields", "createHistoricalEnvelopePublishTransaction",
    "createConnectSecret", "deleteConnectSecret", "deleteTabs", "listFolders", "listTemplateTabs", "createTemplateTabs",
    # what administrators set up; the part of the description that is here leaves it out
    "createBrand", "getBrand", "deleteBrand", "listPermissions", "createPermissionProfile", "getPermissionProfile",
    "updatePermissionProfile", "deletePermissionProfile", "listGroups", "updateGroups",
    "getPrincipalUserAuthorizations", "getAgentUserAuthorizations", "createUserAuthorization",
    "deleteUserAuthorization",
}  # fmt: skip


@NEEDS_DESCRIPTION
def test_every_call_answered_is_one_of_docusigns() -> None:
    unknown = {
        operation.name
        for operation in ROUTER.operations()
        if operation.pattern.startswith("/restapi/v2.1/accounts")
        and contract.undescribed(operation.method, operation.pattern.replace("{", "").replace("}", ""))
    }
    assert unknown == NEWER


@NEEDS_DESCRIPTION
def test_an_unknown_key_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="Additional properties"):
        contract.check_answer("GET", "/restapi/v2.1/accounts/a/envelopes/e", 200, COMPLETE | {"surprise": "x"})
    with pytest.raises(AssertionError, match="is not of type"):
        contract.check_answer("GET", "/restapi/v2.1/accounts/a/envelopes/e", 200, COMPLETE | {"emailBlurb": 1})


COMPLETE = {
    "envelopeId": "e",
    "status": "sent",
    "createdDateTime": "2026-01-01T00:00:00.0000000Z",
    "lastModifiedDateTime": "2026-01-01T00:00:00.0000000Z",
    "emailSubject": "s",
}


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


