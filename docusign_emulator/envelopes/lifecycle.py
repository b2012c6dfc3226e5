"""What happens to an envelope: sent, viewed, signed, declined, voided, expired.

The only place where an envelope or a recipient changes status. The REST API, the signing page and the control
API all come through here, so that a lease signed by a test is signed exactly as by a person.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/envelopes/status-codes/
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from docusign_emulator.connect import messages
from docusign_emulator.envelopes import audit, checks, mails, notification, payments, people, signing_groups, workflow
from docusign_emulator.envelopes.checks import Check
from docusign_emulator.envelopes.model import IN_PROGRESS, Envelope, Recipient, save
from docusign_emulator.protocol.errors import ApiError, incomplete, invalid_parameter, wrong_status
from docusign_emulator.protocol.formats import Json, truth
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

MAX_SUBJECT = 100


def send(store: Store, envelope: Envelope, by: User) -> None:
    """Start the signing: the first routing order is told. Raises ApiError when something is missing.

    Roles of a template that no one was put in are left out.
    """
    if envelope.template_ids:
        envelope.recipients = [
            person
            for person in envelope.recipients
            if person.name or person.email or not person.role or people.named_later(envelope, person)
        ]
    _check_complete(store, envelope)
    now = store.now()
    envelope.sent_at = envelope.sent_at or now
    _turn(envelope, "sent", now)
    envelope.folder = "sentitems"
    notification.schedule(store, envelope)
    save(store, envelope)
    audit.note(store, envelope, "Sent Invitations", f"{by.name} sent the envelope.", by=by)
    messages.emit(store, envelope, "envelope-sent")
    workflow.begin(store, envelope)
    route(store, envelope)


def route(store: Store, envelope: Envelope) -> None:
    """Tell those whose turn it is, and complete the envelope when no one is left."""
    while envelope.status in IN_PROGRESS:
        order = envelope.current_order
        if order is None:
            _complete(store, envelope)
            return
        turn = [person for person in envelope.recipients if person.order == order and person.status == "created"]
        if turn and workflow.stops_before(store, envelope, order):
            break
        for person in turn:
            _notify(store, envelope, person)
        if not any(person.finished for person in turn):
            break
    _settle_delivered(store, envelope)
    save(store, envelope)


def viewed(store: Store, envelope: Envelope, person: Recipient, *, source: str = "Web") -> None:
    """The person has the documents in front of them. A certified delivery is completed by it."""
    audit.note(store, envelope, "Viewed", f"{person.name} viewed the envelope.", by=person, source=source)
    if person.finished or envelope.status not in IN_PROGRESS:
        return
    if person.status != "delivered":
        person.status, person.delivered_at = "delivered", store.now()
        before = envelope.status
        _settle_delivered(store, envelope)
        save(store, envelope)
        messages.emit(store, envelope, "recipient-delivered", person)
        if envelope.status == "delivered" != before:
            messages.emit(store, envelope, "envelope-delivered")
    if person.kind == "certifiedDeliveries":
        finished(store, envelope, person, "Viewed")


def signed(store: Store, envelope: Envelope, person: Recipient, signature: Json | None) -> None:
    """The person has finished: their tabs hold what they entered."""
    person.signature = signature or person.signature
    finished(store, envelope, person, "Signed" if person.signs else "Approved")


def finished(store: Store, envelope: Envelope, person: Recipient, action: str) -> None:
    """One recipient is done, and the envelope goes on to the next or is completed."""
    now = store.now()
    person.delivered_at = person.delivered_at or now
    person.status, person.signed_at = "completed", now
    person.completed_count += 1
    save(store, envelope)
    audit.note(store, envelope, action, f"{person.name} {action.lower()} the envelope.", by=person, source="Web")
    messages.emit(store, envelope, "recipient-completed", person)
    route(store, envelope)


def declined(store: Store, envelope: Envelope, person: Recipient, reason: str) -> None:
    """One refusal ends the envelope for everyone. Raises ApiError when it has ended, or they are done."""
    if envelope.status not in IN_PROGRESS or person.finished:
        raise wrong_status(
            f"The envelope is {envelope.status} and {person.name} is {person.status}: too late to decline."
        )
    now = store.now()
    person.status, person.declined_at, person.declined_reason = "declined", now, reason
    _turn(envelope, "declined", now)
    envelope.declined_at = now
    _stop(store, envelope)
    save(store, envelope)
    audit.note(store, envelope, "Declined", f"{person.name} declined: {reason}", by=person, source="Web")
    messages.emit(store, envelope, "recipient-declined", person)
    messages.emit(store, envelope, "envelope-declined")
    mails.to_sender(store, envelope, _sender(store, envelope), "declined", f"{person.name} declined: {reason}")
    _tell_the_notified(store, envelope, "declined", f"{person.name} declined to sign.", but=person)


def void(store: Store, envelope: Envelope, reason: str, by: User | None) -> None:
    """End it from the sender's side (or, without `by`, because it expired). Raises ApiError unless in progress."""
    if envelope.status not in (*IN_PROGRESS, "correct"):
        raise ApiError(
            "ENVELOPE_CANNOT_VOID_INVALID_STATE",
            "Only envelopes in the 'Sent' or 'Delivered' states may be voided.",
        )
    if not reason.strip():
        raise ApiError("INVALID_REQUEST_PARAMETER", "voidedReason is required to void an envelope.")
    longest = store.switches["void_reason_length"]
    if longest and len(reason) > longest:
        raise ApiError("INVALID_REQUEST_PARAMETER", f"voidedReason may have {longest} characters.")
    now = store.now()
    _turn(envelope, "voided", now)
    envelope.voided_at, envelope.voided_reason = now, reason
    _stop(store, envelope)
    save(store, envelope)
    who = by.name if by else "Docusign"
    audit.note(store, envelope, "Voided", f"{who} voided the envelope: {reason}", by=by, source="API")
    messages.emit(store, envelope, "envelope-voided")
    _tell_the_notified(store, envelope, "voided" if by else "expired", reason)


