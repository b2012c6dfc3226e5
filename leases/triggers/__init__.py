"""The database's own refusals: what no code, form or SQL statement can get past.

Triggers (and on PostgreSQL an exclusion constraint) hold the promises that span several rows:

- a lease begins as a draft and moves only along `leases.status.TRANSITIONS`;
- it cannot be executed, active, ended or renewed unless every party and the landlord signed exactly its
  version;
- once it has gone out, its terms, parties, rent steps and addenda cannot change;
- signatures are only ever added, and only by those whose signature the lease asks for;
- no two live leases hold a unit on the same day.

Each refusal starts with `leases:` and a name; `named_errors` turns it into the error of that name. Migration 0002
installs the guards; `leases.apps` puts back what is missing after every migrate, takes them off before SQLite alters
one of these tables (it could not with a trigger that mentions it), and warns by a system check if one is gone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from leases import errors
from leases.triggers import postgresql, sqlite

NAMED: dict[str, Callable[[], errors.LeaseError]] = {
    "leases:terms_frozen": errors.TermsFrozen,
    "leases:signatures_missing": errors.SignaturesMissing,
    "leases:signatures_are_kept": errors.SignaturesAreKept,
    "leases:not_a_signer": lambda: errors.NotASigner("The lease does not ask for this signature."),
    "leases:lease_is_kept": errors.LeaseIsKept,
    "leases:unit_already_let": errors.UnitAlreadyLet,
    "lease_unit_not_let_twice": errors.UnitAlreadyLet,  # the exclusion constraint of PostgreSQL
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


class GuardedModel(models.Model):
    """A table with guards: what they refuse on save or delete is raised as a LeaseError."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with named_errors():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with named_errors():
            return super().delete(*args, **kwargs)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every guard in place. Harmless where they are already."""
    with connection.cursor() as cursor:
        for statement in _dialect(connection).INSTALL:
            cursor.execute(statement)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Take every guard off, for a change of the tables or to empty them."""
    with connection.cursor() as cursor:
        for statement in _dialect(connection).LIFT:
            cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """Names of the guards that the database lacks."""
    with connection.cursor() as cursor:
        cursor.execute(_dialect(connection).PRESENT)
        return set(_dialect(connection).NAMES) - {name for (name,) in cursor.fetchall()}


def _dialect(connection: BaseDatabaseWrapper) -> Any:
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
