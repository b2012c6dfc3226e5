"""Amounts, dates and counts as contracts write them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.documents import formats
from esign.documents.errors import TemplateProblem


def test_money_has_a_dollar_sign_thousands_and_cents() -> None:
    assert formats.money("1450") == "$1,450.00"
    assert formats.money(Decimal("1234567.005")) == "$1,234,567.01"
    assert formats.money(-20) == "-$20.00"


def test_dates_are_written_out_in_both_languages() -> None:
    assert formats.long_date(date(2026, 3, 1)) == "March 1, 2026"
    assert formats.long_date("2026-03-01", "es") == "1 de marzo de 2026"
    assert formats.short_date(date(2026, 3, 1)) == "03/01/2026"
    assert formats.short_date(date(2026, 3, 1), "es") == "01/03/2026"
    assert formats.month_year(date(2026, 3, 1), "es") == "marzo de 2026"


@pytest.mark.parametrize(
    ("number", "written"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd"), (111, "111th")],
)  # fmt: skip
def test_ordinals(number: int, written: str) -> None:
    assert formats.ordinal(number) == written


@pytest.mark.parametrize(
    ("amount", "english", "spanish"),
    [
        ("0", "zero and 00/100 dollars", "cero dólares con 00/100"),
        ("1", "one and 00/100 dollars", "un dólar con 00/100"),
        ("21.50", "twenty-one and 50/100 dollars", "veintiún dólares con 50/100"),
        ("31", "thirty-one and 00/100 dollars", "treinta y un dólares con 00/100"),
        ("100", "one hundred and 00/100 dollars", "cien dólares con 00/100"),
        ("101", "one hundred one and 00/100 dollars", "ciento un dólares con 00/100"),
        ("1000", "one thousand and 00/100 dollars", "mil dólares con 00/100"),
        ("2450.99", "two thousand four hundred fifty and 99/100 dollars",
         "dos mil cuatrocientos cincuenta dólares con 99/100"),
        ("21000", "twenty-one thousand and 00/100 dollars", "veintiún mil dólares con 00/100"),
        ("1000000", "one million and 00/100 dollars", "un millón de dólares con 00/100"),
    ],
)  # fmt: skip
def test_amounts_in_words(amount: str, english: str, spanish: str) -> None:
    assert formats.dollars_in_words(amount) == english
    assert formats.dollars_in_words(amount, "es") == spanish


@given(st.integers(0, 999_999_999), st.sampled_from(["en", "es"]))
def test_neighbouring_numbers_never_share_their_words(number: int, language: str) -> None:
    other = number + 1 if number < 999_999_999 else 0
    assert formats.number_words(number, language) != formats.number_words(other, language)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (formats.money, "ten"),
        (formats.money, None),
        (formats.money, True),
        (formats.long_date, "soon"),
        (formats.ordinal, "first"),
        (formats.dollars_in_words, -1),
        (formats.number_words, 10**9),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(call: object, value: object) -> None:
    with pytest.raises(TemplateProblem):
        call(value)  # type: ignore[operator]  # the table above mixes functions on purpose


def test_a_third_language_is_refused_and_not_guessed() -> None:
    with pytest.raises(TemplateProblem, match="English"):
        formats.long_date(date(2026, 1, 1), "fr")
