"""Who signs in which order, by which channel, after which check: chosen for one sending and proven at the emulator."""

import logging

import pytest

from esign.docusign import DocusignClient
from esign.docusign.answers import parse_phone_workflow
from esign.docusign.sealing import unseal
from esign.envelopes import dispatch
from esign.envelopes.compose import CannotCompose, compose
from esign.envelopes.freeze import freeze
from esign.envelopes.send_options import AddedRecipient, SendOptions, SignerOptions
from esign.models import AuditEvent, Channel, Envelope, Role, State
from esign.models.signer import SignerStatus
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient, EmulatorError
from tests.esign.conftest import Send, follow, hear, recipient_at, sign, sign_all
from tests.factories import LeaseFactory, LeasePartyFactory

pytestmark = pytest.mark.django_db(transaction=True)


def by(channel: str, **more: object) -> SendOptions:
    return SendOptions(signers={"tenant1": SignerOptions(channel=channel, **more)})  # type: ignore[arg-type]  # the fields of SignerChoice


def invitations(emulator: EmulatorClient, envelope: Envelope, key: str) -> list[tuple[str, str]]:
    """(channel, address) of every invitation that Docusign sent to this signer."""
    recipient = str(envelope.signers.get(key=key).recipient_id)
    return [(m.channel, m.to) for m in emulator.mail() if m.recipient_id == recipient and m.kind == "invitation"]


# --- order ------------------------------------------------------------------------------------------------


def test_tenants_sign_side_by_side_then_guarantors_then_the_landlord(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=3, guarantors=2)

    with pytest.raises(EmulatorError):
        sign(emulator, envelope, "guarantor1")
    for key in ("tenant3", "tenant1", "tenant2"):
        sign(emulator, envelope, key)
    with pytest.raises(EmulatorError):
        sign(emulator, envelope, "landlord")
    for key in ("guarantor2", "guarantor1"):
        sign(emulator, envelope, key, values={"mailing_address": "1 Elm Street, Oakland"})
    sign(emulator, envelope, "landlord")
    hear(emulator)

    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED


# --- channels ---------------------------------------------------------------------------------------------


def test_who_signs_in_the_portal_gets_no_mail_from_docusign(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=by(Channel.PORTAL))
    assert invitations(emulator, envelope, "tenant1") == []


def test_who_signs_by_email_is_mailed_by_docusign(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=by(Channel.EMAIL))
    tenant = envelope.signers.get(key="tenant1")
    assert invitations(emulator, envelope, "tenant1") == [("email", tenant.email)]


def test_who_signs_by_text_message_is_texted_and_needs_no_address(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=by(Channel.SMS))
    assert invitations(emulator, envelope, "tenant1") == [("sms", "+14155550123")]


def test_email_and_text_message_reach_the_same_person_twice(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=by(Channel.EMAIL_SMS))
    tenant = envelope.signers.get(key="tenant1")
    assert sorted(invitations(emulator, envelope, "tenant1")) == [("email", tenant.email), ("sms", "+14155550123")]


def test_docusigns_mail_leads_into_the_portal_where_the_person_signs(
    send: Send, emulator: EmulatorClient, site: str
) -> None:
    envelope = send(options=by(Channel.INVITED))
    tenant = envelope.signers.get(key="tenant1")

    assert invitations(emulator, envelope, "tenant1") == [("email", tenant.email)]
    (mail,) = [m for m in emulator.mail(to=tenant.email) if m.kind == "invitation"]
    landed = follow(mail)
    assert landed.startswith(f"{site}/portal/enter/")
    tenant.envelope = Envelope.objects.select_related("connection").get(pk=envelope.pk)
    assert DocusignClient(tenant.envelope.connection).recipient_view(tenant, return_url=f"{site}/portal/")


def test_a_tenant_at_the_office_signs_on_the_hosts_screen(send: Send, emulator: EmulatorClient, site: str) -> None:
    options = SendOptions(
        signers={"tenant1": SignerOptions(channel=Channel.OFFICE)},
        host_name="Dana Whitfield",
        host_email="dana@office.example",
    )
    envelope = send(options=options)
    assert invitations(emulator, envelope, "tenant1") == []

    tenant = envelope.signers.get(key="tenant1")
    address = DocusignClient(envelope.connection).recipient_view(tenant, return_url=f"{site}/admin/")
    assert address.startswith(emulator.base_url)
    sign_all(emulator, envelope)
    assert envelope.state == State.COMPLETED


def test_docusign_writes_in_the_signers_own_language(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=by(Channel.EMAIL, language="es"))
    recipient = recipient_at(emulator, envelope, "tenant1")
    assert recipient["emailNotification"]["supportedLanguage"] == "es"


def test_a_private_message_goes_to_one_person(send: Send, emulator: EmulatorClient) -> None:
    options = SendOptions(signers={"tenant1": SignerOptions(note="The keys are with Ana.")}, message="Welcome home.")
    envelope = send(tenants=2, options=options)
    first, second = (recipient_at(emulator, envelope, key) for key in ("tenant1", "tenant2"))
    assert first["note"] == "The keys are with Ana."
    assert not second.get("note")
    assert envelope.message == "Welcome home."


# --- copies and certified delivery -------------------------------------------------------------------------


