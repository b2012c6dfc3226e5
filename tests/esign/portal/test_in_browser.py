"""The portal in a real Chromium: what only a browser can tell."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect
from pytest_django import Settings

from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.evidence.disclosure import disclosure
from esign.mail import outbox
from esign.mail.codes import code_of
from esign.mail.links import portal_link
from esign.mail.queue import queue_mail
from esign.models import Envelope, MailKind, PortalCode, Signer
from esign.portal.consent import record
from esign.portal.mailbox import FILE_BACKEND
from esign.portal.returning import return_url
from esign.sync import webhook_inbox
from tests.conftest import Visitor
from tests.emulator_client import EmulatorClient
from tests.esign.factories import EnvelopeDocumentFactory, EnvelopeFactory
from tests.factories import LeaseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NewVisitor = Callable[[], Visitor]
PHONE, SMALL_PHONE = 390, 320


def complaints_of(page: Page) -> list[str]:
    """What the browser complains of: scripts, styles and forms that our own policy stops."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def get_in(page: Page, signer: Signer) -> None:
    page.goto(portal_link(signer))
    page.get_by_role("button", name="Continue as").click()


def type_the_code(page: Page) -> None:
    """The page that asks for it is open: a code was mailed."""
    page.get_by_label("The six digits").fill(code_of(PortalCode.objects.latest("pk")))
    page.get_by_role("button", name="Go on").click()


def test_a_tenant_goes_to_docusign_by_the_button_and_sees_the_page_change_when_the_update_arrives(
    site: str, emulator: EmulatorClient, new_visitor: NewVisitor
) -> None:
    envelope = freeze(LeaseFactory(tenants=2))
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    tenant = envelope.signers.get(key="tenant1")
    person = new_visitor()
    complaints = complaints_of(person.page)
    get_in(person.page, tenant)
    person.screenshot("your-turn", phone=True)

    person.page.get_by_role("button", name="Review and sign").click()
    person.screenshot("code", phone=True)
    type_the_code(person.page)
    person.screenshot("before-you-sign", phone=True)
    person.screenshot("before-you-sign")
    person.page.get_by_role("checkbox").check()
    person.page.get_by_role("button", name="Agree and go on").click()
    person.page.wait_for_url(f"{emulator.base_url}/signing/session/**")
    emulator.sign(str(envelope.docusign_id), str(tenant.recipient_id))
    person.page.goto(f"{return_url(tenant)}&event=signing_complete")
    expect(person.page.get_by_role("heading", name="Thank you")).to_be_visible()
    person.screenshot("waiting-for-docusign", phone=True)
    emulator.flush_deliveries()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)

    expect(person.page.get_by_role("heading", name="Thank you, you have signed")).to_be_visible()
    expect(person.page.get_by_role("listitem").filter(has_text="Their turn")).to_be_visible()
    person.screenshot("confirmed", phone=True)
    assert complaints == []


def test_without_javascript_the_page_after_signing_reloads_itself(
    site: str, envelope: Envelope, new_visitor: NewVisitor
) -> None:
    tenant = envelope.signers.get(key="tenant1")
    browser = new_visitor().page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    get_in(page, tenant)
    page.goto(f"{return_url(tenant)}&event=signing_complete")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()

    envelope.signers.filter(pk=tenant.pk).update(status="completed")

    expect(page.get_by_role("heading", name="Thank you, you have signed")).to_be_visible(timeout=12_000)
    context.close()


def test_a_double_click_asks_docusign_once_and_the_back_button_finds_the_form_again(
    site: str, emulator: EmulatorClient, new_visitor: NewVisitor
) -> None:
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    page = new_visitor().page
    tenant = envelope.signers.get(key="tenant1")
    record(tenant, disclosure("en"), ip="192.0.2.7")
    get_in(page, tenant)
    page.get_by_role("button", name="Review and sign").click()
    type_the_code(page)
    page.wait_for_url(f"{emulator.base_url}/signing/session/**")
    page.goto(f"{site}/portal/leases/{envelope.pk}/")
    emulator.clear_journal()

    page.get_by_role("button", name="Review and sign").dblclick(no_wait_after=True)
    page.wait_for_url(f"{emulator.base_url}/signing/session/**")

    assert len(emulator.journal("createRecipientView")) == 1
    page.go_back()
    expect(page.get_by_role("button", name="Review and sign")).to_be_enabled()


