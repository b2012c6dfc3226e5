"""“Offer a renewal…”: what changes is shown before anything is drafted."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from esign.admin.leases.renewal_offer import offer_url
from leases.models import Lease
from leases.status import LeaseStatus
from tests.esign.admin.words import post, read
from tests.factories import LeaseFactory, bring_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease() -> Lease:
    made: Lease = bring_to(LeaseFactory(rent=Decimal("1850.00"), unit__market_rent=Decimal("2010.00")), "active")
    return made


@pytest.fixture
def leasing(rosa: User, office: Client) -> Client:
    rosa.user_permissions.add(*Permission.objects.filter(codename__in=["add_lease", "change_lease"]))
    return office


def answers(**changed: object) -> dict[str, object]:
    return {"term_months": 12, "kind": "percent", "amount": "4", "rounding": "5", "cap": ""} | changed


def draft(client: Client, lease: Lease, fields: dict[str, object]) -> str:
    shown = client.post(offer_url(lease.pk), fields)
    return post(client, offer_url(lease.pk), **fields, sure="yes", shown=shown.context["mark"])


@pytest.mark.parametrize(
    ("changed", "rent"),
    [
        ({}, "$1,925.00"),  # 1924 to the nearest 5
        ({"kind": "flat", "amount": "50", "rounding": "1"}, "$1,900.00"),
        ({"kind": "market", "amount": "", "rounding": "1"}, "$2,010.00"),
        ({"kind": "market", "amount": "", "rounding": "1", "cap": "5"}, "$1,942.00"),  # 1850 and 5 %, not above
    ],
)
def test_the_preview_shows_the_new_rent_and_keeps_nothing(
    leasing: Client, lease: Lease, changed: dict[str, object], rent: str
) -> None:
    page = post(leasing, offer_url(lease.pk), **answers(**changed))
    assert "What changes" in page
    assert f"Rent a month$1,850.00{rent}" in page
    assert Lease.objects.get() == lease


def test_the_renewal_is_drafted_as_it_was_shown_and_remembers_its_predecessor(leasing: Client, lease: Lease) -> None:
    page = draft(leasing, lease, answers())
    renewal = Lease.objects.exclude(pk=lease.pk).get()
    assert f"It renews {lease.number} at $1,925.00 a month." in page
    assert (renewal.previous_lease, renewal.rent, renewal.status) == (lease, Decimal("1925.00"), LeaseStatus.DRAFT)
    assert lease.audit_events.get(kind="lease.renewal_offered").detail["renewal"] == renewal.number
    old = read(leasing, reverse("admin:leases_lease_change", args=[lease.pk]))
    assert renewal.number in old


def test_an_offer_that_was_changed_after_the_look_is_shown_again(leasing: Client, lease: Lease) -> None:
    shown = leasing.post(offer_url(lease.pk), answers())
    page = post(leasing, offer_url(lease.pk), **answers(amount="40"), sure="yes", shown=shown.context["mark"])
    assert "What changes" in page
    assert Lease.objects.count() == 1


def test_month_to_month_is_an_empty_term(leasing: Client, lease: Lease) -> None:
    page = post(leasing, offer_url(lease.pk), **answers(term_months=""))
    assert "month to month" in page
    draft(leasing, lease, answers(term_months=""))
    assert Lease.objects.get(previous_lease=lease).end_date is None


def test_market_rent_that_no_one_filled_in_is_said(leasing: Client, lease: Lease) -> None:
    lease.unit.market_rent = None
    lease.unit.save()
    page = post(leasing, offer_url(lease.pk), **answers(kind="market", amount=""))
    assert "The unit has no market rent" in page


def test_a_lease_with_a_renewal_is_offered_no_second(leasing: Client, lease: Lease) -> None:
    draft(leasing, lease, answers())
    assert "already has a renewal" in read(leasing, offer_url(lease.pk))
    assert "already has a renewal" in post(leasing, offer_url(lease.pk), **answers())


def test_a_draft_lease_cannot_be_renewed(leasing: Client) -> None:
    assert "only an active lease can be renewed" in read(leasing, offer_url(LeaseFactory().pk))


def test_the_button_of_an_active_lease_leads_here(administrator: Client, lease: Lease) -> None:
    answer = administrator.get(f"{reverse('admin:leases_lease_changelist')}{lease.pk}/renew/")
    assert answer["Location"] == offer_url(lease.pk)


def test_who_may_not_draft_leases_may_not_offer_renewals(bystander: Client, lease: Lease) -> None:
    assert bystander.get(offer_url(lease.pk)).status_code == 403
