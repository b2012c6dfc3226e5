"""Recipients: every kind of them, changed before and after sending."""

from __future__ import annotations

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json
from docusign_emulator.tests.server import Emulator

TENANT = papers.signer("1", "Tina Tenant", anchor="/tenant/")
LANDLORD = papers.signer("2", "Larry Landlord", order=2, anchor="/landlord/")


def people(**lists: list[Json]) -> Json:
    return {"recipients": lists}


def test_a_certified_delivery_is_done_by_looking(api: Api) -> None:
    neighbour = {"recipientId": "5", "name": "Nora Neighbour", "email": "nora@people.example", "routingOrder": "1"}
    envelope_id = api.create(**people(certifiedDeliveries=[neighbour]))
    api.act(envelope_id, "5", "view")
    assert api.status(envelope_id) == "completed"


def test_two_tenants_sign_side_by_side_before_the_landlord(api: Api) -> None:
    second = papers.signer("3", "Tom Tenant")
    envelope_id = api.create(**people(signers=[TENANT, second, LANDLORD]))
    api.act(envelope_id, "3")
    assert api.recipient(envelope_id, "2")["status"] == "created"
    api.docusign.control(
        "POST", "recipients/act", {"envelopeId": envelope_id, "recipientId": "2", "action": "sign"}, expect=409
    )
    api.act(envelope_id, "1")
    assert api.recipient(envelope_id, "2")["status"] == "sent"


def test_somebody_signs_in_person_at_their_host(api: Api) -> None:
    signer = {
        "recipientId": "1",
        "hostName": "Harry Host",
        "hostEmail": "harry@people.example",
        "signerName": "Tina Tenant",
        "routingOrder": "1",
        "tabs": {"signHereTabs": [{"anchorString": "/tenant/"}]},
    }
    envelope_id = api.create(**people(inPersonSigners=[signer]))
    api.complete(envelope_id)
    assert api.get(f"/envelopes/{envelope_id}/recipients")["inPersonSigners"][0]["signerName"] == "Tina Tenant"


@pytest.mark.parametrize("kind", ["editors", "agents", "intermediaries"])
def test_a_go_between_lets_the_next_one_sign(api: Api, kind: str) -> None:
    between = {"recipientId": "9", "name": "Gil Between", "email": "gil@people.example", "routingOrder": "1"}
    envelope_id = api.create(recipients={kind: [between], "signers": [LANDLORD]})
    assert api.recipient(envelope_id, "2")["status"] == "created"
    api.act(envelope_id, "9")
    assert api.recipient(envelope_id, "2")["status"] == "sent"


def test_a_text_message_reaches_who_has_no_email(api: Api, docusign: Emulator) -> None:
    tenant = TENANT | {"email": "", "deliveryMethod": "SMS", "phoneNumber": {"countryCode": "1", "number": "5550100"}}
    api.create(**people(signers=[tenant]))
    mail = docusign.control("GET", "mail")["mail"][0]
    assert (mail["channel"], mail["to"], mail["body"]) == ("sms", "+15550100", "")


def test_an_invitation_may_go_two_ways(api: Api, docusign: Emulator) -> None:
    extra = [{"secondaryDeliveryMethod": "SMS", "phoneNumber": {"countryCode": "44", "number": "7700900000"}}]
    api.create(**people(signers=[TENANT | {"additionalNotifications": extra}]))
    assert [mail["channel"] for mail in docusign.control("GET", "mail")["mail"]] == ["email", "sms"]


def test_one_bad_change_does_not_spoil_the_others(api: Api) -> None:
    envelope_id = api.create(**people(signers=[TENANT, LANDLORD]))
    api.act(envelope_id, "1")
    body = {"signers": [{"recipientId": "1", "name": "Too Late"}, {"recipientId": "2", "name": "Lara Landlord"}]}
    results = api.call("PUT", f"/envelopes/{envelope_id}/recipients", body)["recipientUpdateResults"]
    codes = {one["recipientId"]: one["errorDetails"]["errorCode"] for one in results}
    assert codes == {"1": "RECIPIENT_UPDATE_FAILED", "2": "SUCCESS"}
    assert api.recipient(envelope_id, "2")["name"] == "Lara Landlord"
    assert api.recipient(envelope_id, "1")["name"] == "Tina Tenant"


