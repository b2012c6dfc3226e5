"""Documents of leases as they stand in the database: `Lease.terms()` and these rooms agree."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from esign.documents.context import ADDENDUM_TERMS
from esign.documents.preflight import preflight
from leases.models import AddendumKind, Lease
from leases.models.addenda import TERMS_OF_KIND
from tests.esign.documents.sample import lease_terms
from tests.factories import AddendumFactory, LeaseFactory, RentStepFactory

pytestmark = pytest.mark.django_db


def shape(value: Any) -> Any:
    """The names in a record, without its values; of a list, the names of its first item."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def full_lease() -> Lease:
    lease = LeaseFactory(tenants=2, guarantors=1)
    RentStepFactory(lease=lease)
    AddendumFactory(lease=lease)
    AddendumFactory(
        lease=lease, kind=AddendumKind.PARKING, title="Parking", terms={"space": "7", "monthly_fee": "60.00"}
    )
    AddendumFactory(lease=lease, kind=AddendumKind.OTHER, title="Storage", terms={"text": "Locker 7 is included."})
    return lease


def test_a_lease_from_the_database_is_clear_to_send() -> None:
    lease = full_lease()
    result = preflight(
        lease.terms(),
        "lease",
        lease.required_signers(),
        on=timezone.localdate(),
        required_addenda=lease.missing_addenda(),
    )
    assert result.problems == ()
    assert [document.kind for document in result.documents] == [
        "lease",
        "addendum_pet",
        "addendum_parking",
        "addendum_other",
        "guaranty",
    ]


def test_a_renewal_from_the_database_is_clear_to_send() -> None:
    before = full_lease()
    after = LeaseFactory(unit=before.unit, previous_lease=before, tenants=1, rent=Decimal("2150.00"))
    result = preflight(
        after.terms(),
        "renewal",
        after.required_signers(),
        on=timezone.localdate(),
        previous_terms=before.terms(),
    )
    assert result.problems == ()


def test_a_required_addendum_that_is_missing_is_said() -> None:
    lease = LeaseFactory(pets=1)
    result = preflight(
        lease.terms(),
        "lease",
        lease.required_signers(),
        on=timezone.localdate(),
        required_addenda=lease.missing_addenda(),
    )
    assert [problem.message for problem in result.problems] == [
        "The pet addendum is required here and is not on the lease."
    ]


def test_our_sample_has_the_shape_of_real_terms() -> None:
    real, sample = full_lease().terms(), lease_terms()
    for terms in (real, sample):
        terms["addenda"] = [{**terms["addenda"][0], "terms": {}}]
    assert shape(sample) == shape(real)


def test_an_addendum_may_print_everything_that_its_kind_may_say() -> None:
    assert {kind: set(terms) for kind, terms in TERMS_OF_KIND.items()} == {
        kind: set(terms) for kind, terms in ADDENDUM_TERMS.items()
    }
