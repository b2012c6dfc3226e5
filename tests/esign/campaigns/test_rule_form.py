"""The form of a rule: each kind keeps what counts for it, and is told in plain words what does not go together."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign.campaigns import market_steps
from esign.models import BatchRule, CampaignKind
from leases.models import IncreaseKind, Portfolio, Tag
from tests.esign.admin.conftest import administrator
from tests.esign.admin.words import post, read
from tests.esign.campaigns.conftest import ending_soon, run_of
from tests.esign.factories import BatchRuleFactory

__all__ = ["administrator"]  # a fixture of staff at their desks

pytestmark = pytest.mark.django_db

ADD = "admin:esign_batchrule_add"
# As a browser posts the form when nothing but the name was filled in.
UNTOUCHED = {
    "name": "A rule",
    "kind": "renewal",
    "timing": "before_end",
    "days_before_end": "60",
    "increase_kind": "percent",
    "increase": "3.00",
    "rounding": "5.00",
    "effective_after_days": "30",
    "send_weekdays": list("1234567"),
}
NOTICE = {"kind": "general", "text": "The pool is closed."}
YEARLY = {"timing": "every_year", "day": "2027-06-01"}
CHANGE = {"kind": "rent_change", "own_terms": "on"}


def add(client: Client, **fields: Any) -> str:
    return post(client, reverse(ADD), **UNTOUCHED | fields)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"timing": "once", "day": "2027-06-01"}, "A renewal is offered before the term ends."),
        ({"tenancy": "monthly"}, "Leases month to month have no end to count from."),
        ({"days_before_end": ""}, "Fill this in."),
        ({"kind": "vacate"}, "Select a valid choice."),
        ({"channel": "office"}, "Select a valid choice."),
        (NOTICE | {"timing": "every_year"}, "Say on which day."),
        (NOTICE | {"text": " "}, "Write what the notice says."),
        (NOTICE | {"timing": "once", "day": "2027-06-01", "effective": "2027-05-01"}, "It cannot take effect before"),
        (CHANGE | {"own_terms": ""}, "A change of rent needs terms of its own"),
        (CHANGE | {"increase": "0"}, "Say by how much the rent changes."),
        (CHANGE | {"increase": "-100"}, "The rent would fall to nothing."),
        (CHANGE | {"increase_kind": "market", "market_steps": "up to 5: two"}, "Line 1, “up to 5: two”, is no step."),
        ({"send_from": "17:00", "send_until": "09:00"}, "at least one hour after “not before”"),
        ({"send_from": "09:00", "send_until": "09:30"}, "at least one hour after “not before”"),
        ({"send_weekdays": []}, "Tick at least one day, or nothing would ever go out."),
        ({"expire_after_days": "5"}, "Tenants are warned 5 days before the end"),
        ({"expire_after_days": "20", "remind_after_days": "20"}, "The first reminder would come when it has expired."),
    ],
)
def test_what_does_not_go_together_is_refused_in_plain_words(
    administrator: Client, fields: dict[str, Any], said: str
) -> None:
    assert said in add(administrator, **fields)
    assert not BatchRule.objects.exists()


def test_what_does_not_count_for_a_kind_is_not_kept(administrator: Client) -> None:
    stray = {"text": "Stray.", "acknowledge": "on", "effective": "1999-01-01", "day": "nonsense"}
    add(administrator, **stray, increase="9.00", market_steps="nonsense")
    rule = BatchRule.objects.get()
    assert (rule.text, rule.acknowledge, rule.effective, rule.day) == ("", False, None, None)
    assert (rule.own_terms, str(rule.increase), rule.market_steps) == (False, "3.00", [])
    add(
        administrator,
        **NOTICE | YEARLY,
        name="Rules of the house",
        own_terms="on",
        term_months="12",
        days_before_end="",
    )
    house = BatchRule.objects.get(name="Rules of the house")
    assert (house.own_terms, house.term_months, house.days_before_end) == (False, None, 60)


def test_every_choice_is_kept_and_shown_again(administrator: Client) -> None:
    lease = ending_soon()
    home, tag, north = lease.unit.property, Tag.objects.create(name="Students"), Portfolio.objects.create(name="North")
    chosen = {
        **CHANGE,
        **YEARLY,
        "increase_kind": "market",
        "market_steps": "up to 10%: 4.5%\n\n5 % : 2",
        "cap_percent": "5",
        "portfolios": [north.pk],
        "properties": [home.pk],
        "tags": [tag.pk],
        "excluded": [lease.pk],
        "tenancy": "monthly",
        "acknowledge": "on",
        "channel": "email",
        "send_from": "09:00",
        "send_until": "17:00",
        "send_weekdays": ["5", "1"],
        "skip_holidays": "on",
        "needs_approval": "on",
    }
    add(administrator, **chosen)
    rule = BatchRule.objects.get()
    assert rule.sort == CampaignKind.RENT_CHANGE
    assert rule.market_steps == [["5", "2"], ["10", "4.5"]]
    assert (rule.send_weekdays, rule.skip_holidays, rule.needs_approval) == ("15", True, True)
    assert list(rule.excluded.all()) == [lease]
    page = administrator.get(reverse("admin:esign_batchrule_change", args=[rule.pk])).content.decode()
    assert "up to 5 %: 2 %\nup to 10 %: 4.5 %" in html.unescape(page)
    days = re.findall(r'<input[^>]*name="send_weekdays"[^>]*value="(\d)"([^>]*)>', page)
    assert [day for day, more in days if re.search(r"\schecked(?!:)", more)] == ["1", "5"]
    assert len(days) == 7
    listed = read(administrator, reverse("admin:esign_batchrule_changelist"))
    assert "Every year on June 1" in listed
    assert f"North, {home}, tagged Students" in listed


def test_a_rule_that_has_run_keeps_its_kind(administrator: Client) -> None:
    ending_soon()
    rule = BatchRuleFactory(is_active=True)
    run_of(rule)
    url = reverse("admin:esign_batchrule_change", args=[rule.pk])
    assert "Make another rule for another kind." in post(administrator, url, **UNTOUCHED | NOTICE)
    assert "was changed successfully" in post(administrator, url, **UNTOUCHED | {"name": "Another name"})


@pytest.mark.parametrize("field", ["tags", "properties", "portfolios"])
def test_what_a_rule_names_cannot_be_deleted(administrator: Client, field: str) -> None:
    rule = BatchRuleFactory(name="Student renewals")
    make: dict[str, Callable[[], Any]] = {
        "tags": lambda: Tag.objects.create(name="Students"),
        "properties": lambda: ending_soon().unit.property,
        "portfolios": lambda: Portfolio.objects.create(name="North"),
    }
    named = make[field]()
    getattr(rule, field).add(named)
    url = reverse(f"admin:leases_{named._meta.model_name}_delete", args=[named.pk])
    assert "The rule “Student renewals” is for it. Change the rule first." in read(administrator, url)
    administrator.post(url, {"post": "yes"})
    many = reverse(f"admin:leases_{named._meta.model_name}_changelist")
    administrator.post(many, {"action": "delete_selected", "_selected_action": [named.pk], "post": "yes"})
    assert type(named).objects.filter(pk=named.pk).exists()


# --- the preview, for every kind --------------------------------------------------------------------------


def test_what_becomes_due_is_shown_for_every_kind(administrator: Client) -> None:
    lease = ending_soon()
    day = timezone.localdate() + timedelta(days=20)
    kinds: dict[str, dict[str, Any]] = {
        "renewal": {"days_before_end": 20},
        "rent_change": {"timing": "once", "day": day, "own_terms": True, "increase_kind": IncreaseKind.FLAT},
        "general": {"timing": "every_year", "day": day, "text": "The pool is closed."},
    }
    pages = {}
    for kind, more in kinds.items():
        rule = BatchRuleFactory(kind=kind, increase="75", **more)
        pages[kind] = read(administrator, reverse("admin:esign_batchrule_preview", args=[rule.pk]))
        assert lease.number in pages[kind]
    effective = day + timedelta(days=30)
    assert f"$2,075.00from {effective:%b} {effective.day}, {effective.year} on" in pages["rent_change"]
    assert f"The noticefrom {effective:%b} {effective.day}, {effective.year} on" in pages["general"]
    assert "$2,060.00" in pages["renewal"], "the terms of the property"


def test_a_rule_whose_day_is_far_off_names_it(administrator: Client) -> None:
    ending_soon()
    day = timezone.localdate() + timedelta(days=200)
    rule = BatchRuleFactory(kind="general", timing="every_year", day=day, text="Hello")
    page = read(administrator, reverse("admin:esign_batchrule_preview", args=[rule.pk]))
    assert f"Its next day is {day:%B} {day.day}, {day.year}." in page


# --- the lines of a table ---------------------------------------------------------------------------------


def test_steps_are_read_as_they_are_written() -> None:
    steps = [["2.5", "0"], ["5", "2"], ["10", "4.5"]]
    assert market_steps.parse(market_steps.in_lines(steps)) == steps
    assert market_steps.parse(" 5:2 \nUP TO 2,5%:0%\nup to 10 % : 4.50 %") == steps
    assert market_steps.parse("\n") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("up to 5 %", "Line 1, “up to 5 %”, is no step. Write it like this: up to 5 %: 2 %"),
        ("5: 2\nup to -5: 2", "Line 2"),
        ("5: 2\n5.0: 3", "Line 2 names 5 % once more."),
        ("\n".join(f"{number}: 1" for number in range(1, 22)), "at most 20"),
    ],
)
def test_a_line_that_is_no_step_is_named(text: str, said: str) -> None:
    with pytest.raises(market_steps.BadSteps, match=re.escape(said)):
        market_steps.parse(text)
