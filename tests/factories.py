"""Believable people, places and leases for tests. `LeaseFactory(tenants=2, guarantors=1, stage="active")`."""

# mypy: disallow-subclassing-any=false, disallow-untyped-decorators=false
# factory-boy says it is typed, but its calls are not, and calling a factory does not return one of its class.

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from leases.models import (
    Addendum,
    AddendumKind,
    Lease,
    LeaseParty,
    LeaseStatus,
    Owner,
    PartyRole,
    Property,
    RentStep,
    Tenant,
    Unit,
)

if TYPE_CHECKING:
    factory: Any
    DjangoModelFactory: Any
else:
    import factory
    from factory.django import DjangoModelFactory

FIRST_NAMES = ["Grace", "Daniel", "Lucía", "Wei", "Amina", "Peter", "Noor", "Iván"]


class UserFactory(DjangoModelFactory):
    """A member of staff who may do everything. Give `is_superuser=False` for one who may do nothing
    yet, and `sees_all_portfolios=False` for one who also sees no rows."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"staff{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@juniper.example")
    is_staff = True
    is_superuser = True

    @factory.post_generation
    def sees_all_portfolios(self, create, given, **kwargs):  # type: ignore[no-untyped-def]  # factory-boy's own signature
        if create and given is not False and not self.is_superuser:
            self.user_permissions.add(Permission.objects.get(codename="see_all_portfolio"))


class OwnerFactory(DjangoModelFactory):
    class Meta:
        model = Owner

    legal_name = factory.Sequence(lambda n: f"Larkspur Holdings {n} LLC")
    mailing_address = "500 Howard Street\nSan Francisco, CA 94105"
    email = factory.Sequence(lambda n: f"office@larkspur{n}.example")
    phone = "+14155550100"
    signatory_name = "Margaret Hale"
    signatory_title = "Managing member"
    signatory_email = factory.Sequence(lambda n: f"margaret@larkspur{n}.example")


class PropertyFactory(DjangoModelFactory):
    class Meta:
        model = Property

    owner = factory.SubFactory(OwnerFactory)
    name = factory.Sequence(lambda n: f"Maple Court {n}")
    street = "1200 Maple Street"
    city = "Oakland"
    state = "CA"
    postal_code = "94607"
    time_zone = "America/Los_Angeles"
    jurisdiction = "US-CA"
    year_built = 1968
    house_rules = "Quiet hours are from 10 p.m. to 7 a.m."


class UnitFactory(DjangoModelFactory):
    class Meta:
        model = Unit

    property = factory.SubFactory(PropertyFactory)
    number = factory.Sequence(lambda n: f"{n + 101}")
    bedrooms = 2
    bathrooms = Decimal("1.5")
    square_feet = 840
    market_rent = Decimal("2150.00")


class TenantFactory(DjangoModelFactory):
    class Meta:
        model = Tenant

    name = factory.Sequence(lambda n: f"{FIRST_NAMES[n % len(FIRST_NAMES)]} Okafor-{n}")
    email = factory.Sequence(lambda n: f"tenant{n}@mail.example")
    phone = "+14155550123"


class LeaseFactory(DjangoModelFactory):
    """A lease of one year that began 30 days ago, complete enough to go out.

    `tenants` and `guarantors` say how many parties it gets (give 0 to add your own); `stage` how far it
    comes, through the same methods that the product calls, signatures included.
    """

    class Meta:
        model = Lease
        skip_postgeneration_save = True

    class Params:
        term_days = 364

    unit = factory.SubFactory(UnitFactory)
    start_date = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))
    end_date = factory.LazyAttribute(lambda lease: lease.start_date + timedelta(days=lease.term_days))
    rent = Decimal("2000.00")
    deposit = Decimal("2000.00")
    late_fee = Decimal("75.00")

    @factory.post_generation
    def tenants(lease: Lease, create: bool, count: int | None, **kwargs: Any) -> None:
        for place in range(1 if count is None else count):
            LeasePartyFactory(lease=lease, is_primary=place == 0)

    @factory.post_generation
    def guarantors(lease: Lease, create: bool, count: int | None, **kwargs: Any) -> None:
        for _ in range(count or 0):
            LeasePartyFactory(lease=lease, role=PartyRole.GUARANTOR)

    @factory.post_generation
    def stage(lease: Lease, create: bool, stage: str | None, **kwargs: Any) -> None:
        bring_to(lease, stage or LeaseStatus.DRAFT)


class LeasePartyFactory(DjangoModelFactory):
    class Meta:
        model = LeaseParty

    lease = factory.SubFactory(LeaseFactory, tenants=0)
    tenant = factory.SubFactory(TenantFactory)
    role = PartyRole.TENANT


class RentStepFactory(DjangoModelFactory):
    class Meta:
        model = RentStep

    lease = factory.SubFactory(LeaseFactory)
    from_date = factory.LazyAttribute(lambda step: step.lease.start_date + timedelta(days=180))
    amount = Decimal("2100.00")


class AddendumFactory(DjangoModelFactory):
    """A pet addendum, unless told otherwise."""

    class Meta:
        model = Addendum

    lease = factory.SubFactory(LeaseFactory)
    kind = AddendumKind.PET
    title = "Pet addendum"
    terms = factory.LazyFunction(
        lambda: {"species": "Cat", "name": "Pixel", "deposit": "300.00", "monthly_rent": "35.00"}
    )


def sign(lease: Lease, *keys: str) -> None:
    """Record signatures on the current version: of these signers, or of everyone who has not signed."""
    for key in keys or [signer.key for signer in lease.missing_signatures()]:
        lease.record_signature(key=key, version=lease.version, signed_at=timezone.now(), reference="test")


def execute(lease: Lease) -> None:
    lease.execute(version=lease.version, terms_sha256=lease.terms_sha256(), at=timezone.now())


def bring_to(lease: Lease, stage: str, *, on: date | None = None) -> Lease:
    """Take a draft to this stage as a real lease gets there.

    (A renewed lease needs its successor: activate that.)
    """
    if stage == LeaseStatus.DRAFT:
        return lease
    if stage == LeaseStatus.CANCELLED:
        lease.cancel("The applicant withdrew.")
        return lease
    lease.send_out()
    if stage == LeaseStatus.OUT_FOR_SIGNATURE:
        return lease
    sign(lease)
    execute(lease)
    if stage == LeaseStatus.EXECUTED:
        return lease
    lease.activate(on=on or max(lease.start_date, lease.unit.property.today()))
    if stage == LeaseStatus.ACTIVE:
        return lease
    if stage == LeaseStatus.ENDED:
        lease.end()
        return lease
    raise ValueError(f"No way to bring a lease to {stage!r} here.")
