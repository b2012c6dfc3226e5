"""To Docusign and back, with the real emulator: what the person sees, and what our record believes."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
import urllib3
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from esign.docusign.login import access
from esign.envelopes import dispatch, downloads
from esign.envelopes.freeze import freeze
from esign.models import AuditEvent, DocusignCall, Envelope, OutgoingMail, Signer, State
from esign.models.signer import SignerStatus
from esign.portal.returning import LONGEST_URL, ReturnEvent, return_url
from esign.sync import webhook_inbox
from tests.emulator_client import EmulatorClient
from tests.esign.factories import EnvelopeFactory
from tests.esign.portal.conftest import Enter
from tests.esign.portal.docusign_page import SigningPage
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(site: str, emulator: EmulatorClient) -> Envelope:
    """Really out for signature: two tenants, then the landlord."""
    envelope = freeze(LeaseFactory(tenants=2))
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT, envelope.problem
    return envelope


@pytest.fixture
def hear(emulator: EmulatorClient) -> Callable[[], None]:
    """Connect delivers, and a worker applies."""

    def hear() -> None:
        emulator.flush_deliveries()
        for pk in webhook_inbox.waiting():
            webhook_inbox.apply_message(pk)

    return hear


def press_sign(browser: Client, envelope: Envelope) -> SigningPage:
    answer = browser.post(f"/portal/sign/{envelope.pk}/")
    assert answer.status_code == 303, answer.content
    return SigningPage(answer["Location"])


def page_at(browser: Client, address: str) -> str:
    parts = urlsplit(address)
    answer = browser.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_tenant_signs_and_is_told_the_truth_once_connect_has_brought_it(
    sent: Envelope, enter: Enter, hear: Callable[[], None]
) -> None:
    browser = enter(sent.signers.get(key="tenant1"))

    back = press_sign(browser, sent).sign()
    before = page_at(browser, back)
    hear()
    after = page_at(browser, back)

    assert "event=signing_complete" in back
    assert "Docusign will confirm your signature in a moment" in before
    assert "data-awaits" in before
    assert "Thank you, you have signed" in after
    assert sent.signers.get(key="tenant2").name in after
    assert "data-awaits" not in after


def test_the_return_page_reads_our_record_and_costs_docusign_no_call(sent: Envelope, enter: Enter) -> None:
    browser = enter(sent.signers.get(key="tenant1"))
    back = press_sign(browser, sent).sign()
    calls = DocusignCall.objects.count()

    for _ in range(5):
        page_at(browser, back.replace("/?", "/update/?"))

    assert DocusignCall.objects.count() == calls


def test_a_forged_return_changes_nothing_in_the_record(sent: Envelope, enter: Enter) -> None:
    signer = sent.signers.get(key="tenant1")
    browser = enter(signer)
    before = list(sent.signers.values()), list(AuditEvent.objects.values())

    for event in ReturnEvent:
        browser.get(f"/portal/return/{sent.pk}/?event={event}")
        page_at(browser, f"{return_url(signer)}&event={event}")

    assert (list(sent.signers.values()), list(AuditEvent.objects.values())) == before
    assert Envelope.objects.get(pk=sent.pk).state == State.SENT


def test_an_event_without_our_state_is_not_believed_even_on_the_page(sent: Envelope, enter: Enter) -> None:
    browser = enter(sent.signers.get(key="tenant1"))
    of_another = return_url(sent.signers.get(key="tenant2"))

    for address in (f"/portal/return/{sent.pk}/?event=signing_complete", f"{of_another}&event=signing_complete"):
        assert "We have not heard from Docusign yet" in page_at(browser, address)


def test_a_state_from_yesterday_is_not_believed(sent: Envelope, enter: Enter) -> None:
    signer = sent.signers.get(key="tenant1")
    with time_machine.travel(timezone.now() - timedelta(days=1, minutes=5)):
        address = f"{return_url(signer)}&event=signing_complete"

    assert "We have not heard from Docusign yet" in page_at(enter(signer), address)


def test_finishing_later_says_that_nothing_is_signed_and_lets_go_on(sent: Envelope, enter: Enter) -> None:
    browser = enter(sent.signers.get(key="tenant1"))

    page = page_at(browser, press_sign(browser, sent).later())

    assert "You have not signed yet" in page
    assert press_sign(browser, sent).is_open


def test_declining_shows_everyone_that_no_one_is_bound(sent: Envelope, enter: Enter, hear: Callable[[], None]) -> None:
    browser = enter(sent.signers.get(key="tenant1"))

    back = press_sign(browser, sent).decline("The rent is not what we agreed.")
    assert "Docusign will confirm it in a moment" in page_at(browser, back)
    hear()

    assert "You have declined to sign" in page_at(browser, back)
    other = enter(sent.signers.get(key="tenant2")).get(f"/portal/leases/{sent.pk}/").content.decode()
    assert "has declined to sign, so no one is bound" in other
    assert "Review and sign" not in other


def test_a_signing_address_works_once_and_the_second_visitor_is_brought_back(sent: Envelope, enter: Enter) -> None:
    browser = enter(sent.signers.get(key="tenant1"))
    address = browser.post(f"/portal/sign/{sent.pk}/")["Location"]
    SigningPage(address)

    again = SigningPage(address)

    assert not again.is_open
    assert "Each way in works once, and only for a few minutes" in page_at(browser, again.opened_at)


def test_the_signing_address_is_minted_anew_on_each_click_and_kept_nowhere(sent: Envelope, enter: Enter) -> None:
    browser = enter(sent.signers.get(key="tenant1"))

    addresses = {browser.post(f"/portal/sign/{sent.pk}/")["Location"] for _ in range(3)}

    assert len(addresses) == 3
    token = urlsplit(next(iter(addresses))).query
    for rows in (DocusignCall.objects.values(), AuditEvent.objects.values(), OutgoingMail.objects.values()):
        assert token not in str(list(rows))


def test_when_everyone_has_signed_the_signed_documents_are_there_to_read(
    sent: Envelope, enter: Enter, hear: Callable[[], None], emulator: EmulatorClient
) -> None:
    browser = enter(sent.signers.get(key="tenant2"))
    for key in ("tenant1", "landlord"):
        if key == "landlord":
            back = press_sign(browser, sent).sign()
        emulator.sign(str(sent.docusign_id), str(sent.signers.get(key=key).recipient_id))
    hear()
    assert "The signed documents will be here in a few minutes" in page_at(browser, back)

    downloads.download_documents(sent.pk)

    assert "The signed documents are ready for you" in page_at(browser, back)
    page = browser.get(f"/portal/leases/{sent.pk}/").content.decode()
    assert "Certificate of completion" in page
    document = sent.documents.get(kind="signed", document_id=1)
    answer = browser.get(f"/portal/leases/{sent.pk}/documents/{document.pk}/")
    assert answer.content == document.read()
    assert answer["Content-Type"] == "application/pdf"


# --- when it does not work --------------------------------------------------------------------------------


def test_out_of_turn_docusign_is_not_even_asked(sent: Envelope, enter: Enter) -> None:
    Signer.objects.filter(envelope=sent, key="landlord").update(channel="portal")
    browser = enter(sent.signers.get(key="landlord"))
    calls = DocusignCall.objects.count()

    answer = browser.post(f"/portal/sign/{sent.pk}/", follow=True)

    assert "It is not your turn yet" in answer.content.decode()
    assert DocusignCall.objects.count() == calls


def test_when_docusign_knows_better_whose_turn_it_is_the_page_says_so(
    sent: Envelope, enter: Enter, emulator: EmulatorClient
) -> None:
    """Our record runs ahead: here somebody else is still to sign, by Docusign's own order."""
    emulator.fault("createRecipientView", "before_effect", times=1, status=400, errorCode="RECIPIENT_NOT_IN_SEQUENCE")

    answer = enter(sent.signers.get(key="tenant1")).post(f"/portal/sign/{sent.pk}/")

    assert answer.status_code == 409
    assert "Somebody else has to sign before you" in answer.content.decode()


