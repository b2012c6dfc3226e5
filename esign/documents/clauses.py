"""What a document of each kind must contain, whatever its author wrote otherwise.

Clauses are known by a word in their heading; facts by their value standing on the page. This is the office's own
floor and no statement of any state's law: it catches the clause that was deleted by mistake.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from esign.documents import formats

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Clause:
    """A clause by the words of which one stands in its heading, in English and in Spanish."""

    name: str
    english: tuple[str, ...]
    spanish: tuple[str, ...]
    when: Callable[[Context], bool] = lambda context: True

    def stands_in(self, headings: list[str], language: str) -> bool:
        """True when one of the headings has one of the words."""
        words = "|".join(map(re.escape, self.words(language)))
        return any(re.search(rf"\b(?:{words})\b", heading.casefold()) for heading in headings)

    def words(self, language: str) -> tuple[str, ...]:
        """The words of which one has to stand in the heading."""
        return self.spanish if language == "es" else self.english


@dataclass(frozen=True)
class Fact:
    """A value that has to be on the page, in one of the ways in which it may be written."""

    name: str
    written: tuple[str, ...]

    def stands_in(self, text: str) -> bool:
        """True when `text`, with single blanks, says it."""
        folded = text.casefold()
        return any(" ".join(one.casefold().split()) in folded for one in self.written)


LAW = Clause("Governing law", ("law",), ("ley", "derecho"))
SIGNATURES = Clause("Signatures", ("signature", "signatures"), ("firma", "firmas"))
LEAD = Clause(
    "Lead-based paint", ("lead", "lead-based"), ("plomo",), lambda context: context["property"]["needs_lead_disclosure"]
)
DEPOSIT = Clause("Security deposit", ("deposit",), ("depósito",))
RENT = Clause("Rent", ("rent",), ("renta", "alquiler"))

REQUIRED_CLAUSES: dict[str, tuple[Clause, ...]] = {
    "lease": (
        Clause("Parties", ("parties",), ("partes",)),
        Clause("Premises", ("premises", "home", "property"), ("vivienda", "inmueble")),
        Clause("Term", ("term",), ("plazo", "vigencia", "término")),
        RENT,
        DEPOSIT,
        Clause("Condition, maintenance and repairs", ("repairs", "maintenance"), ("reparaciones", "mantenimiento")),
        Clause("Entry by the landlord", ("entry", "access"), ("entrada", "acceso")),
        Clause("Default", ("default", "breach"), ("incumplimiento",)),
        Clause("Notices", ("notices",), ("avisos", "notificaciones")),
        LEAD,
        Clause("Addenda", ("addenda", "addendums"), ("anexos",), lambda context: bool(context["addenda"])),
        LAW,
        Clause("Electronic signatures", ("electronic",), ("electrónicas", "electrónica")),
        SIGNATURES,
    ),
    "renewal": (
        Clause("What changes", ("changes",), ("cambia", "cambios")),
        RENT,
        DEPOSIT,
        Clause("What stays", ("stays", "remains", "unchanged"), ("queda", "permanece", "sigue")),
        LEAD,
        LAW,
        SIGNATURES,
    ),
    "addendum_pet": (
        Clause("Permission", ("permission",), ("permiso",)),
        Clause("Deposit and pet rent", ("deposit",), ("depósito",)),
        Clause("Assistance animals", ("assistance", "service"), ("asistencia", "servicio")),
        SIGNATURES,
    ),
    "addendum_parking": (
        Clause("The space", ("space",), ("lugar", "espacio")),
        Clause("Fee", ("fee",), ("cargo", "cuota")),
        SIGNATURES,
    ),
    "addendum_house_rules": (
        Clause("Rules", ("rules",), ("reglas",)),
        Clause("Accommodation of a disability", ("accommodation",), ("adaptaciones", "ajustes")),
        SIGNATURES,
    ),
    "addendum_other": (SIGNATURES,),
    "guaranty": (
        Clause("Extent of the promise", ("extent", "promise"), ("alcance", "promesa")),
        LAW,
        SIGNATURES,
    ),
    "move_in_inspection": (SIGNATURES,),
}


def required_facts(document: str, context: Context) -> Iterator[Fact]:
    """What the page of this document has to say on this lease."""
    yield Fact("the address of the home", (context["premises"]["address"], context["premises"]["street"]))
    for tenant in context["tenants"]:
        yield Fact(f"the name of every tenant ({tenant['name']})", (tenant["name"],))
    if document != "move_in_inspection":
        yield Fact("the name of the landlord", (context["landlord"]["name"],))
    yield from _OF_KIND.get(document, _nothing)(context)


def _nothing(context: Context) -> Iterator[Fact]:
    return iter(())


def _of_a_lease(context: Context) -> Iterator[Fact]:
    yield _money("the monthly rent", context["rent"]["monthly"])
    yield _day("the first day", context["term"]["start"], context)
    if context["term"]["end"]:
        yield _day("the last day", context["term"]["end"], context)
    for step in context["rent"]["steps"]:
        yield _money("the rent after a step", step["monthly"])
    if context["deposit"]["is_taken"]:
        yield _money("the deposit", context["deposit"]["total"])
    if context["rent"]["has_late_fee"]:
        yield _money("the late fee", context["rent"]["late_fee"])
    for addendum in context["addenda"]:
        yield Fact("the list of addenda", (addendum["title"],))


def _of_a_renewal(context: Context) -> Iterator[Fact]:
    yield Fact("the number of the lease before", (context["renewal"]["number"],))
    yield _money("the rent until now", context["renewal"]["rent"])
    yield _money("the monthly rent", context["rent"]["monthly"])
    yield _day("the first day", context["term"]["start"], context)


def _of_a_pet(context: Context) -> Iterator[Fact]:
    terms = _terms("pet", context)
    yield Fact("what kind of animal it is", (terms["species"],))
    yield from (_money(name, terms[key]) for key, name in _PET_MONEY.items() if terms[key])


def _of_parking(context: Context) -> Iterator[Fact]:
    terms = _terms("parking", context)
    yield Fact("the parking space", (terms["space"],))
    if terms["monthly_fee"]:
        yield _money("the parking fee", terms["monthly_fee"])


def _of_house_rules(context: Context) -> Iterator[Fact]:
    yield from (Fact("every house rule", (rule,)) for rule in context["house_rules"])


def _of_another(context: Context) -> Iterator[Fact]:
    yield Fact("what was agreed (addendum.terms.text)", (_terms("other", context)["text"],))


def _of_a_guaranty(context: Context) -> Iterator[Fact]:
    yield from (Fact("the name of every guarantor", (guarantor["name"],)) for guarantor in context["guarantors"])


def _of_a_rent_change(context: Context) -> Iterator[Fact]:
    yield _money("the rent until now", context["notice"]["current_rent"])
    yield _money("the new rent", context["notice"]["new_rent"])
    yield _day("the day of the change", context["notice"]["effective"], context)


def _of_a_notice_to_vacate(context: Context) -> Iterator[Fact]:
    yield _day("the last day of the tenancy", context["notice"]["effective"], context)


def _of_a_general_notice(context: Context) -> Iterator[Fact]:
    yield _day("the day from which it holds", context["notice"]["effective"], context)
    yield from (Fact("every paragraph of the notice", (text,)) for text in context["notice"]["paragraphs"])


_PET_MONEY = {"deposit": "the pet deposit", "monthly_rent": "the pet rent"}
_OF_KIND: dict[str, Callable[[Context], Iterator[Fact]]] = {
    "lease": _of_a_lease,
    "renewal": _of_a_renewal,
    "addendum_pet": _of_a_pet,
    "addendum_parking": _of_parking,
    "addendum_house_rules": _of_house_rules,
    "addendum_other": _of_another,
    "guaranty": _of_a_guaranty,
    "notice": _of_a_rent_change,
    "notice_to_vacate": _of_a_notice_to_vacate,
    "notice_general": _of_a_general_notice,
}


def _terms(kind: str, context: Context) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(a["terms"] for a in context["addenda"] if a["kind"] == kind)
    return found


def _money(name: str, amount: Any) -> Fact:
    return Fact(name, (formats.money(amount), f"{amount:,.2f}", f"{amount:.2f}"))


def _day(name: str, day: Any, context: Context) -> Fact:
    language = context["language"]
    return Fact(name, (formats.long_date(day, language), formats.short_date(day, language), day.isoformat()))
