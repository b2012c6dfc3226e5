"""A signing session: opened by a link, alive while somebody is there, ended with an event and where the browser goes.

All functions take the store first and must be called inside `store.transaction()`.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/embedding/embedded-signing/
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from docusign_emulator.envelopes import checks
from docusign_emulator.envelopes.checks import Check
from docusign_emulator.envelopes.model import IN_PROGRESS, Envelope, Recipient, load
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.storage.store import Store

IDLE = timedelta(minutes=20)
ENDED_PAGE = "/signing/ended"


class SessionGone(Exception):
    """The link or session cannot be used any more. `redirect` is where the browser goes, with its `event`."""

    def __init__(self, event: str, redirect: str) -> None:
        super().__init__(event)
        self.event = event
        self.redirect = redirect


class NotYet(Exception):
    """What the person sent is not enough.

    `problems` says per tabId what is missing, in words for them; `payment` what is to be paid (`payments.shown`).
    """

    def __init__(self, message: str, problems: dict[str, str] | None = None, *, payment: Json | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems or {}
        self.payment = payment


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

    Raises SessionGone (to the ended page) for a key no one has, and for a start URL of the sender's.
    """
    known = store.record("mail_key", key)
    envelope = load(store, known["envelopeId"]) if known else None
    person = envelope.recipient(known["recipientId"]) if envelope and known else None
    if envelope is None or person is None or person.mail_key != key:
        raise SessionGone("exception", returned(None, "exception"))
    return _from_mail(store, envelope.id, person)


def live(
    store: Store, sid: str, *, ended_too: bool = False, locked_too: bool = False
) -> tuple[Json, Envelope, Recipient]:
    """The session, its envelope and its person, if it still lives. An idle one ends here, with session_timeout.

    Raises SessionGone, and NotYet while something is still to be proven.
    """
    session = store.record("session", sid)
    if session is None:
        raise SessionGone("exception", returned(None, "exception"))
    if session["event"] and not ended_too:
        raise SessionGone(session["event"], session["redirect"])
    if not session["event"] and formats.moment(store.now()) - formats.moment(session["seenAt"]) > IDLE:
        redirect = end(store, session, "session_timeout")
        raise SessionGone("session_timeout", redirect)
    if not session["event"]:
        session["seenAt"] = store.now()
        keep(store, session)
    envelope, person = _who(store, session)
    if not session["event"] and not ended_too and not locked_too:
        check_open(store, session, person)
    return session, envelope, person


def lock(store: Store, session: Json, person: Recipient) -> Check | None:
    """What has to be proven next, before the documents open."""
    if session["kind"] == "preview":
        return None
    left = (check for check in checks.unproven(store, person) if check.result not in session["proven"])
    return next(left, None)


def check_open(store: Store, session: Json, person: Recipient) -> None:
    """Raises NotYet while something is still to be proven."""
    if check := lock(store, session, person):
        asked = {"access_code": "enter the access code", "phone": "enter the code sent to your phone"}
        raise NotYet(f"Please {asked.get(check.kind, 'prove who you are')} first.")


def read_only(session: Json, envelope: Envelope, person: Recipient) -> bool:
    """Nothing to do for them: it is over, they are done, or it is not their turn."""
    return (
        session["kind"] == "preview"
        or envelope.status not in IN_PROGRESS
        or person.finished
        or person.status == "created"
        or person.kind == "carbonCopies"
    )


def end(store: Store, session: Json, event: str) -> str:
    """It is over; answers where the browser goes."""
    session["event"] = event
    session["redirect"] = returned(session["returnUrl"], event)
    keep(store, session)
    return str(session["redirect"])


def end_all(store: Store, envelope_id: str, recipient_id: str) -> None:
    """Every session of a recipient ends: somebody else has taken their place."""
    for session in store.records("session"):
        if (session["envelopeId"], session["recipientId"], session["event"]) == (envelope_id, recipient_id, None):
            end(store, session, "cancel" if session["returnUrl"] else "reassigned")


def keep(store: Store, session: Json) -> None:
    store.keep("session", session["sid"], session)


def returned(url: str | None, event: str) -> str:
    """The return URL with its event; without one, the emulator's own last page."""
    if not url:
        return f"{ENDED_PAGE}?{urlencode({'event': event})}"
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("event", event)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _from_mail(store: Store, envelope_id: str, person: Recipient) -> str:
    start_url = formats.text(person.extra.get("embeddedRecipientStartURL"))
    if person.embedded and start_url and start_url.upper() != "SIGN_AT_DOCUSIGN":
        raise SessionGone("start_url", start_url)
    view = {"kind": "recipient", "envelopeId": envelope_id, "recipientId": person.recipient_id, "returnUrl": None}
    return _open(store, view)


def _open(store: Store, view: Json) -> str:
    _, person = _who(store, view)
    sid = secrets.token_urlsafe(24)
    session: Json = {
        "sid": sid,
        "kind": view["kind"],
        "envelopeId": view["envelopeId"],
        "recipientId": person.recipient_id,
        "returnUrl": view.get("returnUrl"),
        "frameAncestors": formats.texts(view, "frameAncestors"),
        "messageOrigins": formats.texts(view, "messageOrigins"),
        "openedAt": store.now(),
        "seenAt": store.now(),
        "event": None,
        "proven": [],  # the results of the checks passed in it
        "tries": 0,  # at the one asked now
        "code": None,  # the one sent to the phone last
        "viewed": False,
    }
    keep(store, session)
    return sid


def _who(store: Store, facts: Json) -> tuple[Envelope, Recipient]:
    envelope = load(store, facts["envelopeId"])
    person = envelope.recipient(facts["recipientId"]) if envelope else None
    if envelope is None or person is None:
        raise SessionGone("exception", returned(facts.get("returnUrl"), "exception"))
    return envelope, person
