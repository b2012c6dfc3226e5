"""The sender's side: preparing, correcting, previewing, editing a template."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator

BACK = "http://localhost:8000/admin/back/"
ASK = {"returnUrl": BACK, "viewAccess": "envelope", "settings": {"startingScreen": "Tagger"}}


class Desk:
    """A browser's side of a sender's session."""

    def __init__(self, docusign: Emulator, url: str) -> None:
        self.docusign = docusign
        self.location = str(docusign.http("GET", url.removeprefix(docusign.base)).headers["location"])

    def call(self, what: str, body: Json | None = None, *, expect: int = 200) -> Json:
        method = "GET" if what == "state" else "POST"
        data = None if method == "GET" else json.dumps(body or {})
        answer = self.docusign.http(method, f"{self.location}/{what}", body=data)
        assert answer.status == expect, answer.data
        found: Json = json.loads(answer.data)
        return found


def desk(api: Api, path: str, body: Json = ASK) -> Desk:
    return Desk(api.docusign, api.call("POST", path, body, expect=201)["url"])


def came_back_with(redirect: str) -> dict[str, str]:
    assert redirect.startswith(BACK)
    return {key: values[0] for key, values in parse_qs(urlsplit(redirect).query).items()}


def bare_draft(api: Api) -> str:
    return api.create(status="created", recipients={"signers": [papers.signer("1", "Tina Tenant")]})


def signature_at(x: float, **more: Any) -> Json:
    place = {"recipientId": "1", "tabType": "signHereTabs", "documentId": "1", "page": 1, "x": x, "y": 300}
    return place | more


def test_staff_place_a_signature_and_send(api: Api) -> None:
    envelope_id = bare_draft(api)
    page = desk(api, f"/envelopes/{envelope_id}/views/sender")
    state = page.call("state")
    assert (state["mode"], state["startingScreen"], state["canSend"]) == ("sender", "Tagger", True)
    assert "signHereTabs" in state["palette"]
    saved = page.call("save", {"tabs": [signature_at(120)], "emailSubject": "Please sign"})
    assert [(tab["x"], tab["page"]) for tab in saved["tabs"]] == [(120, 1)]
    redirect = page.call("send")["redirect"]
    assert came_back_with(redirect) == {"envelopeId": envelope_id, "event": "Send"}
    assert api.envelope(envelope_id)["emailSubject"] == "Please sign"
    assert api.status(envelope_id) == "sent"


def test_a_tab_moved_on_the_page_stays_the_same_tab(api: Api) -> None:
    page = desk(api, f"/envelopes/{bare_draft(api)}/views/sender")
    first = page.call("save", {"tabs": [signature_at(120)]})["tabs"][0]
    moved = page.call("save", {"tabs": [signature_at(140, tabId=first["tabId"])]})["tabs"]
    assert [(tab["tabId"], tab["x"]) for tab in moved] == [(first["tabId"], 140)]


def test_choices_keep_their_values_and_places_when_the_desk_saves(api: Api) -> None:
    place = {"pageNumber": "1", "xPosition": "72", "yPosition": "300"}
    items = [{"text": "Monthly", "value": "m"}, {"text": "Yearly", "value": "y"}]
    radios = [place | {"value": "yes"}, place | {"value": "no", "xPosition": "140"}]
    tabs = {
        "listTabs": [place | {"documentId": "1", "tabLabel": "pay", "yPosition": "350", "listItems": items}],
        "radioGroupTabs": [{"groupName": "parking", "documentId": "1", "radios": radios}],
    }
    envelope_id = api.create(status="created", recipients={"signers": [papers.signer("1", "Tina Tenant", tabs=tabs)]})
    page = desk(api, f"/envelopes/{envelope_id}/views/sender")
    shown = {tab["tabType"]: tab for tab in reversed(page.call("state")["tabs"])}
    pay, parking = shown["listTabs"], shown["radioGroupTabs"]
    assert pay["options"] == ["Monthly", "Yearly"]
    parking |= {"options": ["yes", "no", "later"], "groupName": "parking", "x": 82.0}
    page.call("save", {"tabs": [pay | {"options": ["Monthly", "Yearly", "Never"]}, parking]})
    kept = api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")
    (pay_kept,) = kept["listTabs"]
    assert [(one["text"], one["value"]) for one in pay_kept["listItems"]] == [
        ("Monthly", "m"),
        ("Yearly", "y"),
        ("Never", "Never"),
    ]
    (group,) = kept["radioGroupTabs"]
    spots = [(one["value"], one["xPosition"], one["yPosition"]) for one in group["radios"]]
    assert spots == [("yes", "82", "300"), ("no", "150", "300"), ("later", "82", "320")]
    page.call("save", {"tabs": [{key: value for key, value in pay.items() if key != "options"}]})
    assert len(api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")["listTabs"][0]["listItems"]) == 3


def test_a_tab_off_the_page_is_not_kept(api: Api) -> None:
    page = desk(api, f"/envelopes/{bare_draft(api)}/views/sender")
    assert "outside" in page.call("save", {"tabs": [signature_at(5000)]}, expect=422)["message"]
    assert page.call("state")["tabs"] == []


def test_a_draft_that_cannot_be_sent_stays_on_the_desk(api: Api) -> None:
    envelope_id = api.create(status="created", recipients={})
    page = desk(api, f"/envelopes/{envelope_id}/views/sender")
    assert "Recipients" in page.call("send", expect=422)["message"]
    assert api.status(envelope_id) == "created"


@pytest.mark.parametrize(("how", "event"), [("save", "Save"), ("cancel", "Cancel"), ("discard", "Cancel")])
def test_leaving_the_desk_tells_how(api: Api, how: str, event: str) -> None:
    envelope_id = bare_draft(api)
    page = desk(api, f"/envelopes/{envelope_id}/views/sender")
    assert came_back_with(page.call("leave", {"how": how})["redirect"])["event"] == event
    drafts = api.get("/envelopes", from_date="2020-01-01", status="created")["envelopes"]
    assert len(drafts) == (0 if how == "discard" else 1)


def test_the_desk_is_for_drafts(api: Api) -> None:
    assert api.refused("POST", f"/envelopes/{api.create()}/views/sender", ASK) == "ENVELOPE_INVALID_STATUS"


def test_the_old_request_is_refused_unless_the_switch_allows_it(api: Api, docusign: Emulator) -> None:
    path = f"/envelopes/{bare_draft(api)}/views/sender"
    assert api.refused("POST", path, {"returnUrl": BACK}) == "INVALID_REQUEST_PARAMETER"
    docusign.control("PUT", "switches", {"old_sender_view": "accept"})
    api.call("POST", path, {"returnUrl": BACK}, expect=201)


def test_the_link_to_the_desk_works_once_and_for_ten_minutes(api: Api, docusign: Emulator) -> None:
    path = f"/envelopes/{bare_draft(api)}/views/sender"
    url = api.call("POST", path, ASK, expect=201)["url"]
    Desk(docusign, url)
    assert came_back_with(Desk(docusign, url).location)["event"] == "SessionEnd"
    url = api.call("POST", path, ASK, expect=201)["url"]
    docusign.control("POST", "clock/advance", {"minutes": 11})
    assert came_back_with(Desk(docusign, url).location)["event"] == "SessionEnd"


def test_signing_stops_while_the_sender_corrects(api: Api) -> None:
    envelope_id = api.create(recipients={"signers": [papers.signer("1", "Tina Tenant", anchor="/tenant/")]})
    page = desk(api, f"/envelopes/{envelope_id}/views/correct")
    assert api.status(envelope_id) == "correct"
    body = {"envelopeId": envelope_id, "recipientId": "1", "action": "sign"}
    api.docusign.control("POST", "recipients/act", body, expect=409)
    page.call("save", {"recipients": [{"recipientId": "1", "name": "Tina Turner", "email": "turner@people.example"}]})
    page.call("send")
    assert api.status(envelope_id) == "sent"
    assert api.recipient(envelope_id, "1")["name"] == "Tina Turner"


def test_an_abandoned_correction_changes_nothing(api: Api) -> None:
    envelope_id = api.create()
    desk(api, f"/envelopes/{envelope_id}/views/correct").call("leave", {"how": "cancel"})
    assert api.status(envelope_id) == "sent"
    api.call("DELETE", f"/envelopes/{envelope_id}/views/correct", {})


def test_a_preview_signs_nothing(api: Api) -> None:
    envelope_id = bare_draft(api)
    body = {"returnUrl": BACK, "recipientId": "1"}
    url = api.call("POST", f"/envelopes/{envelope_id}/views/recipient_preview", body, expect=201)["url"]
    page = Desk(api.docusign, url)
    assert page.call("state")["readOnly"]
    page.call("finish")
    assert api.status(envelope_id) == "created"
    assert api.recipient(envelope_id, "1")["status"] == "created"


def test_a_template_is_edited_in_the_browser(api: Api) -> None:
    body = {
        "name": "Rules",
        "documents": [papers.document()],
        "recipients": {"signers": [{"recipientId": "1", "roleName": "tenant"}]},
    }
    template_id = api.call("POST", "/templates", body, expect=201)["templateId"]
    ask = {"returnUrl": BACK, "viewAccess": "template"}
    page = desk(api, f"/templates/{template_id}/views/edit", ask)
    page.call("save", {"tabs": [signature_at(100)]})
    page.call("send")
    tabs = api.get(f"/templates/{template_id}")["recipients"]["signers"][0]["tabs"]
    assert tabs["signHereTabs"][0]["xPosition"] == "100"


def test_the_console_opens_at_the_envelope(api: Api) -> None:
    envelope_id = api.create()
    url = api.call("POST", "/views/console", {"returnUrl": BACK, "envelopeId": envelope_id}, expect=201)["url"]
    assert url.endswith(f"#envelope={envelope_id}")
