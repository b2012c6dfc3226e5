"""A signing session: one person in front of one envelope.

The pages draw what `state` says and send back what the person did; every rule is here. All functions
take the store first and must be called inside `store.transaction()` (the routes in `rest/signing.py` do so).
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/embedding/embedded-signing/
"""

from __future__ import annotations

import base64
import re
import secrets
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from docusign_emulator import audit, wire
from docusign_emulator.envelopes import lifecycle, output, values
from docusign_emulator.envelopes.model import IN_PROGRESS, Envelope, Recipient, load, save
from docusign_emulator.store import Store
from docusign_emulator.wire import Json

IDLE = timedelta(minutes=20)
ACCESS_CODE_TRIES = 3
ENDED_PAGE = "/signing/ended"
MAX_IMAGE = 2 * 1024 * 1024


class SessionGone(Exception):
    """The link or session cannot be used any more. `redirect` is where the browser goes, with its `event`."""

    def __init__(self, event: str, redirect: str) -> None:
        super().__init__(event)
        self.event = event
        self.redirect = redirect


class NotYet(Exception):
    """What the person sent is not enough; `problems` says per tabId what is missing, in words for them."""

    def __init__(self, message: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems or {}


def start(store: Store, token: str) -> str:
    """Open the session of a recipient view and answer its id. The token works once and for five minutes."""
    view = store.record("view", token)
    if view is None or view["kind"] not in ("recipient", "preview"):
        raise SessionGone("ttl_expired", returned(None, "ttl_expired"))
    if view["used"] or view["expiresAt"] < store.now():
        raise SessionGone("ttl_expired", returned(view["returnUrl"], "ttl_expired"))
    store.keep("view", token, view | {"used": True})
    return _open(store, view)


def start_from_mail(store: Store, key: str) -> str:
    """Open a session from the link in a mail, which never wears out; or answer where the sender's own page is.

    Raises SessionGone (to the ended page) for a key nobody has, and for a start URL of the sender's.
    """
    known = store.record("mail_key", key)
    envelope = load(store, known["envelopeId"]) if known else None
    person = envelope.recipient(known["recipientId"]) if envelope and known else None
    if envelope is None or person is None or person.mail_key != key:
        raise SessionGone("exception", returned(None, "exception"))
    return _from_mail(store, envelope.id, person)


def _from_mail(store: Store, envelope_id: str, person: Recipient) -> str:
    start_url = wire.text(person.extra.get("embeddedRecipientStartURL"))
    if person.embedded and start_url and start_url.upper() != "SIGN_AT_DOCUSIGN":
        raise SessionGone("start_url", start_url)
    view = {"kind": "recipient", "envelopeId": envelope_id, "recipientId": person.recipient_id, "returnUrl": None}
    return _open(store, view)


def _open(store: Store, view: Json) -> str:
    envelope, person = _who(store, view)
    sid = secrets.token_urlsafe(24)
    session: Json = {
        "sid": sid,
        "kind": view["kind"],
        "envelopeId": envelope.id,
        "recipientId": person.recipient_id,
        "returnUrl": view.get("returnUrl"),
        "frameAncestors": wire.texts(view, "frameAncestors"),
        "messageOrigins": wire.texts(view, "messageOrigins"),
        "openedAt": store.now(),
        "seenAt": store.now(),
        "event": None,
        "unlocked": not person.access_code or view["kind"] == "preview",
        "codeTries": 0,
        "viewed": False,
    }
    store.keep("session", sid, session)
    return sid


def state(store: Store, sid: str) -> Json:
    """Everything the signing page draws.

    {"sid", "event": null or how it ended, "redirect": null or URL,
     "locked": "access_code" / null,  "consentNeeded": bool, "readOnly": bool, "mode": "sign"/"view"/"host",
     "canReassign": bool, "disclosure": text, "focused": bool, "frameAncestors": [...],
     "recipient": {"recipientId", "name", "email", "roleName", "kind": "signers"/"certifiedDeliveries"/…,
                   "status", "note", "initials", "signature": null or the one adopted before},
     "envelope": {"envelopeId", "emailSubject", "emailBlurb", "status", "senderName", "senderEmail",
                  "expireDateTime", "allowReassign"},
     "documents": [{"documentId", "name", "order", "pages": [{"w", "h", "src"}]}],       # points
     "tabs": [{"tabId", "tabType": "signHereTabs"…, "kind": "signature"/"initials"/"date"/"text"/"checkbox"/
               "radio"/"list"/"attachment"/"approve"/"decline"/"note"/"view"/"formula", "tabLabel", "groupName",
               "documentId", "page", "x", "y", "w", "h", "required", "value", "locked", "maxLength",
               "validationPattern", "validationMessage", "options": [{"text","value"}], "tooltip",
               "fontSize", "conditionalParentLabel", "conditionalParentValue"}]}

    The first state shown to somebody unlocked is what Docusign calls viewing.
    """
    session, envelope, person = _session(store, sid, ended_too=True)
    locked = not session["unlocked"]
    if not locked and not session["viewed"] and session["kind"] != "preview" and not session["event"]:
        session["viewed"] = True
        lifecycle.viewed(store, envelope, person)
        _keep(store, session)
    read_only = _read_only(session, envelope, person)
    account = store.account
    sender = account.user(envelope.sender_id) or account.sender
    return {
        "sid": sid,
        "event": session["event"],
        "redirect": session.get("redirect"),
        "locked": "access_code" if locked else None,
        "consentNeeded": person.signs and not person.consented_at and not read_only,
        "readOnly": read_only,
        "mode": "view" if read_only or not person.signs else "host" if person.kind == "inPersonSigners" else "sign",
        "disclosure": output.DISCLOSURE,
        "canReassign": not read_only and _may_hand_over(envelope, person),
        "focused": bool(session["frameAncestors"]),
        "frameAncestors": session["frameAncestors"],
        "messageOrigins": session["messageOrigins"],
        "recipient": {
            "recipientId": person.recipient_id,
            "name": person.name,
            "email": person.email,
            "roleName": person.role,
            "kind": person.kind,
            "status": person.status,
            "note": wire.text(person.extra.get("note")),
            "hostName": wire.text(person.extra.get("hostName")),
            "initials": _initials(person.name),
            "signature": person.signature,
        },
        "envelope": {
            "envelopeId": envelope.id,
            "emailSubject": envelope.subject,
            "emailBlurb": envelope.blurb,
            "status": envelope.status,
            "senderName": sender.name,
            "senderEmail": sender.email,
            "expireDateTime": envelope.expires_at,
            "allowReassign": wire.truth(envelope.extra.get("allowReassign"), default=True),
        },
        "documents": [] if locked else _documents(sid, envelope, person),
        "tabs": [] if locked else values.for_page(envelope, person, today=store.clock.now()),
    }


def consent(store: Store, sid: str) -> Json:
    """The person agrees to do business electronically. Answers the new state."""
    session, envelope, person = _session(store, sid)
    if not person.consented_at:
        person.consented_at = store.now()
        save(store, envelope)
        audit.note(store, envelope, "Accepted Disclosure", f"{person.name} agreed to sign electronically.", by=person,
                   source="Web")  # fmt: skip
    _keep(store, session)
    return state(store, sid)


def access_code(store: Store, sid: str, code: str) -> Json:
    """{"ok": true} or {"ok": false, "triesLeft": n, "redirect": where to go when there are none left}."""
    session, envelope, person = _session(store, sid, locked_too=True)
    if secrets.compare_digest(code.strip().encode(), person.access_code.encode()):
        session["unlocked"] = True
        lifecycle.authenticated(store, envelope, person)
        _keep(store, session)
        return {"ok": True, "triesLeft": ACCESS_CODE_TRIES - session["codeTries"], "redirect": None}
    session["codeTries"] += 1
    left = ACCESS_CODE_TRIES - session["codeTries"]
    if left > 0:
        _keep(store, session)
        return {"ok": False, "triesLeft": left, "redirect": None}
    lifecycle.authentication_failed(store, envelope, person, "Access code")
    return {"ok": False, "triesLeft": 0, "redirect": _end(store, session, "access_code_failed")}


def finish(store: Store, sid: str, signature: Json, entered: Json, attachments: Json | None = None) -> Json:
    """The person is done. {"redirect": URL}. Raises NotYet when something is missing or wrong.

    signature: {"name", "initials", "style" or "png", "initialsPng"?}; entered: {tabId: value}, a checkbox or radio
    true or false, a radio group's tabId the chosen value; attachments: {tabId: {"name", "data": base64}}.
    """
    session, envelope, person = _session(store, sid)
    if session["kind"] == "preview":
        return {"redirect": _end(store, session, "viewing_complete")}
    if _read_only(session, envelope, person):
        return {"redirect": _end(store, session, "viewing_complete")}
    if not person.signs:
        if not person.finished:
            lifecycle.finished(store, envelope, person, "Approved")
        return {"redirect": _end(store, session, "viewing_complete")}
    if not person.consented_at:
        raise NotYet("Please agree to sign electronically first.")
    complete(store, envelope, person, signature, entered, attachments or {})
    return {"redirect": _end(store, session, "signing_complete")}


def complete(
    store: Store, envelope: Envelope, person: Recipient, signature: Json, entered: Json, attachments: Json
) -> None:
    """Fill the person's tabs and sign. Raises NotYet, changing nothing kept, when something is missing."""
    adopted = _adopted(person, signature)
    problems = values.fill(person, entered, attachments, signer=adopted, now=store.clock.now(), envelope=envelope)
    if problems:
        raise NotYet("Something is still missing.", problems)
    if adopted["name"] != person.name and store.switches["renamed_signer_breaks_view"]:
        person.name = adopted["name"]
    for tab_id, attachment in attachments.items():
        values.attach(store, envelope, person, tab_id, attachment)
    lifecycle.signed(store, envelope, person, adopted)


def decline(store: Store, sid: str, reason: str) -> Json:
    """The person will not sign. {"redirect": URL}. Raises NotYet without a reason."""
    session, envelope, person = _session(store, sid)
    if _read_only(session, envelope, person) or session["kind"] == "preview":
        raise NotYet("There is nothing to decline here.")
    if not reason.strip():
        raise NotYet("Please say why you decline.", {"reason": "A reason is needed."})
    lifecycle.declined(store, envelope, person, reason.strip()[:500])
    return {"redirect": _end(store, session, "decline")}


def later(store: Store, sid: str) -> Json:
    """Finish later. {"redirect": URL}; what was entered is not kept."""
    session, envelope, person = _session(store, sid)
    ended = _read_only(session, envelope, person) or session["kind"] == "preview"
    if not ended:
        lifecycle.finish_later(store, envelope, person)
    return {"redirect": _end(store, session, "viewing_complete" if ended else "cancel")}


def reassign(store: Store, sid: str, name: str, email: str, reason: str) -> Json:
    """Hand the signing to somebody else, where the sender allows it. {"redirect": URL}."""
    session, envelope, person = _session(store, sid)
    if not _may_hand_over(envelope, person):
        raise NotYet("The sender does not allow handing this over.")
    if not name.strip() or "@" not in email:
        raise NotYet("Please give the name and email of the person who will sign instead.")
    lifecycle.reassigned(store, envelope, person, name.strip(), email.strip(), reason.strip())
    return {"redirect": _end(store, session, "cancel")}


def _may_hand_over(envelope: Envelope, person: Recipient) -> bool:
    allowed = wire.truth(envelope.extra.get("allowReassign"), default=True)
    return allowed and person.kind == "signers" and not person.embedded


def document_pdf(store: Store, sid: str, document_id: str) -> bytes:
    """The bytes of one document as this person may see it.

    Raises SessionGone, NotYet before the access code was entered, and KeyError for a document not theirs.
    """
    session, envelope, person = _session(store, sid, ended_too=True)
    if not session["unlocked"]:
        raise NotYet("Please enter the access code first.")
    document = next((one for one in values.visible_documents(envelope, person) if one.document_id == document_id), None)
    if document is None:
        raise KeyError(document_id)
    return output.document_pdf(store, envelope, document)


def returned(url: str | None, event: str) -> str:
    """The return URL with its event; without one, the emulator's own last page."""
    if not url:
        return f"{ENDED_PAGE}?{urlencode({'event': event})}"
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("event", event)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _session(
    store: Store, sid: str, *, ended_too: bool = False, locked_too: bool = False
) -> tuple[Json, Envelope, Recipient]:
    """The session, if it still lives. An idle one ends here, with session_timeout."""
    session = store.record("session", sid)
    if session is None:
        raise SessionGone("exception", returned(None, "exception"))
    if session["event"] and not ended_too:
        raise SessionGone(session["event"], session["redirect"])
    if not session["event"] and wire.moment(store.now()) - wire.moment(session["seenAt"]) > IDLE:
        redirect = _end(store, session, "session_timeout")
        raise SessionGone("session_timeout", redirect)
    if not session["event"] and not session["unlocked"] and not ended_too and not locked_too:
        raise NotYet("Please enter the access code first.")
    if not session["event"]:
        session["seenAt"] = store.now()
        _keep(store, session)
    envelope, person = _who(store, session)
    return session, envelope, person


def _who(store: Store, facts: Json) -> tuple[Envelope, Recipient]:
    envelope = load(store, facts["envelopeId"])
    person = envelope.recipient(facts["recipientId"]) if envelope else None
    if envelope is None or person is None:
        raise SessionGone("exception", returned(facts.get("returnUrl"), "exception"))
    return envelope, person


def _read_only(session: Json, envelope: Envelope, person: Recipient) -> bool:
    """Nothing to do for them: it is over, they are done, or it is not their turn."""
    return (
        session["kind"] == "preview"
        or envelope.status not in IN_PROGRESS
        or person.finished
        or person.status == "created"
        or person.kind == "carbonCopies"
    )


def _end(store: Store, session: Json, event: str) -> str:
    session["event"] = event
    session["redirect"] = returned(session["returnUrl"], event)
    _keep(store, session)
    return str(session["redirect"])


def _keep(store: Store, session: Json) -> None:
    store.keep("session", session["sid"], session)


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
    name = wire.text(given.get("name")).strip() or person.name
    adopted: Json = {"name": name, "initials": wire.text(given.get("initials")).strip() or _initials(name)}
    for key in ("png", "initialsPng"):
        if given.get(key):
            adopted[key] = _image(wire.text(given[key]))
    adopted["style"] = wire.text(given.get("style"))
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
