"""Notices to many are made of single ones, so their tests share the fixture that sends one; and points to stop at."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from esign.campaigns import by_hand, lines, plan, steering
from esign.models import Batch, BatchRule, CampaignKind, Envelope
from leases.models import Lease
from propertyapp.milestones import reached
from tests.esign.envelopes.notices.conftest import notify
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory

__all__ = ["notify"]

AtPoint = Callable[[str, Callable[[], object]], AbstractContextManager[None]]


@contextmanager
def _at_point(wanted: str, do: Callable[[], object]) -> Iterator[None]:
    done: list[str] = []

    def act(point: str, **_: Any) -> None:
        if point == wanted and not done:
            done.append(point)
            do()

    reached.connect(act, weak=False)
    try:
        yield
    finally:
        reached.disconnect(act)
    assert done, f"nothing came to {wanted}"


@pytest.fixture
def at_point() -> AtPoint:
    """Does something once, when the work comes to that point."""
    return _at_point


def raises(error: BaseException) -> Callable[[], object]:
    def fail() -> object:
        raise error

    return fail


def ending_soon() -> Lease:
    lease: Lease = LeaseFactory(stage="active", start_date=timezone.localdate() - timedelta(days=330))
    return lease


def planned(count: int = 1, rule: BatchRule | None = None) -> Batch:
    for _ in range(count):
        ending_soon()
    return run_of(rule or BatchRuleFactory(is_active=True))


def started(rule: BatchRule, by: User | None = None) -> Batch:
    """Today's run of a rule, before its first line is planned."""
    batch = plan.start(rule, timezone.localdate(), by)
    assert batch is not None
    return batch


def run_of(rule: BatchRule, by: User | None = None) -> Batch:
    """Today's run of a rule, planned to the end."""
    return plan_all(started(rule, by))


def plan_all(batch: Batch) -> Batch:
    while plan.plan_piece(batch.pk):
        pass
    batch.refresh_from_db()
    return batch


def chosen(*leases: Lease) -> QuerySet[Lease]:
    """These leases, as staff choose them in the list."""
    return Lease.objects.filter(pk__in=[lease.pk for lease in leases])


def started_by_hand(kind: CampaignKind, by: User, *leases: Lease, **contents: Any) -> Batch:
    """A run of these leases, planned to the end; it waits for approval."""
    return plan_all(by_hand.start(kind, chosen(*leases), by, **contents))


def approved(batch: Batch, by: User) -> Batch:
    assert steering.approve(batch, by)
    return batch


def prepare_all(batch: Batch) -> list[Envelope]:
    made = [lines.prepare(pk) for pk in batch.lines.order_by("pk").values_list("pk", flat=True)]
    return [envelope for envelope in made if envelope is not None]


def statuses(batch: Batch) -> list[str]:
    return list(batch.lines.order_by("pk").values_list("status", flat=True))
