"""What a tenant proves before the lease opens for them: a code sent to their phone, and who they are."""

from __future__ import annotations

import io
import json

import pytest
from pypdf import PdfReader

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json, Listener
from docusign_emulator.tests.server import Emulator
from docusign_emulator.tests.signer import Session, event_of, view

MOBILE, OFFICE = {"countryCode": "1", "number": "4155550123"}, {"countryCode": "1", "number": "415-555-0199"}
SMS: Json = {
    "requireIdLookup": "true",
    "idCheckConfigurationName": "SMS Auth $",
    "smsAuthentication": {"senderProvidedNumbers": ["+1 415 555 0123"]},
}
CALL: Json = {
    "idCheckConfigurationName": "Phone Auth $",
    "phoneAuthentication": {"recipMayProvideNumber": "true", "senderProvidedNumbers": []},
}


def by_workflow(api: Api, name: str = "Phone Authentication", *numbers: Json) -> Json:
    """The verification as the vendor's own example asks for it."""
    listed = api.get("/identity_verification")["identityVerification"]
    workflow = next(one["workflowId"] for one in listed if one["defaultName"] == name)
    option = {"name": "phone_number_list", "valueType": "PhoneNumberList", "phoneNumberList": list(numbers)}
    return {"identityVerification": {"workflowId": workflow, "inputOptions": [option] if numbers else []}}


def sent(api: Api, asked: Json, **more: Json) -> str:
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/", clientUserId="tenant-1", **asked)
    return api.create(recipients={"signers": [tenant]}, **more)


def opened(api: Api, docusign: Emulator, asked: Json) -> tuple[str, Session]:
    envelope_id = sent(api, asked)
    return envelope_id, Session(docusign, view(api, envelope_id))


def messages(docusign: Emulator, envelope_id: str) -> list[Json]:
    found: list[Json] = docusign.control("GET", f"mail?envelopeId={envelope_id}")["mail"]
    return [one for one in found if one["kind"] == "one_time_code"]


def audited(api: Api, envelope_id: str) -> list[str]:
    events = api.get(f"/envelopes/{envelope_id}/audit_events")["auditEvents"]
    return [field["value"] for one in events for field in one["eventFields"] if field["name"] == "Action"]


def outcome(api: Api, envelope_id: str, result: str) -> str:
    status: Json = api.recipient(envelope_id, "1")["recipientAuthenticationStatus"]
    return str(status[result]["status"])


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def test_a_tenant_signs_with_the_code_their_phone_was_sent(api: Api, docusign: Emulator) -> None:
    envelope_id, session = opened(api, docusign, by_workflow(api, "Phone Authentication", MOBILE, OFFICE))
    state = session.state()
    assert (state["locked"], state["documents"], state["tabs"]) == ("phone", [], [])
    assert state["check"]["numbers"] == ["••• ••• 0123", "••• ••• 0199"]
    assert docusign.http("GET", f"{session.location}/documents/1").status == 404
    assert api.recipient(envelope_id, "1")["status"] == "sent"
    assert session.post("phone-code/send", {"number": 1, "way": "sms"}) == {"to": "••• ••• 0199", "way": "sms"}
    [text] = messages(docusign, envelope_id)
    assert (text["channel"], text["to"], text["name"], text["link"]) == ("sms", "+14155550199", "Tina Tenant", "")
    assert session.post("phone-code", {"code": text["body"]})["ok"]
    assert event_of(session.sign()) == "signing_complete"
    assert outcome(api, envelope_id, "identityVerificationResult") == "Passed"
    assert [one for one in audited(api, envelope_id) if "Code" in one or "Auth" in one] == [
        "Code Sent",
        "PhoneAuth Passed",
    ]


def test_by_the_text_message_workflow_the_code_comes_by_text_only(api: Api, docusign: Emulator) -> None:
    """Example 41 of Docusign's code examples looks this workflow up by its name."""
    envelope_id, session = opened(api, docusign, by_workflow(api, "SMS for access & signatures", MOBILE))
    assert session.state()["check"]["ways"] == ["sms"]
    session.post("phone-code/send", {"number": 0, "way": "sms"})
    [text] = messages(docusign, envelope_id)
    assert session.post("phone-code", {"code": text["body"]})["ok"]
    assert outcome(api, envelope_id, "identityVerificationResult") == "Passed"


