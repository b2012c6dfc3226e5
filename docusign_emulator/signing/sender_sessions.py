"""A sender's session: preparing a draft, correcting an envelope under way, or editing a template, in the browser.

The page draws `state` and sends back what the person changed; the rules are here, as for `signing`. All
functions must be called inside `store.transaction()`.
https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/envelopeviews/createsender/
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from docusign_emulator import templates
from docusign_emulator.connect import messages
from docusign_emulator.envelopes import lifecycle, model, output, people, tabs
from docusign_emulator.envelopes.model import Envelope, Recipient
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import ApiError
from docusign_emulator.protocol.formats import Json
from docusign_emulator.signing.sessions import ENDED_PAGE, NotYet, SessionGone
from docusign_emulator.storage.account import User
from docusign_emulator.storage.store import Store

IDLE = timedelta(minutes=20)
PALETTE = (
    "signHereTabs", "initialHereTabs", "dateSignedTabs", "fullNameTabs", "emailAddressTabs", "companyTabs",
    "titleTabs", "textTabs", "checkboxTabs", "listTabs", "radioGroupTabs", "signerAttachmentTabs",
)  # fmt: skip
_RADIO_STEP = 20  # points from a new button of a group to the one above it
# What the return URL tells; Docusign's own words for it are not documented.
EVENTS = {"send": "Send", "save": "Save", "cancel": "Cancel", "discard": "Cancel", "timeout": "SessionEnd"}


def start(store: Store, token: str) -> str:
    """Open the session of a sender, correct or template view and answer its id. The token works once."""
    view = store.record("view", token)
    if view is None or view["kind"] not in ("sender", "correct", "template", "console"):
        raise SessionGone("SessionEnd", f"{ENDED_PAGE}?event=ttl_expired")
    if view["used"] or view["expiresAt"] < store.now():
        event = _event(store, "timeout")
        raise SessionGone(event, returned(view["returnUrl"], event, view.get("envelopeId")))
    store.keep("view", token, view | {"used": True})
    sid = secrets.token_urlsafe(24)
    session = view | {"sid": sid, "seenAt": store.now(), "event": None}
    if view["kind"] == "correct":
        envelope = _envelope(store, session)
        if envelope.status != "correct":
            lifecycle.begin_correct(store, envelope, _user(store, session))
    store.keep("sending", sid, session)
    return sid


def state(store: Store, sid: str) -> Json:
    """Everything the sender's page draws.

    {"sid", "mode": "sender"/"correct"/"template", "event", "redirect",
     "startingScreen": "Prepare"/"Tagger", "settings": as given in the view request,
     "canSend": bool, "canPlace": bool, "canDiscard": bool, "palette": [tabType…],
     "envelope": {"envelopeId", "name", "emailSubject", "emailBlurb", "status"},
     "recipients": [{"recipientId", "name", "email", "roleName", "kind", "routingOrder", "status", "locked"}],
     "documents": [{"documentId", "name", "order", "pages": [{"w", "h", "src"}]}],
     "tabs": [{"tabId", "tabType", "kind", "recipientId", "documentId", "page", "x", "y", "w", "h", "tabLabel",
               "required", "value", "anchorString", "options"?: [text…] of a list}]}
    """
    session = _session(store, sid, ended_too=True)
    envelope = _envelope(store, session)
    mode = session["kind"]
    return {
        "sid": sid,
        "mode": mode,
        "event": session["event"],
        "redirect": session.get("redirect"),
        "startingScreen": formats.text(formats.child(session, "settings").get("startingScreen")) or "Prepare",
        "settings": formats.child(session, "settings"),
        "canSend": mode in ("sender", "correct"),
        "canPlace": mode != "correct" or any(not person.finished for person in envelope.recipients),
        "canDiscard": mode == "sender" and envelope.status == "created",
        "palette": list(PALETTE),
        "envelope": {
            "envelopeId": envelope.id,
            "name": formats.text(envelope.extra.get("name")),
            "emailSubject": envelope.subject,
            "emailBlurb": envelope.blurb,
            "status": envelope.status,
        },
        "recipients": [_recipient(person) for person in envelope.recipients],
        "documents": [
            {
                "documentId": one.document_id,
                "name": one.name,
                "order": one.order,
                "pages": [
                    {"w": w, "h": h, "src": f"/sending/{sid}/pages/{one.document_id}/{number}.png"}
                    for number, (w, h) in enumerate(one.pages, 1)
                ],
            }
            for one in sorted(envelope.documents, key=lambda one: one.order)
        ],
        "tabs": [shown for person in envelope.recipients for shown in _tabs(person)],
    }


def save(store: Store, sid: str, changes: Json) -> Json:
    """Keep what the person changed and answer the new state. Raises NotYet with what is wrong.

    changes: {"emailSubject"?, "emailBlurb"?, "recipients"?: [{"recipientId"?, "kind"?, "name", "email",
    "routingOrder"?, "remove"?}], "tabs"?: [{"recipientId", "tabType", "documentId", "page", "x", "y", "tabLabel"?,
    "required"?, "value"?, "w"?, "h"?, "options"?: [text…], "groupName"?}]}. `tabs`, when given, are all there shall
    be of the recipients who have not finished; one that carries the `tabId` of a tab already there stays that tab.
    """
    session = _session(store, sid)
    envelope = _envelope(store, session)
    try:
        _apply(store, envelope, changes)
    except (ApiError, ValueError, KeyError, TypeError) as error:
        raise NotYet(error.message if isinstance(error, ApiError) else f"This cannot be kept: {error}.") from error
    _keep(store, session, envelope)
    return state(store, sid)


def send(store: Store, sid: str, changes: Json | None = None) -> Json:
    """Save, then send (or end the correction). {"redirect": URL}. Raises NotYet when something is missing."""
    if changes:
        save(store, sid, changes)
    session = _session(store, sid)
    envelope = _envelope(store, session)
    settings = formats.child(session, "settings")
    try:
        if session["kind"] == "correct":
            lifecycle.end_correct(store, envelope, _user(store, session), changed=True)
        elif session["kind"] == "sender" and formats.text(settings.get("sendButtonAction")).lower() != "redirect":
            lifecycle.send(store, envelope, _user(store, session))
    except ApiError as error:
        raise NotYet(error.message) from error
    return {"redirect": _end(store, session, "send" if session["kind"] != "template" else "save")}


def leave(store: Store, sid: str, how: str) -> Json:
    """`save` and go, `cancel`, or `discard` the draft. {"redirect": URL}."""
    session = _session(store, sid)
    envelope = _envelope(store, session)
    if session["kind"] == "correct" and envelope.status == "correct":
        lifecycle.end_correct(store, envelope, _user(store, session), changed=how == "save")
    if how == "discard" and session["kind"] == "sender" and envelope.status == "created":
        envelope.folder, envelope.deleted_at = "recyclebin", store.now()
        model.save(store, envelope)
        messages.emit(store, envelope, "envelope-discard")
    return {"redirect": _end(store, session, how if how in EVENTS else "cancel")}


def document_pdf(store: Store, sid: str, document_id: str) -> bytes:
    """Raises SessionGone, or KeyError for a document that is not there."""
    envelope = _envelope(store, _session(store, sid, ended_too=True))
    document = envelope.document(document_id)
    if document is None:
        raise KeyError(document_id)
    return output.document_pdf(store, envelope, document)


def returned(url: str | None, event: str, envelope_id: str | None) -> str:
    """The return URL with event and envelopeId."""
    if not url:
        return f"{ENDED_PAGE}?{urlencode({'event': event})}"
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("envelopeId", envelope_id or ""), ("event", event)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _apply(store: Store, envelope: Envelope, changes: Json) -> None:
    if "emailSubject" in changes:
        lifecycle.check_subject(formats.text(changes["emailSubject"]))
        envelope.subject = formats.text(changes["emailSubject"])
    if "emailBlurb" in changes:
        envelope.blurb = formats.text(changes["emailBlurb"])
    for facts in formats.children(changes, "recipients"):
        _change_recipient(envelope, facts)
    people.check_ids(envelope.recipients)
    if changes.get("tabs") is not None:
        _replace_tabs(store, envelope, changes["tabs"])


def _change_recipient(envelope: Envelope, facts: Json) -> None:
    person = envelope.recipient(formats.text(facts.get("recipientId"))) if facts.get("recipientId") else None
    if person is None:
        kind = formats.text(facts.get("kind")) or "signers"
        if kind not in model.RECIPIENT_KINDS:
            raise ValueError(f"there is no kind of recipient called {kind[:40]}")
        numbers = [int(one.recipient_id) for one in envelope.recipients if one.recipient_id.isdigit()]
        fresh = {"recipientId": str(max(numbers, default=0) + 1)} | {k: v for k, v in facts.items() if k != "kind"}
        envelope.recipients.append(people.one(kind, fresh))
        return
    if person.finished:
        return
    if facts.get("remove"):
        envelope.recipients.remove(person)
        return
    new = people.one(
        person.kind, {"recipientId": person.recipient_id, "name": person.name, "email": person.email} | facts
    )
    person.name, person.email = new.name, new.email
    person.order = people.routing_order(facts, person.order)


def _replace_tabs(store: Store, envelope: Envelope, wanted: list[Json]) -> None:
    for person in envelope.recipients:
        if person.finished:
            continue
        known = {tab["tabId"]: (key, tab) for key, tab in person.all_tabs()}
        kept: model.Tabs = {}
        for facts in wanted:
            if formats.text(facts.get("recipientId")) not in (person.recipient_id, person.guid):
                continue
            key = formats.text(facts["tabType"])
            if key not in tabs.KINDS:
                raise ValueError(f"there is no kind of tab called {key[:40]}")
            before = known.get(formats.text(facts.get("tabId")))
            old = before[1] if before and before[0] == key else {}
            kept.setdefault(key, []).append(old | _as_wire(key, facts, old))
        person.tabs = tabs.place(store, envelope, person, kept)


def _as_wire(key: str, facts: Json, old: Json) -> Json:
    """A tab as the page describes it, in the form of the API. `old`: what it was, where it was there before."""
    tab: dict[str, Any] = {
        "documentId": formats.text(facts["documentId"]),
        "pageNumber": formats.text(int(facts["page"])),
        "xPosition": formats.text(round(float(facts["x"]))),
        "yPosition": formats.text(round(float(facts["y"]))),
    }
    for name, key_there in (("tabLabel", "tabLabel"), ("value", "value"), ("w", "width"), ("h", "height")):
        if facts.get(name) not in (None, ""):
            tab[key_there] = formats.text(facts[name])
    if "required" in facts:
        required = formats.truth(facts["required"])
        if key in ("signHereTabs", "initialHereTabs", "signerAttachmentTabs"):
            tab["optional"] = formats.flag(not required)
        else:
            tab["required"] = formats.flag(required)
    options = formats.texts(facts, "options")
    if key == "listTabs" and (options or not old):
        items = {formats.text(item.get("text")): item for item in formats.children(old, "listItems")}
        tab["listItems"] = [items.get(one, {"text": one, "value": one, "selected": "false"}) for one in options]
    if key == "radioGroupTabs":
        place = {name: tab[name] for name in ("pageNumber", "xPosition", "yPosition")}
        place |= {"required": tab["required"]} if "required" in tab else {}
        name = formats.text(facts.get("groupName")) or tab.get("tabLabel", "choice")
        radios = _radios(options, formats.children(old, "radios"), place)
        return {"documentId": tab["documentId"], "groupName": name, "radios": radios}
    return tab


def _radios(options: list[str], old: list[Json], place: Json) -> list[Json]:
    """The buttons of a group whose first one is at `place`. Those there before keep their places beside it."""
    left, top = int(place["xPosition"]), int(place["yPosition"])
    values = options or [formats.text(one.get("value")) for one in old] or ["yes", "no"]
    right = round(left - float(old[0].get("xPosition") or 0)) if old else 0
    down = round(top - float(old[0].get("yPosition") or 0)) if old else 0
    known = {formats.text(one.get("value")): one for one in old}
    made: list[Json] = []
    for value in values:
        radio = known.get(value)
        if radio:
            spot = (float(radio.get("xPosition") or 0) + right, float(radio.get("yPosition") or 0) + down)
        else:
            below = float(made[-1]["yPosition"]) + _RADIO_STEP if made else top
            spot = (left, below)
        at = {"xPosition": str(round(spot[0])), "yPosition": str(round(spot[1]))}
        made.append((radio or {"value": value}) | place | at)
    return made


def _tabs(person: Recipient) -> list[Json]:
    shown = []
    for key, tab in person.all_tabs():
        places = tab.get("radios", []) if key == "radioGroupTabs" else [tab]
        for place in places:
            if not place.get("pageNumber"):
                continue
            width, height = tabs.size(key, place)
            shown.append(
                {
                    "tabId": tab["tabId"],
                    "tabType": key,
                    "kind": tabs.kind_of(key).page_kind,
                    "recipientId": person.recipient_id,
                    "documentId": formats.text(place.get("documentId") or tab.get("documentId")),
                    "page": int(place["pageNumber"]),
                    "x": float(place.get("xPosition") or 0),
                    "y": float(place.get("yPosition") or 0),
                    "w": width,
                    "h": height,
                    "tabLabel": formats.text(tab.get("tabLabel") or tab.get("groupName")),
                    "required": not formats.truth(tab.get("optional"))
                    and formats.truth(tab.get("required"), default=True),
                    "value": formats.text(place.get("value")),
                    "anchorString": formats.text(tab.get("anchorString")),
                }
                | _choices(key, tab)
            )
    return shown


def _choices(key: str, tab: Json) -> Json:
    if key != "listTabs":
        return {}
    return {"options": [formats.text(item.get("text")) for item in formats.children(tab, "listItems")]}


def _recipient(person: Recipient) -> Json:
    return {
        "recipientId": person.recipient_id,
        "name": person.name,
        "email": person.email,
        "roleName": person.role,
        "kind": person.kind,
        "routingOrder": person.order,
        "status": person.status,
        "locked": person.finished,
    }


def _session(store: Store, sid: str, *, ended_too: bool = False) -> Json:
    session = store.record("sending", sid)
    if session is None:
        raise SessionGone("SessionEnd", f"{ENDED_PAGE}?event=exception")
    if session["event"] and not ended_too:
        raise SessionGone(session["event"], session["redirect"])
    if not session["event"]:
        if formats.moment(store.now()) - formats.moment(session["seenAt"]) > IDLE:
            envelope = _envelope(store, session)
            if envelope.status == "correct":
                lifecycle.end_correct(store, envelope, _user(store, session), changed=False)
            raise SessionGone("SessionEnd", _end(store, session, "timeout"))
        session["seenAt"] = store.now()
        store.keep("sending", sid, session)
    return session


def _envelope(store: Store, session: Json) -> Envelope:
    if session["kind"] == "template":
        found = templates.load(store, session["templateId"])
    else:
        found = model.load(store, session["envelopeId"])
    if found is None:
        raise SessionGone("Error", returned(session["returnUrl"], "Error", session.get("envelopeId")))
    return found


def _keep(store: Store, session: Json, envelope: Envelope) -> None:
    if session["kind"] == "template":
        templates.save(store, envelope)
    else:
        model.save(store, envelope)


def _user(store: Store, session: Json) -> User:
    return store.user(session["userId"]) or store.account.sender


def _event(store: Store, how: str) -> str:
    name = EVENTS[how]
    return name if store.switches["sender_view_events"] == "capitalised" else name.lower()


def _end(store: Store, session: Json, how: str) -> str:
    session["event"] = _event(store, how)
    session["redirect"] = returned(session["returnUrl"], session["event"], session.get("envelopeId"))
    store.keep("sending", session["sid"], session)
    return str(session["redirect"])
