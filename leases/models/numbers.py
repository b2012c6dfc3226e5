"""Numbers of leases: short, readable, never given twice."""

from django.db import connection, models


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

    The caller's transaction decides whether it is used. One statement: two who ask at once wait in it.
    """
    table = LeaseNumberSeries._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS series (year, last) VALUES (%s, 1)"  # noqa: S608  # a constant
            " ON CONFLICT (year) DO UPDATE SET last = series.last + 1 RETURNING last",
            [year],
        )
        (last,) = cursor.fetchone()
    return f"L-{year}-{last:04d}"
