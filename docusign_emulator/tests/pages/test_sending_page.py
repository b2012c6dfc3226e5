"""A sender prepares a draft, places fields and sends; corrects what is under way; edits a template."""

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from docusign_emulator.tests.browser import Visitor
from docusign_emulator.tests.pages.conftest import LEASE, Sender, one_signature, tenant

pytestmark = pytest.mark.browser
Visit = Callable[[], Visitor]


def open_view(page: Page, sender: Sender, envelope: str, kind: str = "sender", **settings: Any) -> None:
    wanted = {"returnUrl": f"{sender.docusign.base}/signing/ended", "viewAccess": "envelope", "settings": settings}
    page.goto(sender.call("POST", f"/envelopes/{envelope}/views/{kind}", wanted)["url"])


def left_with(page: Page, event: str) -> None:
    page.wait_for_url(re.compile(rf"envelopeId=.+event={event}$"))


def tabs(sender: Sender, envelope: str, recipient: str) -> dict[str, Any]:
    return sender.call("GET", f"/envelopes/{envelope}/recipients/{recipient}/tabs")


def test_a_sender_adds_a_recipient_places_a_field_and_sends(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature(), status="created")
    staff = new_visitor()
    open_view(staff.page, sender, envelope)
    staff.screenshot("prepare")
    staff.screenshot("prepare", phone=True)
    staff.page.get_by_label("Subject").fill("Your lease at 12 Elm Street")
    staff.page.get_by_role("button", name="Add recipient").click()
    staff.page.get_by_label("Name").last.fill("Zoe New")
    staff.page.get_by_label("E-mail").last.fill("zoe@example.com")
    staff.page.get_by_role("button", name="Next: place fields").click()
    staff.page.get_by_label("Fields for").select_option("Zoe New")
    staff.page.get_by_role("button", name="Signature", exact=True).click()
    staff.page.get_by_role("group", name=re.compile("^Page 1")).click(position={"x": 300, "y": 400})
    staff.screenshot("placed")
    staff.screenshot("placed", phone=True)
    staff.page.get_by_role("button", name="Send").click()
    left_with(staff.page, "Send")
    answer = sender.call("GET", f"/envelopes/{envelope}?include=recipients")
    assert (answer["status"], answer["emailSubject"]) == ("sent", "Your lease at 12 Elm Street")
    assert [one["name"] for one in answer["recipients"]["signers"]] == ["Ann Lee", "Zoe New"]
    (placed,) = tabs(sender, envelope, "2")["signHereTabs"]
    assert (placed["documentId"], placed["pageNumber"]) == ("1", "1")
    assert 0 < int(placed["xPosition"]) < 612 and 0 < int(placed["yPosition"]) < 792


def test_fields_are_placed_moved_and_removed_with_the_keyboard(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature(), status="created")
    page = new_visitor().page
    open_view(page, sender, envelope, startingScreen="Tagger")
    page.get_by_role("button", name="Text", exact=True).press("Enter")
    page.get_by_role("group", name=re.compile("^Page 2")).press("Enter")
    spot = page.get_by_role("button", name=re.compile("^Text for Ann Lee, page 2"))
    expect(spot).to_be_focused()
    spot.press("Shift+ArrowDown")
    spot.press("ArrowLeft")
    page.get_by_label("Label").fill("Pet name")
    page.get_by_label("Required").uncheck()
    page.get_by_role("button", name=re.compile("^Signature for Ann Lee")).press("Delete")
    page.get_by_role("button", name="Save and close").click()
    left_with(page, "Save")
    kept = tabs(sender, envelope, "1")
    assert "signHereTabs" not in kept
    (text,) = kept["textTabs"]
    assert (text["tabLabel"], text["required"], text["pageNumber"]) == ("Pet name", "false", "2")
    assert (text["xPosition"], text["yPosition"]) == (str(306 - 60 - 1), str(396 - 8 + 10))
    assert sender.status(envelope) == "created"


