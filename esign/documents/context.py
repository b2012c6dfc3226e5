"""From the terms of a lease to the variables of a template.

The input is what `Lease.terms()` gives (see `leases.terms`), which is also what is stored with the lease when it
goes out: documents can be rendered again from the record alone. The output is mappings, lists, text, Decimals
and dates, with nothing in it that could be called.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from esign.documents.errors import DocumentError
from esign.documents.jurisdictions import state_of
from esign.documents.languages import language_table
from esign.documents.schedule import Payment, Rate, prorated, rent_schedule

Values = dict[str, Any]
LEAD_PAINT_YEAR = 1978  # homes built before it need the federal disclosure: 42 U.S.C. 4852d
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# What an addendum of each kind may say; a template may ask for all of it, filled or not.
ADDENDUM_TERMS = {
    "pet": ("species", "name", "breed", "weight_lb", "deposit", "monthly_rent"),
    "parking": ("space", "vehicle", "plate", "monthly_fee"),
    "house_rules": (),
    "other": ("text",),
}
MONEY_TERMS = frozenset({"deposit", "monthly_rent", "monthly_fee"})


class TermsIncomplete(DocumentError):
    """The record of a lease's terms lacks something that every document needs."""


def build_context(
    terms: Mapping[str, Any],
    *,
    today: date,
    language: str = "en",
    company: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Values:
    """The variables of a document of this lease.

    `today` is the day that is printed as the document's date; `company` has the `name` and `email` of the
    managing office; `extra` adds groups that only some documents have, such as `renewal` or `notice`. Raises
    `TermsIncomplete` for terms that are not a lease's, `UnknownJurisdiction` for a law we cannot name.
    """
    try:
        return _build(terms, today, language, company or {}, extra or {})
    except KeyError as missing:
        raise TermsIncomplete(f"The terms of this lease have no {missing}.") from missing
    except (ValueError, TypeError, AttributeError, ArithmeticError) as wrong:
        # The record is data from elsewhere: a date that is none, a list where an amount should be.
        raise TermsIncomplete(f"The terms of this lease cannot be used: {wrong}") from wrong


def _build(
    terms: Mapping[str, Any], today: date, language: str, company: Mapping[str, str], extra: Mapping[str, Any]
) -> Values:
    premises, landlord = terms["premises"], terms["landlord"]
    addenda = [_addendum(number, addendum, language) for number, addendum in enumerate(terms["addenda"])]
    parties = [_party(party) for party in terms["parties"]]
    tenants = [party for party in parties if party["role"] == "tenant"]
    term = _term(terms["term"])
    rent = _rent(terms["rent"], term, addenda)
    deposits = _deposits(terms, addenda)
    values: Values = {
        "language": language,
        "today": today,
        "lease": {
            "number": terms["number"],
            "version": terms["version"],
            "previous": terms["previous_lease"],
            "pets": terms["pets"],
            "parking_spaces": terms["parking_spaces"],
        },
        "landlord": {
            "key": "landlord",
            "name": landlord["legal_name"],
            "address": _address(landlord["mailing_address"], landlord["legal_name"]),
            "email": landlord["email"],
            "phone": landlord["phone"],
            "signatory": landlord["signatory_name"],
            "title": landlord["signatory_title"],
        },
        "company": {
            "name": company.get("name") or landlord["legal_name"],
            "email": company.get("email") or landlord["email"],
        },
        "property": _property(premises, language),
        "premises": _premises(premises, language),
        "parties": parties,
        "tenants": tenants,
        "primary": next((tenant for tenant in tenants if tenant["is_primary"]), tenants[0] if tenants else None),
        "guarantors": [party for party in parties if party["role"] == "guarantor"],
        "tenant_names": language_table(language).join_names([tenant["name"] for tenant in tenants]),
        "term": term,
        "rent": rent,
        "deposit": deposits,
        "move_in": _move_in(rent, deposits),
        "addenda": addenda,
        "house_rules": _lines(terms["house_rules"]),
    }
    return {**{name: _plain(value) for name, value in extra.items()}, **values}


def _party(party: Mapping[str, Any]) -> Values:
    return {
        "key": party["key"],
        "role": party["role"],
        "name": party["name"],
        "email": party["email"],
        "phone": party["phone"],
        "is_primary": party["is_primary"],
    }


def _property(premises: Mapping[str, Any], language: str) -> Values:
    built = premises["year_built"]
    table = language_table(language)
    law = table.law_of(state_of(premises["jurisdiction"]))
    return {
        "name": premises["property"],
        "jurisdiction": premises["jurisdiction"],
        "law": law,
        "of_law": table.of_law(law),
        "year_built": built,
        # Unknown age counts as old: an unneeded disclosure costs a page, a missing one costs a penalty.
        "needs_lead_disclosure": built is None or built < LEAD_PAINT_YEAR,
    }


def _premises(premises: Mapping[str, Any], language: str) -> Values:
    street = ", ".join(line for line in (premises["street"], premises["street2"]) if line)
    city = f"{premises['city']}, {premises['state']} {premises['postal_code']}"
    unit = f"{language_table(language).words['Unit']} {premises['unit']}"
    return {
        "unit": premises["unit"],
        "street": street,
        "city": premises["city"],
        "state": premises["state"],
        "postal_code": premises["postal_code"],
        "address": f"{street}, {unit}, {city}",
        "bedrooms": premises["bedrooms"],
        "bathrooms": premises["bathrooms"],
        "square_feet": premises["square_feet"],
    }


def _term(term: Mapping[str, Any]) -> Values:
    start = date.fromisoformat(term["start"])
    end = date.fromisoformat(term["end"]) if term["end"] else None
    return {"start": start, "end": end, "is_month_to_month": bool(term["month_to_month"])}


def _rent(rent: Mapping[str, Any], term: Values, addenda: Sequence[Values]) -> Values:
    start, due_day = term["start"], int(rent["due_day"])
    rates = [Rate(start, Decimal(rent["monthly"]))]
    rates += [Rate(date.fromisoformat(step["from"]), Decimal(step["monthly"])) for step in rent["steps"]]
    charges = [charge for addendum in addenda for charge in addendum["charges"]]
    other = sum((charge["amount"] for charge in charges), Decimal(0))
    payments = [_payment(payment, other) for payment in rent_schedule(start, term["end"], due_day, rates)]
    first = payments[0]
    late_fee = Decimal(rent["late_fee"])
    return {
        "monthly": rates[0].monthly,
        "due_day": due_day,
        "late_fee": late_fee,
        "has_late_fee": late_fee > 0,
        "late_fee_after_days": int(rent["late_fee_after_days"]),
        "steps": [{"from": rate.from_day, "monthly": rate.monthly} for rate in rates[1:]],
        "charges": charges,
        "other_monthly": other,
        "total_monthly": rates[0].monthly + other,
        "payments": payments,
        "total": sum((payment["total"] for payment in payments), Decimal(0)),
        "first_payment": first,
        "prorated": first if first["is_prorated"] else None,
    }


def _payment(payment: Payment, other_monthly: Decimal) -> Values:
    other = prorated(other_monthly, payment)
    return {
        "number": payment.number,
        "first": payment.first,
        "last": payment.last,
        "due": payment.due,
        "rent": payment.amount,
        "other": other,
        "total": payment.amount + other,
        "days": payment.days,
        "full_days": payment.full_days,
        "is_prorated": payment.is_prorated,
    }


def _deposits(terms: Mapping[str, Any], addenda: Sequence[Values]) -> Values:
    security = Decimal(terms["deposit"])
    others = [deposit for addendum in addenda for deposit in addendum["deposits"]]
    total = security + sum((deposit["amount"] for deposit in others), Decimal(0))
    return {"amount": security, "others": others, "total": total, "is_taken": total > 0}


def _move_in(rent: Values, deposits: Values) -> Values:
    total = rent["first_payment"]["total"] + deposits["total"]
    return {"first_rent": rent["first_payment"]["total"], "deposits": deposits["total"], "total": total}


def _addendum(number: int, addendum: Mapping[str, Any], language: str) -> Values:
    kind, given = addendum["kind"], addendum["terms"]
    filled = {name: _term_value(name, given.get(name)) for name in ADDENDUM_TERMS.get(kind, ())}
    letter = LETTERS[number] if number < len(LETTERS) else str(number + 1)
    table = language_table(language)
    label = table.charge_labels.get(kind, addendum["title"])
    monthly = filled.get("monthly_rent") or filled.get("monthly_fee")
    deposit = filled.get("deposit")
    return {
        "letter": letter,
        "kind": kind,
        "title": table.addendum_titles.get(kind, addendum["title"]),
        "terms": filled,
        "charges": [{"label": label, "amount": monthly, "letter": letter}] if monthly else [],
        "deposits": [{"label": table.pet_deposit, "amount": deposit, "letter": letter}] if deposit else [],
    }


def _term_value(name: str, value: Any) -> Any:
    if value in (None, ""):
        return None
    return Decimal(str(value)) if name in MONEY_TERMS else value


def _lines(text: str) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _address(text: str, name: str) -> list[str]:
    """The lines of an address without the name on top, which documents print themselves."""
    lines = _lines(text)
    return lines[1:] if len(lines) > 1 and lines[0].casefold() == name.strip().casefold() else lines


def _plain(value: Any) -> Any:
    """`value` if it is data through and through. Raises `TermsIncomplete` for objects with behaviour."""
    if value is None or isinstance(value, str | int | Decimal | date):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TermsIncomplete(f"A document cannot print a {type(value).__name__}.")
