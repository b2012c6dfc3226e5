"""An envelope's open page follows the envelope while a machine is at it, and then leaves it alone."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from esign.models import Envelope, State
from tests.conftest import Visitor
from tests.esign.admin.words import read
from tests.esign.factories import DocumentFetchFactory, EnvelopeFactory
from tests.factories import UserFactory

ON_ITS_WAY = "This page shows what comes of it by itself."


def status_url(envelope: Envelope) -> str:
    return reverse("admin:esign_envelope_status", args=[envelope.pk])


# --- what the server says ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("envelope", "follows"),
    [
        ({"state": State.READY}, True),
        ({"state": State.SENDING}, True),
        ({"state": State.DRAFTED, "hold_draft": True}, False),
        ({"state": State.SENT}, False),
        ({"state": State.SENT, "cancel_asked_at": timezone.now()}, True),
        ({"state": State.VOIDED}, False),
        ({"state": State.VOIDED, "replace_asked_at": timezone.now()}, True),
        ({"state": State.NEEDS_ATTENTION}, False),
    ],
)
def test_a_page_is_followed_only_while_a_machine_moves_it(
    office: Client, envelope: dict[str, object], follows: bool
) -> None:
    made = EnvelopeFactory(**envelope)
    assert (ON_ITS_WAY in read(office, made.get_absolute_url())) == follows
    assert (ON_ITS_WAY in read(office, status_url(made))) == follows


@pytest.mark.django_db
def test_a_signed_envelope_is_followed_until_its_documents_are_here(office: Client) -> None:
    kind = DocumentFetchFactory()
    page = kind.envelope.get_absolute_url()
    assert ON_ITS_WAY in read(office, page)
    kind.done_at = timezone.now()
    kind.save()
    assert ON_ITS_WAY not in read(office, page)


@pytest.mark.django_db
def test_who_may_not_see_the_envelope_cannot_follow_it(office: Client, bystander: Client) -> None:
    url = status_url(EnvelopeFactory())
    assert bystander.get(url).status_code == 403
    assert Client().get(url).status_code == 302
    assert office.get(status_url(Envelope())).status_code == 404
    assert "no-store" in office.get(url)["Cache-Control"]


# --- in a browser -----------------------------------------------------------------------------------------


def sign_in(context: BrowserContext, site: str) -> None:
    """As an administrator."""
    client = Client()
    client.force_login(UserFactory(username="ada"))
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_staff_who_wait_at_the_page_see_it_go_out_and_then_nothing_asks_any_more(
    site: str, new_visitor: Callable[[], Visitor]
) -> None:
    envelope = EnvelopeFactory(state=State.SENDING)
    [tenant] = envelope.signers.filter(role="tenant")
    page = new_visitor().page
    sign_in(page.context, site)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/status/" in request.url else None)

    page.goto(f"{site}{envelope.get_absolute_url()}")
    expect(page.get_by_text(ON_ITS_WAY)).to_be_visible()
    page.get_by_label("Show calls and messages").check()
    Envelope.objects.update(state=State.SENT, sent_at=timezone.now())
    expect(page.get_by_role("heading", name=f"Waiting for {tenant.name}")).to_be_visible(timeout=15_000)
    update = page.get_by_role("status")
    expect(update).to_have_text(f"Waiting for {tenant.name}")  # for those who listen
    assert update.evaluate("node => node.getBoundingClientRect().height") <= 1
    expect(page.get_by_text(ON_ITS_WAY)).to_have_count(0)
    assert page.get_by_label("Show calls and messages").is_checked()

    so_far = len(asked)
    page.wait_for_timeout(5_000)  # two rounds
    assert len(asked) == so_far


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_the_script_the_page_stands_and_promises_nothing(site: str, new_visitor: Callable[[], Visitor]) -> None:
    envelope = EnvelopeFactory(state=State.SENDING)
    page = new_visitor().page
    sign_in(page.context, site)
    page.route("**/follow.js", lambda route: route.abort())
    page.goto(f"{site}{envelope.get_absolute_url()}")
    expect(page.get_by_role("heading", name="It is being sent")).to_be_visible()
    expect(page.get_by_text(ON_ITS_WAY)).to_be_hidden()
