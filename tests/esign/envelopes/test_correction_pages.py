"""The office's pages for choosing before it is sent and changing after: each says first, and does it once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from esign.admin.leases.recipients_form import RecipientsForm
from esign.admin.leases.send import send_url
from esign.docusign.sealing import seal, unseal
from esign.envelopes.compose import recipients_of
from esign.envelopes.send_options import SendOptions, SignerOptions
from esign.models import AuditEvent, Channel, Correction, Envelope, FormAnswer, Purpose, Role, State
from leases.models import Lease
from propertyapp.roles import LEASING_OFFICE
from tests.conftest import Visitor
from tests.emulator_client import EmulatorClient
from tests.esign.admin.words import confirmed, post, read
from tests.esign.conftest import Send
from tests.esign.factories import EnvelopeFactory, SignerFactory
from tests.factories import LeaseFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rosa() -> User:
    user: User = UserFactory(username="rosa", first_name="Rosa", last_name="Diaz", is_superuser=False)
    user.groups.add(Group.objects.get(name=LEASING_OFFICE))
    return user


@pytest.fixture
def office(rosa: User) -> Client:
    client = Client()
    client.force_login(rosa)
    return client


@pytest.fixture
def bystander() -> Client:
    client = Client()
    client.force_login(UserFactory(username="ben", is_superuser=False))
    return client


def press_send(client: Client, lease: Lease, **chosen: str) -> str:
    fields = {f"{lease.pk}-{name}": value for name, value in chosen.items()}
    return post(client, send_url(lease.pk), **confirmed(lease), **fields)


def page(name: str, *args: object) -> str:
    return reverse(f"admin:esign_{name}", args=args)


def test_who_gets_a_copy_can_be_corrected_and_is_offered_no_access_code(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    tenant = envelope.signers.get(key="tenant1")
    copied = SignerFactory(envelope=envelope, key="copy1", role=Role.CARBON_COPY, recipient_id=9, channel="email")
    assert "new access code" in read(office, page("signer_correct", envelope.pk, tenant.pk))
    said = read(office, page("signer_correct", envelope.pk, copied.pk))
    assert "new access code" not in said and "They sign nothing" in said
    said = post(office, page("signer_correct", envelope.pk, copied.pk), name=copied.name, email="new@mail.example")
    assert "to “new@mail.example”" in said


def test_a_corrected_name_is_not_said_to_go_into_the_record(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    tenant = envelope.signers.get(key="tenant1")
    form = {"name": "Grace N. Okafor", "email": tenant.email, "phone": tenant.phone, "correct_the_record": "on"}
    place = page("signer_correct", envelope.pk, tenant.pk)
    assert "gets the same, for everything that is sent later" not in post(office, place, **form)
    assert "gets the same, for everything that is sent later" in post(office, place, **form | {"email": "n@m.example"})


def shown(client: Client, place: str, form: dict[str, str]) -> str:
    """The mark of what the page explained."""
    return str(client.post(place, form).context["page"].what_was_shown)


# --- choosing ---------------------------------------------------------------------------------------------


def test_what_is_left_alone_chooses_nothing() -> None:
    lease = LeaseFactory()
    asked = {f"{lease.pk}-tenant1-channel": "portal", f"{lease.pk}-tenant1-language": "en", f"{lease.pk}-message": ""}
    people = recipients_of(lease, Purpose.LEASE)
    for posted in (None, {}, asked):
        form = RecipientsForm(lease, people, UserFactory(), posted)
        assert not form.is_changed
        assert form.options() == SendOptions()


def test_the_page_offers_every_channel_and_sends_what_was_chosen(office: Client) -> None:
    lease = LeaseFactory(tenants=2)
    seen = read(office, send_url(lease.pk))
    for label in Channel.labels:
        assert label in seen

    press_send(
        office,
        lease,
        **{
            "tenant1-channel": "email_sms",
            "tenant1-check": "code",
            "tenant1-note": "Bring the keys.",
            "tenant2-channel": "office",
            "tenant2-language": "es",
            "host_name": "Rosa Diaz",
            "host_email": "rosa@juniper.example",
            "message": "Welcome.",
            "added-1-name": "Agent Ruiz",
            "added-1-email": "ruiz@agents.example",
            "added-1-role": "certified_delivery",
        },
    )

    envelope = Envelope.objects.get()
    first, second = envelope.signers.filter(role="tenant")
    assert (first.channel, first.note, bool(first.sealed_access_code)) == ("email_sms", "Bring the keys.", True)
    assert (second.channel, second.language, second.host_email) == ("office", "es", "rosa@juniper.example")
    assert envelope.signers.get(role=Role.CERTIFIED_DELIVERY).email == "ruiz@agents.example"
    assert envelope.message == "Welcome."


def test_a_choice_that_cannot_work_is_shown_again_with_what_was_typed(office: Client) -> None:
    lease = LeaseFactory()
    lease.parties.get().tenant.__class__.objects.update(phone="")
    answer = press_send(office, lease, **{"tenant1-channel": "email_sms", "tenant1-note": "Bring the keys."})
    assert "no phone number for the text message" in answer
    assert "Bring the keys." in answer
    assert not Envelope.objects.exists()


def test_without_phone_checks_in_the_plan_nothing_is_sent(office: Client, site: str, emulator: EmulatorClient) -> None:
    emulator.fault(
        "getAccountIdentityVerification", "before_effect", status=400, errorCode="ACCOUNT_LACKS_PERMISSIONS", times=5
    )
    lease = LeaseFactory()
    answer = press_send(office, lease, **{"tenant1-check": "phone"})
    assert "cannot check phones" in answer
    assert not Envelope.objects.exists()


def test_couples_who_share_an_address_are_pointed_out(office: Client) -> None:
    lease = LeaseFactory(tenants=2)
    for party in lease.parties.all():
        party.tenant.email = "both@mail.example"
        party.tenant.save()
    assert "share both@mail.example" in read(office, send_url(lease.pk))


# --- changing ---------------------------------------------------------------------------------------------


def test_a_correction_is_explained_before_it_is_made(office: Client, send: Send) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    place = page("signer_correct", envelope.pk, tenant.pk)
    form = {"name": tenant.name, "email": "right@mail.example", "phone": tenant.phone}

    asked = post(office, place, **form)
    assert "We mail right@mail.example a new link" in asked
    assert not Correction.objects.exists()

    other = {**form, "email": "unseen@mail.example"}
    asked = post(office, place, **other, sure="yes", shown=shown(office, place, form))
    assert "unseen@mail.example a new link" in asked  # what was not explained is explained first
    assert not Correction.objects.exists()

    post(office, place, **form, sure="yes", shown=shown(office, place, form))
    tenant.refresh_from_db()
    assert tenant.email == "right@mail.example"
    assert AuditEvent.objects.get(kind="signer.corrected").actor == "rosa"


def test_what_cannot_be_corrected_is_said_on_the_page(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    tenant = envelope.signers.get(key="tenant1")
    seen = post(office, page("signer_correct", envelope.pk, tenant.pk), email="no", phone="", sure="y")
    assert "is not an e-mail address" in seen
    envelope.signers.filter(pk=tenant.pk).update(status="completed")
    assert "has signed already" in read(office, page("signer_correct", envelope.pk, tenant.pk))


def test_the_end_is_moved_after_it_was_explained(office: Client, send: Send) -> None:
    envelope = send()
    until = (timezone.localdate() + timedelta(days=200)).isoformat()
    place = page("envelope_extend", envelope.pk)
    assert "It can be signed until" in post(office, place, until=until)
    envelope.refresh_from_db()
    assert envelope.expires_after_days == 120
    post(office, place, until=until, sure="yes", shown=shown(office, place, {"until": until}))
    envelope.refresh_from_db()
    assert envelope.expires_after_days in (199, 200, 201)  # by the property's own calendar


def test_replacing_says_who_signs_again_and_promises_the_next_revision(office: Client, send: Send) -> None:
    envelope = send()
    place = page("envelope_replace", envelope.pk)
    assert "Revision 2 is made from the lease" in read(office, place)
    post(office, place, reason="A page was missing")
    envelope.refresh_from_db()
    assert envelope.cancel_asked_at
    assert envelope.replace_asked_at


def test_an_access_code_is_shown_once(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    tenant = envelope.signers.get(key="tenant1")
    envelope.signers.filter(pk=tenant.pk).update(sealed_access_code=seal("482913"))
    place = page("signer_access_code", envelope.pk, tenant.pk)

    assert office.get(place).status_code == 405
    first = post(office, place)
    assert "482913" in first
    assert "482913" not in post(office, place)
    assert "482913" not in read(office, envelope.get_absolute_url())
    assert AuditEvent.objects.filter(kind="signer.access_code_shown").count() == 1


def test_the_host_opens_docusign_for_who_sits_at_the_office(
    office: Client, send: Send, emulator: EmulatorClient
) -> None:
    options = SendOptions(
        {"tenant1": SignerOptions(channel=Channel.OFFICE)}, host_name="Rosa", host_email="r@j.example"
    )
    envelope = send(options=options)
    tenant = envelope.signers.get(key="tenant1")
    answer = office.post(page("signer_sign_here", envelope.pk, tenant.pk))
    assert answer["Location"].startswith(emulator.base_url)
    landlord = envelope.signers.get(key="landlord")
    assert office.post(page("signer_sign_here", envelope.pk, landlord.pk))["Location"] == envelope.get_absolute_url()


def test_answers_are_decided_on_their_page(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.COMPLETED)
    tenant = envelope.signers.get(key="tenant1")
    plate, time = (
        FormAnswer.objects.create(envelope=envelope, signer=tenant, label=label, value=value)
        for label, value in (("vehicle_plate", "8ABC123"), ("move_in_time", "noon"))
    )
    assert "no field for it" in read(office, page("envelope_answers", envelope.pk))
    post(office, page("envelope_answers", envelope.pk), **{f"answer-{plate.pk}": "accept", f"answer-{time.pk}": "note"})
    assert not FormAnswer.objects.open().exists()
    assert tenant.tenant is not None
    tenant.tenant.refresh_from_db()
    assert tenant.tenant.vehicle_plate == "8ABC123"
    assert "To be reviewed" not in read(office, reverse("admin:esign_formanswer_changelist"))


@pytest.mark.parametrize("name", ["envelope_extend", "envelope_replace", "envelope_answers"])
def test_who_may_not_send_changes_nothing(bystander: Client, name: str) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    assert bystander.post(page(name, envelope.pk), {"sure": "yes"}).status_code == 403


@pytest.mark.parametrize("name", ["signer_correct", "signer_access_code", "signer_sign_here"])
def test_who_may_not_send_changes_no_signer(bystander: Client, name: str) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    signer = envelope.signers.first()
    assert signer is not None
    assert bystander.post(page(name, envelope.pk, signer.pk), {"sure": "yes"}).status_code == 403


# --- what it looks like -----------------------------------------------------------------------------------


def test_the_pages_in_a_browser(
    office: Client, site: str, send: Send, emulator: EmulatorClient, new_visitor: Callable[[], Visitor]
) -> None:
    envelope = send(tenants=2, options=SendOptions({"tenant1": SignerOptions(channel=Channel.EMAIL, access_code=True)}))
    tenant = envelope.signers.get(key="tenant1")
    person = new_visitor()
    cookie = office.cookies["sessionid"]
    person.page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": site}])
    draft = LeaseFactory(tenants=2)
    person.page.goto(site + send_url(draft.pk))
    person.page.get_by_text("Choose how each signer").click()
    person.screenshot("choosing")
    person.screenshot("choosing", phone=True)
    person.page.goto(site + envelope.get_absolute_url())
    person.screenshot("envelope")
    person.screenshot("envelope", phone=True)
    person.page.get_by_role("link", name="Correct…").first.click()
    person.page.get_by_label("E-mail", exact=True).fill("right@mail.example")
    person.page.get_by_role("button", name="See what that does").click()
    person.screenshot("correcting")
    person.screenshot("correcting", phone=True)
    person.page.get_by_role("button", name="Correct").click()
    person.page.wait_for_url(f"{site}{envelope.get_absolute_url()}")
    person.page.get_by_role("button", name="Show access code").first.click()
    code = person.page.locator(".es-code").inner_text()
    tenant.refresh_from_db()
    assert code == unseal(tenant.sealed_access_code)
    assert tenant.email == "right@mail.example"
    person.screenshot("access-code")
    person.page.goto(site + page("envelope_replace", envelope.pk))
    person.screenshot("replacing")
    for label, value in (("vehicle_plate", "8ABC123"), ("move_in_time", "around noon")):
        FormAnswer.objects.create(envelope=envelope, signer=tenant, label=label, value=value)
    person.page.goto(site + page("envelope_answers", envelope.pk))
    person.screenshot("answers")
    person.screenshot("answers", phone=True)
