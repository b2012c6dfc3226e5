"""A deposit is paid while signing: amounts, test cards, refusals, charging at the end, and who is told."""

from __future__ import annotations

import json

import pytest

from docusign_emulator.tests import papers
from docusign_emulator.tests.conftest import Api, Json, Listener
from docusign_emulator.tests.server import Emulator

PLACE = {"documentId": "1", "pageNumber": "1", "xPosition": "10", "yPosition": "10"}


def deposit(api: Api, value: str = "1200.50", **details: object) -> Json:
    """A tenant who pays a deposit; then the landlord, who pays nothing."""
    asked = {
        "gatewayAccountId": api.docusign.credentials["payment_gateway_id"],
        "currencyCode": "USD",
        "lineItems": [{"name": "Deposit", "description": "one month", "amountReference": "deposit"}],
    } | details
    tabs = {
        "formulaTabs": [PLACE | {"tabLabel": "pay", "formula": "[deposit] * 100", "paymentDetails": asked}],
        "numberTabs": [PLACE | {"tabLabel": "deposit", "value": value, "locked": "true"}],
        "signHereTabs": [{"anchorString": "/tenant/"}],
    }
    people = [
        papers.signer("1", "Tina Tenant", tabs=tabs),
        papers.signer("2", "Larry Landlord", order=2, anchor="/landlord/"),
    ]
    return papers.envelope(recipients={"signers": people})


def details(api: Api, envelope: str) -> Json:
    found: Json = api.recipient(envelope, "1", tabs=True)["tabs"]["formulaTabs"][0]["paymentDetails"]
    return found


def test_a_deposit_is_authorized_at_signing_and_charged_when_everyone_has_signed(api: Api, docusign: Emulator) -> None:
    envelope = api.create(deposit(api))
    assert details(api, envelope)["status"] == "new"
    api.act(envelope, "1", "sign")
    assert details(api, envelope)["status"] == "auth_complete"
    assert "total" not in details(api, envelope)
    api.act(envelope, "2", "sign")
    paid = details(api, envelope)
    assert paid["status"] == "payment_complete"
    assert paid["total"] == {"amountInBaseUnit": "120050", "currency": "USD", "displayAmount": "$1,200.50"}
    (charge,) = docusign.control("GET", f"payments?envelopeId={envelope}")["payments"]
    assert (charge["amount"], charge["status"], charge["number"]) == (120050, "payment_complete", "4242")
    assert charge["chargeId"] == paid["chargeId"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("4000 0000 0000 0002", "declined"),
        ("4000000000009995", "insufficient funds"),
        ("4000000000000069", "expired"),
        ("4111111111111111", "test numbers only"),
        ("", "test numbers only"),
    ],
)
def test_a_refused_card_leaves_the_documents_unsigned(api: Api, docusign: Emulator, number: str, words: str) -> None:
    envelope = api.create(deposit(api))
    body = {"envelopeId": envelope, "recipientId": "1", "action": "sign"}
    payment = {"payment": {"number": number, "method": "CreditCard"}}
    assert words in docusign.control("POST", "recipients/act", body | payment, expect=409)["error"]
    assert api.recipient(envelope, "1")["status"] == "sent"
    assert docusign.control("GET", "payments")["payments"] == []


def test_a_card_may_fail_when_it_is_charged(api: Api) -> None:
    envelope = api.create(deposit(api))
    api.act(envelope, "1", "sign", payment={"method": "CreditCard", "number": "4000000000000341"})
    api.act(envelope, "2", "sign")
    assert details(api, envelope)["status"] == "payment_capture_failed"
    assert api.status(envelope) == "completed"


def test_a_voided_envelope_charges_nobody(api: Api, docusign: Emulator) -> None:
    envelope = api.create(deposit(api))
    api.act(envelope, "1", "sign")
    api.call("PUT", f"/envelopes/{envelope}", {"status": "voided", "voidedReason": "Wrong unit"})
    assert [one["status"] for one in docusign.control("GET", "payments")["payments"]] == ["auth_complete"]


def test_a_way_of_paying_is_kept_for_later(api: Api, docusign: Emulator) -> None:
    envelope = api.create(deposit(api, paymentOption="save"))
    api.act(envelope, "1", "sign")
    kept = details(api, envelope)
    assert (kept["status"], kept["paymentSourceId"][:4], kept["customerId"][:4]) == (
        "future_payment_saved",
        "src_",
        "cus_",
    )
    assert docusign.control("GET", "payments")["payments"] == []


