"""Campaigns in a real browser: notice to many, a run that is looked at and released, no page wider than a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from esign.models import BatchRule
from esign.tasks import give_notice
from tests.conftest import DESKTOP, PHONE, Visitor
from tests.esign.admin.templates.conftest import signed_in
from tests.esign.campaigns.conftest import planned, prepare_all
from tests.esign.envelopes.notices.conftest import in_sixty_days, let
from tests.esign.factories import BatchRuleFactory
from tests.factories import LeaseFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_office_picks_a_day_from_a_calendar_wherever_it_is_asked_for_one(
    site: str, new_visitor: Callable[[], Visitor]
) -> None:
    lease = let(end_date=None)  # whose renewal may start on any day
    page = new_visitor().page
    cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    for place in (
        reverse("admin:esign_send_notice", args=[lease.pk]),
        f"{reverse('admin:esign_give_notices')}?ids={lease.pk}",
        reverse("admin:esign_offer_renewal", args=[lease.pk]),
        f"{reverse('admin:leases_lease_do', args=['end'])}?ids={lease.pk}",
    ):
        page.goto(f"{site}{place}")
        page.locator("[id^=calendarlink]").first.click()
        expect(page.locator(".calendar").first).to_be_visible()
    assert not troubles


def test_the_office_gives_notice_to_the_leases_it_has_chosen(site: str, new_visitor: Callable[[], Visitor]) -> None:
    first, second = let(guarantors=1), let()
    ada = new_visitor()
    cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
    ada.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])

    def look(name: str) -> None:
        ada.screenshot(name)
        ada.screenshot(name, phone=True)
        ada.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        width = ada.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{name} is wider than a phone"

    ada.page.goto(f"{site}/admin/leases/lease/notices/?ids={first.pk},{second.pk}")
    look("ask")
    ada.page.locator("[name=effective]").fill(in_sixty_days(first).isoformat())
    ada.page.locator("[name=increase]").select_option("percent")
    ada.page.locator("[name=amount]").fill("4")
    ada.page.get_by_role("button", name="Show what each would get").click()
    expect(ada.page.get_by_role("heading", name="What each would get")).to_be_visible()
    look("looked")
    ada.page.get_by_role("button", name="Give 2 notices").click()
    expect(ada.page.get_by_text("The workers have it")).to_have_count(2)
    look("asked")
    give_notice(first.pk)
    ada.page.reload()
    expect(ada.page.get_by_text("On its way")).to_have_count(1)


def test_the_office_ticks_a_lease_leaves_it_out_and_releases_the_rest(
    site: str, new_visitor: Callable[[], Visitor]
) -> None:
    batch = planned(2, BatchRuleFactory(is_active=True, waits_for_release=True))
    prepare_all(batch)
    ada = new_visitor()
    cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
    ada.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    ada.page.goto(f"{site}{reverse('admin:esign_batch_change', args=[batch.pk])}")
    ada.screenshot("look")
    ada.screenshot("look", phone=True)
    ada.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    width = ada.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the run is wider than a phone"
    ada.page.get_by_role("checkbox").first.check()
    ada.page.get_by_role("button", name="Leave out ticked…").click()
    ada.screenshot("leave-out")
    ada.page.get_by_role("button", name="Leave out").click()
    expect(ada.page.get_by_text("1 lease left out of")).to_be_visible()
    ada.page.locator("a", has_text="Release…").last.click()
    ada.screenshot("release")
    ada.page.get_by_role("button", name="Release").click()
    expect(ada.page.get_by_text("is released. Its envelopes are sent now.")).to_be_visible()
    ada.screenshot("released")
    batch.refresh_from_db()
    assert batch.may_send


def test_plans_and_totals_fit_a_desk_and_a_phone(site: str, new_visitor: Callable[[], Visitor]) -> None:
    batch = planned(2)
    rule = BatchRuleFactory(days_before_end=20)
    ahead = LeaseFactory(stage="active", start_date=timezone.localdate() - timedelta(days=330))
    owner = ahead.unit.property.owner
    owner.email = owner.signatory_email = ""
    owner.save()
    ada = new_visitor()
    cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
    ada.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    for name, row in (("batchrule_run", rule), ("batchrule_preview", rule), ("batch_properties", batch)):
        ada.page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        ada.page.goto(f"{site}{reverse(f'admin:esign_{name}', args=[row.pk])}")
        ada.screenshot(name)
        ada.screenshot(name, phone=True)
        ada.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        width = ada.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{name} is wider than a phone"


def test_the_form_of_a_rule_shows_what_counts_for_its_kind(site: str, new_visitor: Callable[[], Visitor]) -> None:
    ada = new_visitor()
    page = ada.page
    cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    page.goto(f"{site}{reverse('admin:esign_batchrule_add')}")
    notice, increase, steps = (page.locator(f"[name={name}]") for name in ("text", "increase", "market_steps"))
    expect(notice).to_be_hidden()
    expect(increase).to_be_hidden()
    page.locator("[name=own_terms]").check()
    expect(increase).to_be_visible()
    page.locator("[name=increase_kind]").select_option("market")
    expect(increase).to_be_hidden()
    expect(steps).to_be_visible()
    ada.screenshot("renewal")
    ada.screenshot("renewal", phone=True)
    page.locator("[name=kind]").select_option("general")
    page.locator("[name=timing]").select_option("every_year")
    expect(page.get_by_role("heading", name="Terms")).to_be_hidden()
    page.locator("[name=day]").fill("2027-06-01")
    page.locator("[name=name]").fill("House rules")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Write what the notice says.")).to_be_visible()
    notice.fill("No barbecues on the balconies.")
    page.get_by_label("Sunday").uncheck()
    ada.screenshot("notice")
    ada.screenshot("notice", phone=True)
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "the form is wider than a phone"
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    rule = BatchRule.objects.get()
    assert (rule.kind, rule.send_weekdays, rule.text) == ("general", "123456", "No barbecues on the balconies.")
