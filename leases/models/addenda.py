"""Addenda: what a lease agrees on beside its own clauses, and what each kind must say."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from leases.models.fields import MAX_TEXT
from leases.models.protected import ProtectedModel

if TYPE_CHECKING:
    from leases.models.lease import Lease


MAX_WORDS = 200


class AddendumKind(models.TextChoices):
    PET = "pet", "Pet"
    PARKING = "parking", "Parking"
    HOUSE_RULES = "house_rules", "House rules"
    OTHER = "other", "Other"


@dataclass(frozen=True)
class Term:
    """One thing an addendum says. Money is dollars as text ("35.00"), so that no rounding creeps in."""

    label: str
    kind: type[str] | type[int] | type[Decimal]
    required: bool = True


TERMS_OF_KIND: dict[str, dict[str, Term]] = {
    AddendumKind.PET: {
        "species": Term("species", str),
        "name": Term("name", str, required=False),
        "breed": Term("breed", str, required=False),
        "weight_lb": Term("weight in pounds", int, required=False),
        "deposit": Term("pet deposit", Decimal),
        "monthly_rent": Term("pet rent a month", Decimal),
    },
    AddendumKind.PARKING: {
        "space": Term("space", str),
        "vehicle": Term("vehicle", str, required=False),
        "plate": Term("license plate", str, required=False),
        "monthly_fee": Term("parking fee a month", Decimal),
    },
    AddendumKind.HOUSE_RULES: {},
    AddendumKind.OTHER: {"text": Term("text", str)},
}


def validate_addendum_kinds(kinds: Any) -> None:
    """Raise ValidationError unless `kinds` is a list of addendum kinds without repeats."""
    if not isinstance(kinds, list) or not all(kind in AddendumKind.values for kind in kinds):
        raise ValidationError(f"Give a list out of: {', '.join(AddendumKind.values)}.")
    if len(set(kinds)) != len(kinds):
        raise ValidationError("Name each kind of addendum once.")


def problems_with_terms(kind: str, terms: Any) -> list[str]:
    """Say in plain words what is wrong with the terms of an addendum of this kind."""
    if not isinstance(terms, dict):
        return ["The terms must be a set of named values."]
    known = TERMS_OF_KIND.get(kind, {})
    problems = [f"“{name}” is not a term of this kind of addendum." for name in sorted(terms.keys() - known.keys())]
    for name, term in known.items():
        value = terms.get(name)
        if value in (None, ""):
            if term.required:
                problems.append(f"The {term.label} is missing ({name}).")
        elif not _fits(value, term.kind):
            problems.append(f"The {term.label} is not usable: {str(value)[:50]!r} ({name}).")
        elif isinstance(value, str) and len(value) > (limit := MAX_TEXT if name == "text" else MAX_WORDS):
            problems.append(f"The {term.label} is longer than {limit:,} characters ({name}).")
    return problems


def _fits(value: object, kind: type) -> bool:
    if kind is Decimal:
        try:
            return isinstance(value, str) and Decimal(value) >= 0 and Decimal(value).is_finite()
        except InvalidOperation:
            return False
    return isinstance(value, kind) and not isinstance(value, bool)


class Addendum(ProtectedModel):
    """A document that goes with a lease and is signed with it. Fixed once the lease has gone out."""

    lease = models.ForeignKey("leases.Lease", models.CASCADE, related_name="addenda")
    kind = models.CharField(max_length=20, choices=AddendumKind)
    title = models.CharField(max_length=200)
    terms = models.JSONField(default=dict, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "addenda"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=AddendumKind.values), name="addendum_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.lease.number})"

    def clean(self) -> None:
        if problems := problems_with_terms(self.kind, self.terms):
            raise ValidationError({"terms": problems})


def missing_kinds(lease: "Lease", present: Iterable[str]) -> list[str]:
    """The kinds of addenda this lease must carry and does not:

    what the property always asks for, and what was agreed.
    """
    wanted = list(lease.unit.property.required_addenda)
    if lease.pets and AddendumKind.PET not in wanted:
        wanted.append(AddendumKind.PET)
    if lease.parking_spaces and AddendumKind.PARKING not in wanted:
        wanted.append(AddendumKind.PARKING)
    have = set(present)
    return [str(kind) for kind in wanted if kind not in have]