def test_fields_no_one_touched_stay_exactly_as_they_were(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(tenant(), status="created")
    before = tabs(sender, envelope, "1")
    page = new_visitor().page
    open_view(page, sender, envelope, startingScreen="Tagger")
    page.get_by_role("button", name="Save and close").click()
    left_with(page, "Save")
    assert tabs(sender, envelope, "1") == before


def test_a_field_is_dragged_to_another_place(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature(), status="created")
    (before,) = tabs(sender, envelope, "1")["signHereTabs"]
    page = new_visitor().page
    open_view(page, sender, envelope, startingScreen="Tagger")
    spot = page.get_by_role("button", name=re.compile("^Signature for Ann Lee"))
    spot.scroll_into_view_if_needed()
    box = spot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Save and close").click()
    left_with(page, "Save")
    (after,) = tabs(sender, envelope, "1")["signHereTabs"]
    assert int(after["xPosition"]) > int(before["xPosition"]) + 50
    assert int(after["yPosition"]) > int(before["yPosition"]) + 20


def test_what_is_missing_is_said_and_nothing_is_sent(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature(), status="created")
    page = new_visitor().page
    open_view(page, sender, envelope)
    page.get_by_label("E-mail").fill("no address")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert sender.status(envelope) == "created"


def test_discarding_asks_first(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature(), status="created")
    page = new_visitor().page
    open_view(page, sender, envelope)
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    left_with(page, "Cancel")
    assert sender.docusign.control("GET", f"envelopes/{envelope}")["folder"] == "recyclebin"


def test_the_application_decides_what_the_sender_may_change(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature(), status="created")
    page = new_visitor().page
    hidden = {"showEditRecipients": "false", "showEditMessage": "false"}
    open_view(page, sender, envelope, showBackButton="false", showDiscardAction="false", recipientSettings=hidden)
    expect(page.get_by_label("Name")).to_be_disabled()
    for name in ("Add recipient", "Back", "Discard"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_label("Subject")).to_have_count(0)


def test_an_envelope_under_way_is_corrected(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature())
    staff = new_visitor()
    open_view(staff.page, sender, envelope, "correct")
    expect(staff.page.get_by_role("heading", name="Correct the envelope")).to_be_visible()
    assert sender.status(envelope) == "correct"
    staff.screenshot("correct")
    staff.page.get_by_label("Name").fill("Ann Lee-Baker")
    staff.page.get_by_role("button", name="Correct").click()
    left_with(staff.page, "Send")
    answer = sender.call("GET", f"/envelopes/{envelope}?include=recipients")
    assert answer["status"] == "sent"
    assert answer["recipients"]["signers"][0]["name"] == "Ann Lee-Baker"


def test_a_template_is_edited(sender: Sender, new_visitor: Visit) -> None:
    document = {"documentBase64": base64.b64encode(LEASE).decode(), "name": "Lease.pdf", "documentId": "1"}
    role: dict[str, Any] = {"recipientId": "1", "roleName": "Tenant", "routingOrder": "1"}
    role |= {"tabs": {"signHereTabs": [{"anchorString": "/sig-tenant/"}]}}
    definition = {"name": "Lease", "emailSubject": "Your lease", "documents": [document]}
    template = sender.call("POST", "/templates", definition | {"recipients": {"signers": [role]}})["templateId"]
    wanted = {"returnUrl": f"{sender.docusign.base}/signing/ended", "viewAccess": "template"}
    staff = new_visitor()
    staff.page.goto(sender.call("POST", f"/templates/{template}/views/edit", wanted)["url"])
    expect(staff.page.get_by_role("heading", name="Edit the template")).to_be_visible()
    staff.page.get_by_label("Subject").fill("Your new lease")
    staff.page.get_by_role("tab", name="Place fields").click()
    staff.page.get_by_role("button", name="Date signed").click()
    staff.page.get_by_role("group", name=re.compile("^Page 1")).click(position={"x": 300, "y": 400})
    staff.screenshot("template")
    staff.page.get_by_role("button", name="Save and close").click()
    staff.page.wait_for_url(re.compile("event=Save$"))
    kept = sender.call("GET", f"/templates/{template}")
    assert kept["emailSubject"] == "Your new lease"
    (signer,) = kept["recipients"]["signers"]
    assert len(signer["tabs"]["dateSignedTabs"]) == 1
