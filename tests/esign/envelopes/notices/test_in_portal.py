"""Notices and renewals as the tenant meets them in the portal."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import urllib3
from django.test import Client
from django.urls import reverse

from esign.admin.leases.renewal_offer import make
from esign.envelopes import dispatch
from esign.envelopes.downloads import download_documents
from esign.envelopes.freeze import freeze
from esign.envelopes.notice import deliveries
from esign.mail import outbox
from esign.mail.links import portal_link
from esign.models import Envelope, Signer, State
from leases.models import IncreaseKind
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.admin.words import read
from tests.esign.conftest import hear, sign, sign_all
from tests.esign.envelopes.notices.conftest import SendNotice, let
from tests.esign.portal.conftest import give_code

pytestmark = pytest.mark.django_db(transaction=True)


def enter(signer: Signer) -> Client:
    browser = Client()
    assert browser.post(urlsplit(portal_link(signer)).path).status_code == 302
    give_code(browser)
    return browser


def test_a_tenant_opens_a_notice_from_the_portal_and_that_is_the_proof(
    notify: SendNotice, emulator: EmulatorClient
) -> None:
    envelope = notify(let())
    tenant = envelope.signers.get(key="tenant1")
    page = reverse("portal:envelope", args=[envelope.pk])
    assert enter(tenant).get(page).status_code == 404, "it is no notice before the landlord has signed"

    sign(emulator, envelope, "landlord")
    hear(emulator)
    outbox.send_due(envelope_id=envelope.pk)
    assert envelope.mails.filter(kind="invitation", signer=tenant, done_at__isnull=False).exists()
    browser = enter(tenant)
    assert "Ready for you to read" in read(browser, reverse("portal:home"))
    assert "Please read these documents" in read(browser, page)

    answer = browser.post(reverse("portal:sign", args=[envelope.pk]))
    assert answer.status_code == 303
    opened = urllib3.request("GET", answer["Location"], headers={"Cookie": ""})
    assert opened.status == 200
    hear(emulator)
    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED
    assert all(delivery.is_proven for delivery in deliveries(envelope))
    assert "Everyone has received these documents" in read(browser, page)


def test_a_renewal_is_offered_read_signed_and_follows_its_predecessor(site: str, emulator: EmulatorClient) -> None:
    lease = let()
    renewal = make(
        lease,
        {"term_months": 12, "kind": IncreaseKind.PERCENT, "amount": Decimal(4), "rounding": Decimal(5), "cap": None},
    )
    envelope: Envelope = freeze(renewal)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT, envelope.problem

    page = read(enter(envelope.signers.get(key="tenant1")), reverse("portal:envelope", args=[envelope.pk]))
    assert "What changes" in page
    assert "$1,850.00" in page
    assert "$1,925.00" in page

    sign_all(emulator, envelope)
    assert download_documents(envelope.pk)
    renewal.refresh_from_db()
    lease.refresh_from_db()
    assert renewal.status == LeaseStatus.EXECUTED
    assert renewal.previous_lease == lease
    assert lease.status == LeaseStatus.ACTIVE, "until the renewal begins"
    assert lease.rent == Decimal("1850.00")
