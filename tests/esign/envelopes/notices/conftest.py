"""A lease that people live under, and a notice of it on its way at the emulator."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from esign.envelopes import dispatch
from esign.envelopes.notice import Draft, Kind, send_notice
from esign.models import Envelope, State
from leases.models import Lease
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory, bring_to

SendNotice = Callable[..., Envelope]


def in_sixty_days(lease: Lease) -> date:
    return lease.unit.property.today() + timedelta(days=60)


def new_rent(lease: Lease, **answers: object) -> Draft:
    """A rise of 75 dollars in sixty days."""
    facts: dict[str, Any] = {"effective": in_sixty_days(lease), "new_rent": lease.rent + Decimal(75), **answers}
    return Draft(Kind.RENT_CHANGE, **facts)


def let(**lease: object) -> Lease:
    made: Lease = bring_to(LeaseFactory(rent=Decimal("1850.00"), **lease), LeaseStatus.ACTIVE)
    return made


@pytest.fixture
def notify(site: str, emulator: EmulatorClient) -> SendNotice:
    """Sends a notice; the landlord is asked to sign it."""

    def notify(lease: Lease, draft: Draft | None = None) -> Envelope:
        envelope = send_notice(lease, draft or new_rent(lease), key=uuid.uuid4())
        dispatch.advance(envelope.pk)
        envelope.refresh_from_db()
        assert envelope.state == State.SENT, envelope.problem
        return envelope

    return notify
