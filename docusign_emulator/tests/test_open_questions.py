"""Where Docusign leaves a question open, an application can be tried with either answer."""

from __future__ import annotations

import json

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json, ask_for_token, post_form
from docusign_emulator.tests.server import Emulator
from docusign_emulator.tests.signer import BACK, TENANT, Session
from docusign_emulator.tests.test_oauth import confidential, tokens_of

SENDER_VIEW = {"returnUrl": "http://localhost:8000/desk/", "viewAccess": "envelope"}


def turn(docusign: Emulator, **wanted: object) -> None:
    docusign.control("PUT", "switches", wanted)


def revoke(docusign: Emulator, token: str) -> int:
    login = confidential(docusign)
    answer = docusign.http(
        "POST",
        "/oauth/revoke",
        fields={"token": token, "token_type_hint": "refresh_token"},
        encode_multipart=False,
        headers={"Authorization": "Basic " + papers.encoded(":".join(login).encode())},
    )
    return int(answer.status)


def refreshed(docusign: Emulator, token: str) -> bool:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return bool(post_form(docusign, form, basic=confidential(docusign))["status"] == 200)


def test_there_is_no_address_to_revoke_a_token_unless_there_is(api: Api, docusign: Emulator) -> None:
    tokens = tokens_of(docusign)
    assert revoke(docusign, tokens["refresh_token"]) == 404
    assert docusign.control("GET", "unhandled")["unhandled"] == []
    turn(docusign, oauth_revoke="revokes")
    assert revoke(docusign, "somebody elses") == 200
    assert revoke(docusign, tokens["refresh_token"]) == 200
    assert not refreshed(docusign, tokens["refresh_token"])
    about = docusign.http("GET", "/oauth/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert about.status == 200  # as when consent is taken back: what is out works on


def test_only_the_client_itself_takes_its_token_back(docusign: Emulator) -> None:
    turn(docusign, oauth_revoke="revokes")
    token = tokens_of(docusign)["refresh_token"]
    form = {"token": token, "client_id": docusign.credentials["public_integration_key"]}
    answer = docusign.http("POST", "/oauth/revoke", fields=form, encode_multipart=False)
    assert answer.status == 200
    assert refreshed(docusign, token)


def test_a_refused_grant_may_say_less_and_with_another_status(docusign: Emulator) -> None:
    assert ask_for_token(docusign, exp=1, iat=0)["error_description"] == "expired_assertion"
    turn(docusign, oauth_error_words="bare", oauth_error_status=401)
    assert ask_for_token(docusign, exp=1, iat=0) == {"error": "invalid_grant", "status": 401}
    assert ask_for_token(docusign, iss="no one")["error_description"] == "issuer_not_found"


def test_userinfo_may_be_asked_so_often_an_hour(api: Api, docusign: Emulator) -> None:
    turn(docusign, userinfo_hourly_limit=2)
    headers = {"Authorization": f"Bearer {api.token}"}
    answers = [docusign.http("GET", "/oauth/userinfo", headers=headers) for _ in range(3)]
    assert [one.status for one in answers] == [200, 200, 400]
    assert json.loads(answers[2].data)["errorCode"] == "HOURLY_APIINVOCATION_LIMIT_EXCEEDED"
    docusign.control("POST", "clock/advance", {"hours": 1})
    assert docusign.http("GET", "/oauth/userinfo", headers=headers).status == 200


def test_what_is_not_there_may_be_a_bad_request(api: Api, docusign: Emulator) -> None:
    nowhere = "/envelopes/11111111-2222-4333-8444-555555555555"
    assert api.refused("GET", nowhere, status=404) == "ENVELOPE_DOES_NOT_EXIST"
    turn(docusign, not_found_status=400)
    assert api.refused("GET", nowhere, status=400) == "ENVELOPE_DOES_NOT_EXIST"


def test_lacking_rights_may_be_forbidden(docusign: Emulator) -> None:
    agent = Api(docusign, docusign.credentials["second_user_id"])
    docusign.control("PUT", "consent", {"granted": True, "userId": agent.user_id})
    assert agent.refused("GET", "/connect", status=401) == "USER_NOT_ACCOUNT_ADMIN"
    turn(docusign, rights_status=403)
    assert agent.refused("GET", "/connect", status=403) == "USER_NOT_ACCOUNT_ADMIN"


def test_a_code_no_one_documented_may_be_unspecified(api: Api, docusign: Emulator) -> None:
    body = papers.envelope() | {"templateId": "no such"}
    assert api.refused("POST", "/envelopes", body) == "TEMPLATE_ID_INVALID"
    turn(docusign, unsure_error_codes="unspecified")
    assert api.refused("POST", "/envelopes", body) == "UNSPECIFIED_ERROR"
    assert api.refused("POST", "/envelopes", papers.envelope(emailSubject="x" * 101)) == "INVALID_REQUEST_PARAMETER"


def test_a_void_reason_may_have_any_length(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    body = {"status": "voided", "voidedReason": "x" * 201}
    assert api.refused("PUT", f"/envelopes/{envelope_id}", body) == "INVALID_REQUEST_PARAMETER"
    turn(docusign, void_reason_length=0)
    api.call("PUT", f"/envelopes/{envelope_id}", body)
    assert api.status(envelope_id) == "voided"


def test_a_delivered_lease_may_have_no_view(api: Api, docusign: Emulator) -> None:
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/", clientUserId="tenant-1")
    envelope_id = api.create(recipients={"signers": [tenant]})
    api.act(envelope_id, "1", "view")
    path = f"/envelopes/{envelope_id}/views/recipient"
    assert api.call("POST", path, TENANT, expect=201)["url"]
    turn(docusign, view_when_delivered=False)
    assert api.refused("POST", path, TENANT) == "ENVELOPE_INVALID_STATUS"


def test_a_create_answers_the_signing_uri_it_was_asked_for(api: Api, docusign: Emulator) -> None:
    made = api.call("POST", "/envelopes", papers.envelope(recipientViewRequest=TENANT), expect=201)
    session = Session(docusign, made["recipientSigningUri"])
    assert session.sign().startswith(BACK)
    wrong = papers.envelope(recipientViewRequest=TENANT | {"clientUserId": "no one"})
    made = api.call("POST", "/envelopes", wrong, expect=201)
    assert "recipient" in made["recipientSigningUriError"]
    turn(docusign, recipient_signing_uri=False)
    made = api.call("POST", "/envelopes", papers.envelope(recipientViewRequest=TENANT), expect=201)
    assert "recipientSigningUri" not in made


def test_an_asynchronous_create_is_found_by_its_transaction(api: Api) -> None:
    body = papers.envelope(asynchronous="true", transactionId="t-17")
    made = api.call("POST", "/envelopes", body, expect=201)
    assert made["status"] == "processing"
    assert "envelopeId" not in made
    [found] = api.get("/envelopes", transaction_ids="t-17")["envelopeTransactionStatuses"]
    assert api.status(found["envelopeId"]) == "sent"


@pytest.mark.parametrize(("returns", "status"), [("before", "delivered"), ("sent", "sent")])
def test_a_correction_ends_in_the_status_the_switch_says(
    api: Api, docusign: Emulator, returns: str, status: str
) -> None:
    turn(docusign, correct_returns_to=returns)
    envelope_id = api.create(recipients={"signers": [papers.signer("1", "Tina Tenant", anchor="/tenant/")]})
    api.act(envelope_id, "1", "view")
    url = api.call("POST", f"/envelopes/{envelope_id}/views/correct", SENDER_VIEW, expect=201)["url"]
    left = Session(docusign, url).post("leave", {"how": "cancel"})
    assert left["redirect"]
    assert api.status(envelope_id) == status


def test_who_is_not_reached_may_be_called_sent(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    assert api.recipient(envelope_id, "2")["status"] == "created"
    turn(docusign, unreached_status="sent")
    assert api.recipient(envelope_id, "2")["status"] == "sent"
    assert api.recipient(api.create(status="created"), "2")["status"] == "created"


def test_the_desk_may_tell_its_events_in_small_letters(api: Api, docusign: Emulator) -> None:
    turn(docusign, sender_view_events="lower_case")
    url = api.call("POST", f"/envelopes/{api.create(status='created')}/views/sender", SENDER_VIEW, expect=201)["url"]
    assert "event=save" in Session(docusign, url).post("leave", {"how": "save"})["redirect"]


def test_audit_fields_may_be_named_otherwise(api: Api, docusign: Emulator) -> None:
    path = f"/envelopes/{api.create()}/audit_events"
    names = {field["name"] for field in api.get(path)["auditEvents"][0]["eventFields"]}
    assert {"logTime", "Action", "UserName"} <= names
    turn(docusign, audit_field_names="camel_case")
    names = {field["name"] for field in api.get(path)["auditEvents"][0]["eventFields"]}
    assert {"logTime", "action", "userName"} <= names


def test_a_list_may_need_both_its_dates(api: Api, docusign: Emulator) -> None:
    turn(docusign, list_needs_to_date=True)
    assert api.refused("GET", "/envelopes", from_date="2020-01-01T00:00:00Z") == "INVALID_REQUEST_PARAMETER"
    assert api.get("/envelopes", from_date="2020-01-01T00:00:00Z", to_date="2020-02-01T00:00:00Z")["envelopes"] == []


def test_an_account_has_so_many_hmac_keys(api: Api, docusign: Emulator) -> None:
    before: Json = docusign.control("GET", "account")
    turn(docusign, hmac_keys_most=len(docusign.credentials["hmac_keys"]))
    assert before
    assert api.refused("POST", "/connect/secret", {}) == "CONNECT_SECRET_LIMIT_EXCEEDED"


@pytest.mark.parametrize(("overflow", "expect"), [("cut", 201), ("refuse", 400)])
def test_a_templates_subject_grown_too_long_is_cut_or_refused(
    api: Api, docusign: Emulator, overflow: str, expect: int
) -> None:
    turn(docusign, template_subject_overflow=overflow)
    template = {
        "name": "Lease",
        "emailSubject": "Your lease, [[tenant_UserName]], " + "x" * 60,
        "documents": [papers.document()],
        "recipients": {"signers": [{"recipientId": "1", "roleName": "tenant"}]},
    }
    template_id = api.call("POST", "/templates", template, expect=201)["templateId"]
    role = {"roleName": "tenant", "name": "T" * 40, "email": "tina@people.example"}
    body = {"templateId": template_id, "templateRoles": [role], "status": "sent"}
    made = api.call("POST", "/envelopes", body, expect=expect)
    if expect == 201:
        assert len(api.envelope(made["envelopeId"])["emailSubject"]) == 100


# --- what Docusign refuses by one source, or by none -------------------------------------------------------


def test_a_call_without_a_token_has_one_of_two_codes(api: Api, docusign: Emulator) -> None:
    def code() -> str:
        return str(json.loads(api.raw("GET", "/envelopes", headers={"Authorization": ""}).data)["errorCode"])

    assert code() == "PARTNER_AUTHENTICATION_FAILED"
    turn(docusign, no_token_code="USER_AUTHENTICATION_FAILED")
    assert code() == "USER_AUTHENTICATION_FAILED"


def test_a_token_without_the_signature_scope_may_be_taken(docusign: Emulator) -> None:
    other = Api(docusign)
    other._token = str(ask_for_token(docusign, scope="impersonation")["access_token"])
    assert other.refused("GET", "/envelopes", status=401, from_date="2020-01-01") == "AUTHORIZATION_INVALID_TOKEN"
    turn(docusign, scope_missing="accept")
    assert other.get("/envelopes", from_date="2020-01-01")["envelopes"] == []


def test_resending_what_is_completed_is_refused_one_way_or_the_other(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.complete(envelope_id)
    again = f"/envelopes/{envelope_id}"
    assert api.refused("PUT", again, {}, resend_envelope="true") == "EDIT_LOCK_INVALID_STATE_FOR_LOCK"
    turn(docusign, resend_of_final="invalid_status")
    assert api.refused("PUT", again, {}, resend_envelope="true") == "ENVELOPE_INVALID_STATUS"


def test_a_voided_envelope_may_be_looked_at(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.call("PUT", f"/envelopes/{envelope_id}", {"status": "voided", "voidedReason": "Not needed"})
    who = {"returnUrl": BACK, "authenticationMethod": "none"} | TENANT
    assert api.refused("POST", f"/envelopes/{envelope_id}/views/recipient", who) == "ENVELOPE_INVALID_STATUS"
    turn(docusign, view_of_voided="accept")
    assert api.call("POST", f"/envelopes/{envelope_id}/views/recipient", who, expect=201)["url"]


def test_ids_that_are_none_may_be_taken(api: Api, docusign: Emulator) -> None:
    body = papers.envelope(documents=[papers.document("/tenant/", "/landlord/", id="abc")])
    assert api.refused("POST", "/envelopes", body) == "INVALID_REQUEST_PARAMETER"
    assert api.refused("GET", "/envelopes/no-guid") == "INVALID_REQUEST_PARAMETER"
    turn(docusign, odd_document_id="accept", odd_envelope_id="not_found")
    api.call("POST", "/envelopes", body, expect=201)
    assert api.refused("GET", "/envelopes/no-guid", status=404) == "ENVELOPE_DOES_NOT_EXIST"


def test_an_empty_body_or_one_of_another_type_may_be_taken(api: Api, docusign: Emulator) -> None:
    plain = {"Content-Type": "text/plain"}
    draft = json.dumps(papers.envelope(status="created")).encode()
    assert api.refused("POST", "/envelopes", b"") == "INVALID_REQUEST_BODY"
    assert api.raw("POST", "/envelopes", draft, headers=plain).status == 415
    turn(docusign, empty_body="accept", other_content_type="accept")
    assert api.raw("POST", "/envelopes", b"").status == 201
    assert api.raw("POST", "/envelopes", draft, headers=plain).status == 201
