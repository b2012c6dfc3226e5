"""The move-in inspection: sent under a lease in force, once, to those who live there, and what they note comes back."""

import pytest
from django.test import Client
from django.urls import reverse

from esign.admin.leases.send import send_url
from esign.envelopes import dispatch
from esign.envelopes.compose import CannotCompose
from esign.envelopes.inspection import compose_inspection, send_inspection
from esign.models import Envelope, Purpose, State
from leases.models import Lease
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.admin.words import confirmed, download, post, read
from tests.esign.conftest import sign_all
from tests.factories import LeaseFactory, bring_to

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lease() -> Lease:
    made: Lease = bring_to(LeaseFactory(tenants=2, guarantors=1, pets=0), LeaseStatus.ACTIVE)
    return made


def send(client: Client, lease: Lease) -> str:
    return post(client, send_url(lease.pk, what="inspection"), **confirmed(lease))


def test_the_office_looks_at_it_and_sends_it_to_those_who_live_there(office: Client, lease: Lease) -> None:
    assert "Send the move-in inspection…" in read(office, reverse("admin:leases_lease_change", args=[lease.pk]))
    page = read(office, send_url(lease.pk, what="inspection"))
    assert f"Move-in Inspection {lease.number}" in page
    assert f"Please sign the move-in inspection of lease {lease.number}" in page
    preview = reverse("admin:esign_preview_document", args=[lease.pk, 1]) + "?what=inspection"
    assert download(office, preview).startswith(b"%PDF-")

    assert "is queued" in send(office, lease)
    envelope = Envelope.objects.get(purpose=Purpose.ADDENDUM)
    assert [one.template_name for one in envelope.documents.all()] == ["move_in_inspection"]
    assert {one.key for one in envelope.signers.all()} == {"tenant1", "tenant2", "landlord"}
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.ACTIVE


def test_it_is_sent_once_however_often_it_is_asked_for(office: Client, lease: Lease) -> None:
    send(office, lease)
    assert "has its inspection already" in send(office, lease)
    with pytest.raises(CannotCompose, match="has its inspection already"):
        send_inspection(lease)
    assert Envelope.objects.filter(purpose=Purpose.ADDENDUM).count() == 1
    Envelope.objects.update(state=State.VOIDED)
    assert compose_inspection(lease).problems == []


def test_a_draft_has_nothing_to_inspect(office: Client) -> None:
    lease = LeaseFactory()
    assert "only under an active lease" in read(office, send_url(lease.pk, what="inspection"))
    assert office.get(send_url(lease.pk, what="party")).status_code == 404


def test_what_the_tenants_noted_is_read_back(lease: Lease, docusign: EmulatorClient, site: str) -> None:
    envelope = send_inspection(lease)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    sign_all(docusign, envelope, values={"note_kitchen_stove": "The left burner does not light."})
    assert envelope.state == State.COMPLETED
    (answer,) = envelope.form_answers.all()
    assert answer.value == "The left burner does not light."
