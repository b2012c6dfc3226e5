"""One login of the office cannot sign for the tenant and the landlord, and no correction puts another person in."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from esign.envelopes import downloads
from esign.envelopes.action_rules import ActionRefused
from esign.envelopes.actions import confirm_signers
from esign.envelopes.corrections import Wanted, correct
from esign.envelopes.status import explain, stuck
from esign.mail import outbox
from esign.models import AuditEvent, Envelope, OutgoingMail, State
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.admin.words import post, read
from tests.esign.conftest import Send, sign_all
from tests.esign.factories import EnvelopeFactory
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rosa() -> User:
    user: User = UserFactory(username="rosa", is_superuser=False)
    names = ["view_envelope", "send_envelope", "void_envelope", "confirm_envelope", "correct_landlord"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return user


def redirect_mail_of(envelope: Envelope, by: User, *keys: str) -> None:
    for key in keys:
        signer = envelope.signers.get(key=key)
        correct(signer, Wanted(signer.name, f"{key}@boxes.example", signer.phone), by)


def signed(emulator: EmulatorClient, envelope: Envelope) -> Envelope:
    sign_all(emulator, envelope)
    downloads.download_documents(envelope.pk)
    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    return envelope


def test_a_lease_whose_signers_one_person_redirected_waits_for_a_second(
    rosa: User, send: Send, emulator: EmulatorClient
) -> None:
    envelope = send()
    redirect_mail_of(envelope, rosa, "tenant1", "landlord")
    signed(emulator, envelope)
    assert envelope.lease.status == LeaseStatus.OUT_FOR_SIGNATURE
    assert "a colleague has to confirm them first" in explain(envelope).cause
    assert envelope in stuck(Envelope.objects.all())

    with pytest.raises(ActionRefused, match="you changed these addresses yourself"):
        confirm_signers(envelope, rosa)
    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.OUT_FOR_SIGNATURE

    vera = UserFactory(username="vera")
    assert confirm_signers(envelope, vera).sure
    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.EXECUTED
    assert AuditEvent.objects.get(kind="envelope.signers_confirmed").actor == "vera"
    with pytest.raises(ActionRefused, match="need no confirmation"):
        confirm_signers(envelope, vera)


@pytest.mark.parametrize("how", ["one is left", "two people"])
def test_what_one_person_could_not_have_signed_alone_is_executed_at_once(
    how: str, rosa: User, send: Send, emulator: EmulatorClient
) -> None:
    envelope = send()
    redirect_mail_of(envelope, rosa, "tenant1")
    if how == "two people":
        redirect_mail_of(envelope, UserFactory(username="vera"), "landlord")
    assert signed(emulator, envelope).lease.status == LeaseStatus.EXECUTED


def test_the_button_is_on_the_page_for_a_colleague(
    rosa: User, send: Send, emulator: EmulatorClient, client: Client
) -> None:
    envelope = send()
    redirect_mail_of(envelope, rosa, "tenant1", "landlord")
    signed(emulator, envelope)
    colleague = UserFactory(username="vera", is_superuser=False)
    colleague.user_permissions.set(rosa.user_permissions.all())
    client.force_login(colleague)
    assert "Confirm signers" in read(client, envelope.get_absolute_url())
    url = f"{reverse('admin:esign_envelope_press', args=['confirm-signers'])}?ids={envelope.pk}"
    assert "tenant1@boxes.example" in read(client, url)
    assert "the signers are confirmed" in post(client, url, sure="yes")
    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.EXECUTED


# --- who is told, and who may -----------------------------------------------------------------------------


def test_the_old_address_and_the_owner_are_told_of_a_correction_without_a_link(
    rosa: User, send: Send, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    owner = envelope.lease.unit.property.owner
    OutgoingMail.objects.all().delete()
    redirect_mail_of(envelope, rosa, "tenant1")
    outbox.send_due()
    mails = {str(mail.to[0]): mail for mail in mailoutbox}
    to_tenant = next(mail for address, mail in mails.items() if tenant.email in address)
    to_owner = next(mail for address, mail in mails.items() if owner.email in address)
    assert "If you did not ask for this" in to_tenant.body
    assert tenant.name in to_owner.body
    for mail in (to_tenant, to_owner):
        html = str(mail.alternatives[0][0])
        text = str(mail.body) + html
        assert "/portal/" not in text
        assert "boxes.example" not in text


def test_the_first_page_shows_the_corrections_of_the_week(rosa: User, send: Send, client: Client) -> None:
    client.force_login(rosa)
    assert "Signers corrected" not in read(client, "/admin/")
    envelope = send()
    redirect_mail_of(envelope, rosa, "tenant1")
    page = read(client, "/admin/")
    assert "Signers corrected in the last seven days" in page
    assert "e-mail address, by rosa" in page


def test_correcting_a_landlord_takes_a_right_of_its_own(rosa: User, client: Client) -> None:
    client.force_login(rosa)
    envelope = EnvelopeFactory(state=State.SENT)
    landlord = envelope.signers.get(key="landlord")
    url = reverse("admin:esign_signer_correct", args=[envelope.pk, landlord.pk])
    assert client.get(url).status_code == 200
    rosa.user_permissions.remove(Permission.objects.get(codename="correct_landlord"))
    assert client.get(url).status_code == 403
    assert client.post(url, {"email": "x@y.example", "sure": "yes"}).status_code == 403
    assert url not in client.get(envelope.get_absolute_url()).content.decode()


def test_the_tenants_record_is_offered_only_to_those_who_may_change_it(rosa: User, client: Client) -> None:
    client.force_login(rosa)
    envelope = EnvelopeFactory(state=State.SENT)
    tenant = envelope.signers.get(key="tenant1")
    url = reverse("admin:esign_signer_correct", args=[envelope.pk, tenant.pk])
    assert "correct_the_record" not in client.get(url).context["form"].fields
    rosa.user_permissions.add(Permission.objects.get(codename="change_tenant"))
    form = client.get(url).context["form"]
    assert not form["correct_the_record"].value(), "it is not ticked by itself"
    assert "name" not in form.fields, "another name is another person"
