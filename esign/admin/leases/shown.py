"""What a confirmation page shows of an envelope's people, and the mark that tells whether it still holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from esign.envelopes.recipients import Recipient
from esign.models import Channel, Role
from esign.models.signer import BY_TEXT
from leases.canonical import fingerprint
from leases.models import Lease


def steps(orders: Iterable[int]) -> dict[int, int]:
    """Routing order -> the step that people read: 1, 2, 3. Docusign takes gaps; without a guarantor there is one."""
    return {order: step for step, order in enumerate(sorted(set(orders)), start=1)}


def in_order(people: Sequence[Recipient], words: Mapping[Role, str]) -> list[tuple[int, Recipient, str, str, str]]:
    """(step, recipient, what they are or do, channel, where they are asked), first asked first."""
    step = steps(person.order for person in people)
    return [
        (
            step[person.order],
            person,
            words[Role(person.role)],
            Channel(person.channel).label,
            address(person) or "no address",
        )
        for person in sorted(people, key=lambda person: person.order)
    ]


def address(person: Recipient) -> str:
    """Where this person is asked to sign."""
    by_text = [person.phone] if person.channel in BY_TEXT else []
    by_mail = [person.email] if person.channel != Channel.SMS else []
    return ", ".join(filter(None, by_mail + by_text))


def mark_of(lease: Lease) -> str:
    """Changes with anything that was shown: the terms, who signs, and how each of them is reached."""
    people = [(s.key, s.name, s.email, s.phone, s.channel, s.language, s.order) for s in lease.required_signers()]
    shown = [lease.version, lease.terms_sha256(), people, lease.unit.property.owner.copy_email]
    return fingerprint(*shown)