def test_success_may_also_be_told_by_silence(api: Api, docusign: Emulator) -> None:
    docusign.control("PUT", "switches", {"recipient_success_details": False})
    envelope_id = api.create(**people(signers=[TENANT]))
    body = {"signers": [{"recipientId": "1", "note": "Please hurry"}]}
    results = api.call("PUT", f"/envelopes/{envelope_id}/recipients", body)["recipientUpdateResults"]
    assert "errorDetails" not in results[0]


def test_an_email_in_a_change_is_always_a_new_address(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create(**people(signers=[TENANT]))
    same = {"signers": [{"recipientId": "1", "name": "Tina Tenant", "email": TENANT["email"]}]}
    api.call("PUT", f"/envelopes/{envelope_id}/recipients", same)
    assert [mail["kind"] for mail in docusign.control("GET", "mail?to=tina")["mail"]] == ["invitation", "correction"]


def test_resending_to_one_recipient(api: Api, docusign: Emulator) -> None:
    envelope_id = api.create(**people(signers=[TENANT, papers.signer("3", "Tom Tenant")]))
    api.call("PUT", f"/envelopes/{envelope_id}/recipients", {"signers": [{"recipientId": "3"}]}, resend_envelope="true")
    kinds = [(mail["to"], mail["kind"]) for mail in docusign.control("GET", "mail")["mail"]]
    assert kinds[2:] == [("tom@people.example", "resend")]


def test_tabs_in_a_recipient_change_are_ignored(api: Api) -> None:
    envelope_id = api.create(status="created", **people(signers=[TENANT]))
    tab = {"documentId": "1", "pageNumber": "1", "xPosition": "10", "yPosition": "10", "tabLabel": "extra"}
    body = {"signers": [{"recipientId": "1", "tabs": {"textTabs": [tab]}}]}
    api.call("PUT", f"/envelopes/{envelope_id}/recipients", body)
    assert "textTabs" not in api.get(f"/envelopes/{envelope_id}/recipients/1/tabs")


def test_tabs_are_added_moved_and_taken_away_on_their_own_path(api: Api) -> None:
    envelope_id = api.create(status="created", **people(signers=[TENANT]))
    path = f"/envelopes/{envelope_id}/recipients/1/tabs"
    tab = {"documentId": "1", "pageNumber": "1", "xPosition": "10", "yPosition": "10", "tabLabel": "car"}
    made = api.call("POST", path, {"textTabs": [tab]}, expect=201)["textTabs"][0]
    api.call("PUT", path, {"textTabs": [{"tabId": made["tabId"], "xPosition": "99"}]})
    assert api.get(path)["textTabs"][0]["xPosition"] == "99"
    api.call("DELETE", path, {"textTabs": [{"tabId": made["tabId"]}]})
    assert "textTabs" not in api.get(path)


def test_a_person_is_added_and_removed_before_sending(api: Api) -> None:
    envelope_id = api.create(status="created", **people(signers=[TENANT]))
    path = f"/envelopes/{envelope_id}/recipients"
    api.call("POST", path, {"signers": [papers.signer("7", "Gus Guarantor")]}, expect=201)
    assert api.recipient(envelope_id, "7")["name"] == "Gus Guarantor"
    api.call("DELETE", f"{path}/7")
    assert api.get(path)["recipientCount"] == "1"


def test_no_one_of_a_completed_lease_can_be_changed(api: Api) -> None:
    envelope_id = api.create(**people(signers=[TENANT]))
    api.complete(envelope_id)
    body = {"signers": [{"recipientId": "1", "name": "Else"}]}
    assert api.refused("PUT", f"/envelopes/{envelope_id}/recipients", body) == "ENVELOPE_INVALID_STATUS"


def test_a_bounced_mail_shows_and_a_resend_mends_it(api: Api) -> None:
    envelope_id = api.create(**people(signers=[TENANT]))
    api.act(envelope_id, "1", "autorespond", reason="No such mailbox")
    assert api.recipient(envelope_id, "1")["status"] == "autoresponded"
    api.call("PUT", f"/envelopes/{envelope_id}", {}, resend_envelope="true")
    assert api.recipient(envelope_id, "1")["status"] == "sent"


@pytest.mark.parametrize("when", ["all_recipients", "reached_recipients"])
def test_delivered_means_what_the_switch_says(api: Api, docusign: Emulator, when: str) -> None:
    docusign.control("PUT", "switches", {"delivered_when": when})
    envelope_id = api.create(**people(signers=[TENANT, LANDLORD]))
    api.act(envelope_id, "1", "view")
    assert api.status(envelope_id) == ("delivered" if when == "reached_recipients" else "sent")
    api.act(envelope_id, "1")
    assert api.status(envelope_id) == "sent"
    api.act(envelope_id, "2", "view")
    assert api.status(envelope_id) == "delivered"


def test_a_hundred_recipients_are_the_most(api: Api) -> None:
    many = [papers.signer(str(n), f"Person{n} Many") for n in range(1, 102)]
    assert (
        api.refused("POST", "/envelopes", papers.envelope(**people(signers=many)))
        == "ENVELOPE_RECIPIENTS_LIMIT_EXCEEDED"
    )


@pytest.mark.parametrize(
    "too_long",
    [
        {"name": "x" * 101},
        {"note": "x" * 1001},
        {"accessCode": "1" * 51},
        {"emailNotification": {"emailSubject": "x" * 101}},
        {"emailNotification": {"emailBody": "x" * 10_001}},
        {"customFields": ["short", "x" * 101]},
    ],
)
def test_what_is_said_of_a_recipient_has_its_length(api: Api, too_long: Json) -> None:
    body = papers.envelope(**people(signers=[TENANT | too_long]))
    assert api.refused("POST", "/envelopes", body) == "INVALID_REQUEST_PARAMETER"


def test_a_radio_is_chosen_and_its_group_removed_by_name(api: Api) -> None:
    radios = [{"value": one, "pageNumber": "1", "xPosition": "72", "yPosition": "300"} for one in ("yes", "no")]
    group = {"groupName": "parking", "documentId": "1", "radios": radios}
    tenant = papers.signer("1", "Tina Tenant", tabs={"radioGroupTabs": [group]})
    path = f"/envelopes/{api.create(status='created', recipients={'signers': [tenant]})}/recipients/1/tabs"
    api.call(
        "PUT", path, {"radioGroupTabs": [{"groupName": "parking", "radios": [{"value": "no", "selected": "true"}]}]}
    )
    (kept,) = api.get(path)["radioGroupTabs"]
    assert [(one["value"], one.get("selected")) for one in kept["radios"]] == [("yes", None), ("no", "true")]
    unknown = api.call("PUT", path, {"textTabs": [{"tabId": "7", "value": "x"}]})["textTabs"][0]
    assert unknown["errorDetails"]["errorCode"] == "TAB_DOES_NOT_EXIST"
    api.call("DELETE", path, {"radioGroupTabs": [{"groupName": "parking"}]})
    assert api.get(path) == {}


@pytest.mark.parametrize(
    ("switch", "first"), [("old_address", "tina@people.example"), ("new_address", "right@people.example")]
)
def test_a_bounced_signer_who_is_corrected_and_resent_to_at_once(
    api: Api, docusign: Emulator, switch: str, first: str
) -> None:
    """Integrators report that the mail still goes to the old address; the next one reaches the new one."""
    docusign.control("PUT", "switches", {"bounced_correction_goes_to": switch})
    envelope_id = api.create(recipients={"signers": [papers.signer("1", "Tina Tenant", anchor="/tenant/")]})
    api.act(envelope_id, "1", "autorespond")
    corrected = {"signers": [{"recipientId": "1", "email": "right@people.example"}]}

    def resent() -> list[str]:
        return [mail["to"] for mail in docusign.control("GET", "mail")["mail"] if mail["kind"] == "resend"]

    api.call("PUT", f"/envelopes/{envelope_id}/recipients", corrected, resend_envelope="true")
    assert resent() == [first]
    api.call("PUT", f"/envelopes/{envelope_id}", {}, resend_envelope="true")
    assert resent() == [first, "right@people.example"]
