"""The lease's own pages say where its envelope stands, and keep the office from dropping what people may still sign."""

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from esign.models import Envelope, FormAnswer, Purpose, State
from leases.models import Lease
from leases.status import LeaseStatus
from tests.esign.admin.words import post, read
from tests.esign.factories import EnvelopeFactory
from tests.factories import LeaseFactory, UserFactory
from tests.pdfs import SCAN

LEASES = reverse("admin:leases_lease_changelist")


def page_of(lease: Lease) -> str:
    return reverse("admin:leases_lease_change", args=[lease.pk])


def test_the_rent_roll_shows_the_state_of_the_newest_envelope(office: Client) -> None:
    draft = LeaseFactory()
    envelope = EnvelopeFactory(state=State.SENT)
    EnvelopeFactory(state=State.NEEDS_ATTENTION, lease=LeaseFactory(stage="out_for_signature"))
    page = read(office, LEASES)
    assert draft.number in page
    assert "not sent" in page
    assert "Needs attention" in page
    assert envelope.get_absolute_url() in office.get(LEASES).content.decode()


def test_the_rent_roll_takes_as_many_queries_for_twenty_as_for_two(office: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            office.get(LEASES)
        return len(captured)

    EnvelopeFactory(state=State.SENT)
    EnvelopeFactory(state=State.COMPLETED)
    few = queries()
    for state in list(State) * 2:
        EnvelopeFactory(state=state, lease__tenants=2)
    assert queries() == few


def test_a_lease_shows_its_envelopes_and_a_draft_its_button(office: Client) -> None:
    draft, envelope = LeaseFactory(), EnvelopeFactory(state=State.SENT)
    assert "Send for signature…" in read(office, page_of(draft))
    page = read(office, page_of(envelope.lease))
    assert "Waiting for" in page
    assert str(envelope) in page
    assert "Send for signature…" not in page


def test_the_button_leads_to_the_page_that_asks(office: Client) -> None:
    lease = LeaseFactory()
    assert f"Send {lease.number} for signature" in read_after(office, f"{LEASES}{lease.pk}/send/")


def read_after(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 302
    return read(client, answer["Location"])


@pytest.mark.parametrize("action", ["withdraw", "cancel", "sign_offline"])
def test_a_lease_whose_envelope_is_out_is_not_dropped_behind_the_signers_backs(
    administrator: Client, action: str
) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    url = reverse("admin:leases_lease_do", args=[action]) + f"?ids={envelope.lease.pk}"
    assert "Void the envelope first." in read(administrator, url)
    post(administrator, url, reason="We changed our mind.")
    envelope.lease.refresh_from_db()
    assert envelope.lease.status == LeaseStatus.OUT_FOR_SIGNATURE


def test_who_may_not_see_envelopes_sees_none_on_a_lease(rosa: User, office: Client) -> None:
    envelope: Envelope = EnvelopeFactory(state=State.SENT)
    group = rosa.groups.get()
    group.permissions.remove(*group.permissions.filter(codename__in=["view_envelope", "send_envelope"]))
    assert "Waiting for" not in read(office, page_of(envelope.lease))
    assert "column-signature" not in office.get(LEASES).content.decode()
    draft = LeaseFactory()
    assert "Send for signature…" not in read(office, page_of(draft))


def test_the_rent_roll_says_which_leases_were_signed_offline(office: Client) -> None:
    lease = LeaseFactory()
    lease.record_offline_signatures(by=UserFactory(), reason="No e-mail.", scan=ContentFile(SCAN))
    page = read(office, LEASES)
    assert "Signed offline" in page
    assert "not sent" not in page


def test_what_a_signer_filled_in_and_was_kept_as_a_note_stands_on_the_page_of_the_lease(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.COMPLETED)
    tenant = envelope.signers.get(key="tenant1")
    for label, value, decision in (("move_in_time", "around noon", "noted"), ("vehicle_plate", "8ABC123", "")):
        FormAnswer.objects.create(envelope=envelope, signer=tenant, label=label, value=value, decision=decision)
    page = read(office, page_of(envelope.lease))
    assert "Move in time: around noon" in page
    assert "1 answer to be reviewed" in page


def test_a_notice_never_stands_for_the_signature_of_its_lease(office: Client) -> None:
    lease = EnvelopeFactory(state=State.COMPLETED).lease
    EnvelopeFactory(state=State.NEEDS_ATTENTION, lease=lease, purpose=Purpose.NOTICE)
    table = read(office, LEASES)
    assert "Completed" in table
    assert "Needs attention" not in table
