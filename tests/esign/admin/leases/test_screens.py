"""“Send for signature” in a real browser: a slip in what was typed is said beside its field, and the rest stays."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from esign.admin.leases.send import send_url
from esign.models import Envelope
from tests.conftest import PHONE, Visitor
from tests.esign.admin.templates.conftest import signed_in
from tests.factories import LeaseFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_staff_fix_a_slip_in_how_people_are_asked_and_send(site: str, new_visitor: Callable[[], Visitor]) -> None:
    lease = LeaseFactory()
    ada = new_visitor()
    page = ada.page
    cookie = signed_in(UserFactory(username="ada")).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])

    page.goto(f"{site}{send_url(lease.pk)}")
    page.get_by_text("Choose how each signer is asked").click()
    page.get_by_label("Private message").first.fill("The keys are at the desk.")
    page.get_by_label("Name").first.fill("Agent Ruiz")
    page.get_by_label("E-mail", exact=True).first.evaluate(
        "field => { field.type = 'text'; field.value = 'ruiz at home'; }"
    )
    page.get_by_role("button", name=f"Send {lease.number} for signature").click()

    expect(page.get_by_text("It was not sent:")).to_be_visible()
    expect(page.locator(".es-field", has_text="E-mail").get_by_role("alert")).to_have_text(
        "Enter a valid email address."
    )
    expect(page.get_by_label("Private message").first).to_have_value("The keys are at the desk.")
    ada.screenshot("a-slip")
    ada.screenshot("a-slip", phone=True)
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert not Envelope.objects.exists()

    page.get_by_label("E-mail", exact=True).first.fill("ruiz@agents.example")
    page.get_by_role("button", name=f"Send {lease.number} for signature").click()
    expect(page.get_by_text("is queued and goes out within a minute")).to_be_visible()
    envelope = Envelope.objects.get()
    assert envelope.signers.get(key="tenant1").note == "The keys are at the desk."
    assert envelope.signers.get(email="ruiz@agents.example").name == "Agent Ruiz"
