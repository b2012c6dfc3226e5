"""Somebody else in a signer's seat: what they sign does not execute the lease."""

import pytest
import urllib3

from esign.docusign.login import access
from esign.envelopes import downloads
from esign.models import AuditEvent, Envelope
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.esign.conftest import Send, sign_all

pytestmark = pytest.mark.django_db(transaction=True)


def put_in_the_seat(emulator: EmulatorClient, envelope: Envelope, key: str, *, name: str, email: str) -> None:
    """As a sender can in Docusign's own pages, past everything of ours."""
    number = envelope.signers.get(key=key).recipient_id
    answer = urllib3.request(
        "PUT",
        f"{emulator.base_url}/restapi/v2.1/accounts/{envelope.connection.account_id}"
        f"/envelopes/{envelope.docusign_id}/recipients",
        json={"signers": [{"recipientId": str(number), "name": name, "email": email}]},
        headers={"Authorization": f"Bearer {access.access_token(envelope.connection)}"},
    )
    assert answer.status == 200, answer.data


@pytest.mark.parametrize("same_address", [False, True])
def test_a_lease_that_somebody_else_signed_is_not_executed(
    same_address: bool, send: Send, emulator: EmulatorClient
) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    email = tenant.email if same_address else "else@example.com"
    put_in_the_seat(emulator, envelope, "tenant1", name="Somebody Else", email=email)
    sign_all(emulator, envelope)
    downloads.download_documents(envelope.pk)

    envelope.refresh_from_db()
    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.OUT_FOR_SIGNATURE
    assert not envelope.lease.signatures.filter(key="tenant1").exists()
    assert "not executed" in envelope.problem
    told = AuditEvent.objects.get(lease=envelope.lease, kind="envelope.not-counted")
    assert "Somebody Else" in told.text
    assert tenant.name in told.text


def test_capitals_and_spaces_make_no_one_somebody_else(send: Send, emulator: EmulatorClient) -> None:
    envelope = send()
    tenant = envelope.signers.get(key="tenant1")
    put_in_the_seat(emulator, envelope, "tenant1", name=tenant.name.upper(), email=tenant.email.upper())
    sign_all(emulator, envelope)
    downloads.download_documents(envelope.pk)

    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.EXECUTED
