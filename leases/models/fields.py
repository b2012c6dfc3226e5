"""Field shapes that several tables share."""

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models


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
