"""Groups of users, and signing groups of whom any one signs."""

from __future__ import annotations

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator

TEAM = [
    {"userName": "Ann Agent", "email": "ann@people.example"},
    {"userName": "Bob Broker", "email": "bob@people.example"},
]


def signing_group(api: Api, **more: object) -> Json:
    body = {"groups": [{"groupName": "Leasing team", "users": TEAM} | more]}
    return dict(api.call("POST", "/signing_groups", body, expect=201)["groups"][0])


def test_a_group_has_members_and_goes_again(api: Api, docusign: Emulator) -> None:
    agent = docusign.credentials["second_user_id"]
    body = {"groups": [{"groupName": "Brokers", "users": [{"userId": agent}]}, {"groupName": "Brokers"}]}
    first, second = api.call("POST", "/groups", body, expect=201)["groups"]
    assert (first["usersCount"], second["errorDetails"]["errorCode"]) == ("1", "GROUP_ALREADY_EXISTS")
    place = f"/groups/{first['groupId']}/users"
    api.call("PUT", place, {"users": [{"userId": api.user_id}, {"userId": "no-such-user"}]})
    assert {one["userId"] for one in api.get(place)["users"]} == {agent, api.user_id}
    api.call("DELETE", place, {"users": [{"userId": agent}]})
    assert [one["userId"] for one in api.get(place)["users"]] == [api.user_id]
    api.call("DELETE", "/groups", {"groups": [{"groupId": first["groupId"]}]})
    assert api.refused("GET", place, status=404) == "RESOURCE_NOT_FOUND"


def test_everyone_is_in_everyone_and_docusigns_groups_stay(api: Api) -> None:
    administrators, everyone = api.get("/groups")["groups"]
    assert (administrators["usersCount"], everyone["usersCount"]) == ("1", "2")
    users = {"users": [{"userId": api.user_id}]}
    assert api.refused("DELETE", f"/groups/{everyone['groupId']}/users", users) == "INVALID_GROUP_ID"
    gone = api.call("DELETE", "/groups", {"groups": [{"groupId": everyone["groupId"]}]})["groups"][0]
    assert gone["errorDetails"]["errorCode"] == "INVALID_GROUP_ID"


def test_a_group_may_use_brands(api: Api) -> None:
    brand = api.call("POST", "/brands", {"brandName": "Ours"}, expect=201)["brands"][0]["brandId"]
    place = f"/groups/{api.get('/groups')['groups'][0]['groupId']}/brands"
    assert api.sloppy("PUT", place, {"brands": [{"brandId": brand}]})["brands"][0]["brandId"] == brand
    assert api.sloppy("DELETE", place, {"brands": [{"brandId": brand}]})["brands"] == []
    assert api.refused("PUT", place, {"brands": [{"brandId": "x"}]}, status=404) == "RESOURCE_NOT_FOUND"


def test_a_signing_group_changes_name_and_members(api: Api) -> None:
    group = signing_group(api)
    place = f"/signing_groups/{group['signingGroupId']}"
    assert api.call("PUT", place, {"groupName": "Evening team"})["groupName"] == "Evening team"
    many = {"groups": [{"signingGroupId": group["signingGroupId"], "groupName": "Night team"}]}
    assert api.call("PUT", "/signing_groups", many)["groups"][0]["groupName"] == "Night team"
    api.call("PUT", f"{place}/users", {"users": [{"userName": "Cy Clerk", "email": "cy@people.example"}]})
    gone, unknown = api.call("DELETE", f"{place}/users", {"users": [TEAM[0], {"email": "x@people.example"}]})["users"]
    assert (gone["email"], unknown["errorDetails"]["errorCode"]) == ("ann@people.example", "USER_NOT_FOUND")
    assert [one["userName"] for one in api.get(f"{place}/users")["users"]] == ["Bob Broker", "Cy Clerk"]
    assert "users" not in api.get("/signing_groups")["groups"][0]
    assert len(api.get("/signing_groups", include_users="true")["groups"][0]["users"]) == 2
    api.call("DELETE", "/signing_groups", {"groups": [{"signingGroupId": group["signingGroupId"]}]})
    assert api.get("/signing_groups")["groups"] == []


def test_each_member_is_told_and_the_first_signs_for_all(api: Api, docusign: Emulator) -> None:
    group = signing_group(api)["signingGroupId"]
    team = {"recipientId": "1", "routingOrder": "1", "signingGroupId": group}
    team |= {"tabs": {"signHereTabs": [{"anchorString": "/tenant/"}]}}
    envelope = api.create(
        {
            "emailSubject": "For any of you",
            "status": "sent",
            "documents": [papers.document("/tenant/")],
            "recipients": {"signers": [team]},
        }
    )
    mail = docusign.control("GET", f"mail?envelopeId={envelope}")["mail"]
    assert {one["to"] for one in mail} == {"ann@people.example", "bob@people.example"}
    person = api.recipient(envelope, "1")
    assert (person["signingGroupName"], len(person["signingGroupUsers"])) == ("Leasing team", 2)
    api.act(envelope, "1", "sign", signature={"name": "Bob Broker"})
    assert api.status(envelope) == "completed"
    person = api.recipient(envelope, "1")
    assert (person["name"], person["email"]) == ("Bob Broker", "bob@people.example")


def test_an_envelope_to_a_group_that_is_not_there_is_refused(api: Api) -> None:
    body = papers.envelope(recipients={"signers": [{"recipientId": "1", "signingGroupId": "7"}]})
    assert api.refused("POST", "/envelopes", body) == "SIGNING_GROUP_NOT_FOUND"
