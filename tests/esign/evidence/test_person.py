"""Everything about one person is handed out on request, and what no contract needs is erased."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from esign.evidence.package import verify_lease
from esign.evidence.person import GONE, erase, everything_about, plan_erasure
from esign.mail.links import portal_link
from esign.models import (
    AuditEvent,
    DocumentOpening,
    Envelope,
    FormAnswer,
    MailKind,
    OutgoingMail,
    Signer,
    WebhookMessage,
)
from leases.models import Lease, Tenant
from leases.status import LeaseStatus
from tests.esign.factories import ConnectDeliveryFactory, EnvelopeDocumentFactory, EnvelopeFactory
from tests.factories import LeaseFactory, TenantFactory, UserFactory, bring_to

pytestmark = pytest.mark.django_db
SECRETS = ("grace@private.example", "+14155550177", "Aunt Mabel", "8ABC123", "PO Box 7")


def person_of(stage: str) -> Tenant:
    """A tenant of whom everything is known, under a lease that got so far."""
    lease: Lease = bring_to(LeaseFactory(), stage)
    tenant = lease.parties.get(role="tenant").tenant
    Tenant.objects.filter(pk=tenant.pk).update(
        email=SECRETS[0],
        phone=SECRETS[1],
        emergency_contact=SECRETS[2],
        vehicle_plate=SECRETS[3],
        mailing_address=SECRETS[4],
    )
    tenant.refresh_from_db()
    tenant.save()  # into the history
    envelope: Envelope = EnvelopeFactory(lease=lease, state="completed")
    signer = envelope.signers.get(key="tenant1")
    document = EnvelopeDocumentFactory(envelope=envelope)
    document.openings.create(signer=signer, who=signer.name, ip="192.0.2.9")
    FormAnswer.objects.create(envelope=envelope, signer=signer, label="vehicle", value=SECRETS[3])
    OutgoingMail.objects.create(
        key="mail", kind=MailKind.COMPLETED, envelope=envelope, signer=signer, done_at=envelope.sent_at
    )
    ConnectDeliveryFactory(envelope=envelope, outcome="applied", body={"email": SECRETS[0]})
    AuditEvent.record(lease, "note", "The keys were handed over.")
    return tenant


def unpacked(package: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_a_person_gets_everything_that_is_about_them_and_nothing_of_others() -> None:
    tenant, other = person_of(LeaseStatus.ACTIVE), TenantFactory(name="Somebody Else", email="else@mail.example")
    Signer.objects.filter(tenant=tenant).update(sealed_access_code="sealed")

    files = unpacked(everything_about(tenant))

    said = json.loads(files["person.json"])
    assert all(secret in files["person.json"].decode() for secret in SECRETS)
    assert other.name not in files["person.json"].decode()
    assert "sealed" not in files["person.json"].decode()
    assert [row["lease"] for row in said["leases"]] == [tenant.parties.get().lease.number]
    parts = ("record", "history", "recipients", "form_answers", "mails", "openings", "documents")
    assert all(said[part] for part in parts)
    assert len([name for name in files if name.startswith("documents/")]) == 1


@pytest.mark.parametrize("stage", [LeaseStatus.DRAFT, LeaseStatus.OUT_FOR_SIGNATURE, LeaseStatus.ACTIVE])
def test_no_one_is_erased_whose_lease_is_not_over(stage: str) -> None:
    tenant = person_of(stage)
    before = everything_about(tenant)

    assert "is not over" in erase(tenant).objection
    assert unpacked(everything_about(tenant))["person.json"] == unpacked(before)["person.json"]


def test_of_a_party_of_a_signed_lease_the_name_and_the_evidence_stay() -> None:
    tenant = person_of(LeaseStatus.ENDED)
    lease, link = tenant.parties.get().lease, portal_link(Signer.objects.get(tenant=tenant))
    name, terms = tenant.name, lease.terms_sha256()

    done = erase(tenant)

    assert done == plan_erasure(tenant)
    assert any("party of a contract" in sentence for sentence in done.stays)
    tenant.refresh_from_db()
    assert (tenant.name, tenant.email, tenant.mailing_address) == (name, "", "")
    kept = json.loads(unpacked(everything_about(tenant))["person.json"])
    assert [row["email"] for row in kept["recipients"]] == [SECRETS[0]], "where it was sent is part of the contract"
    del kept["recipients"]
    assert not any(secret in json.dumps(kept) for secret in SECRETS)
    assert not FormAnswer.objects.exists() and not OutgoingMail.objects.exists() and not WebhookMessage.objects.exists()
    assert (DocumentOpening.objects.get().who, DocumentOpening.objects.get().ip) == (GONE, None)
    assert Client().get(link.removeprefix("http://testserver")).status_code == 404
    Client().post(reverse("portal:links"), {"email": SECRETS[0]})
    assert not OutgoingMail.objects.exists(), "and no new link is sent"
    assert Lease.objects.get(pk=lease.pk).terms_sha256() == terms, "the contract says what it said"
    assert verify_lease(lease) == []
    assert lease.audit_events.filter(kind="person.erased").count() == 1


def test_of_who_never_signed_the_name_goes_too() -> None:
    tenant = person_of(LeaseStatus.CANCELLED)
    name = tenant.name

    erase(tenant)
    erase(Tenant.objects.get(pk=tenant.pk))  # again changes nothing

    tenant.refresh_from_db()
    assert tenant.name == GONE
    assert not tenant.history.exclude(name=GONE).exists()
    assert name not in unpacked(everything_about(tenant))["person.json"].decode()


# --- the page ---------------------------------------------------------------------------------------------


def may(*names: str) -> Client:
    user = UserFactory(is_superuser=False)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_tenant", *names]))
    client = Client()
    client.force_login(user)
    return client


def page(tenant: Tenant) -> str:
    return reverse("admin:leases_tenant_personal_data", args=[tenant.pk])


def test_handing_out_and_erasing_are_rights_of_their_own_and_written_down() -> None:
    tenant = person_of(LeaseStatus.ENDED)
    assert may().get(page(tenant)).status_code in (302, 403)
    assert may("export_tenant").post(page(tenant), {"sure": "yes"}).status_code == 403
    assert may("erase_tenant").post(page(tenant), {"export": "yes"}).status_code == 403
    assert not LogEntry.objects.exists()

    assert may("export_tenant").post(page(tenant), {"export": "yes"})["Content-Type"] == "application/zip"
    assert "cannot be undone" in may("erase_tenant").get(page(tenant)).content.decode()
    assert Tenant.objects.get(pk=tenant.pk).email, "looking erases nothing"
    assert may("erase_tenant").post(page(tenant), {"sure": "yes"}).status_code == 302
    assert not Tenant.objects.get(pk=tenant.pk).email
    assert {entry.change_message for entry in LogEntry.objects.all()} == {
        "Exported everything about this person.",
        "Erased what no contract needs of this person.",
    }


def test_the_page_says_why_somebody_cannot_be_erased_yet(admin_client: Client) -> None:
    tenant = person_of(LeaseStatus.ACTIVE)
    said = admin_client.get(page(tenant)).content.decode()
    assert "which is not over" in said
    assert 'name="sure"' not in said
    admin_client.post(page(tenant), {"sure": "yes"})
    assert Tenant.objects.get(pk=tenant.pk).email == SECRETS[0]
