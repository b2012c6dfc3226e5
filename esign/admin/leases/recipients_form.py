"""The part of “Send for signature” where staff choose: channels, checks, private messages, copies.

Fields carry the lease's key, since several leases may stand on one page. What is left alone changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from esign.docusign import DocusignClient, DocusignError, PhoneCheckMissing
from esign.docusign.budget import Lane
from esign.envelopes.recipients import MAX_NOTE, Recipient
from esign.envelopes.send_options import AddedRecipient, SendOptions, SignerOptions
from esign.models import Channel, DocusignConnection, Role
from esign.models.signer import SIGNING_ROLES
from leases.languages import IN_ENGLISH
from leases.models import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LANGUAGES = list(IN_ENGLISH.items())
ADDED_ROLES = [(Role.CARBON_COPY, "gets a copy at the end"), (Role.CERTIFIED_DELIVERY, "has to open it")]
MAX_ADDED = 3


@dataclass(frozen=True)
class Chooser:
    """The fields of one lease as they stand, for the template."""

    prefix: str
    people: list[Recipient]
    choices: SendOptions
    host_name: str
    host_email: str
    # A notice goes in the language of those it is for, and only to them.
    asks_language: bool = True
    names_others: bool = True

    languages = LANGUAGES
    added_roles = ADDED_ROLES
    max_note = MAX_NOTE

    @property
    def seats(self) -> list[tuple[Recipient, list[tuple[str, str]], bool]]:
        """(person, ways to ask them, whether Docusign can check them). Who signs nothing has no seat at the office."""
        ways = [(str(value), str(label)) for value, label in Channel.choices]
        return [
            (person, [way for way in ways if signs or way[0] != Channel.OFFICE], signs)
            for person in self.people
            for signs in [person.role in SIGNING_ROLES]
        ]

    @property
    def added(self) -> list[AddedRecipient]:
        """Those who were named, and room for more."""
        room = MAX_ADDED - len(self.choices.added)
        return [*self.choices.added, *[AddedRecipient("", "")] * room]

    @property
    def is_open(self) -> bool:
        return bool(self.choices.signers or self.choices.added or self.choices.message)


def chooser(lease: Lease, recipients: list[Recipient], choices: SendOptions, by: User, **asks: bool) -> Chooser:
    keys = {signer.key for signer in lease.required_signers()}
    return Chooser(
        **asks,
        prefix=f"{lease.pk}-",
        people=sorted((p for p in recipients if p.key in keys), key=lambda person: person.order),
        choices=choices,
        host_name=choices.host_name or by.get_full_name() or by.get_username(),
        host_email=choices.host_email or by.email,
    )


def choices_from(form: Mapping[str, str], lease: Lease) -> SendOptions:
    """What was chosen for this lease; equal to `SendOptions()` when nothing was."""
    prefix = f"{lease.pk}-"
    said = {name.removeprefix(prefix): " ".join(form[name].split()) for name in form if name.startswith(prefix)}
    signers = {
        signer.key: choice
        for signer in lease.required_signers()
        if (choice := _choice(said, signer.key, signer.channel, signer.language)) != SignerOptions()
    }
    added = [
        AddedRecipient(name or email, email, role)
        for number in range(1, MAX_ADDED + 1)
        if (name := said.get(f"added-{number}-name", "")) or said.get(f"added-{number}-email")
        for email in [said.get(f"added-{number}-email", "")]
        for role in [_one_of(said.get(f"added-{number}-role"), [value for value, _ in ADDED_ROLES]) or Role.CARBON_COPY]
    ]
    seated = any(choice.channel == Channel.OFFICE for choice in signers.values())
    return SendOptions(
        signers=signers,
        added=tuple(added),
        message=form.get(f"{prefix}message", "").strip(),
        host_name=said.get("host_name", "") if seated else "",
        host_email=said.get("host_email", "") if seated else "",
    )


def _choice(said: Mapping[str, str], key: str, channel: str, language: str) -> SignerOptions:
    chosen_channel = _one_of(said.get(f"{key}-channel"), Channel.values)
    chosen_language = _one_of(said.get(f"{key}-language"), [value for value, _ in LANGUAGES])
    return SignerOptions(
        channel=chosen_channel if chosen_channel != channel else None,
        language=chosen_language if chosen_language != language else None,
        note=said.get(f"{key}-note", ""),
        access_code=said.get(f"{key}-check") == "code",
        phone_check=said.get(f"{key}-check") == "phone",
    )


def _one_of(value: str | None, allowed: list[str]) -> str | None:
    return value if value in allowed else None


def missing_feature(lease: Lease, choices: SendOptions, by: User) -> str:
    """What the Docusign account cannot do that was chosen. When Docusign cannot be asked now, a worker asks later."""
    if not any(choice.phone_check for choice in choices.signers.values()):
        return ""
    connection = DocusignConnection.objects.for_lease(lease, sent_by=by)
    try:
        DocusignClient(connection, lane=Lane.INTERACTIVE).phone_workflow()
    except PhoneCheckMissing as missing:
        return str(missing)
    except DocusignError:
        return ""
    return ""
