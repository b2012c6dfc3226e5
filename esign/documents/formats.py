"""How amounts, dates and counts are written in a document, in each language.

All functions are pure. Money is US dollars; dates come as `datetime.date` or ISO text.
"""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from esign.documents.errors import TemplateProblem
from esign.documents.languages import language_table

CENT = Decimal("0.01")


def amount(value: Any) -> Decimal:
    """`value` as dollars and cents. Raises `TemplateProblem` where it is not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise TemplateProblem("An amount of money is expected here.")
    try:
        return Decimal(str(value)).quantize(CENT, rounding=ROUND_HALF_UP)
    except InvalidOperation:
        raise TemplateProblem(f"“{str(value)[:40]}” is not an amount of money.") from None


def day(value: Any) -> date:
    """`value` as a date. Raises `TemplateProblem` where it is none."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise TemplateProblem(f"“{str(value)[:40]}” is not a date.") from None


def money(value: Any) -> str:
    """`$1,450.00`, and `-$20.00` for a credit."""
    dollars = amount(value)
    return f"{'-' if dollars < 0 else ''}${abs(dollars):,.2f}"


def long_date(value: Any, language: str = "en") -> str:
    """`March 1, 2026`, or `1 de marzo de 2026`."""
    return language_table(language).long_date(day(value))


def short_date(value: Any, language: str = "en") -> str:
    """`03/01/2026`, or `01/03/2026` in Spanish."""
    return language_table(language).short_date(day(value))


def month_year(value: Any, language: str = "en") -> str:
    """`March 2026`, or `marzo de 2026`."""
    return language_table(language).month_year(day(value))


def ordinal(value: Any, language: str = "en") -> str:
    """`1st`, `22nd`, or `1.º`."""
    return language_table(language).ordinal(_whole(value))


def number_words(value: Any, language: str = "en") -> str:
    """A whole number below a thousand million in words: `one thousand four hundred fifty`."""
    number = _whole(value)
    if not 0 <= number < 1_000_000_000:
        raise TemplateProblem(f"{number:,} is too large to be written in words.")
    return language_table(language).number_words(number)


def dollars_in_words(value: Any, language: str = "en") -> str:
    """`one thousand four hundred fifty and 00/100 dollars`, the form that cheques and contracts use."""
    dollars = amount(value)
    if dollars < 0:
        raise TemplateProblem("A negative amount cannot be written in words.")
    return language_table(language).dollars_in_words(int(dollars), int(dollars % 1 * 100))


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TemplateProblem("A whole number is expected here.")
    try:
        number = int(value)
    except ValueError:
        raise TemplateProblem(f"“{str(value)[:40]}” is not a whole number.") from None
    return number


FILTERS: dict[str, Callable[[Any], str]] = {"money": money}
LANGUAGE_FILTERS: dict[str, Callable[[Any, str], str]] = {
    "long_date": long_date,
    "short_date": short_date,
    "month_year": month_year,
    "ordinal": ordinal,
    "number_words": number_words,
    "dollars_in_words": dollars_in_words,
}
