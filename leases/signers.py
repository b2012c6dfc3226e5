"""Who must sign a lease, and in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leases.models import Lease, LeaseParty, Owner

# Tenants sign side by side, guarantors after them, the landlord last. Routing orders may have gaps.
ROUTING_ORDER = {"tenant": 1, "guarantor": 2, "landlord": 3}


@dataclass(frozen=True)
class RequiredSigner:
    """One signature a lease needs.

    `key` names the signer in documents and signatures (tenant1, guarantor1, landlord); `party` is None for
    the landlord; `owner` is set for the landlord only. `order` is the routing order: equal numbers sign at
    the same time. `language` is en or es, `channel` is portal, email or sms. `email` and `phone` may be
    empty.
    """

    key: str
    role: str
    party: "LeaseParty | None"
    owner: "Owner | None"
    name: str
    email: str
    phone: str
    order: int
    language: str = "en"
    channel: str = "email"


def in_signing_order(parties: "Iterable[LeaseParty]") -> "list[LeaseParty]":
    """Tenants before guarantors, each by their place."""
    return sorted(parties, key=lambda party: (ROUTING_ORDER[party.role], party.order))


def required_signers(lease: "Lease", parties: "Iterable[LeaseParty] | None" = None) -> list[RequiredSigner]:
    """Every party of the lease and its landlord, in the order of signing.

    The parties are those that were read with the lease, or handed over; else they are read now.
    """
    signers = [
        RequiredSigner(
            key=party.key,
            role=party.role,
            party=party,
            owner=None,
            name=party.tenant.name,
            email=party.tenant.email,
            phone=str(party.tenant.phone),
            order=ROUTING_ORDER[party.role],
            language=party.tenant.language,
            channel=party.tenant.preferred_channel,
        )
        for party in in_signing_order(lease.parties.all() if parties is None else parties)
    ]
    owner = lease.unit.property.owner
    landlord = RequiredSigner(
        key="landlord",
        role="landlord",
        party=None,
        owner=owner,
        name=owner.signatory_name,
        email=owner.signatory_email,
        phone=str(owner.phone),
        order=ROUTING_ORDER["landlord"],
    )
    return [*signers, landlord]
