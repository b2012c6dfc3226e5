"""People sign, decline and come back later on the real signing page."""

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from docusign_emulator.pdf.anchors import TextLayer
from docusign_emulator.tests.browser import Visitor
from docusign_emulator.tests.pages.conftest import Sender, landlord, one_signature, person, tenant
from docusign_emulator.tests.pdf.papers import picture

pytestmark = pytest.mark.browser
Visit = Callable[[], Visitor]


def agree(page: Page) -> None:
    page.get_by_label("I agree to use electronic records").check()
    page.get_by_role("button", name="Continue").click()


def adopt_and_sign(page: Page) -> None:
    page.get_by_role("button", name="Signature").click()
    page.get_by_role("button", name="Adopt and sign").click()


def finish(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button", name="Finish").click()


def ended(page: Page, event: str) -> None:
    page.wait_for_url(re.compile(rf"event={event}$"))


def test_two_people_sign_one_after_the_other(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(tenant(), landlord())
    ann = new_visitor()
    hosts: set[str] = set()
    ann.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    ann.page.goto(sender.link("ann@"))
    expect(ann.page.get_by_text("asks Ann Lee to sign")).to_be_visible()
    ann.screenshot("consent")
    agree(ann.page)
    expect(ann.page.get_by_role("status")).to_have_text("5 required fields left")
    expect(ann.page.get_by_label("Kind of pet")).to_be_hidden()
    ann.page.get_by_label("Emergency contact").fill("Bo Lee, 555 0100")
    ann.page.get_by_label("I have pets").check()
    ann.page.get_by_label("Kind of pet").fill("A small cat")
    ann.page.get_by_label("Parking: yes").check()
    ann.page.get_by_label("Payment").select_option("card")
    ann.page.get_by_role("button", name="Initials").click()
    ann.screenshot("adopt")
    ann.page.get_by_role("button", name="Adopt and sign").click()
    ann.page.get_by_role("button", name="Signature").click()
    expect(ann.page.get_by_role("status")).to_have_text("All required fields are filled in")
    ann.screenshot("filled")
    finish(ann.page)
    ended(ann.page, "signing_complete")
    ann.screenshot("done")
    assert sender.status(envelope) == "sent"
    assert hosts == {sender.docusign.base.split("//")[1]}

    tom = new_visitor()
    tom.page.goto(sender.link("tom@"))
    agree(tom.page)
    adopt_and_sign(tom.page)
    finish(tom.page)
    ended(tom.page, "signing_complete")
    assert sender.status(envelope) == "completed"

    with TextLayer(sender.pdf(envelope)) as paper:
        page_one, page_two = paper.text(1), paper.text(2)
    for words in ("Bo Lee, 555 0100", "A small cat", "card", "AL"):
        assert words in page_one
    for words in ("Signed by:", "Ann Lee", "Tom Baker"):
        assert words in page_two


def test_a_phone_signs_with_fields_edited_in_a_sheet(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(tenant())
    ann = new_visitor()
    ann.page.set_viewport_size({"width": 390, "height": 844})
    ann.page.goto(sender.link("ann@"))
    ann.screenshot("consent", phone=True)
    ann.page.set_viewport_size({"width": 390, "height": 844})
    agree(ann.page)
    ann.page.get_by_role("button", name="Start").click()
    ann.page.get_by_label("Emergency contact").click()
    ann.page.get_by_role("dialog").get_by_label("Emergency contact").fill("Bo Lee")
    ann.page.get_by_role("button", name="Done").click()
    ann.page.get_by_label("Parking: no").check()
    ann.page.get_by_label("Payment").select_option("bank")
    ann.page.get_by_role("button", name="Initials").click()
    ann.page.get_by_role("button", name="Adopt and sign").click()
    ann.page.get_by_role("button", name="Signature").click()
    assert ann.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ann.page.locator("#dock-next").click()
    ended(ann.page, "signing_complete")
    assert sender.status(envelope) == "completed"


def test_finishing_with_fields_left_says_so_and_leads_to_the_first(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(tenant())
    page = new_visitor().page
    page.goto(sender.link("ann@"))
    agree(page)
    finish(page)
    expect(page.get_by_role("alert").first).to_contain_text("5 fields still need you. First: Fill in this field.")
    expect(page.get_by_label("Emergency contact")).to_be_focused()
    assert sender.status(envelope) == "delivered"


def test_nothing_can_be_filled_in_before_agreeing(sender: Sender, new_visitor: Visit) -> None:
    sender.send(tenant())
    page = new_visitor().page
    page.goto(sender.link("ann@"))
    expect(page.get_by_role("button", name="Finish")).to_be_disabled()
    expect(page.get_by_role("button", name="Continue")).to_be_disabled()
    assert page.locator(".layer").first.evaluate("layer => layer.inert")


def test_the_whole_of_it_can_be_done_with_the_keyboard(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature())
    page = new_visitor().page
    page.goto(sender.link("ann@"))
    page.get_by_label("I agree to use electronic records").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Signature")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Full name").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("All required fields are filled in")
    page.get_by_role("banner").get_by_role("button", name="Finish").press("Enter")
    ended(page, "signing_complete")
    assert sender.status(envelope) == "completed"


def test_a_drawn_signature_is_a_picture_in_the_document(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature())
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    agree(ann.page)
    ann.page.get_by_role("button", name="Signature").click()
    ann.page.get_by_role("tab", name="Draw").click()
    ann.page.get_by_role("button", name="Adopt and sign").click()
    expect(ann.page.get_by_role("dialog")).to_contain_text("Draw your signature, or choose a style instead.")
    box = ann.page.locator("#pad").bounding_box()
    assert box is not None
    ann.page.mouse.move(box["x"] + 20, box["y"] + 90)
    ann.page.mouse.down()
    for step in range(12):
        ann.page.mouse.move(box["x"] + 20 + step * 18, box["y"] + 90 - (step % 3) * 25)
    ann.page.mouse.up()
    ann.screenshot("drawn")
    ann.page.get_by_role("button", name="Adopt and sign").click()
    finish(ann.page)
    ended(ann.page, "signing_complete")
    with TextLayer(sender.pdf(envelope)) as paper:
        assert paper.find("Signed by:")
        assert not paper.find("Ann Lee")


def test_declining_needs_a_reason_and_ends_the_envelope(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature())
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    ann.page.get_by_role("button", name="Other actions").click()
    ann.screenshot("menu")
    ann.page.get_by_role("button", name="Decline to sign").click()
    dialog = ann.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Decline to sign").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Your reason").fill("The rent is not what we agreed on.")
    dialog.get_by_role("button", name="Decline to sign").click()
    ended(ann.page, "decline")
    assert sender.status(envelope) == "declined"
    recipients = sender.call("GET", f"/envelopes/{envelope}/recipients")
    assert recipients["signers"][0]["declinedReason"] == "The rent is not what we agreed on."


def test_finishing_later_keeps_the_invitation_good(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature())
    page = new_visitor().page
    page.goto(sender.link("ann@"))
    agree(page)
    expect(page.locator("#consent")).to_have_count(0)  # its leaving moves the page under a pointer
    page.get_by_role("button", name="Other actions").press("Enter")
    page.get_by_role("button", name="Finish later").press("Enter")
    ended(page, "cancel")
    page.goto(sender.link("ann@"))
    adopt_and_sign(page)
    finish(page)
    ended(page, "signing_complete")
    assert sender.status(envelope) == "completed"


def test_who_leaves_while_the_consent_is_on_its_way_is_not_ignored(sender: Sender, new_visitor: Visit) -> None:
    sender.send(one_signature())
    page = new_visitor().page
    page.add_init_script("""
        const quick = window.fetch;
        window.fetch = async (url, ...rest) => {
          if (String(url).endsWith("/consent")) await new Promise((resolve) => setTimeout(resolve, 1000));
          return quick(url, ...rest);
        };
    """)
    page.goto(sender.link("ann@"))
    agree(page)
    page.get_by_role("button", name="Other actions").press("Enter")
    page.get_by_role("button", name="Finish later").press("Enter")
    ended(page, "cancel")


def test_who_has_signed_may_only_look(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature(), landlord())
    sender.docusign.control("POST", "recipients/act", {"envelopeId": envelope, "recipientId": "1", "action": "sign"})
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    expect(ann.page.get_by_text("Ann Lee is done")).to_be_visible()
    ann.screenshot("view-only")
    assert not ann.page.locator(".tab button").count()
    ann.page.get_by_role("button", name="Close").click()
    ended(ann.page, "viewing_complete")


def test_the_access_code_opens_the_documents_and_three_wrong_ones_do_not(sender: Sender, new_visitor: Visit) -> None:
    sender.send(one_signature(accessCode="4711"))
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    expect(ann.page.locator(".page")).to_have_count(0)
    ann.page.get_by_label("Access code").fill("1234")
    ann.page.get_by_role("button", name="Open the documents").click()
    expect(ann.page.get_by_role("alert")).to_contain_text("You can try 2 times more.")
    ann.screenshot("access-code")
    ann.page.get_by_label("Access code").fill("4711")
    ann.page.get_by_role("button", name="Open the documents").click()
    expect(ann.page.locator(".page")).to_have_count(2)

    stranger = new_visitor().page
    stranger.goto(sender.link("ann@"))
    for _ in range(3):
        stranger.get_by_label("Access code").fill("0000")
        stranger.get_by_role("button", name="Open the documents").click()
        stranger.wait_for_timeout(150)
    ended(stranger, "access_code_failed")


def test_a_signing_link_opens_once_and_leads_back_with_its_event(sender: Sender, new_visitor: Visit) -> None:
    signer = one_signature(clientUserId="tenant-1")
    envelope = sender.send(signer)
    back = f"{sender.docusign.base}/signing/ended?state=abc"
    link = sender.view(envelope, signer, back)
    page = new_visitor().page
    page.goto(link)
    agree(page)
    adopt_and_sign(page)
    finish(page)
    page.wait_for_url(f"{back}&event=signing_complete")
    page.goto(link)
    page.wait_for_url(f"{back}&event=ttl_expired")
    expect(page.get_by_role("heading")).to_have_text("This link cannot be used any more")


HOST_PAGE = """<!doctype html><title>Portal</title><div id="sign" style="height:700px"></div><p id="said"></p>
<script src="{base}/signing/bundle.js"></script><script>
window.DocuSign.loadDocuSign("{key}").then((docusign) => {{
  const signing = docusign.signing({{url: "{url}", displayFormat: "focused",
    style: {{branding: {{primaryButton: {{backgroundColor: "#0b6b43"}}}},
             signingNavigationButton: {{finishText: "You have finished"}}}}}});
  signing.on("ready", () => document.title = "ready");
  signing.on("sessionEnd", (event) => document.getElementById("said").textContent = event.sessionEndType);
  signing.mount("#sign");
}});</script>"""


@pytest.fixture
def portal() -> Iterator[tuple[str, dict[str, str]]]:
    """A page of another origin; its HTML is what the test puts into the dictionary."""
    pages: dict[str, str] = {}

    class Portal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(pages.get("html", "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", pages
    server.shutdown()
    server.server_close()


def test_the_focused_view_tells_the_page_around_it_how_it_ended(
    sender: Sender, new_visitor: Visit, portal: tuple[str, dict[str, str]]
) -> None:
    origin, pages = portal
    signer = one_signature(clientUserId="tenant-1")
    envelope = sender.send(signer)
    apps = "https://apps-d.docusign.com"
    url = sender.view(envelope, signer, f"{origin}/back", frameAncestors=[origin, apps], messageOrigins=[apps])
    key = sender.docusign.credentials["integration_key"]
    pages["html"] = HOST_PAGE.format(base=sender.docusign.base, key=key, url=url)
    ann = new_visitor()
    ann.page.goto(origin)
    frame = ann.page.frame_locator("iframe")
    frame.get_by_label("I agree to use electronic records").check()
    expect(ann.page).to_have_title("ready")
    ann.screenshot("focused")
    frame.get_by_role("button", name="Continue").click()
    frame.get_by_role("button", name="Signature").click()
    frame.get_by_role("button", name="Adopt and sign").click()
    frame.get_by_role("banner").get_by_role("button", name="You have finished").click()
    expect(ann.page.locator("#said")).to_have_text("signing_complete")
    assert sender.status(envelope) == "completed"


def test_a_page_that_was_not_named_cannot_frame_the_signing_page(
    sender: Sender, new_visitor: Visit, portal: tuple[str, dict[str, str]]
) -> None:
    origin, pages = portal
    signer = one_signature(clientUserId="tenant-1")
    url = sender.view(sender.send(signer), signer, f"{origin}/back")
    pages["html"] = f'<!doctype html><iframe src="{url}"></iframe>'
    page = new_visitor().page
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(origin)


def test_documents_without_fields_are_agreed_to_with_one_click(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(person(1, "Ann Lee"))
    page = new_visitor().page
    page.goto(sender.link("ann@"))
    agree(page)
    page.get_by_role("banner").get_by_role("button", name="I agree").click()
    ended(page, "signing_complete")
    assert sender.status(envelope) == "completed"


def test_somebody_who_only_has_to_look_closes_the_page(sender: Sender, new_visitor: Visit) -> None:
    looks = {"recipientId": "1", "routingOrder": "1", "name": "Olga Owner", "email": "olga@example.com"}
    envelope = sender.send(recipients={"certifiedDeliveries": [looks]})
    olga = new_visitor()
    olga.page.goto(sender.link("olga@"))
    expect(olga.page.locator(".page")).to_have_count(2)
    expect(olga.page.get_by_label("I agree to use electronic records")).to_have_count(0)
    olga.page.get_by_role("button", name="Close").click()
    ended(olga.page, "viewing_complete")
    assert sender.status(envelope) == "completed"


def test_an_in_person_signer_is_handed_the_device(sender: Sender, new_visitor: Visit) -> None:
    host = {"hostName": "Pat Agent", "hostEmail": "pat@example.com", "signerName": "Ann Lee"}
    signer = one_signature(email="pat@example.com") | host
    envelope = sender.send(recipients={"inPersonSigners": [signer]})
    pat = new_visitor()
    pat.page.goto(sender.link("pat@"))
    expect(pat.page.get_by_text("Hand this device to Ann Lee.")).to_be_visible()
    pat.screenshot("in-person")
    agree(pat.page)
    adopt_and_sign(pat.page)
    finish(pat.page)
    ended(pat.page, "signing_complete")
    assert sender.status(envelope) == "completed"


def test_an_attachment_becomes_a_document_of_the_envelope(sender: Sender, new_visitor: Visit) -> None:
    place = {"documentId": "1", "pageNumber": "1", "xPosition": "200", "yPosition": "200", "tabLabel": "Passport"}
    signer = one_signature()
    signer["tabs"]["signerAttachmentTabs"] = [place]
    envelope = sender.send(signer)
    page = new_visitor().page
    page.goto(sender.link("ann@"))
    agree(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach: Passport").click()
    chooser.value.set_files({"name": "passport.png", "mimeType": "image/png", "buffer": picture()})
    expect(page.get_by_role("button", name="Passport: passport.png attached")).to_be_visible()
    adopt_and_sign(page)
    finish(page)
    ended(page, "signing_complete")
    documents = sender.call("GET", f"/envelopes/{envelope}/documents")["envelopeDocuments"]
    assert "passport.png" in [document["name"] for document in documents]


def test_a_session_left_alone_for_twenty_minutes_has_ended(sender: Sender, new_visitor: Visit) -> None:
    sender.send(one_signature())
    page = new_visitor().page
    page.goto(sender.link("ann@"))
    agree(page)
    sender.docusign.control("POST", "clock/advance", {"minutes": 21})
    page.reload()  # whether or not the page has noticed by itself meanwhile
    ended(page, "session_timeout")
    expect(page.get_by_role("heading")).to_have_text("Your session ended")


def test_a_deposit_is_paid_before_the_documents_are_signed(sender: Sender, new_visitor: Visit) -> None:
    place = {"documentId": "1", "pageNumber": "1", "xPosition": "80", "yPosition": "540"}
    asked = {
        "gatewayAccountId": sender.docusign.credentials["payment_gateway_id"],
        "currencyCode": "USD",
        "lineItems": [{"name": "Deposit", "description": "one month", "amountReference": "deposit"}],
    }
    payer = one_signature()
    payer["tabs"] |= {
        "numberTabs": [place | {"tabLabel": "deposit", "value": "1200", "locked": "true"}],
        "formulaTabs": [place | {"tabLabel": "pay", "formula": "[deposit] * 100", "paymentDetails": asked}],
    }
    envelope = sender.send(payer)
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    agree(ann.page)
    adopt_and_sign(ann.page)
    finish(ann.page)
    dialog = ann.page.get_by_role("dialog", name="Pay to finish")
    expect(dialog).to_contain_text("Deposit, one month")
    expect(dialog).to_contain_text("$1,200.00")
    dialog.get_by_label("Card number").fill("4000 0000 0000 0002")
    ann.screenshot("pay")
    dialog.get_by_role("button", name="Pay and finish").click()
    expect(dialog.get_by_role("alert")).to_have_text("The card was declined.")
    assert sender.status(envelope) != "completed"
    dialog.get_by_label("From a bank account").check()
    dialog.get_by_label("Account number").fill("000123456789")
    ann.screenshot("pay-refused", phone=True)
    dialog.get_by_role("button", name="Pay and finish").click()
    ended(ann.page, "signing_complete")
    assert sender.status(envelope) == "completed"
    assert sender.docusign.control("GET", "payments")["payments"][0]["status"] == "payment_complete"
