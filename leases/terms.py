"""The terms of a lease as plain data, and their fingerprint.

What is in: everything a contract prints, legal names and addresses included, because a signature covers what
was on the page. What is out: how somebody is reached to sign (language, channel) and everything about the
stage of the lease. The terms are written down when the lease goes out (`Lease.sent_terms`) and the
fingerprint is taken of that record, so a corrected e-mail address or a married name afterwards changes
neither the contract nor its fingerprint; template text that is wrong in the contract itself is put right by
withdrawing it.
"""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leases.signers import in_signing_order

if TYPE_CHECKING:
    from leases.models import Lease, Unit


def money(amount: Decimal) -> str:
    """1850 -> "1850.00"."""
    return f"{amount:.2f}"


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def build_terms(lease: "Lease") -> dict[str, Any]:
    """What the lease says now, as JSON-able data: amounts as text with two decimals, dates as ISO text."""
    unit = lease.unit
    home = unit.property
    owner = home.owner
    return {
        "number": lease.number,
        "version": lease.version,
        "previous_lease": lease.previous_lease.number if lease.previous_lease else None,
        "landlord": {
            "legal_name": owner.legal_name,
            "mailing_address": owner.mailing_address,
            "email": owner.email,
            "phone": str(owner.phone),
            "signatory_name": owner.signatory_name,
            "signatory_title": owner.signatory_title,
        },
        "premises": _premises(unit),
        "term": {
            "start": _day(lease.start_date),
            "end": _day(lease.end_date),
            "month_to_month": lease.end_date is None,
        },
        "rent": {
            "currency": "USD",
            "monthly": money(lease.rent),
            "due_day": lease.due_day,
            "late_fee": money(lease.late_fee),
            "late_fee_after_days": lease.late_fee_after_days,
            "steps": [
                {"from": _day(step.from_date), "monthly": money(step.amount)}
                for step in sorted(lease.rent_steps.all(), key=lambda step: step.from_date)
            ],
        },
        "deposit": money(lease.deposit),
        "pets": lease.pets,
        "parking_spaces": lease.parking_spaces,
        "parties": _parties(lease),
        "addenda": [
            {"kind": addendum.kind, "title": addendum.title, "terms": addendum.terms}
            for addendum in sorted(lease.addenda.all(), key=lambda addendum: addendum.pk)
        ],
        "house_rules": home.house_rules,
    }


def _premises(unit: "Unit") -> dict[str, Any]:
    home = unit.property
    return {
        "property": home.name,
        "street": home.street,
        "street2": home.street2,
        "city": home.city,
        "state": home.state,
        "postal_code": home.postal_code,
        "country": home.country,
        "jurisdiction": home.jurisdiction,
        "time_zone": home.time_zone,
        "year_built": home.year_built,
        "unit": unit.number,
        "bedrooms": unit.bedrooms,
        "bathrooms": str(unit.bathrooms.normalize()) if unit.bathrooms else "0",
        "square_feet": unit.square_feet,
    }


def _parties(lease: "Lease") -> list[dict[str, Any]]:
    return [
        {
            "key": party.key,
            "role": party.role,
            "name": party.tenant.name,
            "email": party.tenant.email,
            "phone": str(party.tenant.phone),
            "is_primary": party.is_primary,
        }
        for party in in_signing_order(lease.parties.all())
    ]
