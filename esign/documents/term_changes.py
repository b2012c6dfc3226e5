"""What a renewal changes, in plain words: two leases' printed terms laid side by side.

Staff see it before they make the offer, tenants before they sign it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from esign.documents.formats import money

Terms = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was. `difference` is how much a sum rises or falls, where it is a sum."""

    label: str | Promise
    before: str
    after: str
    difference: str = ""


def changes_between(before: Terms, after: Terms) -> list[Change]:
    """Every difference between two sets of terms (`Lease.terms`) that a tenant would ask about."""
    changes = []
    rents = rent_at_the_end(before), Decimal(after["rent"]["monthly"])
    if rents[0] != rents[1]:
        rise = rents[1] - rents[0]
        changes.append(
            Change(_("Rent a month"), money(rents[0]), money(rents[1]), f"{'+' if rise > 0 else ''}{money(rise)}")
        )
    changes += [
        Change(label, told(before), told(after)) for label, told in THINGS_TO_COMPARE if told(before) != told(after)
    ]
    if before["house_rules"] != after["house_rules"]:
        changes.append(Change(_("House rules"), gettext("as in your lease now"), gettext("new text, in the documents")))
    return changes


def rent_at_the_end(terms: Terms) -> Decimal:
    """What is paid in the last month: steps that fall within the term count."""
    end = terms["term"]["end"]
    monthly = terms["rent"]["monthly"]
    for step in sorted(terms["rent"]["steps"], key=lambda step: str(step["from"])):
        if end is None or step["from"] <= end:
            monthly = step["monthly"]
    return Decimal(monthly)


def _last_day(terms: Terms) -> str:
    end = terms["term"]["end"]
    return date_format(date.fromisoformat(end), "DATE_FORMAT") if end else gettext("month to month")


def _late_fee(terms: Terms) -> str:
    rent = terms["rent"]
    if not Decimal(rent["late_fee"]):
        return gettext("none")
    days = rent["late_fee_after_days"]
    return ngettext("%(fee)s after %(days)s day", "%(fee)s after %(days)s days", days) % {
        "fee": money(rent["late_fee"]),
        "days": days,
    }


def _home(terms: Terms) -> str:
    return f"{terms['premises']['property']} {terms['premises']['unit']}"


def _people(terms: Terms) -> str:
    return ", ".join(party["name"] for party in terms["parties"])


def _addenda(terms: Terms) -> str:
    return ", ".join(addendum["title"] for addendum in terms["addenda"]) or gettext("none")


THINGS_TO_COMPARE: tuple[tuple[str | Promise, Callable[[Terms], str]], ...] = (
    (_("Last day"), _last_day),
    (_("Security deposit"), lambda terms: money(terms["deposit"])),
    (_("Rent due on day"), lambda terms: str(terms["rent"]["due_day"])),
    (_("Late fee"), _late_fee),
    (_("Pets"), lambda terms: str(terms["pets"])),
    (_("Parking spaces"), lambda terms: str(terms["parking_spaces"])),
    (_("Addenda"), _addenda),
    (_("Tenants and guarantors"), _people),
    (_("Address"), _home),
    (_("Landlord"), lambda terms: str(terms["landlord"]["legal_name"])),
)
