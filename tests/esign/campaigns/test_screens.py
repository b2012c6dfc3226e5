"""Campaigns in a real browser: many are sent, given notice and voided, a run is looked at and released.

No page is wider than a phone.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from esign.models import Batch, BatchRule, Envelope, State
from tests.conftest import DESKTOP, PHONE, Visitor
from tests.esign.admin.templates.conftest import signed_in
from tests.esign.campaigns.conftest import plan_all, planned, prepare_all
from tests.esign.envelopes.notices.conftest import in_sixty_days, let
from tests.esign.factories import BatchRuleFactory, EnvelopeFactory
from tests.factories import LeaseFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_office_picks_a_day_from_a_calendar_wherever_it_is_asked_for_one(
    site: str, new_visitor: Callable[[], Visitor]
) -> None:
    lease = let(end_date=None)  # whose renewal may start on any day
    page = new_visitor().page
    user = UserFactory(username="ada")
    cookie = signed_in(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    cache.set(f"chosen:{user.pk}:these", [lease.pk])
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    for place in (
        reverse("admin:esign_send_notice", args=[lease.pk]),
        f"{reverse('admin:esign_give_notices')}?chosen=these",
        reverse("admin:esign_offer_renewal", args=[lease.pk]),
        f"{reverse('admin:leases_lease_do', args=['end'])}?ids={lease.pk}",
    ):
        page.goto(f"{site}{place}")
        page.locator("[id^=calendarlink]").first.click()
        expect(page.locator(".calendar").first).to_be_visible()
    assert not troubles


class Desk:
    """Ada at her desk, who looks at each page at both widths."""

    def __init__(self, site: str, visitor: Visitor) -> None:
        self.site, self.visitor, self.page = site, visitor, visitor.page
        cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
        self.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])

    def choose_all(self, listing: str, action: str) -> None:
        """Tick the page of a list, then all pages, and choose the action."""
        self.page.goto(f"{self.site}{listing}")
        self.page.locator("#action-toggle").check()
        self.page.get_by_text("Select all 3").click()
        self.page.locator("select[name=action]").first.select_option(action)
        self.page.get_by_role("button", name="Run").first.click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def look(self, name: str) -> None:
        self.visitor.screenshot(name)
        self.visitor.screenshot(name, phone=True)
        self.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        assert width <= 0, f"{name} is wider than a phone"


def test_the_office_chooses_many_drafts_sends_them_and_gives_notice(
    site: str, new_visitor: Callable[[], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esign.admin.leases.pages.AT_ONCE", 2)
    monkeypatch.setattr("leases.admin.leases.LeaseAdmin.list_per_page", 2)
    ada = Desk(site, new_visitor())
    for _ in range(3):
        LeaseFactory()
    ada.choose_all(reverse("admin:leases_lease_changelist"), "send_chosen")
    expect(ada.page.get_by_text("3 drafts: each goes out")).to_be_visible()
    ada.page.get_by_label("Tenants are asked by").select_option("email")
    ada.look("send")
    ada.press("Make the plan")
    batch = plan_all(Batch.objects.get())
    assert batch.lines.count() == 3
    ada.page.reload()
    expect(ada.page.get_by_text("The plan waits for approval")).to_be_visible()
    ada.look("plan")
    ada.page.locator(".es a", has_text="Approve…").click()
    ada.press("Approve")
    assert len(prepare_all(batch)) == 3
    letting = [let(guarantors=1) for _ in range(3)]
    ada.choose_all(f"{reverse('admin:leases_lease_changelist')}?status__exact=active", "give_notice_to_chosen")
    ada.page.locator("[name=effective]").fill(in_sixty_days(letting[0]).isoformat())
    ada.page.locator("[name=increase]").select_option("percent")
    ada.page.locator("[name=amount]").fill("4")
    ada.look("notice")
    ada.press("Make the plan")
    plan_all(Batch.objects.get(kind="rent_change"))
    ada.page.reload()
    expect(ada.page.get_by_role("link", name="Sample")).to_have_count(3)
    ada.look("plan-of-notices")


def test_the_office_voids_many_and_comes_back_to_see_what_came_of_it(
    site: str, new_visitor: Callable[[], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esign.admin.envelopes.pages.FEW", {"void": 2})
    monkeypatch.setattr("esign.admin.envelopes.pages.EnvelopeAdmin.list_per_page", 2)
    envelopes, ada = [EnvelopeFactory(state="sent") for _ in range(3)], Desk(site, new_visitor())
    envelopes[0].signers.update(channel="email", status="sent")
    ada.choose_all(reverse("admin:esign_envelope_changelist"), "void_chosen")
    expect(ada.page.get_by_role("heading", name="Void: 3 envelopes").last).to_be_visible()
    ada.page.get_by_label("Reason").fill("The building was sold.")
    ada.look("void")
    ada.press("Void")
    expect(ada.page.get_by_text("The workers have 3 to do")).to_be_visible()
    ada.look("waiting")
    batch = Batch.objects.get()
    Envelope.objects.filter(pk=envelopes[1].pk).update(state="completed")
    prepare_all(batch)
    ada.page.goto(f"{site}{reverse('admin:esign_batch_changelist')}")
    ada.page.get_by_role("link", name="Void").first.click()
    expect(ada.page.get_by_text("Nothing is left to do.")).to_be_visible()
    ada.look("done")


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
    expect(ada.page.get_by_text("1 of 2 leases done (50 %)")).to_be_visible()
    ada.page.evaluate("window.same = true")
    Envelope.objects.filter(cancel_asked_at__isnull=False).update(state=State.VOIDED)
    Envelope.objects.filter(cancel_asked_at__isnull=True).update(
        state=State.SENT, docusign_id=uuid.uuid4(), sent_at=timezone.now()
    )
    expect(ada.page.get_by_text("2 of 2 leases done (100 %)")).to_be_visible(timeout=30_000)
    expect(ada.page.get_by_text("The run has moved on.")).to_be_visible()
    assert ada.page.evaluate("window.same"), "the page was not loaded again"
    expect(ada.page.locator("[data-goes-on]")).to_have_count(0)
    ada.screenshot("done")
    ada.screenshot("done", phone=True)


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