def test_three_wrong_codes_end_the_session_and_a_new_link_begins_again(
    api: Api, docusign: Emulator, listener: Listener
) -> None:
    events = ["recipient-authenticationfailed", "recipient-delivered"]
    told = {"url": listener.url, "events": events, "eventData": {"version": "restv2.1", "format": "json"}}
    envelope_id = sent(api, by_workflow(api, "Phone Authentication", MOBILE), eventNotification=told)
    session = Session(docusign, view(api, envelope_id))
    session.post("phone-code/send", {"number": 0, "way": "sms"})
    guess = {"code": wrong(messages(docusign, envelope_id)[0]["body"])}
    assert [session.post("phone-code", guess)["triesLeft"] for _ in range(2)] == [2, 1]
    assert event_of(session.post("phone-code", guess)["redirect"]) == "id_check_failed"
    assert session.post("phone-code", guess, expect=410)["event"] == "id_check_failed"
    assert session.state()["documents"] == []
    assert outcome(api, envelope_id, "identityVerificationResult") == "Failed"
    assert api.recipient(envelope_id, "1")["status"] == "sent"
    assert "PhoneAuth Failed" in audited(api, envelope_id)
    listener.wait_for(1)
    assert listener.events == ["recipient-authenticationfailed"]
    again = Session(docusign, view(api, envelope_id))
    again.post("phone-code/send", {"number": 0, "way": "sms"})
    assert again.post("phone-code", {"code": messages(docusign, envelope_id)[-1]["body"]})["ok"]


def test_how_often_a_code_may_be_wrong_is_a_switch(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"phone_code_tries": 1})
    envelope_id, session = opened(api, docusign, SMS)
    session.post("phone-code/send", {"number": 0, "way": "sms"})
    guess = {"code": wrong(messages(docusign, envelope_id)[0]["body"])}
    assert event_of(session.post("phone-code", guess)["redirect"]) == "id_check_failed"


def test_only_the_code_sent_last_counts(api: Api, docusign: Emulator) -> None:
    envelope_id, session = opened(api, docusign, SMS)
    assert "Ask for a code" in session.post("phone-code", {"code": "123456"}, expect=422)["message"]
    for _ in range(2):
        session.post("phone-code/send", {"number": 0, "way": "sms"})
    first, last = (one["body"] for one in messages(docusign, envelope_id))
    assert first == last or not session.post("phone-code", {"code": first})["ok"]
    assert session.post("phone-code", {"code": last})["ok"]
    assert outcome(api, envelope_id, "smsAuthResult") == "Passed"


def test_a_text_check_does_not_call_and_no_one_chooses_a_strangers_phone(api: Api, docusign: Emulator) -> None:
    envelope_id, session = opened(api, docusign, SMS)
    for body in ({"number": 0, "way": "voice"}, {"number": 1, "way": "sms"}, {"number": "+15550000000", "way": "sms"}):
        session.post("phone-code/send", body, expect=422)
    assert messages(docusign, envelope_id) == []


def test_a_call_goes_to_the_number_the_tenant_gives_where_they_may(api: Api, docusign: Emulator) -> None:
    envelope_id, session = opened(api, docusign, CALL)
    assert session.state()["check"]["ownNumber"] is True
    session.post("phone-code/send", {"number": "no one", "way": "voice"}, expect=422)
    session.post("phone-code/send", {"number": "+44 7700 900123", "way": "voice"})
    [call] = messages(docusign, envelope_id)
    assert (call["channel"], call["to"]) == ("voice", "+447700900123")
    assert session.post("phone-code", {"code": call["body"]})["ok"]
    assert outcome(api, envelope_id, "phoneAuthResult") == "Passed"


def test_an_access_code_comes_before_the_phone(api: Api, docusign: Emulator) -> None:
    envelope_id, session = opened(api, docusign, SMS | {"accessCode": "4711"})
    assert session.state()["locked"] == "access_code"
    session.post("phone-code/send", {"number": 0, "way": "sms"}, expect=422)
    session.post("access-code", {"code": "0000"})
    assert session.post("access-code", {"code": "4711"})["ok"]
    state = session.state()
    assert (state["locked"], state["check"]["triesLeft"]) == ("phone", 3)
    assert "code sent to your phone" in session.post("consent", expect=422)["message"]
    session.post("phone-code/send", {"number": 0, "way": "sms"})
    session.post("phone-code", {"code": messages(docusign, envelope_id)[0]["body"]})
    assert session.state()["locked"] is None
    both = api.recipient(envelope_id, "1")["recipientAuthenticationStatus"]
    assert {key: one["status"] for key, one in both.items()} == {
        "accessCodeResult": "Passed",
        "smsAuthResult": "Passed",
    }


