"""Loads the demo portfolio, through the same methods that staff use. What exists is left as it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.db import transaction

from leases.models import Addendum, Lease, LeaseParty, Owner, PartyRole, Property, RentStep, Tenant, Unit
from leases.renewals import last_day_of_term, offer_usual_renewal
from leases.status import LeaseStatus
from propertyapp.exposure import DEMO_LOGINS
from propertyapp.local.demo_data.people import OWNERS, PEOPLE
from propertyapp.local.demo_data.portfolio import PLANS, PROPERTIES, UNITS, Plan
from propertyapp.local.demo_data.scan import paper_scan
from propertyapp.roles import LEASING_OFFICE

OFFLINE = "Signed by hand before the portfolio was brought into this system (demo data)."


@dataclass
class Loaded:
    """How much was new."""

    owners: int = 0
    properties: int = 0
    units: int = 0
    tenants: int = 0
    leases: int = 0


def load_portfolio() -> Loaded:
    """Create what is missing of the demo portfolio. A unit that has any lease gets no other."""
    loaded = Loaded()
    with transaction.atomic():
        for fields in OWNERS:
            _, new = Owner.objects.get_or_create(legal_name=fields["legal_name"], defaults=fields)
            loaded.owners += new
        for row in PROPERTIES:
            owner = Owner.objects.get(legal_name=row["owner"])
            _, new = Property.objects.get_or_create(name=row["name"], defaults=row | {"owner": owner})
            loaded.properties += new
        for home, (floors, on_a_floor, rent) in UNITS.items():
            loaded.units += _load_units(Property.objects.get(name=home), floors, on_a_floor, rent)
        loaded.tenants = _load_people()
    for plan in PLANS:
        unit = Unit.objects.select_related("property__owner").get(property__name=plan.property, number=plan.unit)
        if not unit.leases.exists():
            with transaction.atomic():
                loaded.leases += _load_lease(unit, plan)
    return loaded


def load_staff() -> list[str]:
    """Create the demo logins, `admin` and `leasing`, whose passwords are their names. Returns the new ones.

    Only for a machine of one's own: the caller makes sure of that.
    """
    new = []
    admin, office = DEMO_LOGINS
    if not User.objects.filter(username=admin).exists():
        User.objects.create_superuser(admin, "admin@juniper.example", admin)
        new.append(admin)
    if not User.objects.filter(username=office).exists():
        leasing = User.objects.create_user(
            office, "leasing@juniper.example", office, is_staff=True, first_name="Lena", last_name="Ortiz"
        )
        new.append(office)
        leasing.groups.add(Group.objects.get(name=LEASING_OFFICE))
    return new


def _load_units(home: Property, floors: list[str], on_a_floor: int, rent: int) -> int:
    created = 0
    for floor in floors:
        for place in range(on_a_floor):
            bedrooms = (1, 2, 2, 3, 1)[place % 5]
            _, new = Unit.objects.get_or_create(
                property=home,
                number=str(int(floor) + place),
                defaults={
                    "bedrooms": bedrooms,
                    "bathrooms": Decimal("1.0")
                    if bedrooms == 1
                    else Decimal("1.5")
                    if bedrooms == 2
                    else Decimal("2.0"),
                    "square_feet": 520 + 210 * (bedrooms - 1) + 12 * place,
                    "market_rent": Decimal(rent + 340 * (bedrooms - 1) + 10 * place),
                },
            )
            created += new
    return created


def _load_people() -> int:
    created = 0
    for place, person in enumerate(PEOPLE.values()):
        _, new = Tenant.objects.get_or_create(
            name=person.name,
            defaults={
                "email": person.address(),
                "phone": f"+1415555{110 + place:04}",
                "language": person.language,
                "preferred_channel": person.channel,
            },
        )
        created += new
    return created


def _load_lease(unit: Unit, plan: Plan) -> int:
    """Make the lease and bring it to where the plan wants it. Returns how many leases that took."""
    lease = _draft(unit, plan)
    match plan.stage:
        case LeaseStatus.DRAFT:
            return 1
        case LeaseStatus.OUT_FOR_SIGNATURE:
            lease.send_out()
            return 1
        case LeaseStatus.CANCELLED:
            lease.cancel("The applicant found another home.")
            return 1
    _sign_offline(lease)
    if plan.stage == LeaseStatus.EXECUTED:
        return 1
    lease.activate()
    if plan.stage == LeaseStatus.ENDED:
        lease.end(on=lease.end_date, reason="The tenants moved out at the end of the term.")
    if plan.rolled_over:
        lease.roll_over()
    if plan.renewed:
        renewal = offer_usual_renewal(lease)
        _sign_offline(renewal)
        renewal.activate()
        return 2
    return 1


def _draft(unit: Unit, plan: Plan) -> Lease:
    start = unit.property.today().replace(day=1) + relativedelta(months=plan.start)
    rent = (unit.market_rent or Decimal(1500)) - 25
    lease = Lease.objects.create(
        unit=unit,
        start_date=start,
        end_date=last_day_of_term(start, plan.months) if plan.months else None,
        rent=rent,
        deposit=rent,
        late_fee=Decimal("75.00"),
        pets=sum(kind == "pet" for kind, _, _ in plan.addenda),
        parking_spaces=sum(kind == "parking" for kind, _, _ in plan.addenda),
    )
    for place, name in enumerate(plan.tenants):
        LeaseParty.objects.create(lease=lease, tenant=Tenant.objects.get(name=name), is_primary=place == 0)
    for name in plan.guarantors:
        LeaseParty.objects.create(lease=lease, tenant=Tenant.objects.get(name=name), role=PartyRole.GUARANTOR)
    for kind, title, terms in plan.addenda:
        Addendum.objects.create(lease=lease, kind=kind, title=title, terms=terms)
    if plan.step:
        RentStep.objects.create(lease=lease, from_date=start + relativedelta(years=1), amount=rent + plan.step)
    return lease


def _sign_offline(lease: Lease) -> None:
    zone = ZoneInfo(lease.unit.property.time_zone)
    signed_on = min(lease.start_date - timedelta(days=12), lease.unit.property.today() - timedelta(days=1))
    signed_at = datetime(signed_on.year, signed_on.month, signed_on.day, 11, 30, tzinfo=zone)
    page = paper_scan(
        [
            f"Lease {lease.number}",
            f"{lease.unit.property.address}, unit {lease.unit.number}",
            f"Signed by hand by all parties on {signed_on.isoformat()}.",
            "This page stands in for the scan; it is part of the demo data.",
        ]
    )
    lease.record_offline_signatures(by=None, reason=OFFLINE, scan=ContentFile(page), signed_at=signed_at)
