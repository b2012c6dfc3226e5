"""From a lease to a frozen envelope: checked, rendered, and only ever once."""

import hashlib
from pathlib import Path

import pytest
from pytest_django import Settings

from esign.envelopes.compose import CannotCompose, compose
from esign.envelopes.freeze import freeze
from esign.models import Envelope, EnvelopeDocument, Purpose, Role, State
from esign.models.document import DocumentTampered
from leases.status import LeaseStatus
from tests.factories import LeaseFactory, UserFactory, bring_to

pytestmark = pytest.mark.django_db


def test_a_draft_lease_becomes_a_frozen_envelope_and_goes_out_for_signature() -> None:
    lease, clerk = LeaseFactory(tenants=2), UserFactory()

    envelope = freeze(lease, by=clerk)

    lease.refresh_from_db()
    assert lease.status == LeaseStatus.OUT_FOR_SIGNATURE
    assert (envelope.state, envelope.purpose, envelope.revision) == (State.READY, Purpose.LEASE, 1)
    assert envelope.terms_sha256 == lease.terms_sha256()
    document = envelope.documents.get(document_id=1)
    assert document.kind == EnvelopeDocument.Kind.SENT
    assert hashlib.sha256(document.read()).hexdigest() == document.sha256


def test_tenants_sign_side_by_side_and_the_landlord_last() -> None:
    envelope = freeze(LeaseFactory(tenants=2))

    orders = {signer.key: signer.routing_order for signer in envelope.signers.all()}
    assert orders["tenant1"] == orders["tenant2"] < orders["landlord"]


def test_the_owner_gets_a_copy_where_one_is_wanted() -> None:
    lease = LeaseFactory()
    owner = lease.unit.property.owner
    owner.copy_email = "books@larkspur.example"
    owner.save()

    copy = freeze(lease).signers.get(role=Role.CARBON_COPY)

    assert (copy.email, copy.channel) == ("books@larkspur.example", "email")
    assert not copy.must_sign


def test_every_signer_has_a_place_to_sign_in_the_documents() -> None:
    envelope = freeze(LeaseFactory(tenants=3))

    signing_places = {
        tab["signer_key"]
        for document in envelope.documents.all()
        for tab in document.tabs
        if tab["kind"] == "signature"
    }
    assert signing_places == {signer.key for signer in envelope.signers.who_sign()}


def test_a_lease_that_is_out_already_is_not_prepared_again() -> None:
    lease = LeaseFactory()
    freeze(lease)

    with pytest.raises(CannotCompose, match="out for signature; only a draft"):
        freeze(lease)

    assert Envelope.objects.count() == 1


def test_who_sends_a_lease_of_a_unit_that_is_let_learns_to_whom() -> None:
    holder = LeaseFactory(stage="out_for_signature")

    with pytest.raises(CannotCompose, match=f"is already let by lease {holder.number} from"):
        freeze(LeaseFactory(unit=holder.unit))

    assert not Envelope.objects.exists()


def test_an_active_lease_cannot_be_sent() -> None:
    lease = bring_to(LeaseFactory(), "active")

    with pytest.raises(CannotCompose, match="only a draft"):
        freeze(lease)


def test_a_change_made_while_the_documents_are_drawn_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    lease = LeaseFactory()
    packet = compose(lease)
    type(lease).objects.filter(pk=lease.pk).update(rent="2222.00")
    monkeypatch.setattr("esign.envelopes.freeze.compose", lambda *_, **__: packet)  # what was composed a moment ago

    with pytest.raises(CannotCompose, match="was changed while its documents were made"):
        freeze(lease)

    assert not Envelope.objects.exists()


def test_a_stored_document_that_was_tampered_with_is_not_served(settings: Settings) -> None:
    document = freeze(LeaseFactory()).documents.first()
    assert document is not None
    path = Path(settings.MEDIA_ROOT) / document.file
    path.write_bytes(path.read_bytes() + b"%one more line")

    with pytest.raises(DocumentTampered):
        document.read()


def test_the_subject_keeps_within_docusigns_hundred_characters() -> None:
    lease = LeaseFactory(
        unit__property__name="The Residences at Old Mill Landing and Riverside Gardens, Building " + "X" * 30
    )

    envelope = freeze(lease)

    assert len(envelope.subject) <= 100
    assert lease.number in envelope.subject
