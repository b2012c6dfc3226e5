"""What a link opens, and what takes the code that we mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.mail import outbox
from esign.mail.codes import AT_MOST, Answer, check, code_of, mail_code
from esign.mail.links import portal_link
from esign.models import Envelope, OutgoingMail, PortalCode, Signer
from esign.models.portal_code import GOOD_FOR, TRIES
from esign.portal.code import masked
from tests.esign.factories import EnvelopeDocumentFactory, EnvelopeFactory
from tests.esign.portal.conftest import Enter, give_code, path_of

pytestmark = pytest.mark.django_db
CODE = reverse("portal:code")


@pytest.fixture
def other(tenant: Signer) -> Envelope:
    """Another envelope of the same tenant."""
    made: Envelope = EnvelopeFactory(state="sent")
    made.signers.filter(key="tenant1").update(tenant=tenant.tenant, email=tenant.email)
    return made


def wrong(row: PortalCode) -> str:
    return f"{(int(code_of(row)) + 1) % 10**6:06}"


# --- what the link alone opens ----------------------------------------------------------------------------


def test_a_link_opens_its_own_envelope_and_no_other(enter: Enter, tenant: Signer, other: Envelope) -> None:
    EnvelopeDocumentFactory(envelope=other)
    browser = enter(tenant, code=False)

    assert browser.get(reverse("portal:envelope", args=[tenant.envelope_id])).status_code == 200
    for page in (
        reverse("portal:envelope", args=[other.pk]),
        reverse("portal:document", args=[other.pk, other.documents.get().pk]),
        reverse("portal:return", args=[other.pk]),
    ):
        answer = browser.get(page)
        assert (answer.status_code, answer["Location"]) == (302, CODE)
    home = browser.get(reverse("portal:home")).content.decode()
    assert str(tenant.envelope_id) in home
    assert str(other.pk) not in home
    assert "Show all of my leases" in home


def test_the_code_opens_the_rest_and_leads_to_the_page_that_was_asked_for(
    enter: Enter, tenant: Signer, other: Envelope
) -> None:
    browser = enter(tenant, code=False)
    page = reverse("portal:envelope", args=[other.pk])
    browser.get(page)
    browser.post(CODE)
    answer = browser.post(CODE, {"code": code_of(PortalCode.objects.get())})

    assert answer["Location"] == page
    assert browser.get(page).status_code == 200
    home = browser.get(reverse("portal:home")).content.decode()
    assert str(other.pk) in home
    assert "Show all of my leases" not in home
    said = tenant.envelope.audit_events.get(kind="portal.code_given")
    assert tenant.email in said.text


def test_an_envelope_of_others_stays_unknown_with_and_without_a_code(enter: Enter, tenant: Signer) -> None:
    page = reverse("portal:envelope", args=[EnvelopeFactory(state="sent").pk])

    assert enter(tenant, code=False).get(page).status_code == 404
    assert enter(tenant).get(page).status_code == 404


def test_no_one_signs_or_agrees_without_a_code(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, code=False, agreed=False)
    code_page = reverse("portal:code_to_sign", args=[tenant.envelope_id])

    answer = browser.post(reverse("portal:sign", args=[tenant.envelope_id]))
    assert (answer.status_code, answer["Location"]) == (302, code_page)
    assert PortalCode.objects.count() == 1, "the code is on its way already"
    agreed = {"agreed": "yes", "version": "1", "language": "en"}
    assert browser.post(reverse("portal:consent", args=[tenant.envelope_id]), agreed)["Location"] == code_page
    assert not tenant.consents.exists()

    answer = browser.post(code_page, {"code": code_of(PortalCode.objects.get())})
    assert answer["Location"] == reverse("portal:consent", args=[tenant.envelope_id])
    assert browser.get(answer["Location"]).status_code == 200


def test_a_site_may_do_without_codes(enter: Enter, tenant: Signer, other: Envelope, settings: Settings) -> None:
    settings.PORTAL_CODES = False
    browser = enter(tenant, code=False)

    assert browser.get(reverse("portal:envelope", args=[other.pk])).status_code == 200
    sign = browser.post(reverse("portal:sign", args=[tenant.envelope_id]))
    assert "/code/" not in sign.headers.get("Location", "")


# --- the code ---------------------------------------------------------------------------------------------


def test_the_mail_has_the_code_and_no_link(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, code=False)
    browser.post(CODE)
    outbox.send_due()

    (mail,) = django_mail.outbox
    code = code_of(PortalCode.objects.get())
    assert mail.to == [f"{tenant.name} <{tenant.email}>"]
    assert mail.subject == f"{code} is your code"
    assert "/portal/enter/" not in str(mail.message())
    page = browser.get(CODE).content.decode()
    assert masked(tenant.email) in page
    assert tenant.email not in page


def test_a_wrong_code_is_told_and_five_of_them_end_it(tenant: Signer) -> None:
    row = mail_code(tenant)
    assert row is not None

    assert [check(row.pk, tenant, wrong(row)) for _ in range(TRIES)] == [Answer.WRONG] * TRIES
    assert check(row.pk, tenant, code_of(row)) == Answer.OVER


def test_the_page_says_what_was_wrong_and_offers_a_new_code(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, code=False)
    browser.post(CODE)
    row = PortalCode.objects.get()
    first = browser.post(CODE, {"code": wrong(row)})
    assert first.status_code == 422
    assert "not the code" in " ".join(first.content.decode().split())
    for _ in range(TRIES):
        last = browser.post(CODE, {"code": wrong(row)})
    assert "does not work any more" in " ".join(last.content.decode().split())

    browser.post(CODE, {"again": "yes"})
    newer = PortalCode.objects.latest("pk")
    assert newer != row
    assert browser.post(CODE, {"code": f" {code_of(newer)[:3]} {code_of(newer)[3:]} "}).status_code == 302


def test_a_code_is_good_once_for_ten_minutes_and_for_its_person(tenant: Signer, guarantor: Signer) -> None:
    row = mail_code(tenant)
    assert row is not None
    assert check(row.pk, guarantor, code_of(row)) == Answer.OVER
    with time_machine.travel(timezone.now() + GOOD_FOR):
        assert check(row.pk, tenant, code_of(row)) == Answer.OVER
    assert check(row.pk, tenant, code_of(row)) == Answer.RIGHT
    assert check(row.pk, tenant, code_of(row)) == Answer.OVER
    assert check(0, tenant, "000000") == Answer.OVER


@pytest.mark.parametrize("typed", ["", "abc", "1" * 500, "٣٣٣٣٣٣", "\0"])
def test_what_is_no_code_is_a_wrong_code(typed: str, enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, code=False)
    browser.post(CODE)

    assert browser.post(CODE, {"code": typed}).status_code == 422


def test_a_code_works_only_in_the_browser_that_asked_for_it(enter: Enter, tenant: Signer) -> None:
    asked, other = enter(tenant, code=False), enter(tenant, code=False)
    asked.post(CODE)

    assert other.post(CODE, {"code": code_of(PortalCode.objects.get())}).status_code == 422


def test_five_codes_an_hour_are_mailed_and_then_it_says_so(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, code=False)
    for _ in range(AT_MOST):
        assert browser.post(CODE, {"again": "yes"}).status_code == 302
    answer = browser.post(CODE, {"again": "yes"})

    assert answer.status_code == 429
    assert "Several codes were sent" in answer.content.decode()
    assert PortalCode.objects.count() == AT_MOST
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert mail_code(tenant) is not None


def test_pressing_twice_mails_one_code(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, code=False)
    for _ in range(3):
        browser.post(reverse("portal:sign", args=[tenant.envelope_id]))

    assert PortalCode.objects.count() == 1


def test_a_code_that_came_too_late_is_not_mailed(tenant: Signer) -> None:
    assert mail_code(tenant) is not None
    with time_machine.travel(timezone.now() + GOOD_FOR):
        outbox.send_due()

    assert not django_mail.outbox
    assert not OutgoingMail.objects.exists()


def test_a_session_key_from_before_the_code_is_worth_nothing_after(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant, code=False)
    before = browser.session.session_key
    give_code(browser)

    assert browser.session.session_key != before


# --- a link lets in once ----------------------------------------------------------------------------------


def test_a_link_that_was_used_offers_a_new_one(tenant: Signer) -> None:
    link = path_of(portal_link(tenant))
    assert Client().post(link).status_code == 302
    stranger = Client()

    for answer in (stranger.get(link), stranger.post(link)):
        assert answer.status_code == 410
        assert "used already" in answer.content.decode()
        assert tenant.name not in answer.content.decode()
    assert not stranger.session.keys()
    stranger.post(link.replace("/enter/", "/new-link/"))
    assert OutgoingMail.objects.get().signer == tenant


def test_who_came_by_it_goes_straight_in_with_the_same_link(tenant: Signer) -> None:
    link, browser = path_of(portal_link(tenant)), Client()
    first = browser.post(link)

    assert browser.post(link)["Location"] == browser.get(link)["Location"] == first["Location"]


def test_an_older_link_ends_with_a_newer_one_and_a_later_one_works(tenant: Signer) -> None:
    older, newer = path_of(portal_link(tenant)), path_of(portal_link(tenant))
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        later = path_of(portal_link(tenant))
    assert Client().post(newer).status_code == 302

    assert Client().post(older).status_code == 410
    assert Client().post(later).status_code == 302


def test_links_do_not_survive_signing_out(enter: Enter, tenant: Signer) -> None:
    browser = enter(tenant)
    unopened = path_of(portal_link(tenant))
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        browser.post(reverse("portal:sign_out"))

    assert Client().post(unopened).status_code == 410