def test_the_language_switch_keeps_the_page(site: str, envelope: Envelope, new_visitor: NewVisitor) -> None:
    person = new_visitor()
    get_in(person.page, envelope.signers.get(key="tenant1"))
    before = person.page.url

    person.page.get_by_role("button", name="Español").click()

    expect(person.page.get_by_role("button", name="Revisar y firmar")).to_be_visible()
    assert person.page.url == before
    person.screenshot("spanish", phone=True)


@pytest.mark.parametrize("width", [SMALL_PHONE, PHONE])
def test_long_names_stay_within_a_phone(
    site: str, envelope: Envelope, new_visitor: NewVisitor, width: int, settings: Settings
) -> None:
    settings.COMPANY_NAME = "Northwestern-Metropolitan Property Management & Leasing Associates of Oakland"
    envelope.signers.filter(key="tenant2").update(name="Wolfeschlegelsteinhausenbergerdorff" * 2)
    envelope.signers.filter(key="tenant1").update(name="María del Carmen Hernández-Villanueva y Rodríguez de la Torre")
    EnvelopeDocumentFactory(envelope=envelope, name="Move-in inspection and inventory of fixtures, " * 2)
    tenant = envelope.signers.get(key="tenant1")
    page = new_visitor().page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(portal_link(tenant))
    for path in (portal_link(tenant), f"{site}/portal/leases/{envelope.pk}/", f"{site}/portal/", return_url(tenant)):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if page.get_by_role("button", name="Continue as").count():
            page.get_by_role("button", name="Continue as").click()


def test_pages_can_be_read_aloud_and_used_by_keyboard(site: str, envelope: Envelope, new_visitor: NewVisitor) -> None:
    EnvelopeDocumentFactory(envelope=envelope)
    tenant = envelope.signers.get(key="tenant1")
    page = new_visitor().page
    page.goto(f"{site}/portal/")
    assert page.get_by_label("Your e-mail address").count() == 1
    get_in(page, tenant)
    for path in ("/portal/", f"/portal/leases/{envelope.pk}/", "/portal/enter/nothing"):
        page.goto(f"{site}{path}")
        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        unnamed = page.locator("a, button, input:not([type=hidden])").evaluate_all(
            "all => all.filter(e => !(e.innerText || e.ariaLabel || e.labels?.length)).map(e => e.outerHTML)"
        )
        assert unnamed == []
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"


def test_a_pdf_opens_inside_the_browser(site: str, new_visitor: NewVisitor) -> None:
    envelope = EnvelopeFactory(state="sent")
    document = EnvelopeDocumentFactory(envelope=envelope)
    page = new_visitor().page
    complaints = complaints_of(page)
    get_in(page, envelope.signers.get(key="tenant1"))

    with page.expect_popup() as popup:
        page.get_by_role("link", name=document.name, exact=True).click()

    assert popup.value.url.endswith(f"/documents/{document.pk}/")
    assert complaints == []


def test_a_mail_in_the_local_outbox_leads_into_the_portal(
    site: str, envelope: Envelope, new_visitor: NewVisitor, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = FILE_BACKEND
    tenant = envelope.signers.get(key="tenant1")
    queue_mail(envelope, MailKind.INVITATION, tenant)
    outbox.send_due()
    person = new_visitor()
    complaints = complaints_of(person.page)
    person.page.goto(f"{site}/portal/outbox/")
    person.screenshot("outbox")

    with person.page.expect_popup() as popup:
        person.page.frame_locator("iframe").get_by_role("link", name="Read and sign").click()

    expect(popup.value.get_by_role("button", name=f"Continue as {tenant.name}")).to_be_visible()
    assert complaints == []
