"""Every grant from button to button in a real browser, over Docusign's consent page (the emulator's)."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django import Settings

from esign.docusign.login import access, token_cache
from esign.models import DocusignConnection, Grant, StaffAccount
from tests.conftest import Visitor
from tests.emulator_client import EmulatorClient
from tests.esign.docusign.login.people import DocusignSide
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONNECTION = "/admin/esign/docusignconnection/"


@pytest.fixture
def side(emulator: EmulatorClient) -> DocusignSide:
    """Docusign, with the site at its real address."""
    token_cache.forget_own()
    return DocusignSide(emulator)


@pytest.fixture
def visit(site: str, new_visitor: Callable[[], Visitor]) -> Callable[[User], Visitor]:
    """Somebody of the staff at their own browser, signed in."""

    def arrive(user: User) -> Visitor:
        browser = Client()
        browser.force_login(user)
        visitor = new_visitor()
        cookie = browser.cookies["sessionid"].value
        visitor.page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        return visitor

    return arrive


def at_docusign(page: Page, docusign: DocusignSide) -> bool:
    return page.url.startswith(docusign.emulator.base_url)


def choose(page: Page, person: dict[str, str], button: str) -> None:
    page.get_by_label(person["name"]).check()
    page.get_by_role("button", name=button).click()


def assert_nothing_left_in_the_address(page: Page) -> None:
    assert urlsplit(page.url).query == ""
    assert urlsplit(page.url).fragment == ""


def test_jwt_consent_is_missing_given_and_told(side: DocusignSide, site: str, visit: Callable[[User], Visitor]) -> None:
    side.set_consent()
    ada = visit(UserFactory())
    page = ada.page

    page.goto(site + CONNECTION)
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name="Nothing can be sent")).to_be_visible()
    expect(page.get_by_text("no one has yet allowed this app").first).to_be_visible()
    ada.screenshot("consent-is-missing")
    ada.screenshot("consent-is-missing", phone=True)

    page.get_by_role("button", name="Grant consent").click()
    assert at_docusign(page, side)
    ada.screenshot("docusign-asks")
    choose(page, side.system_user(), "Allow access")

    expect(page.get_by_text("Docusign lets us act for")).to_be_visible()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    assert_nothing_left_in_the_address(page)
    ada.screenshot("it-works")
    ada.screenshot("it-works", phone=True)

    page.go_back()
    page.go_forward()
    expect(page.get_by_role("heading", name="It works")).to_be_visible()


def test_cancelled_at_docusign(side: DocusignSide, site: str, visit: Callable[[User], Visitor]) -> None:
    side.set_consent()
    page = visit(UserFactory()).page
    page.goto(site + CONNECTION)
    page.get_by_role("button", name="Grant consent").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("“Cancel” was pressed at Docusign")).to_be_visible()
    assert_nothing_left_in_the_address(page)


def test_another_organisations_administrator(side: DocusignSide, site: str, visit: Callable[[User], Visitor]) -> None:
    side.set_consent()
    page = visit(UserFactory()).page
    page.goto(site + CONNECTION)
    page.get_by_role("button", name="Open the administrator's page").click()
    expect(page.get_by_text("for all users")).to_be_visible()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_text("Docusign lets us act for")).to_be_visible()


@pytest.mark.parametrize("grant", [Grant.CONFIDENTIAL, Grant.PUBLIC])
def test_a_member_of_staff_connects_and_disconnects(
    side: DocusignSide, site: str, visit: Callable[[User], Visitor], settings: Settings, grant: Grant
) -> None:
    settings.DOCUSIGN_STAFF_GRANT = grant.value
    if grant == Grant.PUBLIC:
        settings.DOCUSIGN_PUBLIC_INTEGRATION_KEY, settings.DOCUSIGN_SECRET_KEY = side.public_key(), ""
    access.connect(DocusignConnection.objects.default())
    leo = visit(UserFactory(first_name="Leo", last_name="Marsh", email=side.agent()["email"]))
    page = leo.page

    page.goto(site + CONNECTION)
    page.get_by_role("link", name="Connect my account").click()
    leo.screenshot("send-as-yourself")
    page.get_by_role("button", name="Connect my account").click()
    assert at_docusign(page, side)
    expect(page.get_by_label(side.agent()["name"])).to_be_checked()  # Docusign was told whom to expect
    choose(page, side.agent(), "Allow access")

    expect(page.get_by_role("heading", name="Your account is connected")).to_be_visible()
    expect(page.get_by_text(side.agent()["email"]).first).to_be_visible()
    assert_nothing_left_in_the_address(page)
    assert StaffAccount.objects.get().connection.grant == grant
    leo.screenshot("connected")
    leo.screenshot("connected", phone=True)

    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", name="Send leases as yourself")).to_be_visible()
    assert StaffAccount.objects.get().refresh_sealed == ""
    leo.screenshot("disconnected")
    side.emulator.clear_journal()


def test_the_implicit_grant_is_refused_with_its_alternative(
    side: DocusignSide, site: str, visit: Callable[[User], Visitor], settings: Settings
) -> None:
    settings.DOCUSIGN_STAFF_GRANT = "implicit"
    leo = visit(UserFactory())
    leo.page.goto(f"{site}{CONNECTION}mine/")
    expect(leo.page.get_by_text("The implicit grant is not used here")).to_be_visible()
    expect(leo.page.get_by_text("DOCUSIGN_STAFF_GRANT=public")).to_be_visible()
    leo.screenshot("implicit-is-refused")


def test_a_forged_return_gets_a_plain_page(side: DocusignSide, site: str, visit: Callable[[User], Visitor]) -> None:
    ada = visit(UserFactory())
    ada.page.goto(f"{site}/esign/oauth/callback/?code=stolen&state=forged")
    expect(ada.page.get_by_role("heading", name="This answer was not accepted")).to_be_visible()
    ada.screenshot("turned-away")
    ada.screenshot("turned-away", phone=True)


def test_three_questions_on_the_page(side: DocusignSide, site: str, visit: Callable[[User], Visitor]) -> None:
    ada = visit(UserFactory())
    page = ada.page
    page.goto(site + CONNECTION)
    page.get_by_role("link", name="Which grant?").click()
    ada.screenshot("which-grant")
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("No, a browser or a phone").check()
    page.get_by_label("The person's own").check()
    page.get_by_role("button", name="Recommend").click()
    expect(page.get_by_role("heading", name="Public authorization code grant")).to_be_visible()
    ada.screenshot("public-is-recommended")
    ada.screenshot("public-is-recommended", phone=True)


def test_an_owner_gets_a_connection(side: DocusignSide, site: str, visit: Callable[[User], Visitor]) -> None:
    ada = visit(UserFactory())
    page = ada.page
    page.goto(site + CONNECTION)
    page.get_by_role("link", name="Add one for an owner").click()
    ada.screenshot("add-a-connection")
    page.locator("#id_slug").fill("harbor")
    page.locator("#id_name").fill("Harbor Homes")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Harbor Homes").first.click()
    expect(page.get_by_text("DOCUSIGN_HARBOR_PRIVATE_KEY_FILE is not set")).to_be_visible()
    ada.screenshot("owners-connection")
