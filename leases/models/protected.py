"""Tables with triggers: what the database refuses is raised as a `LeaseError` that says what is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction

from leases import errors

# Each refusal of `leases.lease_rules` starts with `leases:` and a name.
NAMED: dict[str, Callable[[], errors.LeaseError]] = {
    "leases:terms_frozen": errors.TermsFrozen,
    "leases:signatures_missing": errors.SignaturesMissing,
    "leases:signatures_are_kept": errors.SignaturesAreKept,
    "leases:not_a_signer": lambda: errors.NotASigner("The lease does not ask for this signature."),
    "leases:lease_is_kept": errors.LeaseIsKept,
    "leases:unit_already_let": errors.UnitAlreadyLet,
    "lease_unit_not_let_twice": errors.UnitAlreadyLet,  # the exclusion constraint of PostgreSQL
    # The index by which a lease has one live renewal: PostgreSQL names it, SQLite names its column.
    "lease_one_live_successor": errors.AlreadyRenewed,
    "leases_lease.previous_lease_id": errors.AlreadyRenewed,
    "leases:version_skipped": lambda: errors.StaleVersion("A withdrawn lease goes on as its next version."),
    "leases:nothing_to_sign": lambda: errors.WrongStatus(
        "A signature can only be recorded on the version that is out for signature."
    ),
    "leases:rent_step_outside_term": errors.RentStepOutsideTerm,
    "leases:wrong_status": lambda: errors.WrongStatus("A lease cannot go from its stage to that one."),
}


@contextmanager
def named_errors() -> Iterator[None]:
    """Run the block in a transaction (a savepoint inside one) and name what the database refuses."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as refusal:
        for mark, error in NAMED.items():
            if mark in str(refusal):
                raise error() from refusal
        raise


class ProtectedModel(models.Model):
    """A table with triggers: what they refuse on save or delete is raised as a LeaseError."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with named_errors():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with named_errors():
            return super().delete(*args, **kwargs)
