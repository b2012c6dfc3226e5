"""Agents, intermediaries and editors: they stand between and say who the people after them are.

An agent may change a name or address the sender lets them (`agentCanEditName`, `agentCanEditEmail`), an editor any.
https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/recipients/
"""

from __future__ import annotations

from docusign_emulator.envelopes import audit, people
from docusign_emulator.envelopes.model import Envelope, Recipient, save
from docusign_emulator.protocol import formats
from docusign_emulator.protocol.formats import Json
from docusign_emulator.signing.sessions import NotYet
from docusign_emulator.storage.store import Store


def shown(envelope: Envelope, person: Recipient) -> list[Json]:
    """Those who come after somebody whose turn it is, and what of them may be changed."""
    return [
        {
            "recipientId": one.recipient_id,
            "roleName": one.role,
            "kind": one.kind,
            "name": one.name,
            "email": one.email,
            "mayName": _may(person, one, "name"),
            "mayAddress": _may(person, one, "email"),
        }
        for one in _after(envelope, person)
    ]


def name(store: Store, envelope: Envelope, person: Recipient, given: list[Json]) -> None:
    """Put names and addresses to the people after `person`. Raises NotYet where somebody still has no name."""
    wanted = {formats.text(facts.get("recipientId")): facts for facts in given}
    problems: dict[str, str] = {}
    named = []
    for one in _after(envelope, person):
        facts = wanted.get(one.recipient_id, {})
        before = (one.name, one.email)
        if _may(person, one, "name"):
            one.name = formats.text(facts.get("name")).strip()[:100] or one.name
        if _may(person, one, "email"):
            one.email = formats.text(facts.get("email")).strip()[:100] or one.email
        if one.email and not people.valid_email(one.email):
            problems[one.recipient_id] = f"{one.email} is no e-mail address."
        elif not (one.name and people.reachable(one)) and not people.named_later(envelope, one, but=person):
            problems[one.recipient_id] = f"Please say who is to be {one.role or 'the next one'}: name and e-mail."
        if (one.name, one.email) != before:
            named.append(one.name)
    if problems:
        raise NotYet(next(iter(problems.values())), problems)
    if named:
        save(store, envelope)
        audit.note(store, envelope, "Corrected", f"{person.name} named {', '.join(named)}.", by=person, source="Web")


def _after(envelope: Envelope, person: Recipient) -> list[Recipient]:
    if person.kind not in people.NAMING_KINDS or person.finished:
        return []
    later = [one for one in envelope.recipients if one.order > person.order and one.status == "created"]
    return sorted(later, key=lambda one: one.order)


def _may(person: Recipient, one: Recipient, what: str) -> bool:
    value, flag = (one.name, "agentCanEditName") if what == "name" else (one.email, "agentCanEditEmail")
    return not value or person.kind == "editors" or (person.kind == "agents" and formats.truth(one.extra.get(flag)))
