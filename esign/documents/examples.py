"""Leases to try a template text on: two that never were, and real ones fitted to what a document needs.

A template text that is right for one lease may fail on the next, so every check runs on a lease that has everything and
on one that has as little as a lease may have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from esign.documents import extras
from esign.documents.packet import ADDENDUM

LEAST_PARKING = {"space": "12"}
LEAST_PET = {"species": "cat"}
ADDENDA: dict[str, tuple[str, dict[str, Any]]] = {
    "pet": (
        "Pet Addendum",
        {
            "species": "dog", "name": "Biscuit", "breed": "Border Collie", "weight_lb": 38,
            "deposit": "300.00", "monthly_rent": "35.00",
        },
    ),
    "parking": (
        "Parking Addendum",
        {"space": "P-17", "vehicle": "Blue 2021 Honda Civic", "plate": "8ABC123", "monthly_fee": "75.00"},
    ),
    "house_rules": ("House Rules", {}),
    "other": ("Storage Addendum", {"text": "Tenant may use storage locker 9 during the term of the lease."}),
}  # fmt: skip
KIND_WORDS = {"pet": "pet addendum", "parking": "parking addendum", "house_rules": "house rules", "other": "addendum"}
HOUSE_RULES = "Quiet hours are from 10 p.m. to 7 a.m.\nThe laundry room closes at 9 p.m."


@dataclass(frozen=True)
class Signatory:
    """A signer of an example."""

    key: str
    role: str
    name: str
    email: str
    phone: str
    order: int
    channel: str = "portal"


@dataclass(frozen=True)
class Example:
    """A lease to try a template text on. `name` completes “on …”; `added` tells what the lease itself does not have."""

    name: str
    terms: Mapping[str, Any]
    signers: Sequence[Any]
    previous_terms: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    added: str = ""


def examples_for(document: str, language: str, on: date) -> Iterator[Example]:
    """What a template text of this document has to be right for."""
    full = fitted(Example("a lease with everything", _full(on), ()), document, language, on)
    least = fitted(Example("a lease with as little as possible", _least(on), ()), document, language, on, least=True)
    if document == "notice_to_vacate":
        by_tenant = extras.vacate(given_by="tenant", effective=on + timedelta(days=60))
        yield replace(full, name="a notice given by the landlord")
        yield replace(least, name="a notice given by the tenant", extra={"notice": by_tenant})
        return
    yield full
    yield least


def fitted(lease: Example, document: str, language: str, on: date, *, least: bool = False) -> Example:
    """The same lease with what this document needs and the lease may lack: an addendum, a notice, a lease before."""
    terms, added = dict(lease.terms), ""
    if document.startswith(ADDENDUM):
        terms, added = _with_addendum(terms, document.removeprefix(ADDENDUM), least=least)
    if document == "guaranty" and not any(party["role"] == "guarantor" for party in terms["parties"]):
        terms["parties"] = [*terms["parties"], _party(1, "Luisa Reyes Andrade", "guarantor")]
        added = "an example guarantor"
    extra = dict(lease.extra) or _extra(terms, document, language, on, least=least)
    previous = lease.previous_terms
    if document == "renewal" and previous is None:
        previous = {**terms, "number": "L-2025-0007", "previous_lease": None}
        added = "itself as the lease before"
    if document in {"notice", "notice_to_vacate", "notice_general"}:
        added = "an example notice"
    return replace(
        lease,
        terms=terms,
        signers=lease.signers if lease.signers and not added else signers_of(terms),
        previous_terms=previous if document == "renewal" else None,
        extra=extra,
        added=added,
    )


def signers_of(terms: Mapping[str, Any]) -> list[Signatory]:
    """Everyone who must sign these terms, the landlord last."""
    order = {"tenant": 1, "guarantor": 2}
    people = [
        Signatory(party["key"], party["role"], party["name"], party["email"], party["phone"], order[party["role"]])
        for party in terms["parties"]
    ]
    owner = terms["landlord"]
    return [*people, Signatory("landlord", "landlord", owner["signatory_name"], owner["email"], owner["phone"], 3)]


def _with_addendum(terms: dict[str, Any], kind: str, *, least: bool) -> tuple[dict[str, Any], str]:
    if any(addendum["kind"] == kind for addendum in terms["addenda"]):
        return terms, ""
    title, says = ADDENDA[kind]
    says = {"pet": LEAST_PET, "parking": LEAST_PARKING}.get(kind, says) if least else says
    terms = {**terms, "addenda": [*terms["addenda"], {"kind": kind, "title": title, "terms": says}]}
    if kind == "house_rules" and not terms["house_rules"]:
        terms["house_rules"] = HOUSE_RULES
    return terms, f"example values for its {KIND_WORDS[kind]}"


def _extra(terms: Mapping[str, Any], document: str, language: str, on: date, *, least: bool) -> dict[str, Any]:
    premises = terms["premises"]
    if document == "notice":
        rent = Decimal(terms["rent"]["monthly"])
        change = rent + (Decimal(-100) if least else Decimal(150))
        reason = "" if least else "The rent has not changed for two years."
        effective = on.replace(day=1) + timedelta(days=92)
        notice = extras.rent_change(
            current_rent=rent, new_rent=change, effective=effective, due_day=terms["rent"]["due_day"], reason=reason
        )
        return {"notice": notice}
    if document == "notice_to_vacate":
        reason = "" if least else "The building will be renovated."
        return {"notice": extras.vacate(given_by="landlord", effective=on + timedelta(days=60), reason=reason)}
    if document == "notice_general":
        text = "The water is shut off." if least else "The water is shut off from 9 a.m. to noon.\n\nStore some before."
        return {"notice": extras.general(effective=on + timedelta(days=7), text=text)}
    if document == "move_in_inspection":
        bedrooms, bathrooms = int(premises["bedrooms"] or 0), Decimal(premises["bathrooms"] or 1)
        return {"inspection": extras.inspection(bedrooms=bedrooms, bathrooms=bathrooms, language=language)}
    return {}


def _party(number: int, name: str, role: str = "tenant", *, reachable: bool = True) -> dict[str, Any]:
    return {
        "key": f"{role}{number}",
        "role": role,
        "name": name,
        "email": f"{role}{number}@mail.example" if reachable else "",
        "phone": f"+1415555010{number}" if reachable else "",
        "is_primary": role == "tenant" and number == 1,
    }


def _full(on: date) -> dict[str, Any]:
    start = on.replace(day=10) + timedelta(days=31)
    return {
        "number": "L-2026-0042",
        "version": 2,
        "previous_lease": "L-2025-0007",
        "landlord": {
            "legal_name": "Alder Court Holdings LLC",
            "mailing_address": "500 Market Street, Suite 1200\nSan Francisco, CA 94105",
            "email": "owners@aldercourt.example",
            "phone": "+14155550199",
            "signatory_name": "Morgan Whitfield",
            "signatory_title": "Managing Member",
        },
        "premises": {
            "property": "Alder Court",
            "street": "214 Alder Street",
            "street2": "Building C",
            "city": "San Francisco",
            "state": "CA",
            "postal_code": "94110",
            "country": "US",
            "jurisdiction": "US-CA",
            "time_zone": "America/Los_Angeles",
            "year_built": 1964,
            "unit": "4B",
            "bedrooms": 2,
            "bathrooms": "1.5",
            "square_feet": 870,
        },
        "term": {
            "start": start.isoformat(),
            "end": (start + timedelta(days=364)).isoformat(),
            "month_to_month": False,
        },
        "rent": {
            "currency": "USD",
            "monthly": "2450.00",
            "due_day": 1,
            "late_fee": "75.00",
            "late_fee_after_days": 5,
            "steps": [{"from": (start + timedelta(days=180)).isoformat(), "monthly": "2525.00"}],
        },
        "deposit": "2450.00",
        "pets": 1,
        "parking_spaces": 1,
        "parties": [
            _party(1, "Ana María Reyes Andrade"),
            _party(2, "Jonathan Park"),
            _party(1, "Luisa Reyes Andrade", "guarantor"),
        ],
        "addenda": [{"kind": kind, "title": title, "terms": terms} for kind, (title, terms) in ADDENDA.items()],
        "house_rules": HOUSE_RULES,
    }


def _least(on: date) -> dict[str, Any]:
    full = _full(on)
    return {
        **full,
        "number": "L-2026-0043",
        "version": 1,
        "previous_lease": None,
        "landlord": {
            **full["landlord"],
            "legal_name": "Morgan Whitfield",
            "signatory_title": "",
            "phone": "",
        },
        "premises": {
            **full["premises"],
            "street2": "",
            "year_built": 2015,
            "bedrooms": 0,
            "square_feet": None,
        },
        "term": {"start": full["term"]["start"][:8] + "01", "end": None, "month_to_month": True},
        "rent": {**full["rent"], "late_fee": "0.00", "late_fee_after_days": 0, "steps": []},
        "deposit": "0.00",
        "pets": 0,
        "parking_spaces": 0,
        "parties": [_party(1, "Jonathan Park", reachable=False)],
        "addenda": [],
        "house_rules": "",
    }
