"""Terms and signers as `Lease.terms()` and `Lease.required_signers()` give them, without a database."""

from dataclasses import dataclass
from datetime import date
from typing import Any

TODAY = date(2026, 2, 10)


@dataclass(frozen=True)
class Person:
    key: str
    role: str
    name: str
    email: str = "someone@example.com"
    phone: str = ""
    order: int = 1
    language: str = "en"
    channel: str = "portal"


def party(number: int, name: str, role: str = "tenant") -> dict[str, Any]:
    return {
        "key": f"{role}{number}",
        "role": role,
        "name": name,
        "email": f"{role}{number}@example.com",
        "phone": "+14155550100",
        "is_primary": role == "tenant" and number == 1,
    }


def lease_terms(**changes: Any) -> dict[str, Any]:
    """The terms of a lease for two co-tenants with a guarantor, a dog and a parking space."""
    terms: dict[str, Any] = {
        "number": "L-2026-0042",
        "version": 1,
        "previous_lease": None,
        "landlord": {
            "legal_name": "Alder Court Holdings LLC",
            "mailing_address": "Alder Court Holdings LLC\n500 Market Street, Suite 1200\nSan Francisco, CA 94105",
            "email": "owners@aldercourt.example",
            "phone": "+14155550199",
            "signatory_name": "Morgan Whitfield",
            "signatory_title": "Managing Member",
        },
        "premises": {
            "property": "Alder Court",
            "street": "214 Alder Street",
            "street2": "",
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
        "term": {"start": "2026-03-10", "end": "2027-03-09", "month_to_month": False},
        "rent": {
            "currency": "USD",
            "monthly": "2450.00",
            "due_day": 1,
            "late_fee": "75.00",
            "late_fee_after_days": 5,
            "steps": [{"from": "2026-09-01", "monthly": "2525.00"}],
        },
        "deposit": "2450.00",
        "pets": 1,
        "parking_spaces": 1,
        "parties": [party(1, "Ana Reyes"), party(2, "Jonathan Park"), party(1, "Luisa Reyes", "guarantor")],
        "addenda": [
            {
                "kind": "pet",
                "title": "Pet Addendum",
                "terms": {
                    "species": "dog", "name": "Bruno", "breed": "Beagle", "weight_lb": 24,
                    "deposit": "300.00", "monthly_rent": "35.00",
                },
            },
            {
                "kind": "parking",
                "title": "Parking Addendum",
                "terms": {
                    "space": "P-17", "vehicle": "Blue 2021 Honda Civic", "plate": "8ABC123", "monthly_fee": "75.00",
                },
            },
            {"kind": "house_rules", "title": "House Rules", "terms": {}},
        ],
        "house_rules": (
            "Quiet hours are from 10 p.m. to 7 a.m.\nThe laundry room closes at 9 p.m.\nBicycles stay in the bike room."
        ),
    }  # fmt: skip
    return {**terms, **changes}


def signers_of(terms: dict[str, Any]) -> list[Person]:
    """Everyone who must sign these terms, the landlord last."""
    order = {"tenant": 1, "guarantor": 2}
    people = [
        Person(p["key"], p["role"], p["name"], p["email"], p["phone"], order[p["role"]]) for p in terms["parties"]
    ]
    landlord = terms["landlord"]
    return [*people, Person("landlord", "landlord", landlord["signatory_name"], landlord["email"], order=3)]
