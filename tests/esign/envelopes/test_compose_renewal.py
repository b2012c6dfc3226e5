"""What one lease needs from another, and a document needs beside the lease, reaches the page."""

from decimal import Decimal

import pytest
from django.utils import timezone

from esign.documents.extras import rent_change
from esign.documents.textlayer import text
from esign.envelopes.compose import CannotCompose, compose
from esign.envelopes.freeze import freeze
from esign.models import Purpose
from leases.models import IncreaseKind
from leases.renewals import Increase, offer_renewal
from leases.status import LeaseStatus
from tests.factories import LeaseFactory, bring_to

pytestmark = pytest.mark.django_db


def test_a_renewal_is_prepared_and_prints_the_lease_it_follows() -> None:
    lease = bring_to(LeaseFactory(rent=Decimal("1850.00")), LeaseStatus.ACTIVE)
    renewal = offer_renewal(lease, term_months=12, increase=Increase(IncreaseKind.FLAT, Decimal("50.00")))

    envelope = freeze(renewal)

    assert envelope.purpose == Purpose.RENEWAL
    printed = text(envelope.documents.get(document_id=1).read())
    assert lease.number in printed
    assert "$1,900.00" in printed


def test_a_lease_that_renews_nothing_cannot_be_sent_as_a_renewal() -> None:
    with pytest.raises(CannotCompose, match="renews no earlier lease"):
        freeze(LeaseFactory(), Purpose.RENEWAL)


def test_a_notice_prints_what_it_was_given() -> None:
    notice = rent_change(
        current_rent=Decimal("1850.00"),
        new_rent=Decimal("1925.00"),
        effective=timezone.localdate().replace(day=1),
        due_day=1,
    )

    packet = compose(LeaseFactory(), Purpose.NOTICE, documents=["notice"], extra={"notice": notice})

    assert [document.kind for document in packet.documents] == ["notice"]
    assert "$1,925.00" in text(packet.documents[0].pdf)


def test_an_office_can_choose_another_document_for_a_purpose() -> None:
    packet = compose(
        LeaseFactory(),
        Purpose.NOTICE,
        documents=["notice_to_vacate"],
        extra={"notice": {"given_by": "landlord", "effective": timezone.localdate(), "reason": ""}},
    )
    assert [document.kind for document in packet.documents] == ["notice_to_vacate"]
