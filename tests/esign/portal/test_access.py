"""Who may come in: the person at their present address, for as long as the lease concerns them, until it is ended."""

import re

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.mail import outbox
from esign.mail.links import portal_link, read_link
from esign.mail.queue import queue_mail
from esign.models import MailKind, OutgoingMail, Signer
from leases.models import Tenant
from leases.status import LeaseStatus
from tests.esign.factories import EnvelopeFactory
from tests.esign.portal.conftest import Enter, path_of
from tests.factories import LeaseFactory, bring_to

pytestmark = pytest.mark.django_db
NEW = "grace.new@mail.example"


@pytest.fixture
def moved(tenant: Signer) -> Signer:
    """The tenant's record gets another address after the envelope went out to the old one."""
    assert tenant.tenant is not None
    Signer.objects.filter(pk=tenant.pk).update(record_email=tenant.tenant.email, email=tenant.tenant.email)
    Tenant.objects.filter(pk=tenant.tenant.pk).update(email=NEW)
    return Signer.objects.get(pk=tenant.pk)


def linked() -> list[str]:
    """To whom the queued links go."""
    outbox.send_due()
    return [message.to[0] for message in django_mail.outbox]


def ask_for_links(email: str) -> None:
    assert Client().post(reverse("portal:links"), {"email": email}).status_code == 200


def test_the_present_address_is_what_was_set_last(moved: Signer) -> None:
    assert moved.present_email == NEW
    Signer.objects.filter(pk=moved.pk).update(email="asked@mail.example", record_email=NEW)  # corrected since
    assert Signer.objects.get(pk=moved.pk).present_email == "asked@mail.example"


def test_links_to_a_mailbox_that_was_left_behind_are_dead(tenant: Signer) -> None:
    assert tenant.tenant is not None
    Signer.objects.filter(pk=tenant.pk).update(record_email=tenant.tenant.email, email=tenant.tenant.email)
    old = portal_link(Signer.objects.get(pk=tenant.pk))
    Tenant.objects.filter(pk=tenant.tenant.pk).update(email=NEW)

    assert Client().get(path_of(old)).status_code == 404
    assert Client().post(path_of(old).replace("/enter/", "/new-link/")).status_code == 404


def test_a_session_opened_from_that_mailbox_ends(enter: Enter, tenant: Signer) -> None:
    assert tenant.tenant is not None
    Signer.objects.filter(pk=tenant.pk).update(record_email=tenant.tenant.email, email=tenant.tenant.email)
    browser = enter(Signer.objects.get(pk=tenant.pk))
    assert browser.get(reverse("portal:envelope", args=[tenant.envelope_id])).status_code == 200
    Tenant.objects.filter(pk=tenant.tenant.pk).update(email=NEW)

    assert browser.get(reverse("portal:envelope", args=[tenant.envelope_id])).status_code == 302


def test_a_new_link_goes_to_the_present_address_and_to_no_other(moved: Signer) -> None:
    ask_for_links(moved.email)
    assert linked() == []

    ask_for_links(NEW)
    assert linked() == [f"{moved.name} <{NEW}>"]
    token = re.findall(r"/portal/enter/(\S+)", str(django_mail.outbox[0].body))[0]
    assert read_link(token) == moved


def test_our_other_mails_go_there_too(moved: Signer) -> None:
    queue_mail(moved.envelope, MailKind.COMPLETED, moved)
    assert linked() == [f"{moved.name} <{NEW}>"]


# --- ending links and sessions ----------------------------------------------------------------------------


def test_a_tenant_ends_all_links_and_sessions_of_theirs(enter: Enter, tenant: Signer) -> None:
    link = portal_link(tenant)
    here, elsewhere = enter(tenant), enter(tenant)
    assert "Sign out everywhere" in here.get(reverse("portal:home")).content.decode()

    assert here.post(reverse("portal:leave_everywhere")).status_code == 200

    page = reverse("portal:envelope", args=[tenant.envelope_id])
    assert here.get(page).status_code == elsewhere.get(page).status_code == 302
    assert Client().get(path_of(link)).status_code == 404
    assert tenant.envelope.audit_events.filter(kind="portal.ended").exists()


def test_a_new_link_works_after_that(enter: Enter, tenant: Signer) -> None:
    enter(tenant).post(reverse("portal:leave_everywhere"))

    browser = enter(Signer.objects.get(pk=tenant.pk))
    assert browser.get(reverse("portal:envelope", args=[tenant.envelope_id])).status_code == 200


def test_another_persons_links_go_on(enter: Enter, tenant: Signer, guarantor: Signer) -> None:
    browser = enter(guarantor)
    enter(tenant).post(reverse("portal:leave_everywhere"))

    assert browser.get(reverse("portal:envelope", args=[tenant.envelope_id])).status_code == 200


def test_opening_the_address_ends_nothing(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    assert browser.get(reverse("portal:leave_everywhere")).status_code == 302
    assert browser.get(reverse("portal:envelope", args=[tenant.envelope_id])).status_code == 200


def test_staff_end_a_persons_access_after_a_look(enter: Enter, tenant: Signer, admin_client: Client) -> None:
    browser, page = enter(tenant), reverse("portal:envelope", args=[tenant.envelope_id])
    address = reverse("admin:esign_signer_end_access", args=[tenant.envelope_id, tenant.pk])

    assert "stops working" in admin_client.get(address).content.decode()
    assert browser.get(page).status_code == 200
    assert admin_client.post(address, {"sure": "yes"}).status_code == 302

    assert browser.get(page).status_code == 302


# --- after the lease --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("months", "may_read"), [(11, True), (13, False)])
def test_access_ends_some_months_after_the_lease(months: int, may_read: bool, enter: Enter, settings: Settings) -> None:
    lease = bring_to(LeaseFactory(), LeaseStatus.ENDED)
    envelope = EnvelopeFactory(lease=lease, state="completed")
    tenant = envelope.signers.get(key="tenant1")
    browser, link = enter(tenant), portal_link(tenant)
    settings.PORTAL_MONTHS_AFTER_LEASE = 12

    with time_machine.travel(timezone.now() + relativedelta(months=months)):
        newer = portal_link(tenant)
        assert (Client().get(path_of(newer)).status_code == 200) is may_read
    assert browser.get(reverse("portal:envelope", args=[envelope.pk])).status_code == 200
    assert Client().get(path_of(link)).status_code == 200


def test_an_address_whose_leases_are_long_over_gets_no_link() -> None:
    envelope = EnvelopeFactory(lease=bring_to(LeaseFactory(), LeaseStatus.ENDED), state="completed")
    email = envelope.signers.get(key="tenant1").email

    with time_machine.travel(timezone.now() + relativedelta(months=13)):
        ask_for_links(email)
    assert not OutgoingMail.objects.exists()
