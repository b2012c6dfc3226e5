"""“Send for signature”: what the page shows is what is sent, once, and every lease gets its answer."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign.admin.leases.send import PLACE_OF_THE_LINK, send_url
from esign.models import Envelope, State
from leases.models import Lease
from leases.status import LeaseStatus
from tests.esign.admin.words import confirmed, download, post, read, words
from tests.factories import AddendumFactory, LeaseFactory

LEASES = reverse("admin:leases_lease_changelist")


def send(client: Client, *leases: Lease) -> str:
    """Press the button of the page as it is now."""
    marks = confirmed(*leases)
    return post(client, send_url(*[lease.pk for lease in leases]), **marks)


# --- the page that asks -----------------------------------------------------------------------------------


def test_the_page_shows_who_is_asked_in_which_order_and_how(office: Client) -> None:
    lease = LeaseFactory(tenants=2, guarantors=1, unit__property__owner__copy_email="files@larkspur.example")
    page = read(office, send_url(lease.pk))
    people = [signer.name for signer in lease.required_signers()]
    places = [page.index(name) for name in people]
    assert places == sorted(places)
    assert "Our portal tenant" in page
    assert "Docusign e-mail margaret@" in page
    assert "Carbon copy Docusign e-mail files@larkspur.example" in page
    assert f"Please sign your lease {lease.number} for {lease.unit}" in page


def test_the_steps_of_signing_have_no_gap_where_there_is_no_guarantor(office: Client) -> None:
    lease = LeaseFactory(tenants=2, unit__property__owner__copy_email="files@larkspur.example")
    page = read(office, send_url(lease.pk))
    *tenants, landlord = (signer.name for signer in lease.required_signers())
    copied = lease.unit.property.owner.legal_name
    assert all(f"{step} {name}" in page for step, name in [*((1, one) for one in tenants), (2, landlord), (3, copied)])


def test_the_page_shows_each_document_with_its_pages(office: Client) -> None:
    lease = LeaseFactory(pets=1)
    AddendumFactory(lease=lease)
    page = read(office, send_url(lease.pk))
    assert "Residential Lease Agreement" in page
    assert "Pet addendum" in page


def test_a_preview_is_the_document_as_a_pdf_and_keeps_nothing(office: Client) -> None:
    lease = LeaseFactory()
    assert download(office, reverse("admin:esign_preview_document", args=[lease.pk, 1])).startswith(b"%PDF-")
    assert not Envelope.objects.exists()
    assert office.get(reverse("admin:esign_preview_document", args=[lease.pk, 9])).status_code == 404


def test_the_mail_that_will_be_sent_is_shown_without_a_link_that_works(office: Client, settings: Settings) -> None:
    lease = LeaseFactory()
    page = read(office, send_url(lease.pk))
    assert f"The e-mail that {lease.required_signers()[0].name} gets from us" in page
    assert PLACE_OF_THE_LINK in page
    assert f"{settings.PUBLIC_URL}/portal/" not in page


def test_what_cannot_be_sent_is_listed_apart_with_its_problems(office: Client) -> None:
    ready, incomplete = LeaseFactory(), LeaseFactory(tenants=0)
    page = read(office, send_url(ready.pk, incomplete.pk))
    assert "1 cannot be sent yet" in page
    assert "It has no primary tenant; mark one of the tenants as primary." in page
    assert f"Send {ready.number} for signature" in page


def test_a_lease_that_is_out_already_is_no_draft_to_send(office: Client) -> None:
    lease = LeaseFactory(stage="out_for_signature")
    page = read(office, send_url(lease.pk))
    assert "only a draft can be sent for signature" in page
    assert "for signature Cancel" not in page


# --- sending ----------------------------------------------------------------------------------------------


def test_sending_makes_an_envelope_and_leads_to_it(office: Client) -> None:
    lease = LeaseFactory(tenants=2)
    page = send(office, lease)
    envelope = Envelope.objects.get(lease=lease)
    assert envelope.state == State.READY
    assert envelope.created_by is not None
    assert envelope.created_by.username == "rosa"
    assert f"Lease {lease.number} is queued and goes out within a minute" in page
    assert "It is in the queue" in page  # the envelope's own page
    lease.refresh_from_db()
    assert lease.status == LeaseStatus.OUT_FOR_SIGNATURE


def test_a_double_click_sends_once(office: Client) -> None:
    lease = LeaseFactory()
    marks = confirmed(lease)
    first = office.post(send_url(lease.pk), marks)
    second = office.post(send_url(lease.pk), marks, follow=True)
    assert first.status_code == 302
    assert f"Skipped {lease.number}" in words(second.content)
    assert Envelope.objects.count() == 1


def test_a_lease_that_changed_after_it_was_shown_is_not_sent(office: Client) -> None:
    lease = LeaseFactory()
    marks = confirmed(lease)
    Lease.objects.filter(pk=lease.pk).update(rent="2500.00")
    assert "it was changed after you looked at it" in post(office, send_url(lease.pk), **marks)
    assert not Envelope.objects.exists()


@pytest.mark.parametrize("change", [{"email": "new@mail.example"}, {"preferred_channel": "email"}])
def test_a_signer_who_is_reached_otherwise_since_has_to_be_seen_first(office: Client, change: dict[str, str]) -> None:
    lease = LeaseFactory()
    marks = confirmed(lease)
    tenant = lease.parties.get().tenant
    for name, value in change.items():
        setattr(tenant, name, value)
    tenant.save()
    assert "it was changed after you looked at it" in post(office, send_url(lease.pk), **marks)


def test_of_several_each_gets_its_answer(office: Client) -> None:
    good, out, also_good = LeaseFactory(), LeaseFactory(stage="out_for_signature"), LeaseFactory()
    said = send(office, good, out, also_good)
    assert f"Lease {good.number} is queued" in said
    assert f"Lease {also_good.number} is queued" in said
    assert f"Skipped {out.number}" in said
    assert Envelope.objects.count() == 2


def test_a_lease_withdrawn_and_sent_anew_needs_a_new_look(office: Client) -> None:
    lease = LeaseFactory()
    marks = confirmed(lease)
    office.post(send_url(lease.pk), marks)
    Envelope.objects.update(state=State.VOIDED)
    Lease.objects.get(pk=lease.pk).withdraw("The rent was wrong.")
    assert "it was changed after you looked at it" in post(office, send_url(lease.pk), **marks)
    assert Envelope.objects.count() == 1


def test_sending_is_for_those_who_may(bystander: Client) -> None:
    lease = LeaseFactory()
    assert bystander.get(send_url(lease.pk)).status_code == 403
    assert bystander.post(send_url(lease.pk), confirmed(lease)).status_code == 403
    assert bystander.get(reverse("admin:esign_preview_document", args=[lease.pk, 1])).status_code == 403
    assert not Envelope.objects.exists()


@pytest.mark.parametrize("ids", ["", "0", "999999", "one"])
def test_without_a_lease_there_is_no_page(office: Client, ids: str) -> None:
    assert office.get(f"{reverse('admin:esign_send_leases')}?ids={ids}").status_code == 404


# --- the lease's own pages ----------------------------------------------------------------------------------


def test_the_action_of_the_list_asks_first(office: Client) -> None:
    leases = [LeaseFactory() for _ in range(2)]
    answer = office.post(LEASES, {"action": "send_chosen", "_selected_action": [lease.pk for lease in leases]})
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("admin:esign_send_leases"))
    assert not Envelope.objects.exists()
