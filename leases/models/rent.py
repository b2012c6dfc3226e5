"""Rents that change during a lease."""

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from leases.errors import RentStepOutsideTerm
from leases.models.fields import MoneyField, not_negative
from leases.models.protected import ProtectedModel


class RentStep(ProtectedModel):
    """From this day on the monthly rent is this amount. Before the first step it is the lease's own rent."""

    lease = models.ForeignKey("leases.Lease", models.CASCADE, related_name="rent_steps")
    from_date = models.DateField("from")
    amount = MoneyField("monthly rent")

    history = HistoricalRecords()

    class Meta:
        ordering = ["from_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "from_date"],
                name="rent_step_once_a_day",
                violation_error_message="The rent already changes on this day.",
            ),
            *not_negative("amount", table="rent_step"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} from {self.from_date}"

    @property
    def is_within_term(self) -> bool:
        """True if the step lies after the first day of the lease and not after its last."""
        lease = self.lease
        return lease.start_date < self.from_date and (lease.end_date is None or self.from_date <= lease.end_date)

    def clean(self) -> None:
        if self.from_date and self.lease.start_date and not self.is_within_term:
            raise ValidationError({"from_date": str(RentStepOutsideTerm())})
