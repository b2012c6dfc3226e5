"""The list of leases: what it shows, finds and costs."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leases.models import Lease
from tests.factories import LeaseFactory, LeasePartyFactory, PropertyFactory, RentStepFactory, TenantFactory, bring_to

ROLL = reverse("admin:leases_lease_changelist")


def found(client: Client, **query: str) -> set[Lease]:
    response = client.get(ROLL, query)
    assert response.status_code == 200
    return set(response.context["cl"].result_list)


def test_the_rent_roll_says_who_rents_what_until_when_and_for_how_much(boss: Client) -> None:
    lease = LeaseFactory(tenants=2, guarantors=1, start_date=date(2027, 1, 1), stage="out_for_signature")
    page = boss.get(ROLL).content.decode()
    first, second, guarantor = (party.tenant.name for party in lease.parties.all())
    for words in (
        lease.number, str(lease.unit), f"{first}, {second}", "Jan 1, 2027", "Dec 31, 2027", "$2,000.00",
        "Out for signature",
    ):  # fmt: skip
        assert words in page
    assert guarantor not in page


def test_the_rent_is_that_of_today(boss: Client) -> None:
    lease = LeaseFactory()
    RentStepFactory(lease=lease, from_date=lease.start_date + timedelta(days=5), amount=Decimal(2345))
    bring_to(lease, "active")
    assert "$2,345.00" in boss.get(ROLL).content.decode()


def test_the_rent_roll_costs_the_same_for_two_leases_and_for_ten(boss: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert boss.get(ROLL).status_code == 200
        return len(captured)

    for _ in range(2):
        LeaseFactory(tenants=2, stage="active")
    boss.get(ROLL)
    few = queries()
    for _ in range(8):
        RentStepFactory(lease=LeaseFactory(tenants=3, guarantors=1, unit__property=PropertyFactory()))
    assert queries() == few


@pytest.mark.parametrize("words", ["L-", "Ingrid", "solheim@mail", "Harbor Row", "42B"])
def test_a_lease_is_found_by_number_person_address_and_unit(boss: Client, words: str) -> None:
    lease = LeaseFactory(tenants=0, unit__number="42B", unit__property=PropertyFactory(name="Harbor Row"))
    LeasePartyFactory(lease=lease, tenant=TenantFactory(name="Ingrid Solheim", email="ingrid.solheim@mail.example"))
    other = LeaseFactory()
    expected = {lease, other} if words == "L-" else {lease}
    assert found(boss, q=words) == expected


def test_leases_are_filtered_by_stage_property_and_end(boss: Client) -> None:
    today = timezone.localdate()
    ending = LeaseFactory(end_date=today + timedelta(days=45), stage="active")
    rolling = LeaseFactory(end_date=None, stage="active")
    draft = LeaseFactory(end_date=today + timedelta(days=45))
    assert found(boss, status__exact="active") == {ending, rolling}
    assert found(boss, ends="60") == {ending}
    assert found(boss, ends="30") == set()
    assert found(boss, ends="never") == {rolling}
    assert found(boss, unit__property__id__exact=str(draft.unit.property_id)) == {draft}


def test_a_stranger_does_not_see_the_rent_roll(client: Client, db: None) -> None:
    response = client.get(ROLL)
    assert response.status_code == 302
    assert "login" in response["Location"]
