"""What a contract prints, as data, and its fingerprint."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leases.canonical import sha256_of
from leases.models import Lease
from leases.terms import money
from tests.conftest import FUZZ
from tests.factories import AddendumFactory, LeaseFactory, RentStepFactory, bring_to

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,  # what more leaves would find, more examples find sooner
)


@settings(max_examples=100 if FUZZ else 30)
@given(st.dictionaries(st.text(), json_values))
def test_a_fingerprint_survives_storage_and_the_order_of_keys(terms: dict[str, object]) -> None:
    stored = json.loads(json.dumps(terms))
    backwards = dict(reversed(list(stored.items())))
    assert sha256_of(terms) == sha256_of(stored) == sha256_of(backwards)


def test_a_fingerprint_can_be_checked_with_any_tool() -> None:
    canonical = '{"a":"ñ","b":[1,null]}'
    assert sha256_of({"b": [1, None], "a": "ñ"}) == hashlib.sha256(canonical.encode()).hexdigest()


def test_amounts_have_two_decimals_and_no_exponent() -> None:
    assert [money(Decimal(amount)) for amount in ("1850", "1E+4", "0.5")] == ["1850.00", "10000.00", "0.50"]


@pytest.mark.django_db
def test_the_terms_hold_everything_a_contract_prints() -> None:
    lease = LeaseFactory(tenants=2, guarantors=1, start_date=date(2027, 1, 1), end_date=date(2027, 12, 31), pets=1)
    AddendumFactory(lease=lease)
    RentStepFactory(lease=lease, from_date=date(2027, 7, 1), amount=Decimal("2100.5"))
    terms = lease.terms()
    assert json.loads(json.dumps(terms)) == terms
    assert terms["number"] == lease.number
    assert terms["landlord"]["legal_name"] == lease.unit.property.owner.legal_name
    assert terms["premises"]["unit"] == lease.unit.number
    assert terms["term"] == {"start": "2027-01-01", "end": "2027-12-31", "month_to_month": False}
    assert terms["rent"]["monthly"] == "2000.00"
    assert terms["rent"]["steps"] == [{"from": "2027-07-01", "monthly": "2100.50"}]
    assert [party["key"] for party in terms["parties"]] == ["tenant1", "tenant2", "guarantor1"]
    assert terms["addenda"][0]["terms"]["name"] == "Pixel"


@pytest.mark.django_db
def test_every_change_of_a_draft_changes_the_fingerprint() -> None:
    lease = LeaseFactory(tenants=2)
    seen = {lease.terms_sha256()}

    def changed() -> bool:
        now = Lease.objects.get().terms_sha256()
        new = now not in seen
        seen.add(now)
        return new

    lease.rent += Decimal("0.01")
    lease.save()
    assert changed()
    lease.end_date = None
    lease.save()
    assert changed()
    RentStepFactory(lease=lease)
    assert changed()
    AddendumFactory(lease=lease)
    assert changed()
    lease.parties.get(order=2).delete()
    assert changed()
    tenant = lease.parties.get().tenant
    tenant.name = "Grace Okafor-Lind"
    tenant.save()
    assert changed()
    tenant.language = "es"
    tenant.save()
    assert not changed(), "the language somebody signs in is not a term"


@pytest.mark.django_db
def test_going_out_does_not_change_the_fingerprint() -> None:
    lease = LeaseFactory(tenants=2)
    before = lease.terms_sha256()
    bring_to(lease, "out_for_signature")
    assert Lease.objects.get().terms_sha256() == before