def expire(store: Store, envelope: Envelope) -> None:
    """The last day has passed. Nothing happens to an envelope already ended."""
    if envelope.status in (*IN_PROGRESS, "correct"):
        void(store, envelope, "Envelope has expired.", None)
        mails.to_sender(store, envelope, _sender(store, envelope), "expired", "Not everyone signed in time.")


def resend(
    store: Store,
    envelope: Envelope,
    chosen: list[Recipient] | None = None,
    addresses: Mapping[str, str] = MappingProxyType({}),
) -> list[Recipient]:
    """Write again to those whose turn it is, or to the `chosen` among them. Answers who was written to.

    `addresses`: where to write to some of them, by recipientId, instead of to their own address.
    """
    if envelope.final and store.switches["resend_of_final"] == "edit_lock":
        raise ApiError("EDIT_LOCK_INVALID_STATE_FOR_LOCK", "The envelope is in no state that allows a lock.")
    if envelope.status not in IN_PROGRESS:
        raise wrong_status("Only an envelope that is sent or delivered can be sent again.")
    current = [
        person
        for person in envelope.recipients
        if person.status in ("sent", "delivered", "autoresponded") and (chosen is None or person in chosen)
    ]
    for person in current:
        if person.status == "autoresponded":
            person.status, person.autoresponded_reason = "sent", None
        to = replace(person, email=addresses.get(person.recipient_id, person.email))
        mails.to_recipient(store, envelope, to, "resend")
    save(store, envelope)
    audit.note(store, envelope, "Resent", f"Sent again to {', '.join(p.name for p in current) or 'no one'}.")
    messages.emit(store, envelope, "envelope-resent")
    for person in current:
        messages.emit(store, envelope, "recipient-resent", person)
    return current


def resume(store: Store, envelope: Envelope) -> None:
    """What paused it is over."""
    workflow.resume(store, envelope)
    save(store, envelope)
    route(store, envelope)


def remind(store: Store, envelope: Envelope) -> list[Recipient]:
    waiting = [person for person in envelope.recipients if person.status in ("sent", "delivered")]
    for person in waiting:
        mails.to_recipient(store, envelope, person, "reminder")
    if waiting:
        messages.emit(store, envelope, "envelope-reminder-sent")
    return waiting


def warn_of_expiry(store: Store, envelope: Envelope) -> None:
    for person in envelope.recipients:
        if person.status in ("sent", "delivered"):
            mails.to_recipient(store, envelope, person, "expiry_warning", body=f"It expires on {envelope.expires_at}.")


def authentication_failed(store: Store, envelope: Envelope, person: Recipient, check: Check) -> None:
    """They could not prove what was asked; they may try again by a new link."""
    _authentication(store, envelope, person, check, "Failed", failureDescription=f"{check.name} failed.")
    messages.emit(store, envelope, "recipient-authenticationfailed", person)


def authenticated(store: Store, envelope: Envelope, person: Recipient, check: Check) -> None:
    _authentication(store, envelope, person, check, "Passed")


def _authentication(
    store: Store, envelope: Envelope, person: Recipient, check: Check, status: str, **more: str
) -> None:
    result = {"status": status, "eventTimestamp": store.now()} | more
    person.authentication = (person.authentication or {}) | {check.result: result}
    save(store, envelope)
    words = f"{person.name} {status.lower()}: {check.name}."
    audit.note(store, envelope, f"{check.action} {status}", words, by=person, source="Web")


