"""What a person meets between the link and the return to the application."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator
from docusign_emulator.tests.signer import BACK, TENANT, Session, event_of, view


def test_the_tenant_signs_and_comes_back(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    session = Session(docusign, view(api, envelope_id))
    assert api.recipient(envelope_id, "1")["status"] == "sent"
    state = session.state()
    assert state["consentNeeded"]
    assert [tab["kind"] for tab in state["tabs"]] == ["signature"]
    assert api.recipient(envelope_id, "1")["status"] == "delivered"
    assert event_of(session.sign(name="Tina Tenant")) == "signing_complete"
    assert api.recipient(envelope_id, "1")["status"] == "completed"
    assert api.recipient(envelope_id, "2")["status"] == "sent"


def test_no_one_signs_before_agreeing_to_do_so_electronically(api: Api, docusign: Emulator) -> None:
    session = Session(docusign, view(api, api.create()))
    assert "agree" in session.post("finish", {}, expect=422)["message"]


def test_a_signing_link_works_once(api: Api, docusign: Emulator) -> None:
    url = view(api, api.create())
    Session(docusign, url)
    assert event_of(Session(docusign, url).location) == "ttl_expired"


def test_a_signing_link_dies_after_five_minutes(api: Api, docusign: Emulator) -> None:
    url = view(api, api.create())
    docusign.control("POST", "clock/advance", {"seconds": 301})
    assert event_of(Session(docusign, url).location) == "ttl_expired"


def test_an_idle_session_ends_after_twenty_minutes(api: Api, docusign: Emulator) -> None:
    session = Session(docusign, view(api, api.create()))
    session.state()
    docusign.control("POST", "clock/advance", {"minutes": 21})
    gone = session.post("consent", expect=410)
    assert event_of(gone["redirect"]) == "session_timeout"


@pytest.mark.parametrize(
    "wrong",
    [{"clientUserId": "someone-else"}, {"userName": "Tina T"}, {"email": "other@people.example"}, {"clientUserId": ""}],
)
def test_a_stranger_gets_no_signing_link(api: Api, wrong: Json) -> None:
    path = f"/envelopes/{api.create()}/views/recipient"
    assert api.refused("POST", path, TENANT | wrong) == "UNKNOWN_ENVELOPE_RECIPIENT"


def test_a_remote_signer_cannot_be_sent_into_a_view(api: Api) -> None:
    envelope_id = api.create()
    api.act(envelope_id, "1")
    body = {
        "authenticationMethod": "None",
        "returnUrl": BACK,
        "userName": "Larry Landlord",
        "email": "larry@people.example",
    }
    assert api.refused("POST", f"/envelopes/{envelope_id}/views/recipient", body) == "UNKNOWN_ENVELOPE_RECIPIENT"


def test_the_routing_order_holds_for_views(api: Api) -> None:
    signers = [
        papers.signer("1", "Tina Tenant", order=2, anchor="/tenant/", clientUserId="tenant-1"),
        papers.signer("2", "Larry Landlord", anchor="/landlord/"),
    ]
    envelope_id = api.create(recipients={"signers": signers})
    assert api.refused("POST", f"/envelopes/{envelope_id}/views/recipient", TENANT) == "RECIPIENT_NOT_IN_SEQUENCE"


def test_a_draft_has_no_recipient_view(api: Api) -> None:
    envelope_id = api.create(status="created")
    assert api.refused("POST", f"/envelopes/{envelope_id}/views/recipient", TENANT) == "ENVELOPE_INVALID_STATUS"


def test_an_over_long_return_url_is_cut(api: Api, docusign: Emulator) -> None:
    url = view(api, api.create(), returnUrl=BACK + "&pad=" + "x" * 500)
    docusign.control("POST", "clock/advance", {"minutes": 6})
    location = Session(docusign, url).location
    assert len(location.removesuffix("&event=ttl_expired")) == 470


def test_a_signed_lease_opens_to_be_read_only(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    Session(docusign, view(api, envelope_id)).sign()
    session = Session(docusign, view(api, envelope_id))
    assert session.state()["readOnly"]
    assert event_of(session.post("finish")["redirect"]) == "viewing_complete"


def test_the_tenant_declines_with_a_reason_and_it_is_over(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    session = Session(docusign, view(api, envelope_id))
    session.state()
    assert "reason" in session.post("decline", {"reason": " "}, expect=422)["problems"]
    assert event_of(session.post("decline", {"reason": "The rent is wrong"})["redirect"]) == "decline"
    assert api.status(envelope_id) == "declined"
    assert api.recipient(envelope_id, "1")["declinedReason"] == "The rent is wrong"


def test_finishing_later_leaves_the_lease_as_it_was(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    session = Session(docusign, view(api, envelope_id))
    session.state()
    assert event_of(session.post("later")["redirect"]) == "cancel"
    assert api.recipient(envelope_id, "1")["status"] == "delivered"


def test_an_access_code_stands_before_the_documents(api: Api, docusign: Emulator) -> None:
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/", clientUserId="tenant-1", accessCode="4711")
    envelope_id = api.create(recipients={"signers": [tenant]})
    session = Session(docusign, view(api, envelope_id))
    state = session.state()
    assert (state["locked"], state["documents"], state["tabs"]) == ("access_code", [], [])
    assert docusign.http("GET", f"{session.location}/documents/1").status == 404
    assert api.recipient(envelope_id, "1")["status"] == "sent"
    assert session.post("access-code", {"code": "0000"}) == {"ok": False, "triesLeft": 2, "redirect": None}
    assert session.post("access-code", {"code": "4711"})["ok"]
    assert event_of(session.sign()) == "signing_complete"


def test_too_many_wrong_codes_end_the_session(api: Api, docusign: Emulator) -> None:
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/", clientUserId="tenant-1", accessCode="4711")
    envelope_id = api.create(recipients={"signers": [tenant]})
    session = Session(docusign, view(api, envelope_id))
    for _ in range(2):
        session.post("access-code", {"code": "0000"})
    assert event_of(session.post("access-code", {"code": "0000"})["redirect"]) == "access_code_failed"
    result = api.recipient(envelope_id, "1")["recipientAuthenticationStatus"]["accessCodeResult"]
    assert result["status"] == "Failed"


FIELDS = {
    "signHereTabs": [{"anchorString": "/tenant/"}],
    "textTabs": [
        {"documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "200", "tabLabel": "car"},
        {
            "documentId": "1",
            "pageNumber": "1",
            "xPosition": "72",
            "yPosition": "230",
            "tabLabel": "rent",
            "value": "1,200.00",
            "locked": "true",
        },
    ],
    "checkboxTabs": [{"documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "260", "tabLabel": "pets"}],
    "radioGroupTabs": [
        {
            "groupName": "parking",
            "documentId": "1",
            "radios": [
                {"value": "yes", "pageNumber": "1", "xPosition": "72", "yPosition": "290"},
                {"value": "no", "pageNumber": "1", "xPosition": "100", "yPosition": "290", "required": "true"},
            ],
        }
    ],
    "listTabs": [
        {
            "documentId": "1",
            "pageNumber": "1",
            "xPosition": "72",
            "yPosition": "320",
            "tabLabel": "pay",
            "listItems": [{"text": "Monthly", "value": "m"}, {"text": "Yearly", "value": "y"}],
        }
    ],
    "dateSignedTabs": [{"documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "350", "tabLabel": "on"}],
    "fullNameTabs": [{"documentId": "1", "pageNumber": "1", "xPosition": "72", "yPosition": "380", "tabLabel": "who"}],
}


def test_what_the_tenant_enters_stands_in_the_signed_pdf(api: Api, docusign: Emulator) -> None:
    tenant = papers.signer("1", "Tina Tenant", clientUserId="tenant-1", tabs=FIELDS)
    envelope_id = api.create(recipients={"signers": [tenant]})
    session = Session(docusign, view(api, envelope_id))
    session.post("consent")
    missing = session.post("finish", {"signature": {}, "values": {}}, expect=422)["problems"]
    assert set(missing.values()) == {"Please fill this in.", "Please choose one."}
    radio = next(tab for tab in session.state()["tabs"] if tab["kind"] == "radio" and tab["option"] == "yes")
    values = {
        session.tab("car")["tabId"]: "Blue Volvo",
        session.tab("rent")["tabId"]: "1.00",
        session.tab("pets")["tabId"]: True,
        session.tab("pay")["tabId"]: "y",
        radio["tabId"]: True,
    }
    redirect = session.post("finish", {"signature": {"name": "Tina T. Tenant"}, "values": values})["redirect"]
    assert event_of(redirect) == "signing_complete"
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(api.pdf(envelope_id))).pages)
    assert "Blue Volvo" in text
    assert "1,200.00" in text
    assert "Tina T. Tenant" in text
    entered = {one["name"]: one["value"] for one in api.get(f"/envelopes/{envelope_id}/form_data")["formData"]}
    assert entered["car"] == "Blue Volvo"
    assert entered["rent"] == "1,200.00"
    assert (entered["pets"], entered["parking"], entered["pay"]) == ("X", "yes", "y")


def test_what_was_refused_is_not_kept(api: Api, docusign: Emulator) -> None:
    tenant = papers.signer("1", "Tina Tenant", clientUserId="tenant-1", tabs=FIELDS)
    session = Session(docusign, view(api, api.create(recipients={"signers": [tenant]})))
    session.post("consent")
    session.post("finish", {"signature": {}, "values": {session.tab("car")["tabId"]: "Blue Volvo"}}, expect=422)
    assert session.tab("car")["value"] == ""


def test_the_landlord_signs_from_the_mail(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.act(envelope_id, "1")
    mail = docusign.control("GET", "mail?to=larry")["mail"][-1]
    session = Session(docusign, mail["link"])
    assert session.sign() == "/signing/ended?event=signing_complete"
    assert api.status(envelope_id) == "completed"


def test_a_mail_may_lead_through_the_applications_own_page(api: Api, docusign: Emulator) -> None:
    start = "http://localhost:8000/portal/lease/17/"
    tenant = papers.signer(
        "1", "Tina Tenant", anchor="/tenant/", clientUserId="tenant-1", embeddedRecipientStartURL=start
    )
    api.create(recipients={"signers": [tenant]})
    mail = docusign.control("GET", "mail?to=tina")["mail"][0]
    assert docusign.http("GET", mail["link"].removeprefix(docusign.base)).headers["location"] == start


def test_the_same_bytes_are_served_every_time(api: Api) -> None:
    envelope_id = api.create()
    api.complete(envelope_id)
    assert api.pdf(envelope_id, certificate="true") == api.pdf(envelope_id, certificate="true")
    assert b"/ByteRange" in api.pdf(envelope_id)
