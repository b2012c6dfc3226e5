"""Somebody an envelope will go to, before there is a row for them, and what Docusign would refuse about them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from esign.models import Channel
from esign.models.signer import BY_TEXT, SIGNING_ROLES
from leases.names import has_invisible

# Docusign's limits: https://developers.docusign.com/docs/esign-rest-api/reference/envelopes/enveloperecipients/
MAX_NOTE = 1000
MAX_ACCESS_CODE = 50
MAX_TEXTED = 10
ACCESS_CODE_DIGITS = 6
PHONE = re.compile(r"\+[1-9]\d{7,14}")


@dataclass(frozen=True)
class Recipient:
    """Somebody an envelope will go to, before there is a row for them."""

    key: str
    role: str
    name: str
    email: str
    phone: str
    channel: str
    language: str
    order: int
    tenant_id: int | None = None
    note: str = ""
    access_code: bool = False
    phone_check: bool = False
    host_name: str = ""
    host_email: str = ""


def new_access_code() -> str:
    """Six digits, to be told by phone."""
    return "".join(secrets.choice("0123456789") for _ in range(ACCESS_CODE_DIGITS))


def problems_of(recipients: Sequence[Recipient]) -> Iterator[str]:
    """What keeps these options from working, in sentences for the office."""
    for person in recipients:
        yield from _problems_of_one(person)
    texted = [person for person in recipients if person.channel in BY_TEXT]
    if len(texted) > MAX_TEXTED:
        yield f"Docusign sends text messages to at most {MAX_TEXTED} people of one envelope; here are {len(texted)}."
    yield from _sharing(recipients)


def _problems_of_one(person: Recipient) -> Iterator[str]:
    name = person.name
    if has_invisible(name):
        yield (
            f"The name of {person.key} contains invisible characters that turn or hide text. Type the name once more."
        )
    if person.role in SIGNING_ROLES and re.search(r"[<>]", name):
        yield f"“{name[:40]}” is no name that Docusign takes: remove < and >."
    if person.channel == Channel.EMAIL_SMS and not person.email:
        yield f"{name} has no e-mail address. Choose “Text message” alone, or add the address."
    if person.channel == Channel.INVITED and not person.email:
        yield f"{name} has no e-mail address for Docusign's mail into the portal. Add it, or choose “Text message”."
    if person.channel == Channel.EMAIL_SMS and not PHONE.fullmatch(person.phone):
        yield f"{name} has no phone number for the text message. Choose e-mail alone, or add the number."
    if person.phone_check and not PHONE.fullmatch(person.phone):
        yield f"{name} has no phone number to check. Add it, or ask for an access code instead."
    if person.access_code and person.phone_check:
        yield f"Docusign checks {name} in one way only: choose the access code or the phone, not both."
    if len(person.note) > MAX_NOTE:
        yield f"The private message to {name} has {len(person.note)} characters; Docusign takes {MAX_NOTE}."
    if person.role not in SIGNING_ROLES:
        yield from _problems_of_one_who_signs_nothing(person)
    elif person.channel == Channel.OFFICE and not (person.host_name and person.host_email):
        yield f"Say who sits with {name} at the office: the host's name and e-mail address."


def _problems_of_one_who_signs_nothing(person: Recipient) -> Iterator[str]:
    name = person.name
    if person.access_code or person.phone_check:
        yield f"{name} only has to open it, and Docusign checks only people who sign. Choose “nothing more”."
    if person.channel == Channel.OFFICE:
        yield f"{name} signs nothing, so there is nothing to do at the office. Choose another way to ask them."
    if person.channel == Channel.SMS:
        if not PHONE.fullmatch(person.phone):
            yield f"{name} has no phone number for the text message. Add it, or choose another way."
    elif not person.email:
        yield f"{name or 'The additional recipient'} has no e-mail address."


def _sharing(recipients: Sequence[Recipient]) -> Iterator[str]:
    """Two signers with one address are two signers still, unless nothing tells them apart at Docusign."""
    seen: dict[tuple[int, str, str], Recipient] = {}
    for person in recipients:
        if person.role in SIGNING_ROLES or not person.email:
            continue  # signers are looked at by the preflight
        same = (person.order, person.name.casefold(), person.email.casefold())
        if same in seen:
            yield f"{person.name} <{person.email}> is named twice. Remove one."
        seen[same] = person


def shared_addresses(recipients: Sequence[Recipient]) -> list[str]:
    """What staff should know though it may be sent: several signers at one address."""
    by_address: dict[str, list[Recipient]] = {}
    for person in recipients:
        if person.role in SIGNING_ROLES and person.email:
            by_address.setdefault(person.email.casefold(), []).append(person)
    return [
        f"{' and '.join(person.name for person in people)} share {people[0].email}. Each gets a mail of their own, "
        "with the name in it; anyone who reads that mailbox can open both. An access code keeps them apart."
        for people in by_address.values()
        if len(people) > 1
    ]
