"""What a person sees of their leases, and what no one else sees."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from esign.models import Envelope, Signer
from tests.esign.factories import EnvelopeDocumentFactory, EnvelopeFactory, SignerFactory
from tests.esign.portal.conftest import Enter
from tests.factories import LeaseFactory, LeasePartyFactory, OwnerFactory, RentStepFactory

pytestmark = pytest.mark.django_db


def page_of(browser: Client, envelope: Envelope) -> str:
    answer = browser.get(f"/portal/leases/{envelope.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def another_lease_of(signer: Signer, **envelope: object) -> Envelope:
    """One more envelope for the same tenant."""
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, tenant=signer.tenant, is_primary=True)
    lease.send_out()
    made: Envelope = EnvelopeFactory(lease=lease, **{"state": "sent", **envelope})
    return made


# --- whose it is ---------------------------------------------------------------------------------------


def test_a_stranger_cannot_open_anothers_lease_and_cannot_tell_it_exists(enter: Enter, envelope: Envelope) -> None:
    stranger = enter(EnvelopeFactory(state="sent").signers.get(key="tenant1"))
    document = EnvelopeDocumentFactory(envelope=envelope)
    nowhere = "00000000-0000-4000-8000-000000000000"

    for path in ("leases/{0}/", f"leases/{{0}}/documents/{document.pk}/", "return/{0}/", "return/{0}/update/"):
        foreign, missing = (stranger.get(f"/portal/{path.format(pk)}") for pk in (envelope.pk, nowhere))
        assert foreign.status_code == missing.status_code == 404
        assert envelope.lease.number not in foreign.content.decode()
    assert stranger.post(f"/portal/sign/{envelope.pk}/").status_code == 404


def test_a_document_is_not_served_under_another_envelope(enter: Enter, tenant: Signer) -> None:
    foreign = EnvelopeDocumentFactory(envelope=EnvelopeFactory(state="sent"))

    answer = enter(tenant).get(f"/portal/leases/{tenant.envelope_id}/documents/{foreign.pk}/")

    assert answer.status_code == 404


def test_a_tenant_sees_all_leases_of_theirs_and_none_of_a_co_tenants(enter: Enter, tenant: Signer) -> None:
    own = another_lease_of(tenant)
    partner = tenant.envelope.signers.get(key="tenant2")
    partners = another_lease_of(partner)

    home = enter(tenant).get("/portal/").content.decode()

    assert own.lease.number in home
    assert tenant.envelope.lease.number in home
    assert partners.lease.number not in home


def test_a_tenant_reads_when_they_signed_in_the_propertys_own_time(enter: Enter, tenant: Signer) -> None:
    envelope = tenant.envelope
    envelope.terms["premises"]["time_zone"] = "America/New_York"
    envelope.save()
    tenant.status, tenant.signed_at = "completed", datetime(2026, 1, 5, 18, 30, tzinfo=UTC)
    tenant.save()

    browser = enter(tenant)
    assert "Signed: Jan 5, 2026, 1:30 PM EST" in page_of(browser, envelope)
    browser.cookies["django_language"] = "es"
    assert "5 de enero de 2026 a las 13:30 EST" in page_of(browser, envelope)


def test_two_people_at_one_address_do_not_see_each_others_leases(enter: Enter, tenant: Signer) -> None:
    partner = tenant.envelope.signers.get(key="tenant2")
    for person in (tenant, partner):
        assert person.tenant is not None
        person.email = person.tenant.email = "both@mail.example"
        person.tenant.save()
        person.save()
    partners = another_lease_of(partner)

    assert enter(tenant).get(f"/portal/leases/{partners.pk}/").status_code == 404


def test_a_link_that_once_went_to_a_wrong_address_does_not_open_what_came_after(enter: Enter, tenant: Signer) -> None:
    assert tenant.tenant is not None
    Envelope.objects.filter(pk=tenant.envelope_id).update(state="voided")
    tenant.tenant.email = "right@mail.example"
    tenant.tenant.save()
    later = another_lease_of(tenant)

    browser = enter(tenant)

    assert page_of(browser, tenant.envelope)
    assert browser.get(f"/portal/leases/{later.pk}/").status_code == 404


def test_a_landlord_sees_what_the_same_owner_signs_and_nothing_of_other_owners(enter: Enter) -> None:
    shared = {"signatory_email": "margaret@larkspur.example"}
    owner, other = OwnerFactory(**shared), OwnerFactory(**shared)
    first, second = (EnvelopeFactory(state="sent", lease__unit__property__owner=owner) for _ in range(2))
    foreign = EnvelopeFactory(state="sent", lease__unit__property__owner=other)

    browser = enter(first.signers.get(key="landlord"))

    assert page_of(browser, second)
    assert browser.get(f"/portal/leases/{foreign.pk}/").status_code == 404


def test_what_the_office_has_not_sent_yet_is_no_ones_to_see(enter: Enter, tenant: Signer) -> None:
    draft = another_lease_of(tenant, state="drafted")
    browser = enter(tenant)

    assert browser.get(f"/portal/leases/{draft.pk}/").status_code == 404
    assert draft.lease.number not in browser.get("/portal/").content.decode()


def test_private_pages_are_kept_by_no_cache_and_tell_no_one_where_they_are(enter: Enter, tenant: Signer) -> None:
    document = EnvelopeDocumentFactory(envelope=tenant.envelope)
    browser, lease = enter(tenant), f"/portal/leases/{tenant.envelope_id}/"

    for path in ("/portal/", lease, f"{lease}documents/{document.pk}/", f"/portal/return/{tenant.envelope_id}/"):
        answer = browser.get(path)
        assert {"no-store", "private"} <= set(answer["Cache-Control"].replace(",", "").split())
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_pages_run_no_script_and_no_style_that_is_not_ours(enter: Enter, tenant: Signer) -> None:
    answer = enter(tenant).get(f"/portal/leases/{tenant.envelope_id}/")

    policy, page = answer["Content-Security-Policy"], answer.content.decode()
    assert "unsafe" not in policy
    assert "https://*.docusign.net" in policy.partition("form-action")[2].partition(";")[0]
    assert " style=" not in page
    assert "<style" not in page
    assert page.count("<script") == 1
    assert 'src="http' not in page


# --- what it says ----------------------------------------------------------------------------------------


def test_the_page_states_the_terms_as_they_were_printed(enter: Enter) -> None:
    lease = LeaseFactory()
    RentStepFactory(lease=lease, amount="2100.00")
    lease.send_out()
    envelope = EnvelopeFactory(lease=lease, state="sent")
    lease.unit.property.street = "Renamed Street 1"
    lease.unit.property.save()

    page = page_of(enter(envelope.signers.get(key="tenant1")), envelope)

    for fact in ("$2,000.00 a month", "$2,100.00 from", "1200 Maple Street, Oakland, CA 94607", lease.number):
        assert fact in page


@pytest.mark.parametrize(
    ("state", "of_signer", "of_others", "words"),
    [
        ("sent", {}, {}, "It is your turn to sign"),
        ("delivered", {"status": "delivered"}, {}, "It is your turn to sign"),
        ("sent", {"status": "autoresponded"}, {}, "It is your turn to sign"),
        ("sent", {"channel": "email"}, {}, "Docusign has sent an e-mail to"),
        ("sent", {"channel": "sms", "phone": "+14155550123"}, {}, "Docusign has sent a text message to"),
        ("sent", {"status": "completed"}, {}, "You have signed"),
        ("completed", {"status": "completed"}, {"status": "completed"}, "on their way from Docusign"),
        ("declined", {"status": "declined"}, {}, "You have declined to sign"),
        ("declined", {}, {"status": "declined"}, "has declined to sign, so no one is bound"),
        ("declined", {}, {}, "Somebody has declined to sign"),
        ("voided", {}, {}, "The office has withdrawn these documents"),
        ("needs_attention", {}, {}, "The office is looking at these documents"),
    ],
)
def test_each_standing_says_what_it_means_and_whom_to_ask(
    enter: Enter, state: str, of_signer: dict[str, str], of_others: dict[str, str], words: str
) -> None:
    envelope = EnvelopeFactory(state=state, lease__tenants=2, sent_at=timezone.now() - timedelta(days=1))
    envelope.signers.exclude(key="tenant1").update(**(of_others or {"status": "created"}))
    envelope.signers.filter(key="tenant1").update(**(of_signer or {"status": "created"}))

    page = page_of(enter(envelope.signers.get(key="tenant1")), envelope)

    assert words in page
    assert django_settings.SUPPORT_EMAIL in page
    assert ("Review and sign" in page) == (words == "It is your turn to sign")


def test_an_envelope_that_expired_says_so_and_not_that_the_office_withdrew_it(enter: Enter) -> None:
    envelope = EnvelopeFactory(state="voided", void_reason="Envelope has expired.")

    page = page_of(enter(envelope.signers.get(key="tenant1")), envelope)

    assert "The time to sign is over" in page
    assert "withdrawn" not in page


def test_an_envelope_that_is_being_withdrawn_cannot_be_signed_any_more(enter: Enter, tenant: Signer) -> None:
    tenant.envelope.ask_to_cancel(reason="Wrong rent")
    browser = enter(tenant)

    page = page_of(browser, tenant.envelope)
    assert "The office has withdrawn these documents" in page
    assert "Wrong rent" not in page  # the reason is written for Docusign and the office
    assert browser.post(f"/portal/sign/{tenant.envelope_id}/").status_code == 302


def test_whoever_waits_sees_who_is_before_them(enter: Enter, guarantor: Signer) -> None:
    guarantor.envelope.signers.filter(key="tenant1").update(status="completed", signed_at=timezone.now())

    page = page_of(enter(guarantor), guarantor.envelope)

    waiting_for = page.partition("Still to sign before you")[2].partition("</ul>")[0]
    assert guarantor.envelope.signers.get(key="tenant2").name in waiting_for
    assert guarantor.envelope.signers.get(key="tenant1").name not in waiting_for


def test_somebody_who_only_gets_a_copy_is_asked_for_nothing(enter: Enter, envelope: Envelope) -> None:
    copy = SignerFactory(
        envelope=envelope, key="copy1", role="carbon_copy", recipient_id=9, routing_order=4, name="Harbor Accounting"
    )

    page = page_of(enter(copy), envelope)

    assert "You receive a copy" in page
    assert copy.name not in page.partition("Who signs")[2].partition("</section>")[0]


def test_who_confirms_a_notice_is_asked_to_read_and_not_to_sign(enter: Enter) -> None:
    envelope = EnvelopeFactory(state="sent", purpose="notice", signers=False)
    reader = SignerFactory(envelope=envelope, role="certified_delivery", key="tenant1")
    browser = enter(reader)

    page = page_of(browser, envelope)
    assert "Please read these documents" in page
    assert "Review and sign" not in page

    Envelope.objects.update(state="completed")
    Signer.objects.update(status="completed")
    assert "Everyone has received these documents" in page_of(browser, envelope)


def test_the_offices_words_to_one_person_are_shown_to_that_person_alone(enter: Enter, envelope: Envelope) -> None:
    envelope.signers.filter(key="tenant1").update(note="The keys are at the front desk.\nAsk for Sam.")
    Envelope.objects.update(message="Welcome to Maple Court!")

    hers, his = (page_of(enter(envelope.signers.get(key=key)), envelope) for key in ("tenant1", "tenant2"))

    assert "The keys are at the front desk.<br>Ask for Sam." in hers
    assert "front desk" not in his
    assert "Welcome to Maple Court!" in his


def test_a_person_without_leases_finds_a_friendly_page(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    Envelope.objects.update(sent_at=None)

    assert "Nothing here yet" in browser.get("/portal/").content.decode()


def test_names_with_markup_are_shown_as_text(enter: Enter, tenant: Signer) -> None:
    tenant.name = "<b onclick=alert(1)>Grace</b> & \u202eSons"
    tenant.save()

    page = page_of(enter(tenant), tenant.envelope)

    assert "<b onclick" not in page
    assert "&lt;b onclick=alert(1)&gt;Grace" in page


# --- documents -------------------------------------------------------------------------------------------


def test_a_document_opens_in_the_browser_or_is_kept_under_its_name(enter: Enter, tenant: Signer) -> None:
    document = EnvelopeDocumentFactory(envelope=tenant.envelope, name="Contrato de Lucía")
    browser, path = enter(tenant), f"/portal/leases/{tenant.envelope_id}/documents/{document.pk}/"

    shown, kept = browser.get(path), browser.get(f"{path}?download")

    assert shown.content == kept.content == document.read()
    assert shown["Content-Disposition"].startswith("inline;")
    assert kept["Content-Disposition"].startswith("attachment;")
    assert "Luc%C3%ADa.pdf" in kept["Content-Disposition"]


def test_after_completion_the_signed_documents_take_the_place_of_what_was_sent(enter: Enter) -> None:
    envelope = EnvelopeFactory(state="completed")
    sent = EnvelopeDocumentFactory(envelope=envelope, name="Residential lease")
    EnvelopeDocumentFactory(envelope=envelope, kind="certificate", name="Certificate of completion", document_id=2)
    signed = EnvelopeDocumentFactory(envelope=envelope, kind="signed", name="Residential lease")
    browser = enter(envelope.signers.get(key="tenant1"))

    page = page_of(browser, envelope)

    assert "The signed documents" in page
    assert page.index(f"/documents/{signed.pk}/") < page.index("Certificate of completion")
    assert browser.get(f"/portal/leases/{envelope.pk}/documents/{sent.pk}/").status_code == 404


def test_documents_that_were_withdrawn_are_not_handed_out_any_more(enter: Enter, tenant: Signer) -> None:
    document = EnvelopeDocumentFactory(envelope=tenant.envelope)
    browser = enter(tenant)
    Envelope.objects.update(state="voided")

    assert browser.get(f"/portal/leases/{tenant.envelope_id}/documents/{document.pk}/").status_code == 404


def test_a_document_whose_bytes_were_changed_is_not_shown(enter: Enter, tenant: Signer) -> None:
    document = EnvelopeDocumentFactory(envelope=tenant.envelope)
    (Path(django_settings.MEDIA_ROOT) / document.file).write_bytes(b"%PDF-1.4 something else")

    answer = enter(tenant).get(f"/portal/leases/{tenant.envelope_id}/documents/{document.pk}/")

    assert answer.status_code == 503
    assert "This document cannot be shown" in answer.content.decode()


# --- cost ------------------------------------------------------------------------------------------------


def test_the_list_costs_the_same_for_one_lease_and_for_many(
    enter: Enter, tenant: Signer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        another_lease_of(tenant)
    browser = enter(tenant)

    with django_assert_max_num_queries(4):  # session, visitor, their envelopes, the people of all of them
        browser.get("/portal/")


def test_a_lease_page_costs_few_queries(
    enter: Enter, tenant: Signer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    EnvelopeDocumentFactory(envelope=tenant.envelope)
    browser = enter(tenant)

    with django_assert_max_num_queries(7):  # as above, and the documents, riders, consent
        page_of(browser, tenant.envelope)


def test_once_it_is_withdrawn_no_ones_turn_is_said_to_come_later(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    assert "Later" in page_of(browser, tenant.envelope)

    Envelope.objects.update(state="voided", void_reason="Wrong rent")

    assert "Later" not in page_of(browser, tenant.envelope)