def test_a_copy_goes_out_at_the_end_and_a_certified_delivery_has_to_be_opened(
    send: Send, emulator: EmulatorClient
) -> None:
    options = SendOptions(
        added=[
            AddedRecipient("Agent Ruiz", "ruiz@agents.example"),
            AddedRecipient("Co-op Board", "board@coop.example", Role.CERTIFIED_DELIVERY),
        ]
    )
    envelope = send(options=options)
    board = envelope.signers.get(role=Role.CERTIFIED_DELIVERY)
    assert [m.kind for m in emulator.mail(to="ruiz@agents.example")] == []
    assert emulator.mail(to="board@coop.example")

    with pytest.raises(EmulatorError):  # the lease waits for those who have to open it
        sign_all(emulator, envelope)
    emulator.act(str(envelope.docusign_id), str(board.recipient_id), "view")
    for key in ("landlord",):
        sign(emulator, envelope, key)
    hear(emulator)

    envelope.refresh_from_db()
    board.refresh_from_db()
    assert (envelope.state, board.status) == (State.COMPLETED, SignerStatus.COMPLETED)
    assert emulator.mail(to="ruiz@agents.example")


# --- checks -----------------------------------------------------------------------------------------------


def test_an_access_code_is_sealed_at_rest_and_reaches_docusign_alone(
    send: Send, emulator: EmulatorClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        envelope = send(options=SendOptions(signers={"tenant1": SignerOptions(access_code=True)}))
    tenant = envelope.signers.get(key="tenant1")
    code = unseal(tenant.sealed_access_code)

    assert code
    assert code.isdecimal()
    assert code not in tenant.sealed_access_code
    assert recipient_at(emulator, envelope, "tenant1")["accessCode"] == code
    assert code not in caplog.text
    assert not any(code in f"{event.text}{event.detail}" for event in AuditEvent.objects.all())


def test_a_phone_check_names_the_accounts_workflow_and_the_number(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(options=by(Channel.EMAIL, phone_check=True))
    asked = recipient_at(emulator, envelope, "tenant1")["identityVerification"]
    assert asked["workflowId"]
    assert asked["inputOptions"][0]["phoneNumberList"] == [{"countryCode": "1", "number": "4155550123"}]


def test_without_phone_authentication_in_the_plan_the_office_reads_what_to_do(
    site: str, emulator: EmulatorClient
) -> None:
    emulator.fault("getAccountIdentityVerification", "before_effect", status=400, errorCode="ACCOUNT_LACKS_PERMISSIONS")
    envelope = freeze(LeaseFactory(), options=by(Channel.EMAIL, phone_check=True))
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    assert envelope.state == State.NEEDS_ATTENTION
    assert "cannot check phones" in envelope.problem
    assert emulator.envelopes() == []
    assert envelope.ask_to_cancel(reason="No phone check")  # and the state can be left
    dispatch.advance(envelope.pk)
    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.DRAFT


def test_an_account_whose_workflows_know_no_phone_is_an_account_without_phone_checks() -> None:
    assert parse_phone_workflow({"identityVerification": []}) == ""
    other = {"workflowId": "1", "defaultName": "ID Verification"}
    assert parse_phone_workflow({"identityVerification": [other]}) == ""


# --- what cannot be chosen ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (by(Channel.EMAIL_SMS), "no phone number for the text message"),
        (by(Channel.EMAIL, phone_check=True), "no phone number to check"),
        (by(Channel.EMAIL, note="x" * 1001), "has 1001 characters; Docusign takes 1000"),
        (by(Channel.OFFICE), "Say who sits with"),
        (by(Channel.EMAIL, access_code=True, phone_check=True), "in one way only"),
        (SendOptions(added=[AddedRecipient("Agent Ruiz", "")]), "Agent Ruiz has no e-mail address"),
    ],
)
def test_a_choice_that_cannot_work_is_told_before_anything_is_sent(options: SendOptions, said: str) -> None:
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__phone="")
    assert any(said in problem for problem in compose(lease, options=options).problems)
    with pytest.raises(CannotCompose):
        freeze(lease, options=options)
    assert not Envelope.objects.exists()


def test_two_signers_may_share_an_address_but_not_a_name_with_it() -> None:
    lease = LeaseFactory(tenants=0)
    for name in ("Maya Lind", "Jon Lind"):
        primary = name == "Maya Lind"
        LeasePartyFactory(lease=lease, is_primary=primary, tenant__name=name, tenant__email="lind@mail.example")
    assert compose(lease).problems == []

    LeasePartyFactory(lease=lease, tenant__name="Jon Lind", tenant__email="lind@mail.example")
    assert any("Docusign would treat the two as one" in problem for problem in compose(lease).problems)


def test_a_name_longer_than_docusign_takes_is_explained() -> None:
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__name="Maximilian " * 18)
    problems = " ".join(compose(lease).problems)
    assert "Docusign takes 100" in problems


def test_markup_in_a_name_is_refused_with_a_reason() -> None:
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__name="Maya <b>Lind</b>")
    assert any("remove < and >" in problem for problem in compose(lease).problems)


def test_a_name_written_from_right_to_left_is_sent_as_it_is(send: Send, emulator: EmulatorClient) -> None:
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__name="מאיה לינד")
    envelope = freeze(lease)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert recipient_at(emulator, envelope, "tenant1")["name"] == "מאיה לינד"


def test_a_signer_whose_mail_bounced_is_named_and_the_envelope_can_be_left(
    send: Send, emulator: EmulatorClient
) -> None:
    envelope = send(options=by(Channel.EMAIL))
    emulator.act(str(envelope.docusign_id), "1", "autorespond", reason="Mailbox full")
    hear(emulator)

    tenant = envelope.signers.get(key="tenant1")
    assert (tenant.status, tenant.problem) == (SignerStatus.AUTORESPONDED, "Mailbox full")
    envelope.refresh_from_db()
    assert envelope.ask_to_cancel(reason="Wrong address")
