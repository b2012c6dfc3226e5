"""Many authorizations at once, for a time; and what users share."""

from __future__ import annotations

from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.server import Emulator


def test_many_are_made_changed_and_withdrawn_each_for_itself(api: Api, docusign: Emulator) -> None:
    agent, place = docusign.credentials["second_user_id"], f"/users/{api.user_id}/authorizations"
    wanted = [
        {"agentUser": {"userId": agent}, "permission": "send"},
        {"agentUser": {"userId": "x"}, "permission": "send"},
    ]
    good, bad = api.call("POST", place, {"authorizations": wanted})["results"]
    assert (good["success"], bad["success"]) == ("true", "false")
    one = good["authorization"]["authorizationId"]
    path = f"/users/{api.user_id}/authorization/{one}"
    assert api.call("PUT", path, {"endDate": "2030-01-01"})["endDate"].startswith("2030-01-01T00:00:00")
    assert api.get(path)["modifiedBy"] == api.user_id
    assert api.refused("PUT", path, {"endDate": "soon"}) == "INVALID_REQUEST_PARAMETER"
    results = api.call("DELETE", place, {"authorizations": [one, "x"]})["results"]
    assert [each["success"] for each in results] == ["true", "false"]


def test_access_ends_on_its_last_day(api: Api, docusign: Emulator) -> None:
    agent = Api(docusign, docusign.credentials["second_user_id"])
    docusign.control("PUT", "consent", {"granted": True, "userId": agent.user_id})
    body = {"agentUser": {"userId": agent.user_id}, "permission": "manage", "endDate": "2099-01-01"}
    path = f"/users/{api.user_id}/authorization"
    made = api.call("POST", path, body, expect=201)["authorizationId"]
    on_behalf = {"X-DocuSign-Act-On-Behalf": api.user_id}
    agent.call("GET", "/folders", headers=on_behalf)
    api.call("PUT", f"{path}/{made}", {"endDate": "2001-01-01"})
    refused = agent.call("GET", "/folders", headers=on_behalf, expect=403)
    assert refused["errorCode"] == "USER_LACKS_PERMISSIONS"


def test_what_users_share_is_kept(api: Api, docusign: Emulator) -> None:
    agent = {"userId": docusign.credentials["second_user_id"]}
    item = {"user": {"userId": api.user_id}, "envelopes": [{"user": agent, "shared": "shared_to"}]}
    api.call("PUT", "/shared_access", {"sharedAccess": [item]}, item_type="envelopes")
    found = api.get("/shared_access", item_type="envelopes")["sharedAccess"][0]
    assert found["envelopes"] == item["envelopes"]
