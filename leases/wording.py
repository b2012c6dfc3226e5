"""How days stand in the sentences of the office."""

from datetime import date


def long_day(day: date) -> str:
    """January 5, 2027."""
    return f"{day:%B} {day.day}, {day.year}"