@pytest.mark.parametrize(
    ("fault", "status", "words", "can_retry"),
    [
        ({"action": "before_effect", "status": 500}, 503, "Docusign does not answer", True),
        ({"action": "before_effect", "reset": True}, 503, "Docusign does not answer", True),
        ({"action": "limit"}, 503, "Docusign is busy", True),
        (
            {"action": "before_effect", "status": 400, "errorCode": "UNKNOWN_ENVELOPE_RECIPIENT"},
            503,
            "The office has to put something right first",
            False,
        ),
        (
            {"action": "before_effect", "status": 400, "errorCode": "ENVELOPE_INVALID_STATUS"},
            409,
            "Something has just changed",
            False,
        ),
        (
            {"action": "before_effect", "status": 400, "errorCode": "USER_LACKS_PERMISSIONS"},
            503,
            "The office has to put something right first",
            False,
        ),
    ],
)
def test_each_trouble_with_docusign_has_a_page_that_says_what_to_do(
    sent: Envelope,
    enter: Enter,
    emulator: EmulatorClient,
    fault: dict[str, object],
    status: int,
    words: str,
    can_retry: bool,
) -> None:
    options = {key: value for key, value in fault.items() if key != "action"}
    ordered = emulator.fault("createRecipientView", str(fault["action"]), times=1, **options)

    answer = enter(sent.signers.get(key="tenant1")).post(f"/portal/sign/{sent.pk}/")

    page = answer.content.decode()
    assert emulator.fault_hits(ordered) == 1
    assert (answer.status_code, words in page) == (status, True), page
    assert ("Try again" in page) == can_retry
    assert "Traceback" not in page
    assert "Docusign:" not in page  # what the vendor said is for the office


