"""Who gets in by which link, and who does not."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from esign.mail.links import GOOD_FOR, LinkInvalid, portal_link, read_link
from esign.models import AuditEvent, Envelope, OutgoingMail, Signer
from esign.portal.visitor import IDLE_SECONDS, LONGEST_SECONDS
from tests.esign.factories import EnvelopeFactory
from tests.esign.portal.conftest import Enter, path_of
from tests.factories import LeaseFactory, LeasePartyFactory, TenantFactory

pytestmark = pytest.mark.django_db


def test_a_mail_scanner_that_opens_the_link_signs_no_one_in(client: Client, tenant: Signer) -> None:
    answer = client.get(path_of(portal_link(tenant)))

    assert answer.status_code == 200
    assert not client.session.keys()
    assert not AuditEvent.objects.filter(kind="portal.entered").exists()


def test_the_button_on_the_landing_page_signs_the_person_in_and_leads_to_their_lease(
    client: Client, tenant: Signer
) -> None:
    answer = client.post(path_of(portal_link(tenant)), follow=True)

    assert answer.redirect_chain == [(f"/portal/leases/{tenant.envelope_id}/", 302)]
    assert AuditEvent.objects.get(kind="portal.entered").actor == tenant.name


def test_a_session_key_that_somebody_planted_is_worth_nothing_after_signing_in(client: Client, tenant: Signer) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    client.post(path_of(portal_link(tenant)))

    assert client.session.session_key != planted


def test_who_is_in_already_goes_straight_to_the_lease(enter: Enter, tenant: Signer) -> None:
    answer = enter(tenant).get(path_of(portal_link(tenant)))

    assert answer.status_code == 302
    assert answer["Location"] == f"/portal/leases/{tenant.envelope_id}/"


def test_a_tampered_link_opens_a_page_that_tells_nothing(client: Client, tenant: Signer) -> None:
    link = path_of(portal_link(tenant))
    forged = link[:-1] + ("A" if link[-1] != "A" else "B")

    for answer in (client.get(forged), client.post(forged)):
        assert answer.status_code == 404
        assert tenant.name not in answer.content.decode()
    assert not client.session.keys()


def test_a_link_that_went_to_a_wrong_address_dies_with_the_correction(client: Client, tenant: Signer) -> None:
    link = portal_link(tenant)
    tenant.email = "right@mail.example"
    tenant.save()

    with pytest.raises(LinkInvalid):
        read_link(link.rpartition("/")[2])
    assert client.post(path_of(link)).status_code == 404


def test_a_session_dies_with_the_correction_of_the_address_too(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    tenant.email = "right@mail.example"
    tenant.save()

    assert browser.get(f"/portal/leases/{tenant.envelope_id}/").status_code == 302


def test_an_old_link_explains_itself_and_offers_a_new_one(client: Client, tenant: Signer) -> None:
    link = path_of(portal_link(tenant))
    with time_machine.travel(timezone.now() + GOOD_FOR + timedelta(hours=1)):
        answer = client.get(link)
        assert answer.status_code == 410
        assert "Send me a new link" in answer.content.decode()
        assert client.post(link).status_code == 410
        assert not client.session.keys()

        client.post(link.replace("/enter/", "/new-link/"))

    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.signer) == ("link", tenant)


def test_asking_for_links_again_and_again_brings_three_an_hour_and_the_same_answer(
    client: Client, tenant: Signer
) -> None:
    path = path_of(portal_link(tenant)).replace("/enter/", "/new-link/")

    answers = [client.post(path) for _ in range(6)]

    assert {(answer.status_code, _without_tokens(answer.content)) for answer in answers} == {
        (200, _without_tokens(answers[0].content))
    }
    assert OutgoingMail.objects.filter(kind="link").count() == 3


def test_after_an_hour_links_can_be_asked_for_again(client: Client, tenant: Signer) -> None:
    path = path_of(portal_link(tenant)).replace("/enter/", "/new-link/")
    for _ in range(4):
        client.post(path)
    OutgoingMail.objects.update(done_at=timezone.now() - timedelta(hours=1, minutes=1))

    client.post(path)

    assert OutgoingMail.objects.filter(kind="link").count() == 4


def test_the_front_door_answers_the_same_for_people_and_strangers(client: Client, tenant: Signer) -> None:
    known = client.post("/portal/links/", {"email": tenant.email})
    unknown = client.post("/portal/links/", {"email": "stranger@mail.example"})

    assert known.status_code == unknown.status_code == 200
    assert _without_tokens(known.content).replace(tenant.email, "X") == _without_tokens(unknown.content).replace(
        "stranger@mail.example", "X"
    )
    assert list(OutgoingMail.objects.values_list("signer", flat=True)) == [tenant.pk]


def test_the_front_door_does_not_care_about_capitals_but_about_addresses(client: Client, tenant: Signer) -> None:
    client.post("/portal/links/", {"email": tenant.email.upper()})
    assert OutgoingMail.objects.count() == 1

    answer = client.post("/portal/links/", {"email": "no address"})
    assert answer.status_code == 422
    assert "not an e-mail address" in answer.content.decode()


def test_co_tenants_at_one_address_get_a_link_each(client: Client) -> None:
    lease = LeaseFactory(tenants=0)
    for number in range(2):
        tenant = TenantFactory(email="both@mail.example")
        LeasePartyFactory(lease=lease, tenant=tenant, is_primary=number == 0)
    lease.send_out()
    EnvelopeFactory(lease=lease, state="sent")

    client.post("/portal/links/", {"email": "both@mail.example"})

    names = set(OutgoingMail.objects.values_list("signer__name", flat=True))
    assert names == set(lease.parties.values_list("tenant__name", flat=True))


def test_one_caller_cannot_write_to_many_mailboxes(client: Client, envelope: Envelope) -> None:
    for number in range(20):
        client.post("/portal/links/", {"email": f"guess{number}@mail.example"})

    client.post("/portal/links/", {"email": envelope.signers.get(key="tenant1").email})

    assert not OutgoingMail.objects.exists()


def test_no_one_hears_of_an_envelope_that_has_not_gone_out(client: Client) -> None:
    signer = EnvelopeFactory(state="drafted").signers.get(key="tenant1")

    client.post("/portal/links/", {"email": signer.email})

    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("path", ["/portal/leases/{0}/", "/portal/return/{0}/", "/portal/return/{0}/update/"])
def test_a_stranger_is_sent_to_the_front_door(client: Client, envelope: Envelope, path: str) -> None:
    answer = client.get(path.format(envelope.pk))

    assert (answer.status_code, answer["Location"]) == (302, "/portal/")


def test_an_hour_without_a_click_ends_the_visit(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    with time_machine.travel(timezone.now() + timedelta(seconds=IDLE_SECONDS + 60)):
        answer = browser.get(f"/portal/leases/{tenant.envelope_id}/", follow=True)

    assert answer.redirect_chain == [("/portal/signed-out/", 302)]
    assert "You were signed out" in answer.content.decode()


def test_clicks_keep_the_visit_alive_but_not_beyond_the_day(enter: Enter, tenant: Signer) -> None:
    browser, start = enter(tenant), timezone.now()
    page = f"/portal/leases/{tenant.envelope_id}/"
    for seconds in range(IDLE_SECONDS - 60, LONGEST_SECONDS, IDLE_SECONDS - 60):
        with time_machine.travel(start + timedelta(seconds=seconds)):
            assert browser.get(page).status_code == 200

    with time_machine.travel(start + timedelta(seconds=LONGEST_SECONDS + 60)):
        assert browser.get(page).status_code == 302


def test_a_page_that_asks_by_itself_does_not_keep_the_visit_alive(enter: Enter, tenant: Signer) -> None:
    browser, start = enter(tenant), timezone.now()
    update = f"/portal/return/{tenant.envelope_id}/update/"
    for minutes in range(5, 60, 5):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            answer = browser.get(update, headers={"X-Requested-With": "portal.js"})

    assert answer.status_code == 200
    with time_machine.travel(start + timedelta(minutes=62)):
        assert browser.get(update, headers={"X-Requested-With": "portal.js"}).status_code == 302


def test_signing_out_ends_the_visit_and_leaves_a_member_of_staff_signed_in(
    admin_client: Client, tenant: Signer
) -> None:
    admin_client.post(path_of(portal_link(tenant)))
    admin_client.post("/portal/sign-out/")

    assert admin_client.get(f"/portal/leases/{tenant.envelope_id}/").status_code == 302
    assert admin_client.get("/admin/").status_code == 200


def test_forms_need_a_token_of_ours(tenant: Signer) -> None:
    browser = Client(enforce_csrf_checks=True)

    for path in (path_of(portal_link(tenant)), "/portal/links/", "/portal/sign-out/", "/portal/language/"):
        assert browser.post(path, {"email": tenant.email}).status_code == 403
    assert browser.post(f"/portal/sign/{tenant.envelope_id}/").status_code == 403


def test_the_language_is_the_persons_own_until_they_choose_another(enter: Enter, tenant: Signer) -> None:
    tenant.language = "es"
    tenant.save()
    browser, page = enter(tenant), f"/portal/leases/{tenant.envelope_id}/"
    assert '<html lang="es">' in browser.get(page).content.decode()

    answer = browser.post("/portal/language/", {"language": "en", "next": page})

    assert answer["Location"] == page
    assert '<html lang="en">' in browser.get(page).content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_the_language_switch_leads_nowhere_else(client: Client, elsewhere: str) -> None:
    answer = client.post("/portal/language/", {"language": "es", "next": elsewhere})

    assert answer["Location"] == "/portal/"


def test_a_language_that_we_do_not_speak_is_not_remembered(client: Client) -> None:
    client.post("/portal/language/", {"language": "xx", "next": "/portal/"})

    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies


def _without_tokens(page: bytes) -> str:
    """A page without what differs with every answer."""
    return re.sub(r'name="(csrfmiddlewaretoken|next)" value="[^"]*"', "", page.decode())


@pytest.mark.parametrize("address", ["links/", "sign-out/", "sign/{envelope}/", "new-link/{token}"])
def test_an_address_of_a_button_that_is_opened_from_the_history_leads_back_to_a_page(
    address: str, enter: Enter, tenant: Signer
) -> None:
    token = path_of(portal_link(tenant)).rsplit("/", 1)[-1]
    browser = enter(tenant)

    answer = browser.get("/portal/" + address.format(envelope=tenant.envelope_id, token=token), follow=True)

    assert answer.status_code == 200
    assert tenant.name in answer.content.decode(), "and no one is signed out by it"
