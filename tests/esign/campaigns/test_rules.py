"""What a rule finds and what each lease gets: once for its occasion, and only where the rule is for the lease."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from esign.campaigns import plan, rules, terms
from esign.campaigns.foretell import foretell
from esign.documents.sources import FILES
from esign.models import BatchLine, BatchRule, Notice
from leases.models import AtTermEnd, IncreaseKind, Lease, Portfolio, Property, Tag, Unit
from tests.esign.admin.templates.test_in_use import publish
from tests.esign.campaigns.conftest import ending_soon, prepare_all, run_of
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate


def let(**more: Any) -> Lease:
    """In force since a year, month to month unless told otherwise."""
    start = TODAY() - timedelta(days=400)
    lease: Lease = LeaseFactory(**{"stage": "active", "start_date": start, "end_date": None} | more)
    return lease


def house_rules(**more: Any) -> BatchRule:
    rule: BatchRule = BatchRuleFactory(
        **{"kind": "general", "timing": "every_year", "day": TODAY(), "text": "Be kind.", "is_active": True} | more
    )
    return rule


def found(rule: BatchRule, day: date | None = None) -> set[Lease]:
    return set(rules.due(rule, day or TODAY()))


def beat(day: date) -> int:
    """What beat has the workers do on that day. Answers how many lines were written."""
    before = BatchLine.objects.count()
    for pk in plan.start_due_rules(day):
        while plan.plan_piece(pk):
            pass
    return BatchLine.objects.count() - before


# --- when -------------------------------------------------------------------------------------------------


def test_every_year_means_once_in_each_year_and_also_when_beat_slept_over_the_day() -> None:
    lease, day = let(), TODAY()
    rule = house_rules()
    in_a_year = day + relativedelta(years=1)
    assert rules.next_day(rule, day) == in_a_year
    written = [beat(day + timedelta(days=days)) for days in (-1, 2, 2, 3, 40)]
    assert written == [0, 1, 0, 0, 0]
    assert [beat(in_a_year + timedelta(days=days)) for days in (-1, 0, 1)] == [0, 1, 0]
    assert list(rule.lines.order_by("occasion").values_list("lease", "occasion")) == [
        (lease.pk, day),
        (lease.pk, in_a_year),
    ]


def test_once_means_once_and_not_for_a_lease_that_began_since() -> None:
    old, day = let(), TODAY() - timedelta(days=2)
    let(start_date=TODAY() - timedelta(days=1))
    rule = house_rules(timing="once", day=day)
    assert [beat(day - timedelta(days=1)), beat(day + timedelta(days=2)), beat(day + timedelta(days=3))] == [0, 1, 0]
    assert [line.lease for line in rule.lines.all()] == [old]
    assert found(house_rules(timing="once", day=day - rules.GRACE)) == set(), "a day that is long past does nothing"


def test_the_end_of_a_term_is_found_once_from_so_many_days_before_it_on() -> None:
    lease, first = let(end_date=TODAY() + timedelta(days=70)), TODAY() + timedelta(days=10)
    rule = house_rules(timing="before_end", day=None, days_before_end=60)
    assert [beat(first + timedelta(days=days)) for days in (-1, 2, 2, 3)] == [0, 1, 0, 0]
    assert [(line.lease, line.occasion) for line in rule.lines.all()] == [(lease, lease.end_date)]


def test_february_29_is_february_28_where_there_is_none() -> None:
    rule = house_rules(day=date(2028, 2, 29))
    assert rules.next_day(rule, date(2027, 5, 1)) == date(2028, 2, 29)
    assert rules.next_day(rule, date(2028, 5, 1)) == date(2029, 2, 28)


# --- for whom ---------------------------------------------------------------------------------------------


def test_a_rule_is_for_its_portfolios_properties_tags_and_tenancy_and_leaves_out_whom_it_excludes() -> None:
    here, there, ending = let(), let(), let(end_date=TODAY() + timedelta(days=90))
    students, pets = Tag.objects.create(name="Students"), Tag.objects.create(name="Pets")
    here.tags.add(students)
    here.unit.property.tags.add(students)
    there.unit.property.tags.add(pets)
    north, south = Portfolio.objects.create(name="North"), Portfolio.objects.create(name="South")
    north.properties.add(here.unit.property)
    south.owners.add(there.unit.property.owner)

    def of(field: str, *values: object) -> set[Lease]:
        rule = house_rules()
        getattr(rule, field).set(values)
        return found(rule)

    assert found(house_rules()) == {here, there, ending}
    assert of("properties", there.unit.property) == {there}
    assert of("portfolios", north) == {here}
    assert of("portfolios", north, south) == {here, there}
    assert of("tags", students) == {here}
    assert of("tags", students, pets) == {here, there}
    assert of("excluded", here, ending) == {there}
    assert found(house_rules(tenancy="fixed")) == {ending}
    assert found(house_rules(tenancy="monthly")) == {here, there}
    both = house_rules()
    both.tags.set([students, pets])
    both.portfolios.set([north])
    assert rules.due(both, TODAY()).count() == 1, "a tag at the lease and at its property counts once"


# --- terms ------------------------------------------------------------------------------------------------

STEPS = [["5", "2"], ["10", "4.5"], ["20", "6"]]


def towards(market: str, rent: str = "2000.00", **more: Any) -> Decimal:
    """The rent of a renewal by STEPS; nothing is saved."""
    rule = BatchRule(**{"own_terms": True, "increase_kind": "market", "market_steps": STEPS, "rounding": 1} | more)
    unit = Unit(property=Property(time_zone="America/Denver"), market_rent=Decimal(market))
    lease = Lease(pk=1, unit=unit, rent=Decimal(rent), end_date=date(2027, 6, 30))
    lease._prefetched_objects_cache = {"rent_steps": []}  # type: ignore[attr-defined]  # Django's own
    return terms.planned_rent(rule, lease)


@pytest.mark.parametrize(
    ("market", "rent"),
    [
        ("2100.00", "2040.00"),  # 5 % below the market
        ("2100.01", "2090.00"),
        ("2200.00", "2090.00"),  # 10 %
        ("2200.01", "2120.00"),
        ("9999.99", "2120.00"),  # the last step holds for more
        ("2030.00", "2030.00"),  # not beyond the market
        ("2000.00", "2000.00"),
        ("1500.00", "2000.00"),  # nor down to it
    ],
)
def test_a_rent_rises_by_the_step_for_what_is_left_to_the_market(market: str, rent: str) -> None:
    assert towards(market) == Decimal(rent)


def test_rounding_and_a_cap_lead_neither_beyond_the_market_nor_below_the_rent() -> None:
    assert towards("2033.00", rounding=Decimal(50)) == Decimal("2000.00")
    assert towards("2033.33", rounding=Decimal(5)) == Decimal("2030.00")
    assert towards("2080.00", "2001.00", market_steps=[["5", "0"]], rounding=Decimal(50)) == Decimal("2001.00")
    assert towards("9999.00", cap_percent=Decimal(3)) == Decimal("2060.00")


dollars = st.decimals(Decimal("0.01"), Decimal(9999), places=2)


@given(dollars, dollars, st.sampled_from(["0.01", "1", "5", "25", "100"]), st.none() | st.integers(0, 30))
def test_no_step_leads_beyond_the_market_or_below_the_rent(
    rent: Decimal, market: Decimal, rounding: str, cap: int | None
) -> None:
    new = towards(str(market), str(rent), rounding=Decimal(rounding), cap_percent=None if cap is None else Decimal(cap))
    assert rent <= new <= max(rent, market)


def changing(lease: Lease, increase: int = 3) -> str:
    own = {"own_terms": True, "increase_kind": IncreaseKind.FLAT, "increase": increase}
    rule = house_rules(kind="rent_change", text="", **own)
    (told,) = foretell(rule, [lease])
    return " ".join(told.problems)


def test_a_change_of_rent_says_why_it_leaves_a_lease_alone() -> None:
    assert changing(let()) == ""
    assert "The rent would stay as it is" in changing(let(), increase=0)
    ending = let(end_date=TODAY() + timedelta(days=10))
    assert changing(ending) == "", "it goes on month to month"
    Property.objects.filter(pk=ending.unit.property.pk).update(at_term_end=AtTermEnd.END)
    assert "ends before the new rent would begin" in changing(Lease.objects.get(pk=ending.pk))
    renewed = let(end_date=TODAY() + timedelta(days=10))
    LeaseFactory(unit=renewed.unit, previous_lease=renewed, start_date=TODAY() + timedelta(days=11), stage="executed")
    assert "with a rent of its own" in changing(renewed)


# --- how --------------------------------------------------------------------------------------------------


def test_channel_message_and_times_of_a_rule_reach_the_envelope() -> None:
    ending_soon()
    rule = BatchRuleFactory(
        is_active=True,
        channel="email",
        message="Please sign by Friday.",
        expire_after_days=40,
        remind_after_days=7,
        remind_every_days=0,
        send_weekdays="12345",
    )
    (envelope,) = prepare_all(run_of(rule))
    assert envelope.hours is not None, "also to who has just made it, and puts it into a list of Bulk Send"
    envelope.refresh_from_db()
    assert envelope.message == "Please sign by Friday."
    assert (envelope.expires_after_days, envelope.remind_after_days, envelope.remind_every_days) == (40, 7, 0)
    assert {signer.channel for signer in envelope.signers.filter(role="tenant")} == {"email"}
    assert envelope.hours is not None
    assert (envelope.hours.weekdays, envelope.hours.zone) == ("12345", "America/Los_Angeles")


def test_house_rules_are_a_notice_that_tenants_sign_for_and_two_of_one_day_are_both_given() -> None:
    lease = let()
    (first,) = prepare_all(run_of(house_rules(acknowledge=True)))
    (second,) = prepare_all(run_of(house_rules(text="The pool is closed.")))
    texts = dict(Notice.objects.filter(envelope__lease=lease).values_list("envelope", "reason"))
    assert texts == {first.pk: "Be kind.", second.pk: "The pool is closed."}
    assert Notice.objects.get(envelope=first).acknowledged
    again = house_rules(name="The same once more")
    assert "It has this notice already" in run_of(again).lines.get().foretold


def test_a_text_that_is_published_after_the_plan_waits_for_the_next_run() -> None:
    let()
    built_in = FILES.find("notice_general", "en").text
    last_year = publish("notice_general", "en", f"{built_in}<p>Last year.</p>")
    planned_before = run_of(house_rules())
    this_year = publish("notice_general", "en", f"{built_in}<p>This year.</p>")
    planned_after = run_of(house_rules(text="Another."))
    made = [envelope for run in (planned_before, planned_after) for envelope in prepare_all(run)]
    texts = [envelope.documents.get(template_name="notice_general").template_version for envelope in made]
    assert texts == [last_year.sha256, this_year.sha256]
