"""Riders on “Send for signature”: templates of the Docusign account that may go along with our own documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from esign.envelopes.account_templates.checks import check_for, check_mapping
from esign.envelopes.compose import Packet
from esign.envelopes.recipients import Recipient
from esign.models import AccountTemplate, DocusignConnection, Signer
from leases.models import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True)
class RiderOption:
    """One rider that fits the purpose, as a box to tick; `problems` keep it from going with this very lease."""

    template: AccountTemplate
    field: str
    is_chosen: bool
    problems: list[str]

    @property
    def is_offered(self) -> bool:
        """What was ticked can be unticked, whatever is wrong with it."""
        return self.is_chosen or not self.problems


def rider_options(packet: Packet, by: User, chosen: Collection[AccountTemplate] = ()) -> list[RiderOption]:
    """Every rider that staff could think of sending with this packet."""
    signers = [as_signer(person) for person in packet.recipients]
    return [
        RiderOption(
            rider,
            _field(packet.lease, rider),
            rider in chosen,
            [
                *check_mapping(rider),
                *check_for(rider, signers, packet.purpose, number=packet.lease.number),
            ],
        )
        for rider in _riders_for(packet.lease, by).filter(purpose=packet.purpose)
    ]


def riders_from(form: Mapping[str, str], lease: Lease, by: User) -> list[AccountTemplate]:
    """The riders that were ticked for this lease."""
    return [rider for rider in _riders_for(lease, by) if _field(lease, rider) in form]


def _riders_for(lease: Lease, by: User) -> QuerySet[AccountTemplate]:
    """Those in use, in the account that would send this lease."""
    connection = DocusignConnection.objects.for_lease(lease, sent_by=by)
    return connection.account_templates.filter(kind=AccountTemplate.Kind.RIDER, is_active=True, gone_at__isnull=True)


def _field(lease: Lease, rider: AccountTemplate) -> str:
    return f"{lease.pk}-rider-{rider.pk}"


def as_signer(person: Recipient) -> Signer:
    """A row that is never saved."""
    return Signer(
        key=person.key,
        role=person.role,
        name=person.name,
        email=person.email,
        channel=person.channel,
        note=person.note,
        phone_check=person.phone_check,
    )
