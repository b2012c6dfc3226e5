"""The whole way in real browsers: staff send a lease, two tenants and the landlord sign it, and it turns active."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Locator, Page, expect
from pytest_django import Settings

from leases.models import Lease, Tenant
from leases.status import LeaseStatus
from leases.tasks import apply_calendar
from propertyapp.local.processes import Child
from propertyapp.roles import LEASING_OFFICE
from tests.conftest import Visitor
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory, LeasePartyFactory, TenantFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SOON = 60_000  # milliseconds: a worker, Docusign's webhook and a busy machine lie between two steps


@pytest.fixture
def readable_mail(settings: Settings) -> None:
    """As in the local run: mails are files, and the outbox shows them."""
    settings.DEBUG = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A draft for two people, of whom one signs in the portal by phone; its first day has come."""
    lease: Lease = LeaseFactory(tenants=0, unit__property__owner__copy_email="files@larkspur.example")
    for place, name in enumerate(("Grace Okafor", "Daniel Reyes")):
        tenant: Tenant = TenantFactory(name=name, email=f"{name.split()[0].lower()}@mail.example")
        LeasePartyFactory(lease=lease, tenant=tenant, is_primary=place == 0)
    return lease


@pytest.fixture
def rosa(transactional_db: None) -> User:
    user: User = UserFactory(username="rosa", is_superuser=False)
    user.set_password("a long password")
    user.save()
    user.groups.add(Group.objects.get(name=LEASING_OFFICE))
    return user


def test_a_lease_is_sent_signed_by_everyone_and_turns_active(
    site: str,
    emulator: EmulatorClient,
    readable_mail: None,
    worker: Child,
    lease: Lease,
    rosa: User,
    new_visitor: Callable[[], Visitor],
) -> None:
    office = new_visitor()
    sign_in(office.page, site, rosa)
    send_for_signature(office, lease)
    reload_until_it_stands(office.page, "Waiting for Grace Okafor and Daniel Reyes")
    office.screenshot("office-out-for-signature")

    grace = new_visitor()
    sign_in_the_portal(grace, site, "grace@mail.example")
    expect(grace.page.get_by_role("heading", name="Thank you, you have signed")).to_be_visible(timeout=SOON)
    grace.screenshot("grace-has-signed")
    reload_until_it_stands(office.page, "Waiting for Daniel Reyes")

    daniel = new_visitor()
    sign_in_the_portal(daniel, site, "daniel@mail.example", phone=True)
    expect(daniel.page.get_by_role("heading", name="Thank you, you have signed")).to_be_visible(timeout=SOON)
    reload_until_it_stands(office.page, "Waiting for Margaret Hale")
    office.screenshot("office-waiting-for-the-landlord")

    margaret = new_visitor()
    sign_from_docusigns_mail(margaret, emulator, lease.unit.property.owner.signatory_email)

    reload_until_it_stands(office.page, "Signed by everyone")
    expect(office.page.get_by_role("link", name="Certificate of completion")).to_be_visible()
    office.screenshot("office-signed-by-everyone")
    office.screenshot("office-signed-by-everyone", phone=True)
    with office.page.expect_popup() as opened:
        office.page.get_by_role("link", name="Residential Lease Agreement").first.click()
    opened.value.close()

    lease.refresh_from_db()
    assert lease.status == LeaseStatus.EXECUTED
    apply_calendar.delay()  # what beat does every few minutes
    office.page.goto(f"{site}/admin/leases/lease/?q={lease.number}")
    reload_until(office.page, office.page.get_by_text("Active", exact=True))
    office.screenshot("office-active")
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.ACTIVE
    assert {signature.key for signature in lease.signatures.all()} == {"tenant1", "tenant2", "landlord"}
    assert len(emulator.envelopes()) == 1


# --- the office -------------------------------------------------------------------------------------------


def sign_in(page: Page, site: str, user: User) -> None:
    page.goto(f"{site}/admin/leases/lease/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Log in").click()


