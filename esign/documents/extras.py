"""What some documents need beside the terms of the lease: the lease that is renewed, a notice, an inspection.

Each function gives one group of variables; pass them as `extra={"notice": rent_change(...)}` to `render_packet`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from esign.documents.errors import DocumentError
from esign.documents.languages import language_table
from esign.documents.schedule import next_due

TENTH = Decimal("0.1")

THINGS_OF_ROOM = {
    "entry": ("doors", "walls", "floor", "lights"),
    "living": ("walls", "floor", "windows", "lights", "heating"),
    "kitchen": ("walls", "floor", "cabinets", "sink", "stove", "fridge", "dishwasher"),
    "bedroom": ("walls", "floor", "windows", "lights", "closet"),
    "bathroom": ("walls", "floor", "toilet", "sink", "shower", "fan"),
    "outside": ("doors", "railing", "lights"),
}


def rent_change(
    *, current_rent: Decimal, new_rent: Decimal, effective: date, due_day: int, reason: str = ""
) -> dict[str, Any]:
    """The group `notice` of a notice of rent change. Raises `DocumentError` when nothing changes."""
    if current_rent == new_rent:
        raise DocumentError("The new rent is the same as the rent now, so there is nothing to give notice of.")
    change = new_rent - current_rent
    return {
        "current_rent": current_rent,
        "new_rent": new_rent,
        "change": change,
        "percent": _percent(change, current_rent),
        "effective": effective,
        "first_due": next_due(effective, due_day),
        "reason": reason,
    }


def vacate(*, given_by: Literal["landlord", "tenant"], effective: date, reason: str = "") -> dict[str, Any]:
    """The group `notice` of a notice to vacate; `effective` is the last day of the tenancy."""
    return {"given_by": given_by, "effective": effective, "reason": reason}


def general(*, effective: date, text: str, to_all: bool = False) -> dict[str, Any]:
    """The group `notice` of a general notice. Raises `DocumentError` when it says nothing.

    `to_all`: it goes to all residents of a property, so it prints nothing of one lease.
    """
    paragraphs = [" ".join(part.split()) for part in text.splitlines() if part.strip()]
    if not paragraphs:
        raise DocumentError("A general notice has no text of its own. Write what it says.")
    return {"effective": effective, "paragraphs": paragraphs, "to_all": to_all}


def inspection(*, bedrooms: int, bathrooms: Decimal, language: str = "en") -> dict[str, Any]:
    """The group `inspection`: the rooms of a home and what is looked at in each."""
    table = language_table(language)
    names, things = table.rooms, table.things
    baths = max(1, int(bathrooms.to_integral_value(rounding="ROUND_CEILING")))
    plan = [
        ("entry", 1),
        ("living", 1),
        ("kitchen", 1),
        ("bedroom", bedrooms),
        ("bathroom", baths),
        ("outside", 1),
    ]
    rooms = []
    for room, count in plan:
        for number in range(1, count + 1):
            ending = f" {number}" if count > 1 else ""
            key = f"{room}{number}" if count > 1 else room
            rooms.append(
                {
                    "name": names[room] + ending,
                    "things": [
                        {"name": things[thing], "check": f"ok_{key}_{thing}", "note": f"note_{key}_{thing}"}
                        for thing in THINGS_OF_ROOM[room]
                    ],
                }
            )
    return {"rooms": rooms}


def renewal(previous: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The group `renewal`: the lease that ends, beside the one that follows. Both are contexts of a document."""
    rent, new_rent = _last_rent(previous), now["rent"]["monthly"]
    change = new_rent - rent
    held = previous["deposit"]["total"]
    return {
        "number": previous["lease"]["number"],
        "start": previous["term"]["start"],
        "end": previous["term"]["end"],
        "rent": rent,
        "change": change,
        "decrease": -change,
        "percent": _percent(change, rent),
        "other_monthly": previous["rent"]["other_monthly"],
        "deposit": held,
        "deposit_due": max(now["deposit"]["total"] - held, Decimal(0)),
        "due_day": previous["rent"]["due_day"],
        "late_fee": previous["rent"]["late_fee"],
    }


def _last_rent(context: Mapping[str, Any]) -> Decimal:
    steps = context["rent"]["steps"]
    last: Decimal = steps[-1]["monthly"] if steps else context["rent"]["monthly"]
    return last


def _percent(change: Decimal, base: Decimal) -> Decimal | None:
    if not base:
        return None
    percent = (change * 100 / base).quantize(TENTH, rounding=ROUND_HALF_UP)
    return percent.to_integral_value() if percent == percent.to_integral_value() else percent
