"""The properties of the demo portfolio, their units, and what became of each unit.

Dates are counted from the first day of the current month, so that the portfolio never grows old.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from leases.status import LeaseStatus

QUIET = "Quiet hours are from 10 p.m. to 7 a.m.\nNo smoking in the buildings.\nTrash goes out on Monday evening."

PROPERTIES = [
    {
        "owner": "Larkspur Residential LLC", "name": "Maple Court", "street": "1200 Maple Street", "street2": "",
        "city": "Oakland", "state": "CA", "postal_code": "94607", "time_zone": "America/Los_Angeles",
        "jurisdiction": "US-CA", "year_built": 1968, "required_addenda": ["house_rules"], "house_rules": QUIET,
        "renewal_increase": Decimal("4.00"), "renewal_cap_percent": Decimal("8.00"),
    },
    {
        "owner": "Larkspur Residential LLC", "name": "Front Range Lofts", "street": "3355 Larimer Street",
        "street2": "", "city": "Denver", "state": "CO", "postal_code": "80205", "time_zone": "America/Denver",
        "jurisdiction": "US-CO", "year_built": 2014, "required_addenda": [], "house_rules": QUIET,
        "renewal_increase_kind": "market", "renewal_cap_percent": Decimal("10.00"),
    },
    {
        "owner": "Desert Bloom Holdings, L.P.", "name": "Saguaro Terrace", "street": "4410 East Camelback Road",
        "street2": "", "city": "Phoenix", "state": "AZ", "postal_code": "85018", "time_zone": "America/Phoenix",
        "jurisdiction": "US-AZ", "year_built": 1997, "required_addenda": ["parking"],
        "house_rules": "The pool closes at 10 p.m.\nGuests park on the street.",
        "renewal_increase_kind": "flat", "renewal_increase": Decimal("60.00"),
    },
    {
        "owner": "Whitcomb Family Trust", "name": "Lakeview Flats", "street": "6122 North Sheridan Road",
        "street2": "", "city": "Chicago", "state": "IL", "postal_code": "60660", "time_zone": "America/Chicago",
        "jurisdiction": "US-IL", "year_built": 1926, "required_addenda": [], "house_rules": QUIET,
        "renewal_increase": Decimal("3.00"),
    },
    {
        "owner": "Whitcomb Family Trust", "name": "Harbor Row", "street": "41 Salem Street", "street2": "",
        "city": "Portland", "state": "ME", "postal_code": "04102", "time_zone": "America/New_York",
        "jurisdiction": "US-ME", "year_built": 1911, "required_addenda": [],
        "house_rules": "Residents clear snow from their own steps.", "renewal_increase": Decimal("2.50"),
        "at_term_end": "end",
    },
]  # fmt: skip

# Property -> first unit numbers of each floor, units a floor, rent of a one-bedroom home.
UNITS = {
    "Maple Court": (["101", "201"], 5, 1850),
    "Front Range Lofts": (["110", "210"], 4, 1690),
    "Saguaro Terrace": (["1", "11"], 5, 1240),
    "Lakeview Flats": (["1", "5"], 4, 1480),
    "Harbor Row": (["41"], 5, 1950),
}
Agreed = tuple[str, str, dict[str, object]]  # kind, title and terms of an addendum

PET: Agreed = ("pet", "Pet addendum", {"species": "Cat", "name": "Pixel", "deposit": "300.00", "monthly_rent": "35.00"})
DOG: Agreed = (
    "pet",
    "Pet addendum",
    {
        "species": "Dog",
        "name": "Biscuit",
        "breed": "Corgi",
        "weight_lb": 26,
        "deposit": "400.00",
        "monthly_rent": "45.00",
    },
)
RULES: Agreed = ("house_rules", "House rules", {})


def parking(space: str) -> Agreed:
    return ("parking", "Parking addendum", {"space": space, "monthly_fee": "75.00"})


@dataclass(frozen=True)
class Plan:
    """What became of one unit: who rents it, since when and how far the lease has come.

    `start` is in months from the current one (0 is this month), `months` is the term (None: month to month).
    """

    property: str
    unit: str
    tenants: list[str]
    stage: LeaseStatus
    start: int
    months: int | None = 12
    guarantors: list[str] = field(default_factory=list)
    addenda: list[Agreed] = field(default_factory=list)
    step: int = 0
    rolled_over: bool = False
    renewed: bool = False


DRAFT, OUT, EXECUTED, ACTIVE = (
    LeaseStatus.DRAFT,
    LeaseStatus.OUT_FOR_SIGNATURE,
    LeaseStatus.EXECUTED,
    LeaseStatus.ACTIVE,
)
ENDED, CANCELLED = LeaseStatus.ENDED, LeaseStatus.CANCELLED
MAPLE, LOFTS, SAGUARO, LAKE, HARBOR = UNITS

PLANS = [
    # Ready to send.
    Plan(MAPLE, "101", ["Grace Okafor", "Daniel Okafor"], DRAFT, 1, addenda=[RULES]),
    Plan(MAPLE, "102", ["Lucía Fernández", "Mateo Fernández"], DRAFT, 1, addenda=[RULES, PET]),
    Plan(LOFTS, "110", ["Wei Zhang", "Dylan Foster", "Oliver Jensen"], DRAFT, 1),
    Plan(LOFTS, "111", ["Abigail Stone"], DRAFT, 1, guarantors=["Robert Stone"]),
    Plan(SAGUARO, "1", ["Iván Castillo"], DRAFT, 1, addenda=[parking("A-1")]),
    Plan(LAKE, "1", ["Marcus Bell", "Tamika Bell"], DRAFT, 2, months=18, step=40),
    # A draft that is not ready: the parking addendum is missing.
    Plan(SAGUARO, "2", ["Nina Petrova"], DRAFT, 2),
    # Signed offline, on its way to the tenant and back.
    Plan(HARBOR, "41", ["Henry Caldwell"], OUT, 1),
    # Signed, waiting for the first day.
    Plan(MAPLE, "103", ["Priya Raman", "Arjun Raman"], EXECUTED, 1, addenda=[RULES]),
    Plan(LOFTS, "112", ["Elena Marchetti"], EXECUTED, 1),
    Plan(SAGUARO, "3", ["Gabriela Núñez"], EXECUTED, 2, addenda=[parking("A-3")]),
    # Ending soon: due for renewal.
    Plan(MAPLE, "104", ["Amina Yusuf"], ACTIVE, -11, addenda=[RULES]),
    Plan(MAPLE, "105", ["Chloe Nakamura", "Ben Nakamura"], ACTIVE, -10, addenda=[RULES, DOG]),
    Plan(MAPLE, "201", ["Noor Haddad"], ACTIVE, -10, addenda=[RULES]),
    Plan(LOFTS, "113", ["Ruth Adeyemi", "Samuel Adeyemi"], ACTIVE, -11),
    Plan(LOFTS, "210", ["Zoe Lambert"], ACTIVE, -10, guarantors=["Patricia Lambert"]),
    Plan(SAGUARO, "4", ["Joaquín Morales", "Rosa Morales"], ACTIVE, -10, addenda=[parking("A-4")]),
    Plan(SAGUARO, "5", ["Jamal Whitaker"], ACTIVE, -9, addenda=[parking("A-5")]),
    Plan(LAKE, "2", ["Hannah Bergstrom"], ACTIVE, -10),
    Plan(LAKE, "3", ["Tom Hutchinson"], ACTIVE, -9, addenda=[PET]),
    Plan(HARBOR, "42", ["Kevin O'Leary"], ACTIVE, -10),
    # In the middle of their terms.
    Plan(MAPLE, "202", ["Peter Lindqvist"], ACTIVE, -3, addenda=[RULES]),
    Plan(MAPLE, "203", ["Sofía Delgado"], ACTIVE, -6, months=24, addenda=[RULES], step=75),
    Plan(LOFTS, "211", ["Yuki Tanaka"], ACTIVE, -1),
    Plan(LOFTS, "212", ["Theo Papadakis", "Leila Moradi"], ACTIVE, -5, addenda=[DOG]),
    Plan(SAGUARO, "11", ["Carlos Rivera"], ACTIVE, -7, addenda=[parking("B-1")]),
    Plan(SAGUARO, "12", ["Andre Baptiste", "Camille Baptiste"], ACTIVE, -2, addenda=[parking("B-2"), PET]),
    Plan(LAKE, "5", ["Aisha Rahman"], ACTIVE, -4),
    Plan(LAKE, "6", ["Owen Gallagher", "Maya Foster"], ACTIVE, -8, months=18),
    Plan(HARBOR, "43", ["Ingrid Solheim"], ACTIVE, -6),
    # Month to month: one from the beginning, two after their term.
    Plan(SAGUARO, "13", ["William Prescott III"], ACTIVE, -5, months=None, addenda=[parking("B-3")]),
    Plan(MAPLE, "204", ["Fatima Zahra El Idrissi"], ACTIVE, -14, addenda=[RULES], rolled_over=True),
    Plan(LAKE, "7", ["Ewa Kowalska"], ACTIVE, -15, rolled_over=True),
    # Over.
    Plan(LOFTS, "213", ["Dylan Foster"], ENDED, -14),
    Plan(HARBOR, "44", ["Maya Foster"], ENDED, -13),
    Plan(LAKE, "8", ["Oliver Jensen"], CANCELLED, -1),
    # Renewed; their second lease runs.
    Plan(SAGUARO, "14", ["Wei Zhang"], ACTIVE, -16, addenda=[parking("B-4")], renewed=True),
    Plan(HARBOR, "45", ["Abigail Stone"], ACTIVE, -15, renewed=True),
]
