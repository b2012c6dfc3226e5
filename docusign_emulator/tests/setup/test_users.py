"""Users are made, changed and closed, with what they keep about themselves."""

from __future__ import annotations

import json

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, ask_for_token
from docusign_emulator.tests.server import Emulator

NEW = {"userName": "Nora New", "email": "nora@property.example", "jobTitle": "Agent", "company": "Juniper"}


def made(api: Api, **more: str) -> str:
    answer = api.call("POST", "/users", {"newUsers": [NEW | more]}, expect=201)
    return str(answer["newUsers"][0]["userId"])


def sub(api: Api, user_id: str) -> dict[str, object]:
    """Nora asks for a token; an administrator has consented for her."""
    return ask_for_token(api.docusign, sub=user_id)


def test_a_new_user_is_active_from_the_first_sign_in_on(api: Api, docusign: Emulator) -> None:
    nora = made(api)
    assert api.get(f"/users/{nora}")["userStatus"] == "ActivationSent"
    assert api.get(f"/users/{nora}")["jobTitle"] == "Agent"
    assert sub(api, nora)["error"] == "consent_required"
    docusign.control("PUT", "consent", {"granted": True, "userId": nora})
    assert "access_token" in sub(api, nora)
    assert api.get(f"/users/{nora}")["userStatus"] == "Active"
    mine = Api(docusign, nora)
    envelope = mine.create(status="created")
    assert mine.envelope(envelope)["sender"]["userName"] == "Nora New"


def test_one_mistake_keeps_no_other_user_from_being_made(api: Api) -> None:
    known = {"userName": "Twice", "email": "admin@property.example"}
    answer = api.call("POST", "/users", {"newUsers": [known, {"userName": "No address"}, NEW]}, expect=201)
    codes = [one.get("errorDetails", {}).get("errorCode", "") for one in answer["newUsers"]]
    assert codes == ["USER_ALREADY_EXISTS_IN_ACCOUNT", "INVALID_REQUEST_PARAMETER", ""]


def test_a_user_is_found_by_address_and_status(api: Api) -> None:
    nora = made(api)
    found = api.get("/users", email="NORA@property.example")
    assert [one["userId"] for one in found["users"]] == [nora]
    assert api.get("/users", email="nora@property.example", status="Active")["resultSetSize"] == "0"
    page = api.get("/users", count="1", start_position="1")
    assert (page["resultSetSize"], page["totalSetSize"], page["startPosition"]) == ("1", "3", "1")


def test_a_closed_user_is_gone_from_the_list_and_gets_no_token(api: Api, docusign: Emulator) -> None:
    nora = made(api)
    docusign.control("PUT", "consent", {"granted": True, "userId": nora})
    mine = Api(docusign, nora)
    assert mine.get("/users")
    api.call("DELETE", "/users", {"users": [{"userId": nora}]})
    assert nora not in [one["userId"] for one in api.get("/users")["users"]]
    assert [one["userId"] for one in api.get("/users", status="closed")["users"]] == [nora]
    assert sub(api, nora)["error_description"] == "user_not_found"
    assert mine.refused("GET", "/users", status=401) == "AUTHORIZATION_INVALID_TOKEN"
    own = api.call("DELETE", "/users", {"users": [{"userId": api.user_id}]})["users"][0]
    assert own["errorDetails"]["errorCode"] == "USER_CANNOT_DELETE_SELF"


def test_a_name_that_changes_is_the_senders_name_too(api: Api) -> None:
    nora = made(api)
    assert api.call("PUT", f"/users/{nora}", {"firstName": "Nora", "lastName": "Wed"})["userName"] == "Nora Wed"
    many = {"users": [{"userId": nora, "email": "wed@property.example"}, {"userId": "no-such-user"}]}
    first, second = api.call("PUT", "/users", many)["users"]
    assert (first["email"], second["errorDetails"]["errorCode"]) == ("wed@property.example", "USER_NOT_FOUND")


def test_who_is_no_administrator_changes_only_themselves(api: Api, docusign: Emulator) -> None:
    agent = Api(docusign, docusign.credentials["second_user_id"])
    docusign.control("PUT", "consent", {"granted": True, "userId": agent.user_id})
    assert agent.call("PUT", f"/users/{agent.user_id}", {"jobTitle": "Broker"})["jobTitle"] == "Broker"
    assert agent.refused("PUT", f"/users/{api.user_id}", {"jobTitle": "x"}, status=401) == "USER_NOT_ACCOUNT_ADMIN"
    assert agent.refused("POST", "/users", {"newUsers": [NEW]}, status=401) == "USER_NOT_ACCOUNT_ADMIN"


def test_a_profile_keeps_what_is_said_and_a_picture(api: Api) -> None:
    place = f"/users/{api.user_id}/profile"
    api.call("PUT", place, {"displayProfile": "false", "companyName": "Juniper", "userDetails": {"title": "Dr"}})
    profile = api.get(place)
    assert (profile["displayProfile"], profile["companyName"]) == ("false", "Juniper")
    assert profile["userDetails"]["title"] == "Dr"
    png = papers.png()
    headers = {"Content-Type": "image/png"}
    assert api.raw("PUT", f"{place}/image", png, headers=headers).status == 200
    got = api.raw("GET", f"{place}/image")
    assert (got.data, got.headers["content-type"]) == (png, "image/png")
    assert json.loads(api.raw("PUT", f"{place}/image", b"<svg/>", headers=headers).data)["errorCode"] == "INVALID_IMAGE"
    api.call("DELETE", f"{place}/image")
    assert api.raw("GET", f"{place}/image").status == 404


def test_custom_settings_are_names_with_values(api: Api) -> None:
    place = f"/users/{api.user_id}/custom_settings"
    api.call("PUT", place, {"customSettings": [{"name": "view", "value": "list"}, {"name": "size", "value": "20"}]})
    api.call("PUT", place, {"customSettings": [{"name": "view", "value": "grid"}]})
    assert api.get(place)["customSettings"] == [{"name": "view", "value": "grid"}, {"name": "size", "value": "20"}]
    api.call("DELETE", place, {"customSettings": [{"name": "view"}]})
    assert [one["name"] for one in api.get(place)["customSettings"]] == ["size"]
    api.call("DELETE", place)
    assert api.get(place)["customSettings"] == []


@pytest.mark.parametrize(("administrator", "may"), [(True, "true"), (False, "false")])
def test_user_settings_have_every_name_and_say_who_may_manage(
    api: Api, docusign: Emulator, administrator: bool, may: str
) -> None:
    user = api.user_id if administrator else docusign.credentials["second_user_id"]
    place = f"/users/{user}/settings"
    settings = api.get(place)
    assert settings["canManageAccount"] == may
    assert len(settings) > 140
    api.call("PUT", place, {"canSendEnvelope": False})
    assert api.get(place)["canSendEnvelope"] == "false"
