"""Numbers of leases: short, readable, never given twice."""

from django.db import models, transaction
from django.db.models import F


class LeaseNumberSeries(models.Model):
    """The last number given out in one calendar year.

    Its row is the queue in which two new leases wait for each other.
    """

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "lease number series"

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


def next_lease_number(year: int) -> str:
    """Take the next number of the year, such as L-2026-0042.

    The caller's transaction decides whether it is used.
    """
    with transaction.atomic():
        LeaseNumberSeries.objects.get_or_create(year=year)
        LeaseNumberSeries.objects.filter(year=year).update(last=F("last") + 1)
        last = LeaseNumberSeries.objects.values_list("last", flat=True).get(year=year)
    return f"L-{year}-{last:04d}"
