"""Documents in Spanish, as Spanish speakers in the United States write them."""

import re
from collections.abc import Sequence

from num2words import num2words

from esign.documents.jurisdictions import STATES
from esign.documents.languages.table import DocumentLanguage

STATE_NAMES = STATES | {
    "HI": "Hawái", "LA": "Luisiana", "MI": "Míchigan", "MS": "Misisipi", "MO": "Misuri", "NE": "Nebraska",
    "NH": "Nuevo Hampshire", "NJ": "Nueva Jersey", "NM": "Nuevo México", "NY": "Nueva York",
    "NC": "Carolina del Norte", "ND": "Dakota del Norte", "OR": "Oregón", "PA": "Pensilvania",
    "SC": "Carolina del Sur", "SD": "Dakota del Sur", "TN": "Tennessee", "TX": "Texas",
    "WV": "Virginia Occidental", "DC": "Distrito de Columbia",
}  # fmt: skip
NOT_STATES = {"DC": "el Distrito de Columbia", "PR": "el Estado Libre Asociado de Puerto Rico"}


def _number_words(number: int) -> str:
    """The library leaves `uno` whole before `mil` and `millones`, where it loses its ending."""
    words: str = num2words(number, lang="es")
    return re.sub(r"(veinti)?uno(?= (?:mil|millones)\b)", lambda found: "veintiún" if found[1] else "un", words)


def _before_noun(words: str) -> str:
    """`Uno` loses its ending before a noun: veintiún dólares, treinta y un dólares."""
    return re.sub(r"(veinti)?uno$", lambda found: "veintiún" if found[1] else "un", words)


def _dollars_in_words(dollars: int, cents: int) -> str:
    joint = " de" if dollars and dollars % 1_000_000 == 0 else ""
    noun = "dólar" if dollars == 1 else "dólares"
    return f"{_before_noun(_number_words(dollars))}{joint} {noun} con {cents:02d}/100"


def _join_names(names: Sequence[str]) -> str:
    """`y` becomes `e` before the sound of i."""
    if len(names) < 2:
        return "".join(names)
    first = names[-1].casefold()
    and_ = "e" if first.startswith(("i", "í")) or (first.startswith("hi") and first[2:3] not in "aeo") else "y"
    return f"{', '.join(names[:-1])} {and_} {names[-1]}"


def _law_of(state: str) -> str:
    return NOT_STATES.get(state) or f"el Estado de {STATE_NAMES[state]}"


SPANISH = DocumentLanguage(
    code="es",
    locale="es",
    long_date_pattern="d 'de' MMMM 'de' y",
    short_date_pattern="dd/MM/y",
    month_year_pattern="MMMM 'de' y",
    ordinal=lambda number: f"{number}.º",
    number_words=_number_words,
    dollars_in_words=_dollars_in_words,
    join_names=_join_names,
    law_of=_law_of,
    of_law=lambda law: f"del {law.removeprefix('el ')}",
    words={"Unit": "Unidad", "unit": "unidad", "Lease": "Contrato", "version": "versión", "Page": "Página", "of": "de",
           "Resident": "Residente"},
    signature_words={
        "tenant": "Inquilino", "guarantor": "Fiador", "landlord": "Arrendador", "by": "Por:", "date": "Fecha de firma",
    },
    addendum_titles={
        "pet": "Anexo de mascotas", "parking": "Anexo de estacionamiento", "house_rules": "Reglas de la casa",
    },
    charge_labels={"pet": "Renta por mascota", "parking": "Estacionamiento"},
    pet_deposit="Depósito por mascota",
    rooms={
        "entry": "Entrada y pasillo", "living": "Sala", "kitchen": "Cocina", "bedroom": "Dormitorio",
        "bathroom": "Baño", "outside": "Balcón, trastero y exterior",
    },
    things={
        "walls": "Paredes y techo", "floor": "Piso", "windows": "Ventanas, mosquiteros y persianas",
        "doors": "Puertas y cerraduras", "lights": "Luces y enchufes", "heating": "Calefacción y aire",
        "cabinets": "Gabinetes y encimeras", "stove": "Estufa, horno y campana", "fridge": "Refrigerador",
        "sink": "Lavabo, grifo y desagüe", "dishwasher": "Lavavajillas y triturador", "closet": "Clóset",
        "toilet": "Inodoro", "shower": "Tina o ducha", "fan": "Extractor y espejo", "railing": "Barandas y superficies",
    },
    subjects={
        "lease": "Firme su contrato {number} para {place}",
        "renewal": "Firme la renovación {number} para {place}",
        "addendum": "Firme un anexo al contrato {number}",
        "notice": "Aviso sobre su contrato {number}",
        "move_in_inspection": "Firme la inspección de entrada del contrato {number}",
    },
)  # fmt: skip
