"""A power form makes an envelope of a template and of what its visitor says."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator

VISITOR = {"name 0": "Tina Tenant", "email 0": "tina@people.example"}


def form(api: Api, **more: object) -> Json:
    tabs = {"signHereTabs": [{"anchorString": "/tenant/"}]}
    body = {
        "name": "Pet agreement",
        "emailSubject": "Your pet",
        "documents": [papers.document("/tenant/")],
        "recipients": {"signers": [{"recipientId": "1", "roleName": "tenant", "tabs": tabs}]},
    }
    template = api.call("POST", "/templates", body, expect=201)["templateId"]
    wanted = {"name": "Pets", "templateId": template, "instructions": "Tell us of your pet."} | more
    return dict(api.call("POST", "/powerforms", wanted, expect=201))


def visit(docusign: Emulator, made: Json, given: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, text and where it leads."""
    path = made["powerFormUrl"].removeprefix(docusign.base)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = docusign.http("POST" if given else "GET", path, body=urlencode(given) if given else None, headers=headers)
    return answer.status, answer.data.decode(), answer.headers.get("location", "")


def test_a_visitor_is_mailed_the_documents(api: Api, docusign: Emulator) -> None:
    made = form(api)
    status, page, _ = visit(docusign, made)
    assert (status, "Tell us of your pet." in page) == (200, True)
    status, page, _ = visit(docusign, made, VISITOR)
    assert (status, "tina@people.example" in page) == (200, True)
    mail = docusign.control("GET", "mail")["mail"]
    assert [(one["to"], one["subject"]) for one in mail] == [("tina@people.example", "Your pet")]
    api.complete(mail[0]["envelopeId"])
    data = api.get(f"/powerforms/{made['powerFormId']}/form_data")["envelopes"]
    assert [(one["envelopeId"], one["recipients"][0]["name"]) for one in data] == [
        (mail[0]["envelopeId"], "Tina Tenant")
    ]
    assert api.get(f"/powerforms/{made['powerFormId']}")["timesUsed"] == "1"


def test_a_direct_form_leads_to_signing(api: Api, docusign: Emulator) -> None:
    status, _, place = visit(docusign, form(api, signingMode="direct"), VISITOR)
    assert (status, place.startswith("/signing/mail?k=")) == (303, True)
    assert "/signing/session/" in docusign.http("GET", place).headers["location"]


def test_a_visitor_who_cannot_be_reached_is_asked_again(api: Api, docusign: Emulator) -> None:
    status, page, _ = visit(docusign, form(api), {"name 0": "Tina <b>", "email 0": "nowhere"})
    assert status == 422
    assert "an e-mail address for tenant" in page
    assert "Tina &lt;b&gt;" in page
    assert docusign.control("GET", "mail")["mail"] == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"isActive": "false"}, "not in use"),
        ({"maxUseEnabled": "true", "usesRemaining": "0"}, "as often as"),
    ],
)
def test_a_form_that_is_not_offered_says_why(api: Api, docusign: Emulator, more: Json, words: str) -> None:
    status, page, _ = visit(docusign, form(api, **more), VISITOR)
    assert (status, words in page) == (410, True)


def test_a_form_is_used_once_in_its_interval(api: Api, docusign: Emulator) -> None:
    limit = {"limitUseIntervalEnabled": "true", "limitUseInterval": "2", "limitUseIntervalUnits": "days"}
    made = form(api, **limit)
    assert visit(docusign, made, VISITOR)[0] == 200
    assert visit(docusign, made, VISITOR)[0] == 410
    docusign.control("POST", "clock/advance", {"days": 3})
    assert visit(docusign, made, VISITOR)[0] == 200


def test_forms_are_listed_changed_and_deleted(api: Api) -> None:
    first, second = form(api)["powerFormId"], form(api)["powerFormId"]
    listed = api.get("/powerforms")
    assert ([one["powerFormId"] for one in listed["powerForms"]], listed["totalSetSize"]) == ([second, first], 2)
    assert api.get("/powerforms/senders")["powerFormSenders"][0]["userId"] == api.user_id
    assert api.call("PUT", f"/powerforms/{first}", {"name": "Dogs"})["name"] == "Dogs"
    assert api.refused("PUT", f"/powerforms/{first}", {"signingMode": "fax"}) == "INVALID_REQUEST_PARAMETER"
    api.call("DELETE", f"/powerforms/{first}")
    api.call("DELETE", "/powerforms", {"powerForms": [{"powerFormId": second}]})
    assert api.get("/powerforms")["powerForms"] == []
