"""The pages about templates of the account in a real browser, with pictures kept to look at."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.conftest import DESKTOP, PHONE, Visitor
from tests.esign.admin.templates.conftest import signed_in
from tests.esign.envelopes.account_templates.conftest import Make
from tests.factories import LeaseFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_template_is_mapped_and_a_lease_sent_with_it(
    site: str, make: Make, new_visitor: Callable[[], Visitor]
) -> None:
    template, lease = make(roles={}), LeaseFactory()
    ada = new_visitor()
    cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
    ada.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    place = f"{site}/admin/esign/accounttemplate/"

    def look(name: str) -> None:
        ada.screenshot(name)
        ada.screenshot(name, phone=True)
        ada.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        width = ada.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{name} is wider than a phone"
        ada.page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})

    ada.page.goto(place)
    look("list")
    ada.page.goto(f"{place}{template.pk}/map/")
    look("map")
    ada.page.get_by_label("Tenant", exact=True).select_option("tenant1")
    ada.page.get_by_label("Landlord", exact=True).select_option("landlord")
    ada.page.get_by_role("button", name="Save the mapping").click()
    expect(ada.page.get_by_text("is mapped completely")).to_be_visible()
    look("template")
    ada.page.goto(f"{place}{template.pk}/send/")
    look("send")
    ada.page.get_by_label("Lease").select_option(str(lease.pk))
    ada.page.get_by_role("button", name="Show what would be sent").click()
    look("what-would-be-sent")
    ada.page.get_by_role("button", name="Send for signature").click()
    expect(ada.page.get_by_text("is queued with “Bicycle rider”")).to_be_visible()