def autoresponded(store: Store, envelope: Envelope, person: Recipient, reason: str) -> None:
    """The mail system sent the invitation back."""
    if person.status not in ("sent", "delivered"):
        raise wrong_status(f"Recipient {person.recipient_id} is {person.status}: no mail of theirs can bounce.")
    person.status, person.autoresponded_reason = "autoresponded", reason
    save(store, envelope)
    audit.note(store, envelope, "AutoResponded", f"Mail to {person.email} came back: {reason}", by=person)
    messages.emit(store, envelope, "recipient-autoresponded", person)
    mails.to_sender(store, envelope, _sender(store, envelope), "autoresponded", f"{person.email}: {reason}")


def texts_wanted(store: Store, envelope: Envelope, person: Recipient, *, wanted: bool) -> None:
    """They answered a text with STOP, or with START again: no text goes to that number, or texts do again.

    https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/sms-delivery/
    """
    number = mails.number_of(person, "sms") or mails.number_of(person, "whatsapp")
    if not number:
        raise invalid_parameter(f"Recipient {person.recipient_id} gets no text messages.")
    if wanted:
        store.drop("opted_out", number)
    else:
        store.keep("opted_out", number, {"number": number})
    for extra in person.extra.get("additionalNotifications") or []:
        extra["secondaryDeliveryStatus"] = "" if wanted else "optedout"
    save(store, envelope)
    audit.note(store, envelope, f"SMS Opt-{'In' if wanted else 'Out'}", f"{person.name}: {number}", by=person)
    messages.emit(store, envelope, "sms-opt-in" if wanted else "sms-opt-out", person)


def finish_later(store: Store, envelope: Envelope, person: Recipient) -> None:
    audit.note(store, envelope, "Finish Later", f"{person.name} will finish later.", by=person, source="Web")
    messages.emit(store, envelope, "recipient-finish-later", person)


def reassigned(
    store: Store, envelope: Envelope, person: Recipient, *, name: str, email: str, reason: str, phone: str = ""
) -> None:
    """Somebody else signs instead: the tabs are now theirs, and who handed over gets a copy in the end.

    `phone`: their number, where a phone check is to go on; without one it falls away. Which of the two keeps the
    recipientId is a switch.
    """
    before = _leaves_a_copy(store, envelope, person)
    person.name, person.email, person.user_id, person.status = name, email, str(uuid.uuid4()), "sent"
    person.delivered_at, person.consented_at, person.sent_at = None, None, store.now()
    person.signature, person.authentication = None, None
    person.mail_key = secrets.token_urlsafe(24)
    person.extra = checks.handed_over(store, person, phone)
    if store.switches["reassigned_recipient_id"] == "leaver":
        person.recipient_id, before.recipient_id = before.recipient_id, person.recipient_id
        person.guid, before.guid = before.guid, person.guid
        for _, tab in person.all_tabs():
            tab |= {"recipientId": person.recipient_id, "recipientIdGuid": person.guid}
    store.keep("mail_key", before.mail_key, {"envelopeId": envelope.id, "recipientId": before.recipient_id})
    save(store, envelope)
    words = f"{before.name} handed over to {name}: {reason}"
    audit.note(store, envelope, "Reassigned", words, by=before, source="Web")
    mails.to_recipient(store, envelope, person, "reassigned")
    mails.to_sender(store, envelope, _sender(store, envelope), "handed_over", words)
    messages.emit(store, envelope, "recipient-reassign", person)


def _leaves_a_copy(store: Store, envelope: Envelope, person: Recipient) -> Recipient:
    """Who does not sign any more stays with the envelope as a carbon copy, by the link they have."""
    now = store.now()
    numbers = [int(one.recipient_id) for one in envelope.recipients if one.recipient_id.isdecimal()]
    before = Recipient(
        recipient_id=str(max(numbers, default=0) + 1), guid=str(uuid.uuid4()), kind="carbonCopies",
        order=person.order, name=person.name, email=person.email, user_id=person.user_id, status="completed",
        sent_at=now, delivered_at=person.delivered_at or now, signed_at=now, mail_key=person.mail_key,
        extra={key: value for key, value in person.extra.items() if key in mails.CHANNEL_KEYS},
    )  # fmt: skip
    envelope.recipients.append(before)
    return before


def begin_correct(store: Store, envelope: Envelope, by: User) -> None:
    """The sender opened it for correction: signing stops until they leave."""
    if envelope.status not in IN_PROGRESS:
        raise wrong_status("Only an envelope that is sent or delivered can be corrected.")
    envelope.before_correct = envelope.status
    _turn(envelope, "correct", store.now())
    save(store, envelope)
    audit.note(store, envelope, "Correction Initiated", f"{by.name} opened the envelope for correction.", by=by)


