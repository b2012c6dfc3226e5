"""How days stand in the sentences of the office."""

from datetime import date

from babel.dates import format_date

OFFICE = "en_US"


def long_day(day: date) -> str:
    """January 5, 2027."""
    return format_date(day, "long", locale=OFFICE)


def short_day(day: date) -> str:
    """Jan 5, 2027."""
    return format_date(day, "medium", locale=OFFICE)
