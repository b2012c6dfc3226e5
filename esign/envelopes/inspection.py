"""The move-in inspection: filled in and signed by the tenants and the landlord of a lease in force, one at a time.

It leaves the lease as it is; what the tenants note in it is read back like every other answer.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from esign.documents.extras import inspection
from esign.envelopes.compose import LEASE_DEFAULTS, CannotCompose, Packet, compose, recipients_of
from esign.envelopes.freeze import freeze
from esign.envelopes.recipients import Recipient
from esign.envelopes.send_options import SendOptions
from esign.models import Envelope, Purpose, Role
from esign.models.envelope import ENDED
from leases.languages import common_language
from leases.models import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DOCUMENTS = ("move_in_inspection",)


def compose_inspection(lease: Lease, options: SendOptions = LEASE_DEFAULTS) -> Packet:
    """Render and check what would be sent; writes nothing."""
    packet = compose(lease, Purpose.ADDENDUM, _without_guarantors(options), DOCUMENTS, _rooms_of(lease))
    return replace(packet, problems=[*packet.problems, *_sent_before(lease)])


def send_inspection(lease: Lease, options: SendOptions = LEASE_DEFAULTS, *, by: User | None = None) -> Envelope:
    """Freeze its envelope. Raises CannotCompose, also where one is out or was signed. The caller enqueues it."""

    def refuse_a_second(envelope: Envelope) -> None:
        if problems := _sent_before(lease, but=envelope):
            raise CannotCompose(problems)

    return freeze(
        lease,
        Purpose.ADDENDUM,
        by=by,
        options=_without_guarantors(options),
        documents=DOCUMENTS,
        extra=_rooms_of(lease),
        also=refuse_a_second,
    )


def recipients_of_inspection(lease: Lease) -> list[Recipient]:
    """Everyone it would go to."""
    return recipients_of(lease, Purpose.ADDENDUM, _without_guarantors(LEASE_DEFAULTS))


def _without_guarantors(options: SendOptions) -> SendOptions:
    return replace(options, left_out=frozenset({Role.GUARANTOR}))


def _rooms_of(lease: Lease) -> dict[str, Any]:
    unit = lease.unit
    rooms = inspection(
        bedrooms=unit.bedrooms or 0,
        bathrooms=Decimal(unit.bathrooms or 1),
        language=common_language(one.language for one in lease.required_signers() if one.role == Role.TENANT),
    )
    return {"inspection": rooms}


def _sent_before(lease: Lease, but: Envelope | None = None) -> list[str]:
    """Why there is no need for another."""
    sent = Envelope.objects.filter(lease=lease, documents__template_name=DOCUMENTS[0]).exclude(state__in=ENDED)
    before = next((one for one in sent if one != but), None)
    if before is None:
        return []
    return [f"Lease {lease.number} has its inspection already: {before}, {before.get_state_display().lower()}."]
