"""Active leases that end soon, written in bulk: what a rule of renewals finds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from leases import triggers
from leases.models import Lease, LeaseParty, Tenant, Unit
from tests.factories import LeaseFactory, LeasePartyFactory, PropertyFactory, bring_to

UNITS = 50  # of one property
ROWS = 500
Row = TypeVar("Row", bound=Model)


def seed(count: int) -> list[str]:
    """Leases like one that was signed by everyone; Docusign mails their tenants, whose addresses are answered."""
    lease = LeaseFactory(tenants=0, start_date=timezone.localdate() - timedelta(days=330))
    party = LeasePartyFactory(lease=lease, is_primary=True, tenant__preferred_channel="email")
    bring_to(lease, "active")
    lease.refresh_from_db()
    unit, tenant = lease.unit, party.tenant
    homes = [unit.property, *(PropertyFactory(owner=unit.property.owner) for _ in range((count - 1) // UNITS))]
    numbers = range(1, count)
    with _without_triggers():
        units = _written(Unit, [_like(unit, property=homes[n // UNITS], number=f"U{n}") for n in numbers])
        tenants = _written(
            Tenant, [_like(tenant, name=f"Ada Okafor-{n}", email=f"ada{n}@mail.example") for n in numbers]
        )
        leases = _written(
            Lease, [_like(lease, unit=units[n - 1], number=f"L-{lease.start_date.year}-9{n:06}") for n in numbers]
        )
        _written(LeaseParty, [_like(party, lease=leases[n - 1], tenant=tenants[n - 1]) for n in numbers])
    if connection.vendor == "postgresql":  # SQLite keeps no figures by itself, and would be misled by rows all alike
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return [tenant.email, *(one.email for one in tenants)]


def _like(row: Row, **changes: object) -> Row:
    another = copy(row)
    another._state = copy(row._state)
    another._state.fields_cache = {}
    another._state.adding, another.pk = True, None
    for name, value in changes.items():
        setattr(another, name, value)
    return another


def _written(model: Any, rows: list[Row]) -> list[Row]:
    written: list[Row] = model._default_manager.bulk_create(rows, batch_size=ROWS)
    return written


@contextmanager
def _without_triggers() -> Iterator[None]:
    """They would refuse a lease that begins as an active one."""
    for one in triggers.kept():
        triggers.lift(connection, one)
    try:
        yield
    finally:
        for one in triggers.kept():
            triggers.install(connection, one)
