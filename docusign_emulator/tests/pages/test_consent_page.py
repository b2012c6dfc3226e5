"""A person lets an application act for them, or does not."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from docusign_emulator.tests.browser import Visitor
from docusign_emulator.tests.pages.conftest import Sender

pytestmark = pytest.mark.browser
Visit = Callable[[], Visitor]


def ask(page: Page, sender: Sender, **more: str) -> str:
    """Open the consent page as an application would; answers where it sends people back."""
    back = f"{sender.docusign.base}/signing/ended"
    query = {
        "response_type": "code",
        "scope": "signature impersonation",
        "client_id": sender.docusign.credentials["integration_key"],
        "redirect_uri": back,
        "state": "xyz",
        "prompt": "login",
    }
    page.goto(f"{sender.docusign.base}/oauth/auth?{urlencode(query | more)}")
    return back


def test_allowing_leads_back_with_a_code(sender: Sender, new_visitor: Visit) -> None:
    visitor = new_visitor()
    back = ask(visitor.page, sender)
    expect(visitor.page.get_by_role("heading")).to_contain_text("use your account?")
    expect(visitor.page.get_by_text("Act for you also while you are not here")).to_be_visible()
    visitor.screenshot("consent")
    visitor.screenshot("consent", phone=True)
    visitor.page.get_by_label(re.compile("Leasing Agent")).check()
    visitor.page.get_by_role("button", name="Allow access").click()
    visitor.page.wait_for_url(re.compile(rf"^{re.escape(back)}\?code=.+&state=xyz$"))


def test_cancelling_leads_back_with_access_denied(sender: Sender, new_visitor: Visit) -> None:
    page = new_visitor().page
    back = ask(page, sender)
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_url(re.compile(rf"^{re.escape(back)}\?error=access_denied.*state=xyz$"))


def test_only_an_administrator_can_consent_for_everyone(sender: Sender, new_visitor: Visit) -> None:
    visitor = new_visitor()
    ask(visitor.page, sender, scope="openid", admin_consent_scope="signature impersonation")
    expect(visitor.page.get_by_role("heading")).to_contain_text("use every account?")
    expect(visitor.page.get_by_label(re.compile("Leasing Agent"))).to_be_disabled()
    visitor.screenshot("admin-consent")
