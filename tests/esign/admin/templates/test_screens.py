"""The pages about template text in a real browser: typed, seen, checked, published; with pictures kept to look at."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Dialog, Page, expect

from esign.documents.sources import FILES
from esign.models import DocumentTemplate, DocumentTemplateVersion
from leases.models import Lease
from tests.conftest import Visitor
from tests.esign.admin.templates.conftest import signed_in
from tests.factories import AddendumFactory, LeaseFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLACE = "/admin/esign/documenttemplate/"


@pytest.fixture
def ada(site: str, new_visitor: Callable[[], Visitor]) -> Visitor:
    user: User = UserFactory(username="ada")
    visitor = new_visitor()
    cookie = signed_in(user).cookies["sessionid"].value
    visitor.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    return visitor


@pytest.fixture
def lease() -> Lease:
    found: Lease = AddendumFactory(lease=LeaseFactory(pets=1, tenants=2)).lease
    return found


def pages(page: Page) -> int:
    expect(page.locator("[data-pages] img").first).to_be_visible()
    return page.locator("[data-pages] img").count()


def put_before(page: Page, marker: str, words: str) -> None:
    """Type `words` before the first `marker` in the text, as a person at the keyboard."""
    page.evaluate(
        """(marker) => { const text = document.getElementById("wd-text"), at = text.value.indexOf(marker);
        text.focus(); text.setSelectionRange(at, at); }""",
        marker,
    )
    page.keyboard.insert_text(words)


def test_template_text_goes_from_the_built_in_text_into_force(ada: Visitor, site: str, lease: Lease) -> None:
    page = ada.page
    page.goto(site + PLACE)
    ada.screenshot("overview")
    ada.screenshot("overview", phone=True)

    page.goto(f"{site}{PLACE}addendum_pet/en/")
    ada.screenshot("document-built-in")
    page.get_by_role("button", name="Start from the built-in text").click()
    assert pages(page) == 2
    ada.screenshot("editor")

    page.get_by_label("On lease").fill(lease.number)
    page.get_by_label("On lease").blur()
    expect(page.locator("[data-pages-said]")).to_contain_text(f"lease {lease.number}")
    expect(page.locator("[data-variables]")).to_contain_text(lease.unit.property.name)

    put_before(page, "<h2>Assistance animals", "<p>{{ landlord.nmae }}</p>\n")
    expect(page.get_by_text("Did you mean “landlord.name”?")).to_be_visible()
    ada.screenshot("editor-mistake")
    ada.screenshot("editor-mistake", phone=True)
    page.keyboard.press("Control+z")
    expect(page.locator("[data-findings-card]")).to_be_hidden()

    put_before(page, "</section>", "<p>Pets are greeted by name.</p>\n")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="Nothing stands in the way")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("[data-state]")).to_have_text("Saved")
    assert "greeted by name" in DocumentTemplateVersion.objects.get().text
    ada.screenshot("editor-saved")

    text = page.locator("#wd-text").input_value()
    blocks = '{{ signature_blocks("tenant", "landlord") }}'
    page.locator("#wd-text").fill(text.replace(blocks, "").replace("Assistance", "Other"))
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("heading", name="It cannot be published yet")).to_be_visible()
    ada.screenshot("publish-not-yet")
    page.get_by_role("link", name="Back", exact=True).click()
    page.locator("#wd-text").fill(text)
    page.get_by_role("button", name="Publish…").click()
    expect(page.get_by_role("heading", name="Nothing stands in the way")).to_be_visible()
    ada.screenshot("publish")
    ada.screenshot("publish", phone=True)
    page.get_by_label("What changed, and why").fill("Greet pets, as agreed with the owners.")
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_role("heading", name="Version 1 is in force")).to_be_visible()
    ada.screenshot("document-in-force")
    ada.screenshot("document-in-force", phone=True)


def test_texts_are_read_and_compared(ada: Visitor, site: str) -> None:
    template = DocumentTemplate.objects.create(kind="lease", language="en")
    text = FILES.find("lease", "en").text
    draft = template.begin_draft(
        text.replace("fourteen days in any six months", "twenty-one days in any year").replace(
            "<h2>Pets</h2>", "<h2>Pets</h2>\n<p>Fish are no pets.</p>"
        ),
        by=None,
    )
    draft.publish(by=UserFactory(username="vera"), seen=draft.sha256, note="Longer visits, and fish.")
    page = ada.page

    page.goto(f"{site}{PLACE}lease/en/compare/")
    expect(page.get_by_text("Fish are no pets.")).to_be_visible()
    ada.screenshot("compare")
    ada.screenshot("compare", phone=True)
    page.goto(f"{site}{PLACE}lease/en/read/1/")
    assert pages(page) >= 6
    ada.screenshot("read")
    ada.screenshot("read", phone=True)
    page.goto(f"{site}{PLACE}lease/es/")
    expect(page.get_by_text("does not get your changes")).to_be_visible()
    page.goto(f"{site}{PLACE}lease/en/retire/")
    ada.screenshot("retire")


def test_a_text_that_is_not_saved_is_not_lost_by_a_slip(ada: Visitor, site: str) -> None:
    DocumentTemplate.objects.create(kind="lease", language="en").begin_draft(FILES.find("lease", "en").text, by=None)
    page = ada.page
    page.goto(f"{site}{PLACE}lease/en/edit/")
    pages(page)

    put_before(page, "<h2>Rent</h2>", "<script>steal()</script>\n")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", name="Nothing was saved")).to_be_visible()
    expect(page.get_by_text("<script> cannot be used in a document.")).to_be_visible()
    ada.screenshot("editor-refused")
    assert "steal" in page.locator("#wd-text").input_value()
    assert "steal" not in DocumentTemplateVersion.objects.get().text

    page.locator("#wd-text").fill("x" * 500_001)
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("The text has 500,001 characters; a document template may have 500,000.")).to_be_visible()
    assert DocumentTemplateVersion.objects.get().text == FILES.find("lease", "en").text

    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Back").click()
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert "/edit/" in page.url
