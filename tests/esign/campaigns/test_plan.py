"""What a rule would do is said before it does it, and comes true."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign.campaigns import plan, renewal_batches
from esign.models import BatchLine, BatchRule
from leases.models import AddendumKind, IncreaseKind, Lease
from tests.esign.admin.conftest import office, rosa
from tests.esign.admin.words import read
from tests.esign.campaigns.conftest import ending_soon, prepare_all
from tests.esign.factories import BatchRuleFactory

__all__ = ["office", "rosa"]  # fixtures of staff at their desks

pytestmark = pytest.mark.django_db(transaction=True)


def without_an_address(lease: Lease) -> None:
    owner = lease.unit.property.owner
    owner.email = owner.signatory_email = ""
    owner.save()


def with_a_name_that_hides_text(lease: Lease) -> None:
    tenant = lease.parties.get(role="tenant").tenant
    type(tenant).objects.filter(pk=tenant.pk).update(name="Ann\u202e Lee")


def without_the_rent_of_the_market(lease: Lease) -> None:
    home = lease.unit.property
    home.renewal_increase_kind = IncreaseKind.MARKET
    home.save()
    lease.unit.market_rent = None
    lease.unit.save()


def without_an_addendum_that_its_property_asks_for(lease: Lease) -> None:
    home = lease.unit.property
    home.required_addenda = [AddendumKind.PET]
    home.save()


@pytest.mark.parametrize(
    "spoil",
    [
        without_an_address,
        with_a_name_that_hides_text,
        without_the_rent_of_the_market,
        without_an_addendum_that_its_property_asks_for,
    ],
)
def test_what_is_foretold_of_a_lease_is_why_it_is_skipped(spoil: Callable[[Lease], None], office: Client) -> None:
    spoil(ending_soon())
    rule: BatchRule = BatchRuleFactory()
    (due,) = plan.due_now(rule)
    assert due.problems
    page = read(office, reverse("admin:esign_batchrule_run", args=[rule.pk]))
    assert "1 of them would be skipped as it stands" in page
    batch = renewal_batches.plan_batch(rule, timezone.localdate())
    assert batch is not None
    assert prepare_all(batch) == []
    line = batch.lines.get()
    assert line.status == BatchLine.Status.SKIPPED
    for problem in due.problems:
        assert problem in page
        assert problem in line.reason


def test_nothing_is_foretold_of_a_lease_that_gets_its_offer(office: Client) -> None:
    lease = ending_soon()
    rule: BatchRule = BatchRuleFactory()
    (due,) = plan.due_now(rule)
    assert (due.lease, due.problems) == (lease, ())
    page = read(office, reverse("admin:esign_batchrule_run", args=[rule.pk]))
    assert "would be skipped" not in page
    assert "mend" not in page


def test_a_large_plan_is_read_with_the_same_statements_as_a_small_one(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    ending_soon()
    rule: BatchRule = BatchRuleFactory()
    with django_assert_max_num_queries(12) as few:
        assert len(plan.due_now(rule)) == 1
    for _ in range(4):
        ending_soon()
    with django_assert_max_num_queries(len(few)):
        assert len(plan.due_now(rule)) == 5
