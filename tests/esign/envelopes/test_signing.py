"""The main job against the emulator: a lease is drafted, sent, signed by everyone, fetched and executed."""

import hashlib
from collections.abc import Callable

import pytest

from esign.envelopes import dispatch, downloads
from esign.envelopes.freeze import freeze
from esign.mail import outbox
from esign.models import AuditEvent, DocusignCall, Envelope, EnvelopeDocument, OutgoingMail, State, WebhookMessage
from esign.models.signer import SignerStatus
from esign.sync import reconcile, webhook_inbox
from leases.models import LeaseSignature
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def send(site: str, emulator: EmulatorClient) -> Callable[..., Envelope]:
    """A lease that is out for signature, its webhook going to a site that stores and applies at once."""

    def send(**lease: object) -> Envelope:
        envelope = freeze(LeaseFactory(**lease))
        dispatch.advance(envelope.pk)
        envelope.refresh_from_db()
        assert envelope.state == State.SENT, envelope.problem
        return envelope

    return send


def hear(emulator: EmulatorClient) -> None:
    """Have Connect deliver what it has, and apply it in the order of its time."""
    emulator.flush_deliveries()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)


def sign_all(emulator: EmulatorClient, envelope: Envelope) -> None:
    for signer in envelope.signers.who_sign():
        emulator.sign(str(envelope.docusign_id), str(signer.recipient_id))


def test_a_lease_that_everyone_signed_is_executed_with_the_signed_documents_in_our_keeping(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send(tenants=2)

    sign_all(emulator, envelope)
    hear(emulator)
    assert downloads.download_documents(envelope.pk)

    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    assert envelope.state == State.COMPLETED
    assert envelope.lease.status == LeaseStatus.EXECUTED
    signed = envelope.documents.filter(kind=EnvelopeDocument.Kind.SIGNED)
    assert signed.count() == envelope.documents.filter(kind=EnvelopeDocument.Kind.SENT).count()
    for document in signed:
        assert hashlib.sha256(document.read()).hexdigest() == document.sha256
    assert envelope.documents.filter(kind=EnvelopeDocument.Kind.CERTIFICATE).count() == 1


def test_a_completed_envelope_costs_three_calls(send: Callable[..., Envelope], emulator: EmulatorClient) -> None:
    envelope = send()
    sign_all(emulator, envelope)
    hear(emulator)
    downloads.download_documents(envelope.pk)

    operations = [call.operation for call in DocusignCall.objects.filter(envelope=envelope).order_by("pk")]
    assert operations == ["createEnvelope", "updateEnvelope", "getDocument"]


def test_nothing_is_executed_while_the_landlord_has_not_signed(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send(tenants=2)
    for key in ("tenant1", "tenant2"):
        emulator.sign(str(envelope.docusign_id), str(envelope.signers.get(key=key).recipient_id))
    hear(emulator)

    assert not downloads.download_documents(envelope.pk)
    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.OUT_FOR_SIGNATURE
    assert set(LeaseSignature.objects.values_list("key", flat=True)) == {"tenant1", "tenant2"}


def test_the_same_update_twice_and_late_changes_nothing(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send()
    sign_all(emulator, envelope)
    hear(emulator)
    before = AuditEvent.objects.count()

    webhook_inbox.replay(envelope.created_at, WebhookMessage.objects.latest("received_at").received_at)
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)

    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED
    assert AuditEvent.objects.count() == before


def test_only_those_whose_turn_it_is_are_invited_each_once(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send(tenants=2)
    outbox.send_due(envelope_id=envelope.pk)
    hear(emulator)
    outbox.send_due(envelope_id=envelope.pk)

    invited = OutgoingMail.objects.filter(kind="invitation")
    assert sorted(mail.signer.key for mail in invited if mail.signer) == ["tenant1", "tenant2"]
    assert not invited.filter(done_at__isnull=True).exists()


def test_a_declined_lease_goes_back_to_draft_with_the_reason(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send(tenants=2)
    tenant = envelope.signers.get(key="tenant2")
    emulator.decline(str(envelope.docusign_id), str(tenant.recipient_id), reason="The rent is wrong")
    hear(emulator)

    envelope.refresh_from_db()
    tenant.refresh_from_db()
    envelope.lease.refresh_from_db()
    assert (envelope.state, tenant.status) == (State.DECLINED, SignerStatus.DECLINED)
    assert (envelope.lease.status, envelope.lease.version) == (LeaseStatus.DRAFT, 2)
    assert "The rent is wrong" in envelope.lease.status_reason


def test_a_void_reaches_docusign_and_gives_the_lease_back(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send()

    assert envelope.ask_to_cancel(reason="Wrong unit")
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    assert envelope.state == State.VOIDED
    assert emulator.envelope(str(envelope.docusign_id))["status"] == "voided"
    assert envelope.lease.status == LeaseStatus.DRAFT


def test_a_void_of_a_completed_envelope_is_refused_and_changes_nothing(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send()
    sign_all(emulator, envelope)
    hear(emulator)
    envelope.refresh_from_db()

    assert not envelope.ask_to_cancel(reason="Too late")
    assert envelope.state == State.COMPLETED


def test_a_completion_that_we_do_not_know_of_yet_wins_over_a_void(
    send: Callable[..., Envelope], emulator: EmulatorClient
) -> None:
    envelope = send()
    sign_all(emulator, envelope)

    envelope.ask_to_cancel(reason="Too late")
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED


def test_the_sweep_finds_what_no_webhook_told(send: Callable[..., Envelope], emulator: EmulatorClient) -> None:
    envelope = send()
    sign_all(emulator, envelope)

    changed = reconcile.read_changes(envelope.connection)

    envelope.refresh_from_db()
    assert changed == {envelope.pk}
    assert envelope.state == State.COMPLETED
    assert reconcile.read_changes(envelope.connection) == set()


def test_a_draft_whose_answer_was_lost_is_adopted(site: str, emulator: EmulatorClient) -> None:
    lost = emulator.fault("createEnvelope", "after_effect", reset=True, times=1)
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.CREATING and emulator.fault_hits(lost) == 1

    Envelope.objects.update(claim_until=envelope.created_at)  # the claim has run out
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    assert envelope.state == State.SENT
    assert len(emulator.envelopes()) == 1


def test_a_send_whose_answer_was_lost_is_not_repeated(site: str, emulator: EmulatorClient) -> None:
    lost = emulator.fault("updateEnvelope", "after_effect", reset=True, times=1)
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.SENDING and emulator.fault_hits(lost) == 1

    Envelope.objects.update(claim_until=envelope.created_at)
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    assert envelope.state == State.SENT
    assert len(emulator.journal("updateEnvelope")) == 1


def test_a_refusal_that_will_not_pass_needs_a_person(site: str, emulator: EmulatorClient) -> None:
    emulator.fault(
        "createEnvelope", "before_effect", status=400, errorCode="INVALID_EMAIL_ADDRESS_FOR_RECIPIENT", times=1
    )
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    assert envelope.state == State.NEEDS_ATTENTION
    assert "e-mail" in envelope.problem and envelope.next_step

    envelope.try_again()
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT


def test_while_docusign_cannot_be_reached_the_envelope_waits(db: None) -> None:
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)

    envelope.refresh_from_db()
    assert envelope.state == State.READY
    assert "not set up" in envelope.problem
