"""Brands, permission profiles, groups, and acting for a principal who shared access."""

from __future__ import annotations

import pytest

from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.server import Emulator


@pytest.fixture
def agent(docusign: Emulator) -> Api:
    docusign.control("PUT", "consent", {"granted": True, "userId": docusign.credentials["second_user_id"]})
    return Api(docusign, user_id=docusign.credentials["second_user_id"])


def shared(api: Api, agent: Api) -> str:
    body = {"agentUser": {"accountId": api.account_id, "userId": agent.user_id}, "permission": "manage"}
    made = api.call("POST", f"/users/{api.user_id}/authorization", body, expect=201)
    return str(made["authorizationId"])


def test_a_profile_is_made_changed_and_deleted(api: Api) -> None:
    body = {"permissionProfileName": "Leasing", "settings": {"allowBulkSending": True, "allowVaulting": "false"}}
    made = api.call("POST", "/permission_profiles", body, expect=201)
    path = f"/permission_profiles/{made['permissionProfileId']}"
    api.call("PUT", path, {"settings": {"allowVaulting": "true"}})
    settings = {"allowBulkSending": "true", "allowVaulting": "true"}
    assert api.get(path) | {"modifiedDateTime": ""} == made | {"settings": settings, "modifiedDateTime": ""}
    api.call("DELETE", path)
    assert api.refused("GET", path, status=404) == "RESOURCE_NOT_FOUND"
    names = [one["permissionProfileName"] for one in api.get("/permission_profiles")["permissionProfiles"]]
    assert names == ["Account Administrator", "DocuSign Sender", "DocuSign Viewer"]


def test_a_group_gets_a_profile_and_an_unknown_one_is_answered_for_itself(api: Api) -> None:
    group = api.get("/groups")["groups"][0]["groupId"]
    wanted = [{"groupId": group, "permissionProfileId": "200002"}, {"groupId": "7"}]
    known, unknown = api.call("PUT", "/groups", {"groups": wanted})["groups"]
    assert known["permissionProfileId"] == "200002"
    assert unknown["errorDetails"]["errorCode"] == "INVALID_GROUP_ID"


def test_a_brand_has_a_name_of_its_own(api: Api) -> None:
    made = api.call("POST", "/brands", {"brandName": "Ours"}, expect=201)["brands"][0]
    assert api.refused("POST", "/brands", {"brandName": "Ours"}) == "INVALID_REQUEST_PARAMETER"
    assert api.get("/brands")["recipientBrandIdDefault"] == made["brandId"]
    api.call("DELETE", f"/brands/{made['brandId']}")
    assert api.get("/brands")["brands"] == []


def test_only_administrators_set_these_up(agent: Api) -> None:
    assert agent.refused("POST", "/brands", {"brandName": "Mine"}, status=401) == "USER_NOT_ACCOUNT_ADMIN"


def test_an_agent_acts_for_the_principal_until_access_is_withdrawn(api: Api, agent: Api) -> None:
    on_behalf = {"X-DocuSign-Act-On-Behalf": api.user_id}
    body = {"emailSubject": "For the owner", "status": "created"}
    assert (
        agent.call("POST", "/envelopes", body, headers=on_behalf, expect=403)["errorCode"] == "USER_LACKS_PERMISSIONS"
    )
    shared_access = shared(api, agent)
    assert agent.get(f"/users/{agent.user_id}/authorizations/agent", permissions="manage")["resultSetSize"] == "1"
    made = agent.call("POST", "/envelopes", body, headers=on_behalf, expect=201)
    assert api.envelope(made["envelopeId"])["sender"]["userId"] == api.user_id
    api.call("DELETE", f"/users/{api.user_id}/authorization/{shared_access}")
    assert api.get(f"/users/{api.user_id}/authorizations")["authorizations"] == []
    assert agent.call("GET", "/brands", headers=on_behalf, expect=403)["errorCode"] == "USER_LACKS_PERMISSIONS"


def test_no_one_opens_anothers_access(api: Api, agent: Api) -> None:
    body = {"agentUser": {"userId": agent.user_id}, "permission": "manage"}
    path = f"/users/{api.user_id}/authorization"
    assert agent.refused("POST", path, body, status=401) == "USER_NOT_ACCOUNT_ADMIN"
