"""Owners, properties, units, tenants, numbers and addenda: what a row must be by itself."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from leases.models import Addendum, AddendumKind, Lease, LeaseParty, Property, Tenant
from leases.models.addenda import problems_with_terms
from leases.models.numbers import next_lease_number
from tests.factories import (
    AddendumFactory,
    LeaseFactory,
    PropertyFactory,
    RentStepFactory,
    TenantFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


def test_co_tenants_may_share_an_e_mail_address() -> None:
    lease = LeaseFactory(tenants=0)
    for name, primary in (("Marcus Bell", True), ("Tamika Bell", False)):
        tenant = TenantFactory(name=name, email="bell@mail.example")
        tenant.full_clean()
        LeaseParty.objects.create(lease=lease, tenant=tenant, is_primary=primary)
    lease.send_out()
    assert {signer.email for signer in lease.required_signers()[:2]} == {"bell@mail.example"}


def test_a_name_may_be_longer_than_docusign_allows() -> None:
    TenantFactory(name="A" * 200).full_clean()
    with pytest.raises(ValidationError, match="200 characters"):
        TenantFactory.build(name="A" * 201).full_clean()


@pytest.mark.parametrize(
    "name", ["Grace\u202eOkafor", "Grace\x00Okafor", "Grace\nOkafor", "\u2066Grace", "Grace\x1b[31m"]
)
def test_a_name_holds_nothing_that_no_one_can_see(name: str) -> None:
    with pytest.raises(ValidationError, match="invisible characters"):
        TenantFactory.build(name=name).full_clean()


@pytest.mark.parametrize("name", ["שרה כהן", "محمد علي", "王伟", "O'Leary-Núñez", "<b>Grace</b>", "Zoë 🙂"])
def test_a_name_may_be_written_in_any_script_and_is_kept_letter_by_letter(name: str) -> None:
    tenant = TenantFactory(name=name)
    tenant.full_clean()
    tenant.refresh_from_db()
    assert tenant.name == name


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"preferred_channel": "sms", "phone": ""}, "phone"),
        ({"preferred_channel": "email", "email": ""}, "email"),
        ({"preferred_channel": "portal", "email": ""}, "email"),
    ],
)
def test_a_channel_needs_an_address(fields: dict[str, str], missing: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TenantFactory.build(**fields).full_clean()
    assert set(refusal.value.message_dict) == {missing}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Pacific Time"),
        ("state", "Cal"),
        ("postal_code", "9460"),
        ("jurisdiction", "California"),
        ("required_addenda", ["boat"]),
        ("required_addenda", ["pet", "pet"]),
        ("required_addenda", "pet"),
    ],
)
def test_a_property_says_what_it_cannot_be(field: str, value: object) -> None:
    home = PropertyFactory()
    setattr(home, field, value)
    with pytest.raises(ValidationError) as refusal:
        home.full_clean()
    assert set(refusal.value.message_dict) == {field}


def test_a_propertys_day_is_that_of_its_time_zone() -> None:
    moment = datetime(2027, 1, 1, 8, 30, tzinfo=UTC)
    days = {zone: Property(time_zone=zone).today(moment) for zone in ("America/New_York", "Pacific/Honolulu")}
    assert days == {"America/New_York": date(2027, 1, 1), "Pacific/Honolulu": date(2026, 12, 31)}


def test_a_unit_number_is_used_once_in_a_property() -> None:
    unit = UnitFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitFactory(property=unit.property, number=unit.number)
    UnitFactory(number=unit.number)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"end_date": date(2020, 1, 1)}, "last day"),
        ({"rent": Decimal("-1")}, "greater than or equal to 0"),
        ({"due_day": 29}, "less than or equal to 28"),
    ],
)
def test_a_lease_that_makes_no_sense_is_named_by_form_and_database(fields: dict[str, object], words: str) -> None:
    lease = LeaseFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Lease.objects.filter(pk=lease.pk).update(**fields)
    for name, value in fields.items():
        setattr(lease, name, value)
    with pytest.raises(ValidationError, match=words):
        lease.full_clean()


def test_lease_numbers_are_readable_and_never_given_twice() -> None:
    numbers = [LeaseFactory().number for _ in range(3)]
    year = int(numbers[0].split("-")[1])
    assert numbers == [f"L-{year}-000{place}" for place in (1, 2, 3)]
    Lease.objects.get(number=numbers[-1]).delete()
    assert LeaseFactory().number == f"L-{year}-0004"
    assert next_lease_number(2031) == "L-2031-0001"


def test_parties_get_the_next_place_in_their_role() -> None:
    lease = LeaseFactory(tenants=3, guarantors=2)
    lease.parties.get(role="tenant", order=2).delete()
    LeaseParty.objects.create(lease=lease, tenant=TenantFactory())
    assert [party.key for party in lease.parties.all()] == [
        "tenant1", "tenant3", "tenant4", "guarantor1", "guarantor2",
    ]  # fmt: skip


def test_the_rent_follows_its_steps() -> None:
    lease = LeaseFactory(start_date=date(2027, 1, 1), end_date=date(2027, 12, 31))
    RentStepFactory(lease=lease, from_date=date(2027, 4, 1), amount=Decimal(2100))
    RentStepFactory(lease=lease, from_date=date(2027, 9, 1), amount=Decimal(2200))
    days = [date(2027, 3, 31), date(2027, 4, 1), date(2027, 8, 31), date(2027, 9, 1)]
    assert [lease.rent_on(day) for day in days] == [2000, 2100, 2100, 2200]


# --- addenda ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "terms", "words"),
    [
        ("pet", {"deposit": "300.00", "monthly_rent": "35.00"}, "species is missing"),
        ("pet", {"species": "Cat", "deposit": 300, "monthly_rent": "35.00"}, "pet deposit is not usable"),
        ("pet", {"species": "Cat", "deposit": "-1", "monthly_rent": "35.00"}, "pet deposit is not usable"),
        ("parking", {"space": "A-1", "monthly_fee": "NaN"}, "parking fee a month is not usable"),
        ("parking", {"space": "A-1", "monthly_fee": "75.00", "boat": "yes"}, "“boat” is not a term"),
        ("other", {}, "text is missing"),
        ("other", {"text": "a" * 20_001}, "longer than 20,000 characters"),
        ("parking", {"space": "A" * 201, "monthly_fee": "75.00"}, "longer than 200 characters"),
        ("house_rules", {"species": "Cat"}, "“species” is not a term"),
    ],
)
def test_an_addendum_says_what_its_terms_lack(kind: str, terms: dict[str, object], words: str) -> None:
    addendum = Addendum(lease=LeaseFactory(), kind=kind, title="Addendum", terms=terms)
    with pytest.raises(ValidationError, match=words):
        addendum.full_clean()


def test_addenda_with_their_terms_are_fine() -> None:
    AddendumFactory().full_clean()
    AddendumFactory(kind="house_rules", title="House rules", terms={}).full_clean()


@given(
    st.sampled_from(AddendumKind.values), st.recursive(st.none() | st.text() | st.integers() | st.floats(), st.lists)
)
def test_no_terms_are_so_odd_that_they_cannot_be_judged(kind: str, terms: object) -> None:
    assert problems_with_terms(kind, terms)
    assert problems_with_terms(kind, {"deposit": terms, "space": terms})


def test_a_tenant_with_a_lease_is_not_deleted() -> None:
    tenant = LeaseFactory(stage="active").parties.get().tenant
    with pytest.raises(IntegrityError), transaction.atomic():
        Tenant.objects.filter(pk=tenant.pk).delete()
