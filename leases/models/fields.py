"""Field shapes that several tables share."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from leases.names import has_invisible

# A contract is read by people: 20,000 characters are about eight pages.
MAX_TEXT = 20_000


def validate_visible(text: str) -> None:
    """Raise ValidationError for characters that are invisible and that can turn the words around in a contract."""
    if has_invisible(text):
        raise ValidationError("This contains invisible characters. Type it again instead of pasting it.")


class MoneyField(models.DecimalField):  # type: ignore[type-arg]  # not subscriptable at run time
    """US dollars and cents, never negative. Each table that uses it also has a CHECK constraint."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 10)
        kwargs.setdefault("decimal_places", 2)
        kwargs.setdefault("validators", [MinValueValidator(Decimal(0))])
        super().__init__(*args, **kwargs)


def not_negative(*names: str, table: str) -> list[models.CheckConstraint]:
    """One CHECK constraint for each money field, so that the error names the field."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{name}__gte": 0}),
            name=f"{table}_{name}_not_negative",
            violation_error_message=f"{name.replace('_', ' ').capitalize()} cannot be negative.",
        )
        for name in names
    ]
