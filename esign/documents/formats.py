"""How amounts, dates and counts are written in a document, in English and Spanish.

All functions are pure. Money is US dollars; dates come as `datetime.date` or ISO text.
"""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from esign.documents.errors import TemplateProblem

CENT = Decimal("0.01")
MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
        "noviembre", "diciembre",
    ),
}  # fmt: skip
EN_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
EN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ES_SMALL = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
    "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
    "veintinueve",
)  # fmt: skip
ES_TENS = ("treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa")
ES_HUNDREDS = (
    "ciento", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos",
    "ochocientos", "novecientos",
)  # fmt: skip


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
    when = day(value)
    month = MONTHS[_known(language)][when.month - 1]
    return f"{when.day} de {month} de {when.year}" if language == "es" else f"{month} {when.day}, {when.year}"


def short_date(value: Any, language: str = "en") -> str:
    """`03/01/2026`, or `01/03/2026` in Spanish."""
    return day(value).strftime("%d/%m/%Y" if _known(language) == "es" else "%m/%d/%Y")


def month_year(value: Any, language: str = "en") -> str:
    """`March 2026`, or `marzo de 2026`."""
    when = day(value)
    month = MONTHS[_known(language)][when.month - 1]
    return f"{month} de {when.year}" if language == "es" else f"{month} {when.year}"


def ordinal(value: Any, language: str = "en") -> str:
    """`1st`, `22nd`, or `1.º`."""
    number = _whole(value)
    if _known(language) == "es":
        return f"{number}.º"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def number_words(value: Any, language: str = "en") -> str:
    """A whole number below a thousand million in words: `one thousand four hundred fifty`."""
    number = _whole(value)
    if not 0 <= number < 1_000_000_000:
        raise TemplateProblem(f"{number:,} is too large to be written in words.")
    return _spanish(number) if _known(language) == "es" else _english(number)


def dollars_in_words(value: Any, language: str = "en") -> str:
    """`one thousand four hundred fifty and 00/100 dollars`, the form that cheques and contracts use."""
    dollars = amount(value)
    if dollars < 0:
        raise TemplateProblem("A negative amount cannot be written in words.")
    whole, cents = int(dollars), int(dollars % 1 * 100)
    if _known(language) == "es":
        words = _before_noun(_spanish(whole))
        joint = " de" if whole and whole % 1_000_000 == 0 else ""
        return f"{words}{joint} {'dólar' if whole == 1 else 'dólares'} con {cents:02d}/100"
    return f"{_english(whole)} and {cents:02d}/100 dollars"


def _english(number: int) -> str:
    if number < 20:
        return EN_SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return EN_TENS[tens - 2] + (f"-{EN_SMALL[ones]}" if ones else "")
    if number < 1000:
        head, rest = divmod(number, 100)
        return f"{EN_SMALL[head]} hundred" + (f" {_english(rest)}" if rest else "")
    size, name = (1_000_000, "million") if number >= 1_000_000 else (1000, "thousand")
    head, rest = divmod(number, size)
    return f"{_english(head)} {name}" + (f" {_english(rest)}" if rest else "")


def _spanish(number: int) -> str:
    if number < 30:
        return ES_SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ES_TENS[tens - 3] + (f" y {ES_SMALL[ones]}" if ones else "")
    if number == 100:
        return "cien"
    if number < 1000:
        head, rest = divmod(number, 100)
        return ES_HUNDREDS[head - 1] + (f" {_spanish(rest)}" if rest else "")
    if number < 1_000_000:
        head, rest = divmod(number, 1000)
        thousands = "mil" if head == 1 else f"{_before_noun(_spanish(head))} mil"
        return thousands + (f" {_spanish(rest)}" if rest else "")
    head, rest = divmod(number, 1_000_000)
    millions = "un millón" if head == 1 else f"{_before_noun(_spanish(head))} millones"
    return millions + (f" {_spanish(rest)}" if rest else "")


def _before_noun(words: str) -> str:
    """«Uno» loses its ending before a noun: veintiún dólares, treinta y un mil."""
    if words.endswith("veintiuno"):
        return words.removesuffix("veintiuno") + "veintiún"
    return words.removesuffix("o") if words.endswith("uno") else words


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TemplateProblem("A whole number is expected here.")
    try:
        number = int(value)
    except ValueError:
        raise TemplateProblem(f"“{str(value)[:40]}” is not a whole number.") from None
    return number


def _known(language: str) -> str:
    if language not in MONTHS:
        raise TemplateProblem(f"Documents are written in English (en) or Spanish (es), not “{language}”.")
    return language


FILTERS: dict[str, Callable[[Any], str]] = {"money": money}
LANGUAGE_FILTERS: dict[str, Callable[[Any, str], str]] = {
    "long_date": long_date,
    "short_date": short_date,
    "month_year": month_year,
    "ordinal": ordinal,
    "number_words": number_words,
    "dollars_in_words": dollars_in_words,
}
