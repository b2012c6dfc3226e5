"""What people get wrong: each is told on the page in the words of the office, and leaves a state that can be left."""

import pytest
from django.test import Client
from django.urls import reverse

from esign.admin.leases.renewal_offer import offer_url
from esign.admin.leases.send import send_url
from esign.models import Envelope, State
from leases.models import Lease
from leases.status import LeaseStatus
from tests.esign.admin.words import confirmed, post, read
from tests.esign.factories import EnvelopeFactory
from tests.factories import LeaseFactory, LeasePartyFactory, bring_to

pytestmark = pytest.mark.django_db


def lease_of(name: str, **more: object) -> Lease:
    lease: Lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__name=name, **more)
    return lease


def is_a_draft_still(lease: Lease) -> bool:
    lease.refresh_from_db()
    return lease.status == LeaseStatus.DRAFT and not Envelope.objects.filter(lease=lease).exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Bartholomew " * 16, "Shorten the name of the person"),
        ("Grace <b>Okafor</b>", "remove < and >"),
        ("Grace \u202erofakO", "invisible characters"),
        ("Grace \u0007Okafor", "invisible characters"),
    ],
)
def test_a_name_that_docusign_would_refuse_is_explained_before_anything_is_sent(
    office: Client, name: str, said: str
) -> None:
    lease = lease_of(name.strip())
    assert said in read(office, send_url(lease.pk))
    post(office, send_url(lease.pk), **confirmed(lease))
    assert is_a_draft_still(lease)


def test_the_name_that_was_mended_goes_out(office: Client) -> None:
    lease = lease_of("Grace <b>Okafor</b>")
    tenant = lease.parties.get().tenant
    tenant.name = "Grace Okafor"
    tenant.save()
    lease = Lease.objects.get(pk=lease.pk)
    assert "is queued" in post(office, send_url(lease.pk), **confirmed(lease))


def test_the_same_person_twice_is_explained(office: Client) -> None:
    lease = lease_of("Grace Okafor", tenant__email="grace@mail.example")
    LeasePartyFactory(lease=lease, tenant__name="Grace Okafor", tenant__email="GRACE@mail.example")
    assert "signs twice at the same step" in read(office, send_url(lease.pk))


def test_a_renewal_of_a_lease_that_has_ended_is_refused_with_its_reason(administrator: Client) -> None:
    lease = bring_to(LeaseFactory(), LeaseStatus.ENDED)
    page = read(administrator, offer_url(lease.pk))
    assert f"Lease {lease.number} is ended" in page
    assert "Draft this renewal" not in page
    assert lease.successor is None


@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        (State.DECLINED, {}, "declined"),
        (State.VOIDED, {"void_reason": "Envelope has expired."}, "expired"),
    ],
)
def test_a_lease_whose_envelope_came_to_nothing_can_be_sent_again(
    office: Client, state: State, facts: dict[str, str], said: str
) -> None:
    lease: Lease = LeaseFactory(stage="out_for_signature")
    envelope = EnvelopeFactory(state=state, lease=lease, **facts)
    lease.withdraw("It came to nothing.")
    assert said in read(office, reverse("admin:leases_lease_change", args=[lease.pk])).lower()
    lease = Lease.objects.get(pk=lease.pk)
    assert "is queued" in post(office, send_url(lease.pk), **confirmed(lease))
    assert lease.envelopes.exclude(pk=envelope.pk).get().revision == envelope.revision + 1
