"""Preparing a line asks the database for little, however much the lease holds and however long the run is."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from esign.campaigns import lines
from esign.envelopes.freeze import freeze
from esign.models import Batch, BatchLine, Envelope
from leases.models import Lease, Tenant
from tests.esign.campaigns.conftest import AtPoint, run_of
from tests.esign.factories import BatchRuleFactory
from tests.factories import AddendumFactory, LeaseFactory, RentStepFactory, bring_to

pytestmark = pytest.mark.django_db(transaction=True)


def full_draft() -> Lease:
    """Two tenants and a guarantor, a rent step and an addendum: three documents."""
    lease: Lease = LeaseFactory(tenants=2, guarantors=1, start_date=timezone.localdate() - timedelta(days=330))
    RentStepFactory(lease=lease)
    AddendumFactory(lease=lease)
    return lease


def planned(count: int) -> Batch:
    for _ in range(count):
        bring_to(full_draft(), "active")
    return run_of(BatchRuleFactory(is_active=True))


def lengthen(batch: Batch, *, to: int) -> None:
    """More lines, of other leases: what else they are about plays no part."""
    BatchLine.objects.bulk_create(
        BatchLine(batch=batch, rule=batch.rule, lease=LeaseFactory(tenants=0), occasion=timezone.localdate())
        for _ in range(to - batch.lines.count())
    )
    assert batch.lines.count() == to


def statements(do: Callable[[], object]) -> int:
    """How many it takes, without the beginning and the end of transactions."""
    with CaptureQueriesContext(connection) as captured:
        assert do() is not None
    return sum(1 for one in captured.captured_queries if not one["sql"].startswith(("BEGIN", "COMMIT")))


def test_a_line_takes_forty_statements_at_most_however_many_lines_the_run_has() -> None:
    batch = planned(3)
    first, second, third = batch.lines.order_by("pk")
    lines.prepare(first.pk)  # it also keeps the texts of the product, once for ever
    lengthen(batch, to=5)
    few = statements(lambda: lines.prepare(second.pk))
    assert few <= 40
    lengthen(batch, to=50)
    assert statements(lambda: lines.prepare(third.pk)) == few
    assert Envelope.objects.get(batch_lines=third).documents.count() == 3


def test_a_single_lease_is_sent_with_as_few() -> None:
    freeze(full_draft())
    lease = full_draft()
    assert statements(lambda: freeze(lease)) <= 24


def raise_the_rent() -> None:
    Lease.objects.filter(status="draft").update(rent=Decimal("9999.00"))


def rename_a_tenant() -> None:
    Tenant.objects.update(name="Someone Else")


@pytest.mark.parametrize("change", [raise_the_rent, rename_a_tenant])
def test_what_changes_after_the_one_reading_is_seen_before_it_is_sent(
    change: Callable[[], None], at_point: AtPoint
) -> None:
    line = planned(1).lines.get()
    with at_point("offer-made", change):
        assert lines.prepare(line.pk) is None
    line.refresh_from_db()
    assert line.reason.endswith("was changed while its documents were made. Send it again.")
    assert not Envelope.objects.exists()
    assert line.offer is not None
    assert line.offer.status == "draft"


def test_a_line_whose_run_was_paused_before_the_claim_is_given_back() -> None:
    batch = planned(1)
    Batch.objects.update(paused_at=timezone.now())
    line = batch.lines.get()
    assert lines.prepare(line.pk) is None
    line.refresh_from_db()
    assert not line.is_claimed
    assert line.offer is None
    Batch.objects.update(paused_at=None)
    assert lines.prepare(line.pk) is not None
