"""A tenant at the portal, as a browser without JavaScript sees it."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from esign.evidence.disclosure import disclosure
from esign.mail.codes import code_of
from esign.mail.links import portal_link
from esign.models import Envelope, PortalCode, Signer
from esign.portal.consent import record
from tests.esign.factories import EnvelopeFactory

Enter = Callable[..., Client]


def path_of(address: str) -> str:
    return urlsplit(address).path


@pytest.fixture(autouse=True)
def _language_of_the_office() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test must not read it."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def give_code(browser: Client) -> None:
    """Ask for a code and type it, as it stands in the mail; the mail itself is taken away again."""
    assert browser.post(reverse("portal:code")).status_code == 302
    row = PortalCode.objects.latest("pk")
    assert browser.post(reverse("portal:code"), {"code": code_of(row)}).status_code == 302
    row.mail.delete()


@pytest.fixture
def enter() -> Enter:
    """Signs a person in by their link and a mailed code, in a browser of their own; they have agreed to sign
    electronically before.
    """

    def enter(signer: Signer, *, agreed: bool = True, code: bool = True) -> Client:
        if agreed:
            record(signer, disclosure("en"), ip="192.0.2.7")
        browser = Client()
        answer = browser.post(path_of(portal_link(signer)))
        assert answer.status_code == 302
        if code:
            give_code(browser)
        return browser

    return enter


@pytest.fixture
def envelope() -> Envelope:
    """Out for signature: two tenants, a guarantor after them, the landlord last."""
    made: Envelope = EnvelopeFactory(state="sent", lease__tenants=2, lease__guarantors=1)
    return made


@pytest.fixture
def tenant(envelope: Envelope) -> Signer:
    return envelope.signers.get(key="tenant1")


@pytest.fixture
def guarantor(envelope: Envelope) -> Signer:
    return envelope.signers.get(key="guarantor1")
