"""Envelopes over the API: what can be made, sent, found, stopped and thrown away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api
from docusign_emulator.tests.server import Emulator


def test_a_sent_lease_waits_for_the_tenant_first(api: Api) -> None:
    envelope_id = api.create()
    assert api.status(envelope_id) == "sent"
    assert api.recipient(envelope_id, "1")["status"] == "sent"
    assert api.recipient(envelope_id, "2")["status"] == "created"
    assert api.get(f"/envelopes/{envelope_id}/recipients")["currentRoutingOrder"] == "1"


def test_an_embedded_tenant_gets_no_mail_and_the_landlord_does(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.act(envelope_id, "1")
    invitations = [mail for mail in docusign.control("GET", "mail")["mail"] if mail["kind"] == "invitation"]
    assert [mail["to"] for mail in invitations] == ["larry@people.example"]


def test_everyone_signs_and_the_office_gets_its_copy(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.complete(envelope_id)
    envelope = api.envelope(envelope_id, include="recipients")
    assert envelope["status"] == "completed"
    assert {one["status"] for one in envelope["recipients"]["signers"]} == {"completed"}
    assert docusign.control("GET", "mail?to=office@people.example")["mail"][0]["kind"] == "copy"


def test_a_draft_mails_no_one_until_it_is_sent(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create(status="created")
    assert docusign.control("GET", "mail")["mail"] == []
    api.call("PUT", f"/envelopes/{envelope_id}", {"status": "sent"})
    assert api.status(envelope_id) == "sent"


@pytest.mark.parametrize(
    ("switch", "status", "mails"), [("refuse", 400, 1), ("ignore", 200, 1), ("mail_again", 200, 2)]
)
def test_sending_twice_does_what_the_switch_says(
    api: Api, docusign: Emulator, switch: str, status: int, mails: int
) -> None:
    docusign.control("PUT", "switches", {"repeated_send": switch})
    landlord = papers.signer("1", "Larry Landlord", anchor="/landlord/")
    envelope_id = api.create(recipients={"signers": [landlord]})
    api.call("PUT", f"/envelopes/{envelope_id}", {"status": "sent"}, expect=status)
    assert len(docusign.control("GET", "mail?to=larry")["mail"]) == mails


def test_any_status_leaves_drafts_out_of_the_list(api: Api) -> None:
    draft, sent = api.create(status="created"), api.create()
    for question in ({}, {"status": "any"}):
        found = api.get("/envelopes", from_date="2020-01-01", **question)
        assert [one["envelopeId"] for one in found["envelopes"]] == [sent]
    found = api.get("/envelopes", from_date="2020-01-01", status="created")
    assert [one["envelopeId"] for one in found["envelopes"]] == [draft]


def test_a_lost_answer_is_found_again_by_its_transaction(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create(status="created", transactionId="row-17")
    found = api.get("/envelopes", transaction_ids="row-17,row-18")
    status = {"transactionId": "row-17", "envelopeId": envelope_id, "status": "created"}
    assert found["envelopeTransactionStatuses"] == [status]
    asked = api.call("PUT", "/envelopes/status", {"transactionIds": ["row-17"]}, transaction_ids="request_body")
    assert asked["envelopeTransactionStatuses"] == [status]
    docusign.control("POST", "clock/advance", {"days": 8})
    assert api.get("/envelopes", transaction_ids="row-17")["envelopeTransactionStatuses"] == []


def test_one_transaction_may_make_two_envelopes_unless_the_switch_forbids_it(api: Api, docusign: Emulator) -> None:
    body = papers.envelope(status="created", transactionId="row-17")
    api.create(body)
    api.create(body)
    docusign.control("PUT", "switches", {"duplicate_transaction": "reject"})
    assert api.refused("POST", "/envelopes", body) == "DUPLICATE_TRANSACTION_ID"


def test_an_envelope_is_found_by_its_custom_field(api: Api) -> None:
    field = {"textCustomFields": [{"name": "lease_id", "value": "17"}]}
    envelope_id = api.create(customFields=field)
    api.create()
    found = api.get(
        "/envelopes", from_date="2020-01-01", custom_field="lease_id=17", include="custom_fields,recipients"
    )
    assert [one["envelopeId"] for one in found["envelopes"]] == [envelope_id]
    assert found["envelopes"][0]["customFields"]["textCustomFields"][0]["value"] == "17"


def test_a_long_list_comes_in_pages(api: Api) -> None:
    made = [api.create() for _ in range(5)]
    seen: list[str] = []
    page = api.get("/envelopes", from_date="2020-01-01", count="2")
    while True:
        seen += [one["envelopeId"] for one in page["envelopes"]]
        if "nextUri" not in page:
            break
        page = api.get(page["nextUri"])
    assert seen == made
    assert page["totalSetSize"] == "5"


def test_a_list_without_a_date_or_ids_is_refused(api: Api) -> None:
    assert api.refused("GET", "/envelopes") == "INVALID_REQUEST_PARAMETER"


def test_a_search_lags_behind_when_the_switch_says_so(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"search_lag_seconds": 60})
    api.create(transactionId="row-1")
    assert api.get("/envelopes", transaction_ids="row-1")["envelopeTransactionStatuses"] == []
    docusign.control("POST", "clock/advance", {"seconds": 61})
    assert len(api.get("/envelopes", transaction_ids="row-1")["envelopeTransactionStatuses"]) == 1


def test_the_sender_voids_a_lease_under_way_and_only_once(api: Api) -> None:
    envelope_id = api.create()
    api.call("PUT", f"/envelopes/{envelope_id}", {"status": "voided", "voidedReason": "Rented to someone else"})
    envelope = api.envelope(envelope_id)
    assert (envelope["status"], envelope["voidedReason"]) == ("voided", "Rented to someone else")
    again = {"status": "voided", "voidedReason": "Once more"}
    assert api.refused("PUT", f"/envelopes/{envelope_id}", again) == "ENVELOPE_CANNOT_VOID_INVALID_STATE"


@pytest.mark.parametrize("status", ["created", "completed", "declined"])
def test_only_a_lease_under_way_can_be_voided(api: Api, status: str) -> None:
    envelope_id = api.create(status="created" if status == "created" else "sent")
    if status == "completed":
        api.complete(envelope_id)
    elif status == "declined":
        api.act(envelope_id, "1", "decline", reason="No")
    body = {"status": "voided", "voidedReason": "Too late"}
    assert api.refused("PUT", f"/envelopes/{envelope_id}", body) == "ENVELOPE_CANNOT_VOID_INVALID_STATE"
    assert api.status(envelope_id) == status


def test_a_void_needs_its_reason(api: Api) -> None:
    envelope_id = api.create()
    assert api.refused("PUT", f"/envelopes/{envelope_id}", {"status": "voided"}) == "INVALID_REQUEST_PARAMETER"
    assert api.status(envelope_id) == "sent"


def test_resending_writes_to_whose_turn_it_is(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.act(envelope_id, "1")
    api.call("PUT", f"/envelopes/{envelope_id}", {}, resend_envelope="true")
    kinds = [mail["kind"] for mail in docusign.control("GET", "mail?to=larry")["mail"]]
    assert kinds == ["invitation", "resend"]


def test_a_draft_cannot_be_resent(api: Api) -> None:
    envelope_id = api.create(status="created")
    assert api.refused("PUT", f"/envelopes/{envelope_id}", {}, resend_envelope="true") == "ENVELOPE_INVALID_STATUS"


def test_a_draft_goes_to_the_recycle_bin_and_comes_back(api: Api) -> None:
    envelope_id = api.create(status="created")
    drafts = {"from_date": "2020-01-01", "status": "created"}
    api.call("PUT", "/folders/recyclebin", {"envelopeIds": [envelope_id]})
    assert api.get("/envelopes", **drafts)["envelopes"] == []
    api.call("PUT", "/folders/draft", {"envelopeIds": [envelope_id], "fromFolderId": "recyclebin"})
    assert len(api.get("/envelopes", **drafts)["envelopes"]) == 1


def test_the_documents_of_a_completed_lease_are_purged_after_a_fortnight(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create()
    api.complete(envelope_id)
    api.call("PUT", f"/envelopes/{envelope_id}", {"purgeState": "documents_queued"})
    docusign.control("POST", "clock/advance", {"days": 15})
    assert api.envelope(envelope_id)["purgeState"] == "documents_purged"
    assert api.raw("GET", f"/envelopes/{envelope_id}/documents/combined").status == 404


def test_the_audit_trail_tells_what_happened(api: Api) -> None:
    envelope_id = api.create()
    api.complete(envelope_id)
    events = api.get(f"/envelopes/{envelope_id}/audit_events")["auditEvents"]
    actions = [{one["name"]: one["value"] for one in event["eventFields"]}["Action"] for event in events]
    assert actions == ["Registered", "Sent Invitations", "Viewed", "Signed", "Viewed", "Signed", "Completed"]


def with_tab(**where: str) -> dict[str, Any]:
    place = {"documentId": "1", "pageNumber": "1", "xPosition": "1", "yPosition": "1"} | where
    return {"recipients": {"signers": [papers.signer("1", "Tina Tenant", tabs={"signHereTabs": [place]})]}}


# Codes as real accounts answered them.
UNSENDABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no subject": ({"emailSubject": ""}, "ENVELOPE_IS_INCOMPLETE"),
    "no documents": ({"documents": []}, "ENVELOPE_IS_INCOMPLETE"),
    "no recipients": ({"recipients": {}}, "ENVELOPE_IS_INCOMPLETE"),
    "subject too long": ({"emailSubject": "x" * 101}, "INVALID_REQUEST_PARAMETER"),
    "no such anchor": (
        {"recipients": {"signers": [papers.signer("1", "Tina Tenant", anchor="/nowhere/")]}},
        "ANCHOR_TAB_STRING_NOT_FOUND",
    ),
    "tab off the page": (
        {
            "recipients": {
                "signers": [
                    papers.signer("1", "Tina Tenant")
                    | {
                        "tabs": {
                            "signHereTabs": [{"documentId": "1", "pageNumber": "9", "xPosition": "1", "yPosition": "1"}]
                        }
                    }
                ]
            }
        },
        "TAB_PAGENUMBER_IS_NOT_IN_DOCUMENT",
    ),
    "tab on no document": (with_tab(documentId="7"), "TAB_REFERS_TO_MISSING_DOCUMENT"),
    "tab left of the page": (with_tab(xPosition="-5"), "INVALID_REQUEST_PARAMETER"),
    "tab right of the page": (with_tab(xPosition="5000"), "TAB_OUT_OF_BOUNDS"),
    "same recipient id twice": (
        {"recipients": {"signers": [papers.signer("1", "Tina Tenant"), papers.signer("1", "Larry Landlord")]}},
        "ENVELOPE_HAS_DUPLICATE_RECIPIENTS",
    ),
    "the same person twice in one order": (
        {"recipients": {"signers": [papers.signer("1", "Tina Tenant"), papers.signer("2", "Tina Tenant")]}},
        "ENVELOPE_HAS_DUPLICATE_RECIPIENTS",
    ),
    "base64 that is none": (
        {"documents": [{"documentId": "1", "name": "x.pdf", "documentBase64": "aGVsbG8"}]},
        "UNSPECIFIED_ERROR",
    ),
    "a document of no number": (
        {"documents": [papers.document("/tenant/", "/landlord/", id="abc")]},
        "INVALID_REQUEST_PARAMETER",
    ),
    "bad email": (
        {"recipients": {"signers": [papers.signer("1", "Tina Tenant") | {"email": "no one"}]}},
        "INVALID_EMAIL_ADDRESS_FOR_RECIPIENT",
    ),
    "no pdf": (
        {"documents": [{"documentId": "1", "name": "x", "documentBase64": "aGVsbG8="}]},
        "UNABLE_TO_LOAD_DOCUMENT",
    ),
    "broken pdf": (
        {"documents": [{"documentId": "1", "name": "x.pdf", "documentBase64": papers.encoded(b"%PDF-1.7 no more")}]},
        "UNABLE_TO_LOAD_DOCUMENT",
    ),
    "field too long": (
        {"customFields": {"textCustomFields": [{"name": "a", "value": "x" * 101}]}},
        "INVALID_REQUEST_PARAMETER",
    ),
}


@pytest.mark.parametrize("case", UNSENDABLE)
def test_what_cannot_be_sent_is_refused_and_leaves_nothing(api: Api, docusign: Emulator, case: str) -> None:
    more, code = UNSENDABLE[case]
    assert api.refused("POST", "/envelopes", papers.envelope(**more)) == code
    assert docusign.control("GET", "state")["counts"]["envelopes"] == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"documents": []},
            "The Envelope is not Complete. A Complete Envelope Requires Documents, Recipients, Tabs, and",
        ),
        (with_tab(yPosition="-1"), "must be greater than or equal to 0"),
        ({"documents": [{"documentId": "1", "name": "x", "documentBase64": "abc"}]}, "Invalid length for a Base-64"),
        (
            {"recipients": {"signers": [papers.signer("7", "Tina Tenant") | {"email": "x"}]}},
            "The recipient Id follows. 7",
        ),
    ],
)
def test_refusals_use_docusigns_words(api: Api, more: dict[str, Any], words: str) -> None:
    assert words in api.call("POST", "/envelopes", papers.envelope(**more), expect=400)["message"]


# --- what real clients send --------------------------------------------------------------------------------


def test_a_signer_with_a_phone_and_no_address_is_told_by_text(api: Api, docusign: Emulator) -> None:
    person = papers.signer(
        "1", "Tina Tenant", anchor="/tenant/", phoneNumber={"countryCode": "1", "number": "4155550123"}
    )
    envelope_id = api.create(recipients={"signers": [person | {"email": ""}]})

    assert api.recipient(envelope_id, "1")["deliveryMethod"] == "SMS"
    assert [mail["to"] for mail in docusign.control("GET", "mail")["mail"]] == ["+14155550123"]


def test_a_routing_order_of_zero_is_taken(api: Api) -> None:
    envelope_id = api.create(recipients={"signers": [papers.signer("1", "Tina Tenant", order=0, anchor="/tenant/")]})
    assert api.recipient(envelope_id, "1")["routingOrder"] == "0"


def test_an_exported_template_comes_in_under_a_new_id(api: Api) -> None:
    template = {"name": "Rules", "documents": [papers.document()], "emailSubject": "Rules"}
    first = api.call("POST", "/templates", template, expect=201)["templateId"]
    second = api.call("POST", "/templates", template | {"templateId": first}, expect=201)["templateId"]
    assert second != first


def test_a_place_that_a_condition_fills_needs_no_address_yet(api: Api) -> None:
    rules = {"conditionalRecipients": [{"recipientId": "2", "order": "1", "recipientGroup": {"recipients": []}}]}
    steps = [
        {
            "action": "pause_before",
            "triggerOnItem": "routing_order",
            "itemId": "2",
            "recipientRouting": {"rules": rules},
        }
    ]
    people = [
        papers.signer("1", "Tina Tenant", anchor="/tenant/"),
        {"recipientId": "2", "roleName": "owner", "routingOrder": "2"},
    ]
    envelope_id = api.create(recipients={"signers": people}, workflow={"workflowSteps": steps})
    assert api.status(envelope_id) == "sent"


# --- whose envelope ----------------------------------------------------------------------------------------


def test_an_envelope_is_its_senders_and_the_administrators(api: Api, docusign: Emulator) -> None:
    """A colleague neither reads, lists, voids nor moves what the administrator sent; theirs the administrator sees."""
    colleague = Api(docusign, docusign.credentials["second_user_id"])
    docusign.control("PUT", "consent", {"granted": True, "userId": colleague.user_id})
    envelope_id, own = api.create(), colleague.create()
    since = {"from_date": "2020-01-01"}

    for method, path, body in (
        ("GET", "", None),
        ("GET", "/recipients", None),
        ("GET", "/audit_events", None),
        ("PUT", "", {"status": "voided", "voidedReason": "x"}),
        ("POST", "/views/recipient", {"returnUrl": "http://localhost/", "authenticationMethod": "none"}),
    ):
        code = colleague.refused(method, f"/envelopes/{envelope_id}{path}", body, status=404)
        assert code == "ENVELOPE_DOES_NOT_EXIST"
    assert colleague.refused("PUT", "/folders/recyclebin", {"envelopeIds": [envelope_id]}) == "ENVELOPE_DOES_NOT_EXIST"
    assert [one["envelopeId"] for one in colleague.get("/envelopes", **since)["envelopes"]] == [own]
    assert {one["envelopeId"] for one in api.get("/envelopes", **since)["envelopes"]} == {envelope_id, own}
    assert api.status(own) == api.status(envelope_id) == "sent"


def test_a_missing_anchor_may_be_ignored(api: Api) -> None:
    person = papers.signer("1", "Tina Tenant") | {
        "tabs": {"signHereTabs": [{"anchorString": "/nowhere/", "anchorIgnoreIfNotPresent": "true"}]}
    }
    envelope_id = api.create(recipients={"signers": [person]})
    assert api.get(f"/envelopes/{envelope_id}/recipients/1/tabs") == {}


def test_an_anchor_gives_a_tab_wherever_it_stands(api: Api) -> None:
    documents = [papers.document("/initial/", "/initial/"), papers.document("/initial/", id="2")]
    person = papers.signer("1", "Tina Tenant") | {"tabs": {"initialHereTabs": [{"anchorString": "/initial/"}]}}
    envelope_id = api.create(documents=documents, recipients={"signers": [person]})
    tabs = api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")["initialHereTabs"]
    assert [(tab["documentId"], tab["pageNumber"]) for tab in tabs] == [("1", "2"), ("1", "2"), ("2", "2")]


def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    assert api.refused("POST", "/envelopes", b"{") == "INVALID_REQUEST_BODY"


def test_a_stranger_to_the_account_is_turned_away(api: Api) -> None:
    api.account_id = "00000000-0000-4000-8000-000000000000"
    assert api.refused("GET", "/envelopes", status=401) == "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT"


def test_an_unknown_envelope_is_not_found(api: Api) -> None:
    unknown = "/envelopes/00000000-0000-4000-8000-000000000000"
    assert api.refused("GET", unknown, status=404) == "ENVELOPE_DOES_NOT_EXIST"


def test_a_definition_may_come_in_parts(api: Api) -> None:
    body = papers.envelope(status="created")
    pdf, body["documents"] = papers.lease("/tenant/", "/landlord/"), [{"documentId": "1", "name": "Lease.pdf"}]
    parts = [
        b"--edge\r\nContent-Type: application/json\r\nContent-Disposition: form-data\r\n\r\n"
        + json.dumps(body).encode(),
        b"--edge\r\nContent-Type: application/pdf\r\nContent-Disposition: file; documentid=1\r\n\r\n" + pdf,
        b"--edge--\r\n",
    ]
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    made = api.call("POST", "/envelopes", b"\r\n".join(parts), headers=headers, expect=201)
    assert api.pdf(made["envelopeId"], "1") == pdf