def test_where_docusign_is_not_set_up_the_person_is_sent_to_the_office(enter: Enter, tenant: Signer) -> None:
    answer = enter(tenant).post(f"/portal/sign/{tenant.envelope_id}/")

    assert answer.status_code == 503
    assert "The office has to put something right first" in answer.content.decode()


def test_a_consent_that_an_administrator_withdrew_is_the_offices_matter(
    sent: Envelope, enter: Enter, emulator: EmulatorClient
) -> None:
    access.forget(sent.connection)
    urllib3.request("PUT", f"{emulator.base_url}/_emulator/api/consent", json={"granted": False})

    answer = enter(sent.signers.get(key="tenant1")).post(f"/portal/sign/{sent.pk}/")

    assert answer.status_code == 503
    assert "The office has to put something right first" in answer.content.decode()


def test_a_person_who_keeps_clicking_is_slowed_down_before_the_account_suffers(sent: Envelope, enter: Enter) -> None:
    browser = enter(sent.signers.get(key="tenant1"))
    answers = [browser.post(f"/portal/sign/{sent.pk}/").status_code for _ in range(14)]

    assert answers == [303] * 12 + [503] * 2


# --- the address of return ----------------------------------------------------------------------------------


def test_the_return_address_fits_docusigns_limit_even_on_a_long_host(settings: Settings, tenant: Signer) -> None:
    settings.PUBLIC_URL = f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.example.com"

    assert len(return_url(tenant)) <= LONGEST_URL


def test_two_returns_of_one_person_have_different_states(tenant: Signer) -> None:
    assert return_url(tenant) != return_url(tenant)


@given(st.text(max_size=60))
def test_any_event_is_read_without_an_error(text: str) -> None:
    assert ReturnEvent.parse(text) in ReturnEvent


@pytest.mark.parametrize("event", [event for event in ReturnEvent if event != ReturnEvent.UNKNOWN])
def test_every_event_of_docusign_is_known_in_any_spelling_and_has_words_of_its_own(
    event: ReturnEvent, enter: Enter, tenant: Signer
) -> None:
    assert ReturnEvent.parse(f" {event.value.upper().replace('_', '-')} ") == event

    page = page_at(enter(tenant), f"{return_url(tenant)}&event={event}")

    assert "We have not heard from Docusign yet" not in page
    assert ("Review and sign" in page) == event.can_sign_again
    assert Signer.objects.get(pk=tenant.pk).status == SignerStatus.CREATED


def test_docusign_is_asked_to_speak_the_signers_language(sent: Envelope, enter: Enter) -> None:
    signer = sent.signers.get(key="tenant1")
    signer.language = "es"
    signer.save()
    browser = enter(signer)

    answer = browser.post(f"/portal/sign/{sent.pk}/")

    assert answer["Location"].endswith("&locale=es_MX")
    assert SigningPage(answer["Location"]).is_open


def test_the_return_page_works_for_an_envelope_that_was_withdrawn_meanwhile(enter: Enter) -> None:
    signer = EnvelopeFactory(state="voided").signers.get(key="tenant1")

    page = page_at(enter(signer), f"{return_url(signer)}&event=signing_complete")

    assert "Withdrawn" in page
