"""Documents in English."""

from collections.abc import Sequence

from num2words import num2words

from esign.documents.jurisdictions import STATES
from esign.documents.languages.table import DocumentLanguage

NOT_STATES = {"DC": "the District of Columbia", "PR": "the Commonwealth of Puerto Rico"}


def _number_words(number: int) -> str:
    """American contracts write `one hundred one`; the library writes `one hundred and one`."""
    words: str = num2words(number, lang="en")
    return words.replace(" and ", " ").replace(",", "")


def _ordinal(number: int) -> str:
    return str(num2words(number, lang="en", to="ordinal_num"))


def _dollars_in_words(dollars: int, cents: int) -> str:
    return f"{_number_words(dollars)} and {cents:02d}/100 dollars"


def _join_names(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _law_of(state: str) -> str:
    return NOT_STATES.get(state) or f"the State of {STATES[state]}"


ENGLISH = DocumentLanguage(
    code="en",
    locale="en_US",
    long_date_pattern="MMMM d, y",
    short_date_pattern="MM/dd/y",
    month_year_pattern="MMMM y",
    ordinal=_ordinal,
    number_words=_number_words,
    dollars_in_words=_dollars_in_words,
    join_names=_join_names,
    law_of=_law_of,
    of_law=lambda law: f"of {law}",
    words={"Unit": "Unit", "unit": "unit", "Lease": "Lease", "version": "version", "Page": "Page", "of": "of",
           "Resident": "Resident"},
    signature_words={
        "tenant": "Tenant", "guarantor": "Guarantor", "landlord": "Landlord", "by": "By:", "date": "Date signed",
    },
    addendum_titles={},
    charge_labels={"pet": "Pet rent", "parking": "Parking"},
    pet_deposit="Pet deposit",
    rooms={
        "entry": "Entry and hall", "living": "Living room", "kitchen": "Kitchen", "bedroom": "Bedroom",
        "bathroom": "Bathroom", "outside": "Balcony, storage and outside",
    },
    things={
        "walls": "Walls and ceiling", "floor": "Floor", "windows": "Windows, screens and blinds",
        "doors": "Doors and locks", "lights": "Lights and outlets", "heating": "Heating and cooling",
        "cabinets": "Cabinets and counters", "stove": "Stove, oven and hood", "fridge": "Refrigerator",
        "sink": "Sink, faucet and drain", "dishwasher": "Dishwasher and disposal", "closet": "Closet",
        "toilet": "Toilet", "shower": "Tub or shower", "fan": "Fan and mirror", "railing": "Railings and surfaces",
    },
    subjects={
        "lease": "Please sign your lease {number} for {place}",
        "renewal": "Please sign your lease renewal {number} for {place}",
        "addendum": "Please sign an addendum to lease {number}",
        "notice": "Notice about your lease {number}",
        "move_in_inspection": "Please sign the move-in inspection of lease {number}",
    },
)  # fmt: skip
