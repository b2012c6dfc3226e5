"""The pages before the documents, and the dialog that hands them to somebody else."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from docusign_emulator.tests.browser import Visitor
from docusign_emulator.tests.pages.conftest import Sender, one_signature

pytestmark = pytest.mark.browser
Visit = Callable[[], Visitor]


def text_message(page: Page, sender: Sender) -> str:
    """The code, read in the inbox as somebody would."""
    page.goto(f"{sender.docusign.base}/")
    page.locator(".item").first.click()
    words = page.locator(".bubble").inner_text()
    return words.split(maxsplit=1)[0]


def test_a_code_read_in_the_inbox_opens_the_documents(sender: Sender, new_visitor: Visit) -> None:
    numbers = {"senderProvidedNumbers": ["+14155550123", "+14155550199"]}
    sender.send(one_signature(idCheckConfigurationName="SMS Auth $", smsAuthentication=numbers))
    ann, phone = new_visitor(), new_visitor()
    ann.page.goto(sender.link("ann@"))
    ann.page.get_by_label("0199").check()
    ann.screenshot("phone")
    ann.screenshot("phone", phone=True)
    ann.page.get_by_role("button", name="Send me a text").click()
    expect(ann.page.get_by_text("We sent a text to ••• ••• 0199.")).to_be_visible()
    ann.page.get_by_label("Code").fill("abc")
    ann.page.get_by_role("button", name="Confirm").click()
    expect(ann.page.get_by_role("alert").filter(has_text="You can try 2 times more")).to_be_visible()
    ann.screenshot("wrong-code")
    ann.page.reload()
    ann.page.get_by_label("Code").fill(text_message(phone.page, sender))
    phone.screenshot("text-message")
    ann.page.get_by_role("button", name="Confirm").click()
    expect(ann.page.get_by_text("asks Ann Lee to sign")).to_be_visible()


def test_an_identity_check_that_fails_closes_the_session(sender: Sender, new_visitor: Visit) -> None:
    sender.send(one_signature(idCheckConfigurationName="ID Check $"))
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    expect(ann.page.get_by_text("so no one looks")).to_be_visible()
    ann.screenshot("identity")
    ann.page.get_by_role("button", name="It fails").click()
    ann.page.wait_for_url(re.compile("event=id_check_failed$"))
    ann.page.goto(sender.link("ann@"))
    ann.page.get_by_role("button", name="It passes").click()
    expect(ann.page.get_by_text("asks Ann Lee to sign")).to_be_visible()


def test_the_wrong_person_names_the_right_one(sender: Sender, new_visitor: Visit) -> None:
    envelope = sender.send(one_signature())
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    expect(ann.page.get_by_role("status")).to_have_text("Agree below to start")
    ann.page.get_by_role("button", name="Other actions").click()
    ann.page.get_by_role("button", name="Assign to someone else").click()
    dialog = ann.page.get_by_role("dialog")
    dialog.get_by_label("Their name").fill("Bo Lee")
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog.get_by_role("alert")).to_have_text("Please enter their e-mail address.")
    expect(dialog.get_by_label("Their e-mail address")).to_be_focused()
    ann.screenshot("assign")
    dialog.get_by_label("Their e-mail address").fill("bo@example.com")
    dialog.get_by_label("Your reason").fill("He rents it, not me")
    dialog.get_by_role("button", name="Assign").click()
    expect(ann.page.get_by_role("heading", name="Handed over")).to_be_visible()
    ann.screenshot("handed-over")

    bo = new_visitor()
    bo.page.goto(sender.link("bo@"))
    expect(bo.page.get_by_text("asks Bo Lee to sign")).to_be_visible()
    ann.page.goto(sender.link("ann@"))
    expect(ann.page.get_by_role("button", name="Close")).to_be_visible()
    assert sender.status(envelope) in ("sent", "delivered")


def test_no_one_is_offered_to_hand_over_what_the_sender_keeps(sender: Sender, new_visitor: Visit) -> None:
    sender.send(one_signature(), allowReassign="false")
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    ann.page.get_by_role("button", name="Other actions").click()
    expect(ann.page.get_by_role("button", name="Decline to sign")).to_be_visible()
    expect(ann.page.get_by_role("button", name="Assign to someone else")).to_have_count(0)


def test_an_agent_names_who_comes_next(sender: Sender, new_visitor: Visit) -> None:
    agent = {"recipientId": "9", "routingOrder": "1", "name": "Gil Between", "email": "gil@example.com"}
    signer = {"recipientId": "1", "routingOrder": "2", "roleName": "Tenant", "tabs": one_signature()["tabs"]}
    envelope = sender.send(recipients={"agents": [agent], "signers": [signer]})
    gil = new_visitor()
    gil.page.goto(sender.link("gil@"))
    expect(gil.page.get_by_text("asks Gil Between to say who comes next")).to_be_visible()
    gil.screenshot("who-comes-next")
    gil.screenshot("who-comes-next", phone=True)
    gil.page.get_by_role("button", name="Send on").click()
    expect(gil.page.get_by_text("Please say who is to be Tenant")).to_be_visible()
    gil.page.get_by_label("Name", exact=True).fill("Ann Lee")
    gil.page.get_by_label("E-mail", exact=True).fill("ann@example.com")
    gil.page.get_by_role("button", name="Send on").click()
    gil.page.wait_for_url(re.compile("event=viewing_complete$"))
    ann = new_visitor()
    ann.page.goto(sender.link("ann@"))
    expect(ann.page.get_by_text("asks Ann Lee")).to_be_visible()
    assert sender.status(envelope) in ("sent", "delivered")
