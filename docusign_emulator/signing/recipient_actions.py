"""Doing for a recipient, by the control API, exactly what they would do on the signing page."""

from __future__ import annotations

from docusign_emulator.envelopes import agents_and_editors, checks, lifecycle, model, payments
from docusign_emulator.envelopes.checks import Check
from docusign_emulator.envelopes.model import IN_PROGRESS, Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError, no_such_envelope, no_such_recipient, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.signing import identity_checks, session_actions
from docusign_emulator.storage.store import Store

# What is failed by the actions for it.
_FAILURES = {"access_code_failed": "access_code", "phone_code_failed": "phone", "id_check_failed": "identity"}
_TEXTS = ("sms_opt_out", "sms_opt_in")
ACTIONS = ("view", "sign", "decline", *_FAILURES, "autorespond", "finish_later", "reassign", *_TEXTS)


def act(store: Store, wanted: Json) -> Json:
    """Carry out one action. Raises ApiError when it is not their turn, and NotYet when tabs are missing."""
    envelope, person = _found(store, wanted)
    action = wanted.get("action")
    if action not in ACTIONS:
        raise ApiError("INVALID_REQUEST_PARAMETER", f"action is one of {', '.join(ACTIONS)}.")
    _check_turn(envelope, person)
    reason = str(wanted.get("reason") or "")
    if action in ("view", "sign", "decline", "finish_later", "reassign"):
        identity_checks.prove_all(store, envelope, person)
    match action:
        case "view":
            lifecycle.viewed(store, envelope, person)
        case "sign":
            _sign(store, envelope, person, wanted)
        case "decline":
            lifecycle.viewed(store, envelope, person)
            if not person.finished:  # a certified delivery is done by viewing
                lifecycle.declined(store, envelope, person, reason or "No reason given.")
        case "access_code_failed" | "phone_code_failed" | "id_check_failed":
            lifecycle.authentication_failed(store, envelope, person, _asked(store, person, _FAILURES[action]))
        case "autorespond":
            lifecycle.autoresponded(store, envelope, person, reason or "Mailbox unavailable.")
        case "sms_opt_out" | "sms_opt_in":
            lifecycle.texts_wanted(store, envelope, person, wanted=action == "sms_opt_in")
        case "finish_later":
            lifecycle.finish_later(store, envelope, person)
        case "reassign":
            session_actions.hand_over(store, envelope, person, wanted | {"reason": reason or "No reason given."})
    return {"envelopeId": envelope.id, "status": envelope.status, "recipientStatus": person.status}


def _sign(store: Store, envelope: Envelope, person: Recipient, wanted: Json) -> None:
    """View, agree, enter, sign. Values are named by tab label (or group name)."""
    lifecycle.viewed(store, envelope, person)
    if person.finished:  # a certified delivery is done by viewing
        return
    if not person.signs:
        agents_and_editors.name(store, envelope, person, formats.children(wanted, "people"))
        lifecycle.finished(store, envelope, person, "Approved")
        return
    person.consented_at = person.consented_at or store.now()
    signature = wanted.get("signature") or {"name": wanted.get("name") or person.name}
    given = formats.child(wanted, "values")
    entered: Json = {}
    for key, tab in person.all_tabs():
        label = tab.get("groupName") if key == "radioGroupTabs" else tab.get("tabLabel")
        if label in given:
            entered[tab["tabId"]] = given[label]
    payment = formats.child(wanted, "payment") or _good_payment(person)
    session_actions.complete(store, envelope, person, signature, entered, {}, payment)


def _good_payment(person: Recipient) -> Json:
    """By a card, or from a bank account where the sender takes no cards."""
    asked = [tab["paymentDetails"] for tab in payments.tabs_of(person)]
    methods = [method for details in asked for method in formats.texts(details, "allowedPaymentMethods")]
    if methods and "CreditCard" not in methods:
        return {"method": methods[0], "number": payments.GOOD_ACCOUNT}
    return {"method": "CreditCard", "number": payments.GOOD_CARD}


def _check_turn(envelope: Envelope, person: Recipient) -> None:
    if envelope.status not in IN_PROGRESS:
        raise wrong_status(f"The envelope is {envelope.status}.")
    if person.status == "created":
        raise ApiError("RECIPIENT_NOT_IN_SEQUENCE", f"It is not yet {person.name}'s turn.")
    if person.finished:
        raise wrong_status(f"{person.name} has already finished.")


def _asked(store: Store, person: Recipient, kind: str) -> Check:
    """The check of that kind; an access code can be got wrong by anybody, as it always could here."""
    if kind == checks.ACCESS_CODE.kind:
        return checks.ACCESS_CODE
    found = next((check for check in checks.asked(store, person) if check.kind == kind), None)
    if found is None:
        raise ApiError("INVALID_REQUEST_PARAMETER", f"{person.name} is not asked for that.")
    return found


def _found(store: Store, wanted: Json) -> tuple[Envelope, Recipient]:
    envelope = model.load(store, str(wanted.get("envelopeId") or ""))
    if envelope is None:
        raise no_such_envelope()
    person = envelope.recipient(str(wanted.get("recipientId") or ""))
    if person is None:
        raise no_such_recipient(str(wanted.get("recipientId"))[:50])
    return envelope, person
