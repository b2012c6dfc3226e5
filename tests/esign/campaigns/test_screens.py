"""Notice to many in a real browser: from the list to a line for each lease, and no page wider than a phone."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from esign.tasks import give_notice
from tests.conftest import PHONE, Visitor
from tests.esign.admin.templates.conftest import signed_in
from tests.esign.envelopes.notices.conftest import in_sixty_days, let
from tests.factories import UserFactory

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
