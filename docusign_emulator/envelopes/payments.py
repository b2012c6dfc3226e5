"""Payments asked for together with a signature, and the gateway of the emulator's account, which moves no money.

A formula tab with `paymentDetails` asks for its value, in the smallest unit of the currency. Who signs pays by a test
card or a test bank account; they are charged when the envelope is completed.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/tabs/payment/
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from docusign_emulator.envelopes import audit
from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import invalid_parameter
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.account import Account
from docusign_emulator.storage.store import Store

CURRENCIES = {"AUD": "A$", "CAD": "CA$", "EUR": "€", "GBP": "£", "USD": "$"}
METHODS = ("CreditCard", "BankAccount", "ApplePay", "AndroidPay")
OPTIONS = ("authorize", "save", "save_and_authorize")
KIND = "payment"
# Test numbers, as the processor that Docusign's examples name has them, and why each is refused; None: it is not.
# https://docs.stripe.com/testing
CARDS: dict[str, str | None] = {
    "4242424242424242": None,
    "5555555555554444": None,
    "378282246310005": None,
    "4000000000000341": None,  # authorized, and refused when it is charged
    "4000000000000002": "The card was declined.",
    "4000000000009995": "The card has insufficient funds.",
    "4000000000000069": "The card has expired.",
    "4000000000000127": "The security code is wrong.",
}
GOOD_CARD, FAILS_LATER = "4242424242424242", "4000000000000341"
BANK_ACCOUNTS: dict[str, str | None] = {
    "000123456789": None,
    "000111111113": "The bank account is closed.",
    "000111111116": "The bank account could not be found.",
}
GOOD_ACCOUNT = "000123456789"


class PaymentRefused(Exception):
    """The gateway takes no money from that card or account; the message says why, for who pays."""


@dataclass(frozen=True)
class Due:
    """What one payment tab asks for now. `amount`: in the smallest unit of the currency."""

    tab: Json
    amount: int

    @property
    def details(self) -> Json:
        found: Json = self.tab["paymentDetails"]
        return found

    @property
    def currency(self) -> str:
        return formats.text(self.details.get("currencyCode")).upper() or "USD"


def gateway(account: Account) -> Json:
    """The gateway as `payment_gateway_accounts` lists it."""
    return {
        "paymentGatewayAccountId": account.payment_gateway_id,
        "paymentGateway": "Stripe",
        "paymentGatewayDisplayName": "Stripe",
        "displayName": "Payments (emulated)",
        "isEnabled": "true",
        "isLegacy": "false",
        "allowCustomMetadata": False,
        "supportedCurrencies": list(CURRENCIES),
        "zeroDecimalCurrencies": [],
        "supportedPaymentMethods": list(METHODS[:2]),
        "supportedPaymentMethodsWithOptions": [
            {"type": method, "supportedCurrencies": list(CURRENCIES), "supportedOptions": list(OPTIONS)}
            for method in METHODS[:2]
        ],
        "config": {"credentialStatus": "valid"},
    }


def tabs_of(person: Recipient) -> list[Json]:
    """The payment tabs of a recipient."""
    return [tab for tab in person.tabs.get("formulaTabs", []) if formats.child(tab, "paymentDetails")]


def check_sendable(store: Store, envelope: Envelope) -> None:
    """Every payment can be taken. Raises ApiError for the first that cannot, and marks the others as new."""
    labels = {tab.get("tabLabel") for person in envelope.recipients for _, tab in person.all_tabs()}
    for person in envelope.recipients:
        for tab in tabs_of(person):
            details = tab["paymentDetails"]
            _check(store, person, details)
            for item in formats.children(details, "lineItems"):
                if item.get("amountReference") and item["amountReference"] not in labels:
                    raise invalid_parameter(f"amountReference {item['amountReference']!r} is the label of no tab.")
            own = gateway(store.account)
            details |= {"status": "new", "gatewayName": own["paymentGateway"]}
            details.setdefault("gatewayDisplayName", own["paymentGatewayDisplayName"])
            details.setdefault("paymentOption", OPTIONS[0])


def due(person: Recipient) -> list[Due]:
    """What the recipient has to pay to finish, with the values their tabs have now."""
    found = []
    for tab in tabs_of(person):
        amount = round(float(formats.text(tab.get("value")) or 0))
        if amount > 0 and tab["paymentDetails"].get("status") in (None, "new"):
            found.append(Due(tab, amount))
    return found


def shown(person: Recipient) -> Json:
    """What the signing page says of it: the total, and what it is for."""
    asked = due(person)
    labels = {tab.get("tabLabel"): formats.text(tab.get("value")) for _, tab in person.all_tabs()}
    first = asked[0]
    items = [item for one in asked for item in formats.children(one.details, "lineItems")]
    methods = formats.texts(first.details, "allowedPaymentMethods") or list(METHODS[:2])
    return {
        "total": money(sum(one.amount for one in asked), first.currency),
        "items": [
            {"name": formats.text(item.get("name")), "description": formats.text(item.get("description")),
             "amount": labels.get(item.get("amountReference"), "")}
            for item in items
        ],
        "methods": [method for method in METHODS[:2] if method in methods] or list(METHODS[:1]),
        "saves": any(one.details.get("paymentOption") != OPTIONS[0] for one in asked),
    }  # fmt: skip


def money(amount: int, currency: str) -> str:
    """An amount in the smallest unit, for people."""
    return f"{CURRENCIES.get(currency, currency + ' ')}{amount / 100:,.2f}"


def authorize(store: Store, envelope: Envelope, person: Recipient, given: Json) -> None:
    """Take the payments that are due from a card or an account. Raises PaymentRefused; then nothing was taken.

    given: {"method": "CreditCard" or "BankAccount", "number": its test number}.
    """
    method, number = formats.text(given.get("method")) or METHODS[0], "".join(formats.text(given.get("number")).split())
    known = CARDS if method == METHODS[0] else BANK_ACCOUNTS
    if number not in known:
        raise PaymentRefused("This is a rehearsal, which takes test numbers only, such as 4242 4242 4242 4242.")
    if refusal := known[number]:
        raise PaymentRefused(refusal)
    for one in due(person):
        allowed = formats.texts(one.details, "allowedPaymentMethods") or METHODS
        if method not in allowed:
            raise PaymentRefused(f"The sender takes no {'card' if method == METHODS[0] else 'bank account'}.")
        one.details["signerValues"] = {"paymentOption": one.details.get("paymentOption", OPTIONS[0])}
        if one.details.get("paymentOption") in OPTIONS[1:]:
            source = f"src_{uuid.uuid4().hex[:16]}"
            one.details.update({"customerId": f"cus_{person.guid[:8]}", "paymentSourceId": source})
        if one.details.get("paymentOption") == "save":
            one.details["status"] = "future_payment_saved"
            continue
        one.details.update({"status": "auth_complete", "chargeId": str(uuid.uuid4())})
        _keep(store, envelope, person, one, method, number)
    words = f"{person.name} authorized a payment."
    audit.note(store, envelope, "Payment Authorized", words, by=person, source="Web")


def capture(store: Store, envelope: Envelope) -> None:
    """Charge what was authorized: everyone has finished."""
    for person in envelope.recipients:
        for tab in tabs_of(person):
            details = tab["paymentDetails"]
            known = store.record(KIND, formats.text(details.get("chargeId"))) if details.get("chargeId") else None
            if known is None or details.get("status") != "auth_complete":
                continue
            details["status"] = "payment_capture_failed" if known["number"] == FAILS_LATER[-4:] else "payment_complete"
            details["total"] = {
                "amountInBaseUnit": str(known["amount"]),
                "currency": known["currency"],
                "displayAmount": money(known["amount"], known["currency"]),
            }
            store.keep(KIND, known["chargeId"], known | {"status": details["status"]})


def _keep(store: Store, envelope: Envelope, person: Recipient, one: Due, method: str, number: str) -> None:
    charge = formats.text(one.details["chargeId"])
    store.keep(
        KIND,
        charge,
        {
            "chargeId": charge,
            "envelopeId": envelope.id,
            "recipientId": person.recipient_id,
            "amount": one.amount,
            "currency": one.currency,
            "method": method,
            "number": number[-4:],
            "status": "auth_complete",
            "at": store.now(),
        },
    )


def _check(store: Store, person: Recipient, details: Json) -> None:
    if formats.text(details.get("gatewayAccountId")).lower() != store.account.payment_gateway_id:
        raise invalid_parameter("gatewayAccountId is no payment gateway of this account.")
    if formats.text(details.get("currencyCode")).upper() not in CURRENCIES:
        raise invalid_parameter(f"currencyCode is one of {', '.join(CURRENCIES)}.")
    if formats.text(details.get("paymentOption") or OPTIONS[0]) not in OPTIONS:
        raise invalid_parameter(f"paymentOption is one of {', '.join(OPTIONS)}.")
    methods = formats.texts(details, "allowedPaymentMethods")
    if strange := [one for one in methods if one not in METHODS]:
        raise invalid_parameter(f"allowedPaymentMethods knows no {strange[0][:30]!r}.")
    if person.kind == "inPersonSigners" and "BankAccount" in methods:
        raise invalid_parameter("Who signs in person cannot pay from a bank account.")