def end_correct(store: Store, envelope: Envelope, by: User, *, changed: bool) -> None:
    if envelope.status != "correct":
        raise wrong_status("The envelope is not being corrected.")
    before = envelope.before_correct if store.switches["correct_returns_to"] == "before" else None
    _turn(envelope, before or "sent", store.now())
    envelope.before_correct = None
    save(store, envelope)
    audit.note(store, envelope, "Corrected" if changed else "Correction Cancelled", f"by {by.name}", by=by)
    if changed:
        messages.emit(store, envelope, "envelope-corrected")
        route(store, envelope)


def corrected(store: Store, envelope: Envelope, person: Recipient) -> None:
    """The address of someone already told has changed: they are told again."""
    if person.status in ("sent", "delivered", "autoresponded"):
        if person.status == "autoresponded":
            person.status, person.autoresponded_reason = "sent", None
        mails.to_recipient(store, envelope, person, "correction")


def _check_complete(store: Store, envelope: Envelope) -> None:
    if not (envelope.documents and envelope.recipients and envelope.subject):
        raise incomplete()
    check_subject(envelope.subject)
    signing_groups.name_groups(store, envelope)
    people.check_sendable(envelope)
    checks.check_sendable(store, envelope)
    payments.check_sendable(store, envelope)
    for person in envelope.recipients:
        if person.kind == "signers" and not person.tabs and not store.switches["free_form_signing"]:
            raise ApiError("ONESIGNALLSIGN_NOT_SATISFIED", "Freeform signing is not allowed; a signer has no tabs.")


def check_subject(subject: str) -> None:
    if len(subject) > MAX_SUBJECT:
        raise ApiError("INVALID_REQUEST_PARAMETER", f"emailSubject may have {MAX_SUBJECT} characters.")


def _notify(store: Store, envelope: Envelope, person: Recipient) -> None:
    """Their turn has come. A carbon copy is done with its mail."""
    now = store.now()
    person.status, person.sent_at = "sent", now
    copy = person.kind == "carbonCopies"
    mails.to_recipient(store, envelope, person, "copy" if copy else "invitation")
    messages.emit(store, envelope, "recipient-sent", person)
    if copy or person.kind == "seals":
        person.status, person.signed_at, person.delivered_at = "completed", now, now
        messages.emit(store, envelope, "recipient-completed", person)


def _complete(store: Store, envelope: Envelope) -> None:
    now = store.now()
    envelope.delivered_at = envelope.delivered_at or now
    _turn(envelope, "completed", now)
    envelope.completed_at = now
    payments.capture(store, envelope)
    _stop(store, envelope)
    save(store, envelope)
    audit.note(store, envelope, "Completed", "Everyone has finished.")
    messages.emit(store, envelope, "envelope-completed")
    for person in envelope.recipients:
        mails.to_recipient(store, envelope, person, "completed")
    mails.to_sender(store, envelope, _sender(store, envelope), "completed", "Everyone has finished.")


def _settle_delivered(store: Store, envelope: Envelope) -> None:
    """Delivered once all have viewed; which "all" is a switch."""
    if envelope.status not in IN_PROGRESS:
        return
    watching = [person for person in envelope.recipients if person.kind not in ("carbonCopies", "seals")]
    if store.switches["delivered_when"] == "reached_recipients":
        watching = [person for person in watching if person.status != "created"]
    all_viewed = bool(watching) and all(person.delivered_at for person in watching)
    if all_viewed and envelope.status == "sent":
        now = store.now()
        _turn(envelope, "delivered", now)
        envelope.delivered_at = now
    elif not all_viewed and envelope.status == "delivered":
        _turn(envelope, "sent", store.now())


def _turn(envelope: Envelope, status: str, now: str) -> None:
    envelope.status, envelope.changed_at = status, now


def _stop(store: Store, envelope: Envelope) -> None:
    """Nothing more happens by itself to an ended envelope."""
    envelope.lock = None
    store.unplan(envelope.id, "reminder", "expiry_warning", "expiry", "resume")


def _tell_the_notified(store: Store, envelope: Envelope, kind: str, body: str, *, but: Recipient | None = None) -> None:
    for person in envelope.recipients:
        if person.sent_at and person is not but and not truth(person.extra.get("suppressEmails")):
            mails.to_recipient(store, envelope, person, kind, body=body)


def _sender(store: Store, envelope: Envelope) -> User:
    return store.user(envelope.sender_id) or store.account.sender
