"""What a person does in a signing session (`sessions`): reads, agrees, signs, declines, hands over.

The pages draw what `state` says and send back what the person did; every rule is here. All functions
take the store first and must be called inside `store.transaction()` (the routes in `rest/signing.py` do so).
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/embedding/embedded-signing/
"""

from __future__ import annotations

import base64
import re

from docusign_emulator.envelopes import (
    agents_and_editors,
    audit,
    checks,
    lifecycle,
    output,
    payments,
    people,
    signing_groups,
    values,
)
from docusign_emulator.envelopes.model import Envelope, Recipient, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.signing import identity_checks, sessions
from docusign_emulator.signing.sessions import NotYet
from docusign_emulator.storage.store import Store

MAX_IMAGE = 2 * 1024 * 1024


def state(store: Store, sid: str) -> Json:
    """Everything the signing page draws.

    {"sid", "event": null or how it ended, "redirect": null or URL,
     "locked": "access_code" / "phone" / "identity" / null, "check": see `identity_checks.shown`,
     "consentNeeded": bool, "readOnly": bool, "mode": "sign"/"view"/"host",
     "canReassign": bool, "reassignNeedsPhone": bool, "disclosure": text, "focused": bool, "frameAncestors": [...],
     "recipient": {"recipientId", "name", "email", "roleName", "kind": "signers"/"certifiedDeliveries"/…,
                   "status", "note", "initials", "signature": null or the one adopted before},
     "envelope": {"envelopeId", "emailSubject", "emailBlurb", "status", "senderName", "senderEmail",
                  "expireDateTime", "allowReassign"},
     "people": see `agents_and_editors.shown`,
     "documents": [{"documentId", "name", "order", "pages": [{"w", "h", "src"}]}],       # points
     "tabs": [{"tabId", "tabType": "signHereTabs"…, "kind": "signature"/"initials"/"date"/"text"/"checkbox"/
               "radio"/"list"/"attachment"/"approve"/"decline"/"note"/"view"/"formula", "tabLabel", "groupName",
               "documentId", "page", "x", "y", "w", "h", "required", "value", "locked", "maxLength",
               "validationPattern", "validationMessage", "options": [{"text","value"}], "tooltip",
               "fontSize", "conditionalParentLabel", "conditionalParentValue"}]}

    The first state without a lock is what Docusign calls viewing.
    """
    session, envelope, person = sessions.live(store, sid, ended_too=True)
    lock = sessions.lock(store, session, person)
    if not lock and not session["viewed"] and session["kind"] != "preview" and not session["event"]:
        session["viewed"] = True
        lifecycle.viewed(store, envelope, person)
        sessions.keep(store, session)
    read_only = sessions.read_only(session, envelope, person)
    return {
        "sid": sid,
        "event": session["event"],
        "redirect": session.get("redirect"),
        "locked": lock.kind if lock else None,
        "check": identity_checks.shown(store, session, lock) if lock else None,
        "consentNeeded": person.signs and not person.consented_at and not read_only,
        "readOnly": read_only,
        "mode": "view" if read_only or not person.signs else "host" if person.kind == "inPersonSigners" else "sign",
        "disclosure": output.disclosure(store),
        "canReassign": not read_only and _may_hand_over(envelope, person),
        "reassignNeedsPhone": needs_phone(store, person),
        "focused": bool(session["frameAncestors"]),
        "frameAncestors": session["frameAncestors"],
        "messageOrigins": session["messageOrigins"],
        "recipient": _recipient(person),
        "envelope": _envelope(store, envelope),
        "people": [] if lock or read_only else agents_and_editors.shown(envelope, person),
        "documents": [] if lock else _documents(sid, envelope, person),
        "tabs": [] if lock else values.for_page(envelope, person, today=store.clock.now()),
    }


def _recipient(person: Recipient) -> Json:
    return {
        "recipientId": person.recipient_id,
        "name": person.name,
        "email": person.email,
        "roleName": person.role,
        "kind": person.kind,
        "status": person.status,
        "note": formats.text(person.extra.get("note")),
        "hostName": formats.text(person.extra.get("hostName")),
        "initials": _initials(person.name),
        "signature": person.signature,
    }


def _envelope(store: Store, envelope: Envelope) -> Json:
    sender = store.user(envelope.sender_id) or store.account.sender
    return {
        "envelopeId": envelope.id,
        "emailSubject": envelope.subject,
        "emailBlurb": envelope.blurb,
        "status": envelope.status,
        "senderName": sender.name,
        "senderEmail": sender.email,
        "expireDateTime": envelope.expires_at,
        "allowReassign": formats.truth(envelope.extra.get("allowReassign"), default=True),
    }


