"""Proving something before the documents open: the access code, a one-time code by phone, or who one is.

Called inside `store.transaction()` with the session's id, as `signing` is. Too many wrong answers end the session, and
the recipient may try again by a new link.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/auth/
"""

from __future__ import annotations

import secrets

from docusign_emulator.envelopes import audit, checks, lifecycle, mails
from docusign_emulator.envelopes.checks import Check
from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol.formats import Json
from docusign_emulator.signing import sessions
from docusign_emulator.signing.sessions import NotYet
from docusign_emulator.storage.store import Store

ACCESS_CODE_TRIES = (
    3  # https://support.docusign.com/s/document-item?bundleId=yca1573855023892&topicId=mbg1573854981921.html
)


def shown(store: Store, session: Json, check: Check) -> Json:
    """What the page that asks says of it.

    {"name", "triesLeft", "ways": ["sms", "voice"], "numbers": [masked…], "ownNumber": bool,
     "sent": null or {"to": masked, "way"}}
    """
    code = session["code"]
    return {
        "name": check.name,
        "triesLeft": _tries(store, check) - session["tries"],
        "ways": list(check.ways),
        "numbers": [checks.masked(one) for one in check.numbers],
        "ownNumber": check.own_number,
        "sent": {"to": checks.masked(code["to"]), "way": code["way"]} if code else None,
    }


def access_code(store: Store, sid: str, code: str) -> Json:
    """{"ok", "triesLeft", "redirect": where to go when there are none left}."""
    session, envelope, person, check = _asked(store, sid, "access_code")
    right = secrets.compare_digest(code.strip().encode(), person.access_code.encode())
    return _answered(store, session, envelope, person, check, right=right)


def send_code(store: Store, sid: str, *, number: str, way: str) -> Json:
    """Send a one-time code to a phone: `number` is the place in the list, or the recipient's own where they may.

    {"to": masked, "way"}. Raises NotYet for a number that is not theirs to choose.
    """
    session, envelope, person, check = _asked(store, sid, "phone")
    if way not in check.ways:
        raise NotYet("Choose how the code is to reach you.")
    to = _chosen(check, number)
    session["code"] = {"code": dispatch_code(store, envelope, person, to, way), "to": to, "way": way}
    sessions.keep(store, session)
    return {"to": checks.masked(to), "way": way}


def phone_code(store: Store, sid: str, code: str) -> Json:
    """{"ok", "triesLeft", "redirect"}, for the code sent last. Raises NotYet when none was sent."""
    session, envelope, person, check = _asked(store, sid, "phone")
    if not session["code"]:
        raise NotYet("Ask for a code first.")
    right = secrets.compare_digest(code.strip().encode(), session["code"]["code"].encode())
    return _answered(store, session, envelope, person, check, right=right)


def identity(store: Store, sid: str, *, passed: bool) -> Json:
    """No one's identity is looked into here: the visitor says how Docusign's check ends. {"ok", "redirect"}."""
    session, envelope, person, check = _asked(store, sid, "identity")
    return _answered(store, session, envelope, person, check, right=passed)


def dispatch_code(store: Store, envelope: Envelope, person: Recipient, to: str, way: str) -> str:
    """Write or call with a new code, and answer it."""
    code = f"{secrets.randbelow(1_000_000):06}"
    mails.one_time_code(store, envelope, person, code, to=to, way=way)
    words = "called with" if way == "voice" else "sent"
    audit.note(store, envelope, "Code Sent", f"{person.name} was {words} a one-time code: {checks.masked(to)}.",
               by=person, source="Web")  # fmt: skip
    return code


def prove_all(store: Store, envelope: Envelope, person: Recipient) -> None:
    """Everything that is asked of them, as somebody would who has the code and the phone."""
    for check in checks.unproven(store, person):
        if not checks.passed(person, check):
            if check.numbers:
                dispatch_code(store, envelope, person, check.numbers[0], check.ways[0])
            lifecycle.authenticated(store, envelope, person, check)


def _asked(store: Store, sid: str, kind: str) -> tuple[Json, Envelope, Recipient, Check]:
    session, envelope, person = sessions.live(store, sid, locked_too=True)
    check = sessions.lock(store, session, person)
    if check is None or check.kind != kind:
        raise NotYet("That is not asked now.")
    return session, envelope, person, check


def _chosen(check: Check, number: str) -> str:
    if number.isdecimal() and int(number) < len(check.numbers):
        return check.numbers[int(number)]
    own = checks.number(number) if check.own_number else ""
    if not own:
        raise NotYet("Choose one of the numbers." if check.numbers else "Please enter a telephone number.")
    return own


def _tries(store: Store, check: Check) -> int:
    if check.kind == "access_code":
        return ACCESS_CODE_TRIES
    return int(store.switches["phone_code_tries"]) if check.kind == "phone" else 1


def _answered(store: Store, session: Json, envelope: Envelope, person: Recipient, check: Check, *, right: bool) -> Json:
    session["tries"] += 1
    left = _tries(store, check) - session["tries"]
    if right:
        lifecycle.authenticated(store, envelope, person, check)
        session |= {"proven": [*session["proven"], check.result], "tries": 0, "code": None}
        sessions.keep(store, session)
        return {"ok": True, "triesLeft": left, "redirect": None}
    if left > 0:
        sessions.keep(store, session)
        return {"ok": False, "triesLeft": left, "redirect": None}
    lifecycle.authentication_failed(store, envelope, person, check)
    event = "access_code_failed" if check.kind == "access_code" else "id_check_failed"
    return {"ok": False, "triesLeft": 0, "redirect": sessions.end(store, session, event)}