@pytest.mark.parametrize(("trigger", "locked"), [("every_time", "access_code"), ("first_time", None)])
def test_whether_one_is_asked_every_time_is_a_switch(
    api: Api, docusign: Emulator, trigger: str, locked: str | None
) -> None:
    docusign.control("PUT", "switches", {"authentication_trigger": trigger})
    envelope_id, session = opened(api, docusign, {"accessCode": "4711"})
    session.post("access-code", {"code": "4711"})
    assert session.state()["locked"] is None
    assert Session(docusign, view(api, envelope_id)).state()["locked"] == locked


@pytest.mark.parametrize(
    ("asked", "result"),
    [({"idCheckConfigurationName": "ID Check"}, "idQuestionsResult"), (None, "identityVerificationResult")],
)
def test_an_identity_check_ends_as_the_visitor_chooses(
    api: Api, docusign: Emulator, asked: Json | None, result: str
) -> None:
    envelope_id, session = opened(api, docusign, asked or by_workflow(api, "DocuSign ID Verification"))
    assert session.state()["locked"] == "identity"
    assert event_of(session.post("identity", {"passed": False})["redirect"]) == "id_check_failed"
    assert outcome(api, envelope_id, result) == "Failed"
    again = Session(docusign, view(api, envelope_id))
    assert again.post("identity", {"passed": True})["ok"]
    assert event_of(again.sign()) == "signing_complete"
    assert outcome(api, envelope_id, result) == "Passed"


@pytest.mark.parametrize(
    "asked",
    [
        {"identityVerification": {"workflowId": "11111111-2222-4333-8444-555555555555"}},
        {"identityVerification": {"inputOptions": []}, "idCheckConfigurationName": "none such"},
        {"idCheckConfigurationName": "Palm reading $"},
        {"idCheckConfigurationName": "SMS Auth $"},
        SMS | {"smsAuthentication": {"senderProvidedNumbers": ["0171"]}},
    ],
)
def test_a_check_that_cannot_be_done_stops_the_sending(api: Api, asked: Json) -> None:
    body = papers.envelope(recipients={"signers": [papers.signer("1", "Tina Tenant", anchor="/tenant/", **asked)]})
    assert api.refused("POST", "/envelopes", body) == "INVALIDAUTHENTICATIONSETUP"
    draft = api.create(body | {"status": "created"})
    assert api.refused("PUT", f"/envelopes/{draft}", {"status": "sent"}) == "INVALIDAUTHENTICATIONSETUP"


def test_a_phone_check_without_a_number_is_no_phone_check(api: Api) -> None:
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/", **by_workflow(api))
    body = papers.envelope(recipients={"signers": [tenant]})
    assert api.refused("POST", "/envelopes", body) == "INVALIDAUTHENTICATIONSETUP"


def test_a_corrected_number_is_the_one_that_is_called(api: Api, docusign: Emulator) -> None:
    envelope_id = sent(api, SMS)
    path = f"/envelopes/{envelope_id}/recipients"
    bad: Json = {"recipientId": "1", "smsAuthentication": {"senderProvidedNumbers": ["12"]}}
    [refused] = api.call("PUT", path, {"signers": [bad]})["recipientUpdateResults"]
    assert refused["errorDetails"]["errorCode"] == "INVALIDAUTHENTICATIONSETUP"
    good = bad | {"smsAuthentication": {"senderProvidedNumbers": ["+14155550177"]}}
    api.call("PUT", path, {"signers": [good]})
    session = Session(docusign, view(api, envelope_id))
    assert session.state()["check"]["numbers"] == ["••• ••• 0177"]


def test_the_control_api_proves_and_fails_as_the_page_does(api: Api, docusign: Emulator) -> None:
    envelope_id = sent(api, SMS | {"accessCode": "4711"})
    api.act(envelope_id, "1", "phone_code_failed")
    assert outcome(api, envelope_id, "smsAuthResult") == "Failed"
    api.act(envelope_id, "1", "sign")
    assert api.recipient(envelope_id, "1")["status"] == "completed"
    assert outcome(api, envelope_id, "smsAuthResult") == "Passed"
    assert outcome(api, envelope_id, "accessCodeResult") == "Passed"
    assert [one["to"] for one in messages(docusign, envelope_id)] == ["+14155550123"]
    no_one = docusign.http(
        "POST",
        "/_emulator/api/recipients/act",
        body=json.dumps({"envelopeId": sent(api, {}), "recipientId": "1", "action": "phone_code_failed"}),
    )
    assert no_one.status == 409


def test_the_certificate_tells_what_was_proven(api: Api) -> None:
    envelope_id = sent(api, SMS | {"accessCode": "4711"})
    api.complete(envelope_id)
    pages = PdfReader(io.BytesIO(api.pdf(envelope_id, "certificate"))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Access code: Passed, SMS authentication: Passed" in text