def consent(store: Store, sid: str) -> Json:
    """The person agrees to do business electronically. Answers the new state."""
    session, envelope, person = sessions.live(store, sid)
    if not person.consented_at:
        person.consented_at = store.now()
        save(store, envelope)
        audit.note(store, envelope, "Accepted Disclosure", f"{person.name} agreed to sign electronically.", by=person,
                   source="Web")  # fmt: skip
    sessions.keep(store, session)
    return state(store, sid)


def finish(store: Store, sid: str, done: Json) -> Json:
    """The person is done. {"redirect": URL}. Raises NotYet when something is missing or wrong.

    done: {"signature", "values", "attachments", "people", "payment"}, all of them optional.

    signature: {"name", "initials", "style" or "png", "initialsPng"?}; values: {tabId: value}, a checkbox or radio
    true or false, a radio group's tabId the chosen value; attachments: {tabId: {"name", "data": base64}}; people: see
    `agents_and_editors.name`; payment: see `payments.authorize`.
    """
    session, envelope, person = sessions.live(store, sid)
    if session["kind"] == "preview":
        return {"redirect": sessions.end(store, session, "viewing_complete")}
    if sessions.read_only(session, envelope, person):
        return {"redirect": sessions.end(store, session, "viewing_complete")}
    if not person.signs:
        if not person.finished:
            agents_and_editors.name(store, envelope, person, formats.children(done, "people"))
            lifecycle.finished(store, envelope, person, "Approved")
        return {"redirect": sessions.end(store, session, "viewing_complete")}
    if not person.consented_at:
        raise NotYet("Please agree to sign electronically first.")
    complete(
        store,
        envelope,
        person,
        formats.child(done, "signature"),
        formats.child(done, "values"),
        formats.child(done, "attachments"),
        formats.child(done, "payment"),
    )
    return {"redirect": sessions.end(store, session, "signing_complete")}


def complete(
    store: Store,
    envelope: Envelope,
    person: Recipient,
    signature: Json,
    entered: Json,
    attachments: Json,
    payment: Json,
) -> None:
    """Fill the person's tabs, pay and sign. Raises NotYet, changing nothing kept, when something is missing."""
    adopted = _adopted(person, signature)
    problems = values.fill(person, entered, attachments, signer=adopted, now=store.clock.now(), envelope=envelope)
    if problems:
        raise NotYet("Something is still missing.", problems)
    _pay(store, envelope, person, payment)
    if adopted["name"] != person.name and store.switches["renamed_signer_breaks_view"]:
        person.name = adopted["name"]
    signing_groups.signed_by(store, person, adopted["name"])
    for tab_id, attachment in attachments.items():
        values.attach(store, envelope, person, tab_id, attachment)
    lifecycle.signed(store, envelope, person, adopted)


def _pay(store: Store, envelope: Envelope, person: Recipient, payment: Json) -> None:
    """Raises NotYet, which says what is to be paid, when it is not paid by what was given."""
    if not payments.due(person):
        return
    asked = payments.shown(person)
    if not payment:
        raise NotYet(f"Please pay {asked['total']} to finish.", payment=asked)
    try:
        payments.authorize(store, envelope, person, payment)
    except payments.PaymentRefused as refusal:
        raise NotYet(str(refusal), payment=asked) from refusal


def decline(store: Store, sid: str, reason: str) -> Json:
    """The person will not sign. {"redirect": URL}. Raises NotYet without a reason."""
    session, envelope, person = sessions.live(store, sid)
    if sessions.read_only(session, envelope, person) or session["kind"] == "preview":
        raise NotYet("There is nothing to decline here.")
    if not reason.strip():
        raise NotYet("Please say why you decline.", {"reason": "A reason is needed."})
    lifecycle.declined(store, envelope, person, reason.strip()[:500])
    return {"redirect": sessions.end(store, session, "decline")}


def later(store: Store, sid: str) -> Json:
    """Finish later. {"redirect": URL}; what was entered is not kept."""
    session, envelope, person = sessions.live(store, sid)
    ended = sessions.read_only(session, envelope, person) or session["kind"] == "preview"
    if not ended:
        lifecycle.finish_later(store, envelope, person)
    return {"redirect": sessions.end(store, session, "viewing_complete" if ended else "cancel")}


