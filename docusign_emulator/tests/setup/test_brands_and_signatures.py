"""Brands with logos and texts; signatures with their pictures."""

from __future__ import annotations

import json

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api

PICTURE = {"Content-Type": "image/png"}


def brand(api: Api, name: str = "Ours") -> str:
    return str(api.call("POST", "/brands", {"brandName": name}, expect=201)["brands"][0]["brandId"])


def test_a_brand_changes_and_is_the_default_when_it_says_so(api: Api) -> None:
    first, second = brand(api), brand(api, "Theirs")
    body = {
        "brandCompany": "Juniper",
        "isSendingDefault": True,
        "colors": [{"name": "buttonMainBackground", "value": "#333"}],
    }
    changed = api.call("PUT", f"/brands/{second}", body)
    assert (changed["brandCompany"], changed["isSendingDefault"]) == ("Juniper", True)
    listed = api.get("/brands")
    assert (listed["senderBrandIdDefault"], listed["recipientBrandIdDefault"]) == (second, first)
    assert api.refused("PUT", f"/brands/{second}", {"brandName": "Ours"}) == "INVALID_REQUEST_PARAMETER"
    assert api.call("DELETE", "/brands", {"brands": [{"brandId": first}]})["brands"][0]["brandId"] == second


@pytest.mark.parametrize("kind", ["primary", "secondary", "email"])
def test_a_logo_is_kept_and_given_out(api: Api, kind: str) -> None:
    place = f"/brands/{brand(api)}/logos/{kind}"
    assert api.raw("GET", place).status == 404
    assert api.raw("PUT", place, papers.png(), headers=PICTURE).status == 200
    assert api.raw("GET", place).data == papers.png()
    assert list(api.get(place.partition("/logos")[0])["logos"]) == [kind]
    api.call("DELETE", place)
    assert api.raw("GET", place).status == 404


def test_a_logo_of_an_unknown_kind_is_refused(api: Api) -> None:
    answer = api.raw("PUT", f"/brands/{brand(api)}/logos/huge", papers.png(), headers=PICTURE)
    assert json.loads(answer.data)["errorCode"] == "INVALID_REQUEST_PARAMETER"


def test_a_file_of_texts_is_kept_and_given_out(api: Api) -> None:
    place = f"/brands/{brand(api)}/resources"
    xml, headers = b"<resources><text name='Sign'>Now</text></resources>", {"Content-Type": "text/xml"}
    assert api.raw("PUT", f"{place}/signing", xml, headers=headers).status == 200
    assert api.raw("GET", f"{place}/signing").data == xml
    assert [one["resourcesContentType"] for one in api.get(place)["resourcesContentTypes"]] == ["signing"]
    assert (
        json.loads(api.raw("PUT", f"{place}/signing", b"no", headers=headers).data)["errorCode"]
        == "INVALID_REQUEST_BODY"
    )
    assert api.raw("GET", f"{place}/email").status == 404


def test_a_brand_is_exported(api: Api) -> None:
    assert json.loads(api.raw("GET", f"/brands/{brand(api)}/file").data)["brandName"] == "Ours"


@pytest.mark.parametrize("whose", ["user", "account"])
def test_a_signature_is_kept_with_its_picture(api: Api, whose: str) -> None:
    base = f"/users/{api.user_id}/signatures" if whose == "user" else "/signatures"
    key = f"{whose}Signatures"
    body = {key: [{"signatureName": "Tina Tenant", "signatureInitials": "TT"}, {"signatureInitials": "x"}]}
    made, wrong = api.call("POST", base, body, expect=201)[key]
    assert wrong["errorDetails"]["errorCode"] == "INVALID_REQUEST_PARAMETER"
    one = f"{base}/{made['signatureId']}"
    assert api.call("PUT", one, {"signatureFont": "7_DocuSign"})["signatureFont"] == "7_DocuSign"
    again = {key: [{"signatureId": made["signatureId"], "signatureName": "Tina T."}, {"signatureName": "Other"}]}
    api.call("PUT", base, again)
    assert [each["signatureName"] for each in api.get(base)[key]] == ["Tina T.", "Other"]
    assert api.raw("PUT", f"{one}/signature_image", papers.png(), headers=PICTURE).status == 200
    assert api.get(one)["signatureImageUri"].endswith(f"{made['signatureId']}/signature_image")
    assert api.raw("GET", f"{one}/signature_image").data == papers.png()
    assert "signatureImageUri" not in api.call("DELETE", f"{one}/signature_image")
    api.call("DELETE", one)
    assert api.refused("GET", one, status=404) == "RESOURCE_NOT_FOUND"
