"""What has to be said of a language so that documents can be written in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date


@dataclass(frozen=True)
class DocumentLanguage:
    """One language. Patterns of dates are Babel's: https://babel.pocoo.org/en/latest/dates.html"""

    code: str
    locale: str
    long_date_pattern: str
    short_date_pattern: str
    month_year_pattern: str
    ordinal: Callable[[int], str]
    number_words: Callable[[int], str]
    dollars_in_words: Callable[[int, int], str]  # (dollars, cents)
    join_names: Callable[[Sequence[str]], str]
    law_of: Callable[[str], str]  # "the State of California", from CA
    of_law: Callable[[str], str]  # "of the State of California", from "the State of California"
    words: Mapping[str, str]  # unit, lease, version, “Page 1 of 3”
    signature_words: Mapping[str, str]  # the roles, "By:" and "Date signed"
    addendum_titles: Mapping[str, str]  # by kind; a kind that is missing keeps the title that staff gave it
    charge_labels: Mapping[str, str]  # by kind of addendum
    pet_deposit: str
    rooms: Mapping[str, str]
    things: Mapping[str, str]  # what an inspection looks at
    subjects: Mapping[str, str]  # of Docusign's mails, by purpose or by document

    def long_date(self, day: date) -> str:
        return format_date(day, self.long_date_pattern, locale=self.locale)

    def short_date(self, day: date) -> str:
        return format_date(day, self.short_date_pattern, locale=self.locale)

    def month_year(self, day: date) -> str:
        return format_date(day, self.month_year_pattern, locale=self.locale)
