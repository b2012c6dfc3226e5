"""Recipients of an envelope and their tabs.

https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipients/
"""

from __future__ import annotations

from docusign_emulator.envelopes import lifecycle, people, tabs
from docusign_emulator.envelopes.model import IN_PROGRESS, RECIPIENT_KINDS, Envelope, Recipient, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.errors import no_such_recipient, wrong_status
from docusign_emulator.protocol.formats import Json
from docusign_emulator.rest.call import Call, Reply
from docusign_emulator.rest.envelopes import change_recipients


def get(call: Call) -> Reply:
    """GET recipients."""
    return Reply(
        _everyone(
            call,
            call.envelope(),
            tabs=formats.truth(call.query.get("include_tabs")),
            extended=formats.truth(call.query.get("include_extended")),
        )
    )


def add(call: Call) -> Reply:
    """POST recipients."""
    envelope = _open(call)
    change_recipients(call, envelope, call.json)
    if formats.truth(call.query.get("resend_envelope")) and envelope.status in IN_PROGRESS:
        lifecycle.resend(call.store, envelope, _listed(envelope, call.json))
    return Reply(_everyone(call, envelope), 201)


def update(call: Call) -> Reply:
    """PUT recipients: 200 even when a single one could not be changed; its errorDetails say so."""
    envelope = _open(call)
    resending = formats.truth(call.query.get("resend_envelope"))
    is_late = call.store.switches["bounced_correction_goes_to"] == "old_address"
    bounced = {one.recipient_id: one.email for one in envelope.recipients if is_late and one.status == "autoresponded"}
    results = change_recipients(call, envelope, call.json)
    if resending and envelope.status in IN_PROGRESS:
        lifecycle.resend(call.store, envelope, _listed(envelope, call.json), bounced)
    return Reply({"recipientUpdateResults": results})


def delete_many(call: Call) -> Reply:
    """DELETE recipients: those listed in the body."""
    envelope = _open(call)
    for kind in RECIPIENT_KINDS:
        for facts in formats.children(call.json, kind):
            _remove(envelope, formats.text(facts.get("recipientId")))
    save(call.store, envelope)
    lifecycle.route(call.store, envelope)
    return Reply(_everyone(call, envelope))


def delete_one(call: Call) -> Reply:
    envelope = _open(call)
    _remove(envelope, call.params["recipientId"])
    save(call.store, envelope)
    lifecycle.route(call.store, envelope)
    return Reply(_everyone(call, envelope))


def get_tabs(call: Call) -> Reply:
    return Reply(tabs.to_wire(_person(call, call.envelope()).tabs))


def add_tabs(call: Call) -> Reply:
    envelope = _open(call)
    person = _person(call, envelope)
    placed = tabs.place(call.store, envelope, person, _lists(call.json))
    for key, items in placed.items():
        person.tabs.setdefault(key, []).extend(items)
    save(call.store, envelope)
    return Reply(tabs.to_wire(placed), 201)


def update_tabs(call: Call) -> Reply:
    envelope = _open(call)
    person = _person(call, envelope)
    answer = {key: [tabs.change(person, key, one) for one in items] for key, items in _lists(call.json).items()}
    save(call.store, envelope)
    return Reply(tabs.to_wire(answer))


def delete_tabs(call: Call) -> Reply:
    envelope = _open(call)
    person = _person(call, envelope)
    answer = {key: [tabs.remove(person, key, one) for one in items] for key, items in _lists(call.json).items()}
    save(call.store, envelope)
    return Reply(dict(answer))


def _everyone(call: Call, envelope: Envelope, *, tabs: bool = False, extended: bool = False) -> Json:
    unreached = call.store.switches["unreached_status"]
    return people.lists_to_wire(envelope, tabs=tabs, extended=extended, unreached=unreached)


def _open(call: Call) -> Envelope:
    envelope = call.unlocked()
    if envelope.final:
        raise wrong_status("The envelope must be Created, Sent, Delivered or Correct.")
    return envelope


def _person(call: Call, envelope: Envelope) -> Recipient:
    person = envelope.recipient(call.params["recipientId"])
    if person is None:
        raise no_such_recipient(call.params["recipientId"][:50])
    return person


def _remove(envelope: Envelope, recipient_id: str) -> None:
    person = envelope.recipient(recipient_id)
    if person is None:
        raise no_such_recipient(recipient_id[:50])
    if person.finished:
        raise wrong_status("A recipient who has finished cannot be removed.")
    envelope.recipients.remove(person)


def _listed(envelope: Envelope, lists: Json) -> list[Recipient]:
    ids = [formats.text(one.get("recipientId")) for kind in RECIPIENT_KINDS for one in formats.children(lists, kind)]
    return [person for one in ids if (person := envelope.recipient(one)) is not None]


def _lists(body: Json) -> dict[str, list[Json]]:
    return {key: formats.children(body, key) for key in body if body[key] and key != "prefillTabs"}
