"""Leases read together with everything that their terms print: in four statements, however much that is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from leases.models.lease import Lease


class LeaseQuerySet(models.QuerySet["Lease"]):
    def with_people(self) -> LeaseQuerySet:
        """Each lease with its parties, the place, the owner and the lease it renews."""
        return self.select_related("unit__property__owner", "previous_lease").prefetch_related("parties")

    def with_terms(self) -> LeaseQuerySet:
        """Each lease with everything that its terms print."""
        return self.with_people().prefetch_related("rent_steps", "addenda")

    def locked(self, pk: int) -> Lease:
        """Lock one lease until the transaction ends, and read it as it is then.

        Raises Lease.DoesNotExist also where a draft was given another unit while this waited for the lock: PostgreSQL
        joins the row it waited for to the unit of before, finds that they do not match, and drops it.
        """
        return self.select_for_update(of=("self",), no_key=True).get(pk=pk)


def remember(lease: Lease, part: str, rows: Iterable[Any]) -> None:
    """Let the lease answer with these rows when it is asked for a part of it, as after `with_terms`."""
    known = getattr(lease, part).all()
    known._result_cache, known._prefetch_done = list(rows), True
    lease.__dict__.setdefault("_prefetched_objects_cache", {})[part] = known
