"""Messages that Docusign could not hand to us: seen by an administrator, and sent again at a press."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign import dispatch, inbox
from esign.models import Envelope, State
from esign.prepare import prepare
from tests.emulator_client import EmulatorClient
from tests.esign.admin.words import post, read
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/esign/connectdelivery/undelivered/"


@pytest.fixture
def unheard(site: str, emulator: EmulatorClient, settings: Settings) -> Envelope:
    """Signed by everybody while our webhook turned every message away."""
    keys, settings.DOCUSIGN_CONNECT_KEYS = settings.DOCUSIGN_CONNECT_KEYS, ["a key that Docusign does not have"]
    envelope = prepare(LeaseFactory())
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    for signer in envelope.signers.who_sign():
        emulator.sign(str(envelope.docusign_id), str(signer.recipient_id))
    emulator.flush_deliveries()
    settings.DOCUSIGN_CONNECT_KEYS = keys
    return envelope


def test_an_administrator_sees_what_was_missed_and_has_it_sent_again(
    administrator: Client, unheard: Envelope, emulator: EmulatorClient
) -> None:
    said = read(administrator, PAGE)
    assert f"Lease {unheard.lease.number}" in said
    assert "Have them sent again" in said

    assert "the messages about 1 envelope again" in post(administrator, PAGE)
    emulator.flush_deliveries()
    for pk in inbox.waiting():
        inbox.apply_delivery(pk)

    unheard.refresh_from_db()
    assert unheard.state == State.COMPLETED
    said = read(administrator, PAGE)
    assert "Every message about our envelopes arrived." in said


def test_when_docusign_does_not_tell_it_is_said_why_nothing_is_lost(
    administrator: Client, unheard: Envelope, emulator: EmulatorClient
) -> None:
    emulator.fault("listEventFailureLogs", "before_effect", status=401, errorCode="USER_LACKS_PERMISSIONS", times=9)
    assert "we look for changes ourselves" in read(administrator, PAGE)


def test_the_office_may_not(office: Client) -> None:
    assert office.get(reverse("admin:esign_connectdelivery_undelivered")).status_code == 403
