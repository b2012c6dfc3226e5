"""How days stand in the sentences of the office."""

from datetime import date


def long_day(day: date) -> str:
    """January 5, 2027."""
    return f"{day:%B} {day.day}, {day.year}"


def short_day(day: date) -> str:
    """Jan 5, 2027."""
    return f"{day:%b} {day.day}, {day.year}"