def test_nothing_is_asked_for_when_nothing_is_due(api: Api, docusign: Emulator) -> None:
    envelope = api.create(deposit(api, value="0"))
    api.act(envelope, "1", "sign")
    assert details(api, envelope)["status"] == "new"
    assert docusign.control("GET", "payments")["payments"] == []


def test_the_signing_page_asks_for_what_is_due(api: Api, docusign: Emulator) -> None:
    envelope = api.create(deposit(api))
    link = docusign.control("GET", f"mail?envelopeId={envelope}")["mail"][0]["link"].removeprefix(docusign.base)
    session = docusign.http("GET", link).headers["location"]
    docusign.http("POST", f"{session}/consent", body="{}")
    asked = docusign.http("POST", f"{session}/finish", body=json.dumps({"signature": {"name": "Tina Tenant"}}))
    told = json.loads(asked.data)
    assert (asked.status, told["message"]) == (422, "Please pay $1,200.50 to finish.")
    assert told["payment"]["items"] == [{"name": "Deposit", "description": "one month", "amount": "1200.50"}]
    pay = {"signature": {"name": "Tina Tenant"}, "payment": {"method": "BankAccount", "number": "000123456789"}}
    assert docusign.http("POST", f"{session}/finish", body=json.dumps(pay)).status == 200
    assert details(api, envelope)["status"] == "auth_complete"


@pytest.mark.parametrize(
    "wrong",
    [
        {"gatewayAccountId": "00000000-0000-4000-8000-000000000000"},
        {"currencyCode": "JPY"},
        {"paymentOption": "steal"},
        {"allowedPaymentMethods": ["Gold"]},
        {"lineItems": [{"name": "x", "amountReference": "nowhere"}]},
    ],
)
def test_a_payment_that_cannot_be_taken_is_refused_when_sending(api: Api, wrong: Json) -> None:
    assert api.refused("POST", "/envelopes", deposit(api, **wrong)) == "INVALID_REQUEST_PARAMETER"


def test_a_bank_account_alone_is_what_the_sender_takes(api: Api, docusign: Emulator) -> None:
    envelope = api.create(deposit(api, allowedPaymentMethods=["BankAccount"]))
    body = {"envelopeId": envelope, "recipientId": "1", "action": "sign"}
    card = {"payment": {"method": "CreditCard", "number": "4242424242424242"}}
    assert "takes no card" in docusign.control("POST", "recipients/act", body | card, expect=409)["error"]
    api.act(envelope, "1", "sign")
    assert docusign.control("GET", "payments")["payments"][0]["method"] == "BankAccount"


def test_connect_tells_of_payments_alone_when_asked(api: Api, listener: Listener) -> None:
    data = {"version": "restv2.1", "format": "json", "includeData": ["payment_tabs"]}
    hook = {"url": listener.url, "events": ["envelope-completed"], "eventData": data}
    envelope = api.create(deposit(api) | {"eventNotification": hook})
    api.act(envelope, "1", "sign")
    api.act(envelope, "2", "sign")
    listener.wait_for(1)
    tenant, landlord = listener.received[0].json["data"]["envelopeSummary"]["recipients"]["signers"]
    assert list(tenant["tabs"]) == ["formulaTabs"]
    assert tenant["tabs"]["formulaTabs"][0]["paymentDetails"]["status"] == "payment_complete"
    assert "tabs" not in landlord


def test_the_gateway_is_listed_for_who_sets_up_a_payment(api: Api, docusign: Emulator) -> None:
    (gateway,) = api.get("/payment_gateway_accounts")["paymentGatewayAccounts"]
    assert gateway["paymentGatewayAccountId"] == docusign.credentials["payment_gateway_id"]
    assert gateway["supportedPaymentMethods"] == ["CreditCard", "BankAccount"]


def test_formulas_are_made_of_each_other_in_any_order_and_rounded(api: Api) -> None:
    formulas = [
        PLACE | {"tabLabel": "total", "formula": "[month] * 12", "roundDecimalPlaces": "2"},
        PLACE | {"tabLabel": "month", "formula": "[rent] + [parking]"},
    ]
    numbers = [PLACE | {"tabLabel": "rent", "value": "123456.7"}, PLACE | {"tabLabel": "parking", "value": "80"}]
    tenant = papers.signer("1", "Tina Tenant", anchor="/tenant/")
    tenant["tabs"] |= {"formulaTabs": formulas, "numberTabs": numbers}
    envelope = api.create(papers.envelope(recipients={"signers": [tenant]}))
    api.act(envelope, "1", "sign")
    values = {one["name"]: one["value"] for one in api.get(f"/envelopes/{envelope}/form_data")["formData"]}
    assert (values["month"], values["total"]) == ("123536.7", "1482440.40")
