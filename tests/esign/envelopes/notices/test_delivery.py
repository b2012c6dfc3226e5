"""A notice on its way: the landlord signs, each tenant has to open it, and the proof is kept."""

import uuid
from decimal import Decimal

import pytest

from esign.documents.textlayer import text
from esign.envelopes.compose import CannotCompose
from esign.envelopes.downloads import download_documents
from esign.envelopes.notice import Draft, Kind, certificate, deliveries, send_notice
from esign.evidence.package import verify_lease
from esign.models import Envelope, EnvelopeDocument, Notice, Purpose, Role, State
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.conftest import hear, sign
from tests.esign.envelopes.notices.conftest import SendNotice, in_sixty_days, let, new_rent
from tests.factories import LeaseFactory, bring_to

pytestmark = pytest.mark.django_db(transaction=True)


def open_it(emulator: EmulatorClient, envelope: Envelope, key: str) -> None:
    emulator.act(str(envelope.docusign_id), str(envelope.signers.get(key=key).recipient_id), "view")
    hear(emulator)
    envelope.refresh_from_db()


def test_a_tenant_receives_a_notice_once_the_landlord_has_signed_it(
    notify: SendNotice, emulator: EmulatorClient
) -> None:
    envelope = notify(let(tenants=2))
    assert [one.role for one in envelope.signers.all()][:3] == [
        Role.LANDLORD,
        Role.CERTIFIED_DELIVERY,
        Role.CERTIFIED_DELIVERY,
    ]

    sign(emulator, envelope, "landlord")
    hear(emulator)
    assert not any(delivery.is_proven for delivery in deliveries(envelope))

    open_it(emulator, envelope, "tenant1")
    assert envelope.state != State.COMPLETED
    open_it(emulator, envelope, "tenant2")
    assert envelope.state == State.COMPLETED
    assert all(delivery.is_proven for delivery in deliveries(envelope))


def test_the_proof_is_in_the_chain_of_events_and_in_docusigns_certificate(
    notify: SendNotice, emulator: EmulatorClient
) -> None:
    lease = let()
    envelope = notify(lease)
    sign(emulator, envelope, "landlord")
    hear(emulator)
    open_it(emulator, envelope, "tenant1")
    assert download_documents(envelope.pk)

    events = {event.kind: event for event in lease.audit_events.filter(envelope=envelope)}
    assert events["notice.prepared"].detail["new_rent"] == str(lease.rent + 75)
    opened = lease.audit_events.get(kind="envelope.opened", key__endswith="tenant1")
    (delivery,) = deliveries(envelope)
    assert delivery.opened_at is not None
    assert opened.detail["at"] == delivery.opened_at.isoformat()
    assert events["envelope.completed"].text == f"Everyone has received {envelope}."
    kept = certificate(envelope)
    assert kept is not None and kept.kind == EnvelopeDocument.Kind.CERTIFICATE
    assert verify_lease(lease) == []


def test_a_notice_leaves_its_lease_as_it_is(notify: SendNotice, emulator: EmulatorClient) -> None:
    lease = let()
    terms = lease.terms_sha256()
    envelope = notify(lease)
    sign(emulator, envelope, "landlord")
    hear(emulator)
    open_it(emulator, envelope, "tenant1")
    download_documents(envelope.pk)
    lease.refresh_from_db()
    assert (lease.status, lease.version, lease.terms_sha256()) == (LeaseStatus.ACTIVE, envelope.lease_version, terms)


def test_a_tenant_who_has_to_acknowledge_a_notice_signs_that_they_received_it(
    notify: SendNotice, emulator: EmulatorClient
) -> None:
    lease = let()
    signatures = lease.signatures.count()
    envelope = notify(lease, new_rent(lease, acknowledge=True))
    sign(emulator, envelope, "landlord")
    hear(emulator)
    sign(emulator, envelope, "tenant1")
    hear(emulator)
    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED
    (delivery,) = deliveries(envelope)
    assert delivery.acknowledged_at is not None
    assert lease.signatures.count() == signatures, "it is no signature under the lease"


def test_a_tenant_may_be_given_several_notices_at_once(notify: SendNotice) -> None:
    lease = let()
    first = notify(lease)
    second = notify(lease, Draft(Kind.VACATE, in_sixty_days(lease), reason="The building is to be rebuilt."))
    assert [first.revision, second.revision] == [1, 2]
    assert second.replaces is None
    assert "The building is to be rebuilt." in text(second.documents.get().read())


def test_one_form_sends_one_notice(notify: SendNotice) -> None:
    lease, key = let(), uuid.uuid4()
    send_notice(lease, new_rent(lease), key=key)
    with pytest.raises(CannotCompose, match="was sent already"):
        send_notice(lease, new_rent(lease), key=key)
    assert Notice.objects.count() == Envelope.objects.filter(purpose=Purpose.NOTICE).count() == 1


def test_a_draft_lease_gets_no_notice() -> None:
    lease = LeaseFactory()
    with pytest.raises(CannotCompose, match="only under an active lease"):
        send_notice(lease, new_rent(lease), key=uuid.uuid4())


def test_a_notice_of_the_same_rent_is_none() -> None:
    lease = let()
    with pytest.raises(CannotCompose, match="nothing to give notice of"):
        send_notice(lease, new_rent(lease, new_rent=Decimal("1850.00")), key=uuid.uuid4())


def test_tenants_who_speak_spanish_read_the_notice_in_spanish() -> None:
    lease = bring_to(LeaseFactory(), LeaseStatus.ACTIVE)
    for party in lease.parties.all():
        party.tenant.language = "es"
        party.tenant.save()
    envelope = send_notice(lease, new_rent(lease), key=uuid.uuid4())
    assert "Aviso" in text(envelope.documents.get().read())