def reassign(store: Store, sid: str, successor: Json) -> Json:
    """Hand the signing to somebody else, where the sender allows it. {"redirect": URL}.

    successor: {"name", "email", "reason", "phone"? where their phone is to be checked}. Raises NotYet.
    """
    session, envelope, person = sessions.live(store, sid)
    if sessions.read_only(session, envelope, person):
        raise NotYet("There is nothing to hand over here.")
    event = "cancel" if session["returnUrl"] else "reassigned"
    hand_over(store, envelope, person, successor)
    return {"redirect": sessions.end(store, session, event)}


def hand_over(store: Store, envelope: Envelope, person: Recipient, successor: Json) -> None:
    """https://support.docusign.com/s/document-item?bundleId=yca1573855023892&topicId=uin1573855010064.html"""
    if not _may_hand_over(envelope, person):
        raise NotYet("The sender does not allow handing this over.")
    given = {key: formats.text(successor.get(key)).strip() for key in ("name", "email", "reason", "phone")}
    problems = {}
    if not given["name"]:
        problems["name"] = "Please enter their name."
    if not people.valid_email(given["email"]):
        problems["email"] = "Please enter their e-mail address."
    elif any(one.order == person.order and one.email.lower() == given["email"].lower() for one in envelope.recipients):
        problems["email"] = "This person takes part already. Choose somebody else."
    if not given["reason"]:
        problems["reason"] = "Please say why, for the sender to read."
    if needs_phone(store, person) and not checks.number(given["phone"]):
        problems["phone"] = "Please enter their telephone number: the sender wants it checked."
    if problems:
        raise NotYet(next(iter(problems.values())), problems)
    leaver = person.recipient_id
    lifecycle.reassigned(
        store, envelope, person, name=given["name"][:100], email=given["email"], reason=given["reason"][:500],
        phone=checks.number(given["phone"]) if needs_phone(store, person) else "",
    )  # fmt: skip
    sessions.end_all(store, envelope.id, leaver)


def needs_phone(store: Store, person: Recipient) -> bool:
    """Whether who signs instead has to be reachable by phone."""
    kept = store.switches["reassigned_phone_check"] == "with_new_number"
    return kept and any(check.kind == "phone" for check in checks.asked(store, person))


def _may_hand_over(envelope: Envelope, person: Recipient) -> bool:
    allowed = formats.truth(envelope.extra.get("allowReassign"), default=True)
    return allowed and person.kind == "signers" and not person.embedded


def document_pdf(store: Store, sid: str, document_id: str) -> bytes:
    """The bytes of one document as this person may see it.

    Raises SessionGone, NotYet before the access code was entered, and KeyError for a document not theirs.
    """
    session, envelope, person = sessions.live(store, sid, ended_too=True)
    sessions.check_open(store, session, person)
    document = next((one for one in values.visible_documents(envelope, person) if one.document_id == document_id), None)
    if document is None:
        raise KeyError(document_id)
    return output.document_pdf(store, envelope, document)


def _documents(sid: str, envelope: Envelope, person: Recipient) -> list[Json]:
    return [
        {
            "documentId": one.document_id,
            "name": one.name,
            "order": one.order,
            "pages": [
                {"w": w, "h": h, "src": f"/signing/session/{sid}/pages/{one.document_id}/{number}.png"}
                for number, (w, h) in enumerate(one.pages, 1)
            ],
        }
        for one in values.visible_documents(envelope, person)
    ]


def _adopted(person: Recipient, given: Json) -> Json:
    """The signature adopted; typed in the recipient's name unless they gave another or drew one."""
    name = formats.text(given.get("name")).strip() or person.name
    adopted: Json = {"name": name, "initials": formats.text(given.get("initials")).strip() or _initials(name)}
    for key in ("png", "initialsPng"):
        if given.get(key):
            adopted[key] = _image(formats.text(given[key]))
        elif person.signature and person.signature.get(key) and not given.get("style"):
            adopted[key] = person.signature[key]  # as an application has set it beforehand
    adopted["style"] = formats.text(given.get("style"))
    return adopted


def _image(data: str) -> str:
    """A PNG as base64. Raises NotYet when it is none."""
    try:
        raw = base64.b64decode(data.rpartition(",")[2], validate=True)
    except ValueError:
        raw = b""
    if not raw.startswith(b"\x89PNG") or len(raw) > MAX_IMAGE:
        raise NotYet("The drawn signature could not be read. Please draw it again.")
    return base64.b64encode(raw).decode()


def _initials(name: str) -> str:
    return "".join(word[0] for word in re.findall(r"\w+", name)).upper()[:4]
