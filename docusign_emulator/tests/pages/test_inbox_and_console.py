"""What the emulator "sent" is read in the inbox; what it does is watched and steered in the console."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from docusign_emulator.tests.browser import Visitor
from docusign_emulator.tests.pages.conftest import Sender, landlord, one_signature

pytestmark = pytest.mark.browser
Visit = Callable[[], Visitor]
REFRESH = 6_000  # the pages look once a second, more rarely on a busy machine


def open_console(page: Page, sender: Sender, section: str = "") -> None:
    page.goto(f"{sender.docusign.base}/_emulator/{section}")
    expect(page.get_by_text("live", exact=True)).to_be_visible(timeout=REFRESH)


def test_a_mail_appears_by_itself_and_its_link_opens_the_documents(sender: Sender, new_visitor: Visit) -> None:
    reader = new_visitor()
    reader.page.goto(f"{sender.docusign.base}/")
    expect(reader.page.get_by_text("No messages yet")).to_be_visible()
    reader.screenshot("empty")
    sender.send(one_signature(), emailBlurb="Dear Ann, here it is.")
    reader.page.get_by_role("button", name=re.compile("Ann Lee")).click(timeout=REFRESH)
    message = reader.page.get_by_role("article")
    expect(message).to_contain_text("Dear Ann, here it is.")
    reader.screenshot("message")
    reader.screenshot("message", phone=True)
    with reader.page.expect_popup() as opened:
        message.get_by_role("link", name="Review documents").click()
    expect(opened.value.get_by_text("asks Ann Lee to sign")).to_be_visible()


def test_messages_are_filtered_by_recipient_and_kind(sender: Sender, new_visitor: Visit) -> None:
    phone = {"countryCode": "1", "number": "5550100"}
    texted = {
        "recipientId": "2",
        "routingOrder": "1",
        "name": "Zoe Text",
        "deliveryMethod": "SMS",
        "phoneNumber": phone,
    }
    texted |= {"tabs": {"signHereTabs": [{"anchorString": "/sig-landlord/"}]}}
    sender.send(one_signature(), texted)
    page = new_visitor().page
    page.goto(f"{sender.docusign.base}/")
    items = page.locator("#messages .item")
    expect(items).to_have_count(2)
    page.get_by_label("Recipient").fill("zoe")
    expect(items).to_have_count(1)
    expect(items).to_contain_text("+15550100")
    page.get_by_label("Recipient").fill("")
    page.get_by_label("Kind").select_option("email")
    expect(items).to_have_count(1)
    expect(items).to_contain_text("ann@example.com")
    page.goto(f"{sender.docusign.base}/?to=no-one")
    expect(page.get_by_text("No message matches.")).to_be_visible()


def test_the_console_shows_an_envelope_on_its_way_and_signs_for_somebody(sender: Sender, new_visitor: Visit) -> None:
    staff = new_visitor()
    open_console(staff.page, sender)
    expect(staff.page.get_by_text("No envelopes yet")).to_be_visible()
    envelope = sender.send(one_signature(), landlord())
    staff.page.get_by_role("link", name="Please sign your lease").click(timeout=REFRESH)
    expect(staff.page.get_by_text("Sent Invitations")).to_be_visible(timeout=REFRESH)
    staff.page.get_by_role("button", name="Sign", exact=True).click()
    expect(staff.page.get_by_text("Ann Lee signed the envelope.")).to_be_visible(timeout=REFRESH)
    staff.screenshot("envelope")
    staff.screenshot("envelope", phone=True)
    staff.page.once("dialog", lambda dialog: dialog.accept("Too dear"))
    staff.page.get_by_role("button", name="Decline", exact=True).click()
    expect(staff.page.locator(".headline .pill")).to_have_text("declined", timeout=REFRESH)
    assert sender.status(envelope) == "declined"
    staff.page.get_by_role("link", name="All envelopes").click()
    expect(staff.page.get_by_role("row", name=re.compile("Please sign your lease"))).to_be_visible()
    staff.screenshot("envelopes")


def test_the_console_tells_what_somebody_has_to_prove_and_fails_it(sender: Sender, new_visitor: Visit) -> None:
    numbers = {"senderProvidedNumbers": ["+14155550123"]}
    sender.send(one_signature(idCheckConfigurationName="SMS Auth $", smsAuthentication=numbers, accessCode="4711"))
    staff = new_visitor()
    open_console(staff.page, sender)
    staff.page.get_by_role("link", name="Please sign your lease").click(timeout=REFRESH)
    expect(staff.page.get_by_text("Access code: not yet asked, SMS authentication: not yet asked")).to_be_visible()
    staff.page.get_by_role("button", name="Fail the SMS authentication").click()
    expect(staff.page.get_by_text("SMS authentication: failed")).to_be_visible(timeout=REFRESH)
    staff.screenshot("checks")
    staff.page.get_by_role("button", name="View", exact=True).click()
    expect(staff.page.get_by_text("Access code: passed, SMS authentication: passed")).to_be_visible(timeout=REFRESH)
    expect(staff.page.get_by_role("link", name="Open their link")).to_have_attribute(
        "href", re.compile("/signing/mail")
    )


def test_the_clock_moves_and_tells_what_came_due(sender: Sender, new_visitor: Visit) -> None:
    expiry = {"expirations": {"expireEnabled": "true", "expireAfter": "3", "expireWarn": "1"}}
    envelope = sender.send(one_signature(), notification={"useAccountDefaults": "false"} | expiry)
    staff = new_visitor()
    open_console(staff.page, sender)
    staff.page.get_by_role("button", name="+8 days").click()
    expect(staff.page.locator("#toast")).to_contain_text("What came due", timeout=REFRESH)
    expect(staff.page.get_by_text("8 days ahead of real time")).to_be_visible(timeout=REFRESH)
    staff.screenshot("clock")
    assert sender.docusign.control("GET", f"envelopes/{envelope}")["status"] == "voided"


def test_a_fault_ordered_in_the_console_strikes_and_is_counted(sender: Sender, new_visitor: Visit) -> None:
    staff = new_visitor()
    open_console(staff.page, sender, "#faults")
    staff.page.get_by_label("What goes wrong").select_option("before_effect")
    staff.page.get_by_label("HTTP status").fill("503")
    staff.page.get_by_role("button", name="Add fault").click()
    expect(staff.page.get_by_text("0 of 1")).to_be_visible(timeout=REFRESH)
    sender.call("POST", "/envelopes", {"emailSubject": "x", "status": "created"}, expect=503)
    expect(staff.page.get_by_text("1 of 1")).to_be_visible(timeout=REFRESH)
    staff.screenshot("faults")
    staff.page.get_by_role("link", name=re.compile("Requests")).click()
    row = staff.page.get_by_role("row", name=re.compile("createEnvelope"))
    expect(row).to_contain_text("503", timeout=REFRESH)
    expect(row).to_contain_text("before_effect")
    staff.screenshot("requests")
    staff.page.get_by_role("link", name=re.compile("Faults")).click()
    staff.page.get_by_role("button", name="Clear all").click(timeout=REFRESH)
    expect(staff.page.get_by_text("Everything goes well.")).to_be_visible(timeout=REFRESH)


def test_webhook_messages_are_held_released_and_read(sender: Sender, new_visitor: Visit) -> None:
    staff = new_visitor()
    open_console(staff.page, sender, "#webhooks")
    staff.page.get_by_role("button", name="Hold all messages").click(timeout=REFRESH)
    expect(staff.page.get_by_text("Messages are held")).to_be_visible(timeout=REFRESH)
    no_one = "http://127.0.0.1:1/hook"
    notification = {"url": no_one, "requireAcknowledgment": "true", "events": ["envelope-sent"]}
    sender.send(one_signature(), eventNotification=notification | {"eventData": {"version": "restv2.1"}})
    row = staff.page.locator("tbody tr").first
    expect(row).to_contain_text("held", timeout=REFRESH)
    staff.page.get_by_role("button", name="Body").click()
    expect(staff.page.get_by_text('"event": "envelope-sent"')).to_be_visible(timeout=REFRESH)
    staff.screenshot("webhooks")
    staff.page.get_by_role("button", name="Release held messages").click()
    expect(row).to_contain_text("next try", timeout=REFRESH)


def test_limits_and_switches_are_set_in_the_console(sender: Sender, new_visitor: Visit) -> None:
    staff = new_visitor()
    open_console(staff.page, sender, "#settings")
    staff.page.get_by_label("hourly", exact=True).fill("1234", timeout=REFRESH)
    staff.page.get_by_role("button", name="Save limits").click()
    expect(staff.page.get_by_text("of 1234 calls used")).to_be_visible(timeout=REFRESH)
    staff.page.get_by_label(re.compile("HTTP status of the hourly and burst limits")).select_option("429")
    expect(staff.page.locator("#toast")).to_contain_text("limit_status is now 429", timeout=REFRESH)
    staff.screenshot("settings")
    assert sender.docusign.control("GET", "switches")["limit_status"] == 429
    sender.docusign.control("PUT", "limits", {"hourly": 3000})


def test_calls_the_emulator_does_not_know_are_listed(sender: Sender, new_visitor: Visit) -> None:
    sender.call("GET", "/no/such/thing", expect=404)
    staff = new_visitor()
    open_console(staff.page, sender, "#unknown")
    expect(staff.page.get_by_text("/no/such/thing")).to_be_visible(timeout=REFRESH)


def test_looking_at_every_page_leaves_no_unknown_call(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature())
    page = new_visitor().page
    for path in ("/", "/_emulator/", f"/_emulator/#envelope={envelope}", "/signing/ended?event=decline"):
        page.goto(sender.docusign.base + path)
        page.wait_for_load_state("networkidle") if path.startswith("/signing") else page.wait_for_timeout(400)
    page.goto(sender.link("ann@"))
    page.wait_for_timeout(400)
    assert sender.docusign.control("GET", "unhandled")["unhandled"] == []