def send_for_signature(office: Visitor, lease: Lease) -> None:
    page = office.page
    row = page.get_by_role("row", name=re.compile(lease.number))
    row.get_by_role("checkbox").check()
    page.get_by_label("Select action to run").select_option(label="Send for signature…")
    office.screenshot("office-choose-a-lease")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("heading", name=re.compile(lease.number))).to_be_visible()
    page.get_by_text("The e-mail that Grace Okafor gets from us").click()
    office.screenshot("office-what-goes-to-whom")
    page.get_by_role("button", name=f"Send {lease.number} for signature").click()
    expect(page.get_by_text("is queued and goes out within a minute")).to_be_visible()


def reload_until(page: Page, seen: Locator) -> None:
    """Look again until it is there: updates come by webhook, the page is still."""
    for _ in range(SOON // 500):
        page.reload()
        if seen.first.is_visible():
            return
        page.wait_for_timeout(500)
    expect(seen.first).to_be_visible()


def reload_until_it_stands(page: Page, headline: str) -> None:
    """The envelope's page, until it says that the envelope stands there."""
    reload_until(page, page.get_by_role("heading", name=headline, exact=True))


# --- the people who sign ------------------------------------------------------------------------------------


def sign_in_the_portal(visitor: Visitor, site: str, email: str, *, phone: bool = False) -> None:
    page = visitor.page
    if phone:
        page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/portal/outbox/?{urlencode({'to': email})}")
    reload_until(page, page.get_by_role("heading", name=re.compile("ready to sign")))
    link = page.frame_locator("iframe").get_by_role("link").first.get_attribute("href")
    assert link is not None
    page.goto(link)
    page.get_by_role("button", name=re.compile("^Continue as")).click()
    visitor.screenshot(f"{email.partition('@')[0]}-reads-the-lease")
    page.get_by_role("button", name="Review and sign").click()
    type_the_code(page, site, email)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and go on").click()
    sign_at_docusign(page)


def type_the_code(page: Page, site: str, email: str) -> None:
    """As it stands in the mail, which is read in another tab."""
    mails = page.context.new_page()
    mails.goto(f"{site}/portal/outbox/?{urlencode({'to': email})}")
    subject = mails.get_by_text(re.compile(r"\d{6} is your code"))
    reload_until(mails, subject)
    found = re.search(r"\d{6}", subject.first.inner_text())
    assert found is not None
    mails.close()
    page.get_by_label("The six digits").fill(found.group())
    page.get_by_role("button", name="Go on").click()


def sign_from_docusigns_mail(visitor: Visitor, emulator: EmulatorClient, email: str) -> None:
    page = visitor.page
    page.goto(f"{emulator.base_url}/?{urlencode({'to': email})}")
    page.get_by_role("button", name=re.compile("Margaret Hale")).first.click(timeout=SOON)
    visitor.screenshot("margaret-reads-docusigns-mail")
    with page.expect_popup() as opened:
        page.get_by_role("article").get_by_role("link", name="Review documents").click()
    sign_at_docusign(opened.value)


def sign_at_docusign(page: Page) -> None:
    """Agree, adopt a signature, sign at every place, finish."""
    page.wait_for_load_state("networkidle")  # before its scripts have come, the page does not hear a tick
    page.get_by_label("I agree to use electronic records").check(timeout=SOON)
    page.get_by_role("button", name="Continue").click()
    open_fields = page.get_by_role("button", name=re.compile(r"^(Sign|Initial)\b.*:"))
    expect(open_fields.first).to_be_visible()
    while open_fields.count():
        open_fields.first.click()
        adopt = page.get_by_role("button", name="Adopt and sign")
        if adopt.is_visible():
            adopt.click()
    page.get_by_role("banner").get_by_role("button", name="Finish").click()
    expect(page).not_to_have_url(re.compile("/signing/session/"), timeout=SOON)
