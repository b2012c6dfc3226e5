"""The list of envelopes, the page of one, and its buttons."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from esign.admin.envelopes.actions import press_url
from esign.envelopes.action_rules import EnvelopeAction
from esign.models import Envelope, OutgoingMail, Reminder, State
from tests.esign.admin.words import download, post, read, words
from tests.esign.factories import (
    ConnectDeliveryFactory,
    DocusignCallFactory,
    EnvelopeDocumentFactory,
    EnvelopeFactory,
)

LIST = reverse("admin:esign_envelope_changelist")


# --- the list ---------------------------------------------------------------------------------------------


def test_staff_see_whom_each_envelope_waits_for(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT, lease__tenants=2)
    page = read(office, LIST)
    names = [signer.name for signer in envelope.signers.filter(role="tenant")]
    assert f"Waiting for {names[0]} and {names[1]}" in page
    assert "0 of 3" in page


def test_what_needs_somebody_comes_first(office: Client) -> None:
    done = EnvelopeFactory(state=State.VOIDED)
    stuck = EnvelopeFactory(state=State.NEEDS_ATTENTION, problem="Refused.")
    out = EnvelopeFactory(state=State.SENT)
    Envelope.objects.filter(pk=stuck.pk).update(created_at=timezone.now() - timedelta(days=30))
    page = read(office, LIST)
    places = [page.index(envelope.lease.number) for envelope in (stuck, out, done)]
    assert places == sorted(places)


def test_the_list_takes_as_many_queries_for_twenty_as_for_two(office: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            office.get(LIST)
        return len(captured)

    for state in (State.SENT, State.COMPLETED):
        EnvelopeFactory(state=state)
    few = queries()
    for state in list(State) * 2:
        EnvelopeFactory(state=state, lease__tenants=2)
    assert queries() == few


@pytest.mark.parametrize("state", State)
def test_the_list_can_be_narrowed_to_the_stuck_ones(office: Client, state: State) -> None:
    envelope = EnvelopeFactory(state=state)
    assert (envelope.lease.number in read(office, f"{LIST}?stuck=yes")) == (state == State.NEEDS_ATTENTION)


def test_an_envelope_is_found_by_lease_signer_and_docusign_id(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    other = EnvelopeFactory(state=State.SENT)
    tenant = envelope.signers.get(role="tenant")
    for term in (envelope.lease.number, tenant.name, tenant.email, str(envelope.docusign_id)):
        page = read(office, f"{LIST}?q={term}")
        assert envelope.lease.number in page
        assert other.lease.number not in page


def test_staff_without_permission_see_no_envelope(bystander: Client) -> None:
    envelope = EnvelopeFactory()
    assert bystander.get(LIST).status_code == 403
    assert bystander.get(envelope.get_absolute_url()).status_code == 403


def test_envelopes_are_not_edited_added_or_deleted_by_hand(administrator: Client) -> None:
    envelope = EnvelopeFactory()
    assert administrator.get(reverse("admin:esign_envelope_add")).status_code == 403
    assert administrator.get(reverse("admin:esign_envelope_delete", args=[envelope.pk])).status_code == 403
    assert administrator.post(envelope.get_absolute_url(), {"state": "completed"}).status_code == 403


# --- one envelope -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_page_that_says_how_it_stands(office: Client, state: State) -> None:
    envelope = EnvelopeFactory(state=state)
    page = read(office, envelope.get_absolute_url())
    assert envelope.lease.number in page
    assert "Why" in page


@pytest.mark.parametrize(("guarantors", "landlord"), [(0, 2), (1, 3)])
def test_the_order_of_signing_is_counted_without_gaps(office: Client, guarantors: int, landlord: int) -> None:
    envelope = EnvelopeFactory(state=State.SENT, lease__tenants=2, lease__guarantors=guarantors)
    page = read(office, envelope.get_absolute_url())
    for tenant in envelope.signers.filter(role="tenant"):
        assert f"1. {tenant.name}" in page
    assert f"{landlord}. {envelope.signers.get(role='landlord').name}" in page


def test_the_page_tells_the_story_with_calls_and_messages(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    call = DocusignCallFactory(envelope=envelope, operation="createEnvelope", status=201)
    DocusignCallFactory(envelope=envelope, operation="updateEnvelope", outcome="refused", error_code="INVALID_EMAIL")
    ConnectDeliveryFactory(envelope=envelope, event="recipient-delivered", outcome="applied", times_received=2)
    OutgoingMail.objects.create(
        key="m", kind="invitation", envelope=envelope, signer=envelope.signers.first(), done_at=timezone.now()
    )
    page = read(office, envelope.get_absolute_url())
    for said in (
        "We called createEnvelope: done.",
        "INVALID_EMAIL",
        call.trace_token,
        "Docusign told us “recipient-delivered”: applied. It came 2 times.",
        "We mailed the invitation to",
    ):
        assert said in page


def test_a_document_is_served_to_those_who_may_see_it(office: Client, bystander: Client) -> None:
    document = EnvelopeDocumentFactory()
    url = reverse("admin:esign_envelope_document", args=[document.envelope_id, document.pk])
    assert download(office, url) == document.read()
    assert bystander.get(url).status_code == 403
    assert Client().get(url).status_code == 302


def test_a_document_is_not_served_under_another_envelope(office: Client) -> None:
    document, other = EnvelopeDocumentFactory(), EnvelopeFactory()
    assert office.get(reverse("admin:esign_envelope_document", args=[other.pk, document.pk])).status_code == 404


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_tampered_document_is_not_served_and_the_page_says_so(
    office: Client, damage: str, settings: Settings
) -> None:
    document = EnvelopeDocumentFactory()
    stored = Path(settings.MEDIA_ROOT) / document.file
    stored.chmod(0o644)
    stored.write_bytes(b"%PDF-1.4 forged") if damage == "changed" else stored.unlink()
    url = reverse("admin:esign_envelope_document", args=[document.envelope_id, document.pk])
    response = office.get(url, follow=True)
    assert response.redirect_chain == [(document.envelope.get_absolute_url(), 302)]
    assert "is not served" in words(response.content)


# --- buttons ----------------------------------------------------------------------------------------------


def press(client: Client, button: EnvelopeAction, *envelopes: Envelope, **fields: str) -> str:
    return post(client, press_url(button, *[e.pk for e in envelopes]), **fields)


def test_a_void_asks_for_the_reason_and_says_who_will_be_told(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    envelope.signers.filter(role="tenant").update(status="sent", channel="email")
    page = read(office, press_url(EnvelopeAction.VOID, envelope.pk))
    assert f"Docusign mails {envelope.signers.get(role='tenant').name}" in page
    assert "Margaret Hale" not in page  # whom no one has asked yet
    said = press(office, EnvelopeAction.VOID, envelope, reason=" ")
    assert "Say why" in said
    envelope.refresh_from_db()
    assert envelope.cancel_asked_at is None


def test_a_void_with_a_reason_is_recorded_with_who_asked(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    said = press(office, EnvelopeAction.VOID, envelope, reason="The applicant withdrew.")
    assert "Docusign is asked to void it now" in said
    envelope.refresh_from_db()
    assert envelope.void_reason == "The applicant withdrew."
    assert envelope.cancel_asked_by is not None
    assert envelope.cancel_asked_by.username == "rosa"


def test_a_reason_over_200_characters_is_refused_on_the_page(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    assert "at most 200 characters" in press(office, EnvelopeAction.VOID, envelope, reason="x" * 201)
    envelope.refresh_from_db()
    assert envelope.cancel_asked_at is None


def test_of_several_each_is_told_what_was_done_or_why_not(office: Client) -> None:
    out, done, draft = (EnvelopeFactory(state=state) for state in (State.SENT, State.COMPLETED, State.READY))
    said = press(office, EnvelopeAction.RESEND, out, done, draft)
    assert f"{out}: Reminded" in said
    assert f"{done} is in the state “completed”: that is final, so no signer can be reminded." in said
    assert f"{draft} is in the state “ready to send”: it has not been sent yet" in said
    assert Reminder.objects.count() == 1


def test_a_double_click_reminds_once(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    assert "Reminded" in press(office, EnvelopeAction.RESEND, envelope)
    assert "reminded today already" in press(office, EnvelopeAction.RESEND, envelope)
    assert OutgoingMail.objects.filter(kind="reminder").count() == 1


@pytest.mark.parametrize(("action", "few", "many"), [("remind_chosen", 5, "remind"), ("void_chosen", 25, "void")])
def test_more_than_a_few_become_a_campaign(office: Client, action: str, few: int, many: str) -> None:
    envelopes = [EnvelopeFactory(state=State.SENT, signers=False) for _ in range(few + 1)]
    response = office.post(LIST, {"action": action, "_selected_action": [str(one.pk) for one in envelopes]})
    assert response["Location"].startswith(reverse("admin:esign_act_on_many", args=[many]))


def test_when_docusign_is_away_the_others_are_not_even_asked(office: Client) -> None:
    envelopes = [EnvelopeFactory(state=State.SENT) for _ in range(3)]
    for envelope in envelopes:
        envelope.signers.update(channel="email")
    said = press(office, EnvelopeAction.RESEND, *envelopes)
    assert f"{envelopes[0]}: no one was reminded." in said
    assert "Docusign was not asked about the other 2. Try them later." in said
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("button", EnvelopeAction)
def test_the_buttons_are_for_those_who_may(bystander: Client, button: EnvelopeAction) -> None:
    envelope = EnvelopeFactory(state=State.SENT)
    url = press_url(button, envelope.pk)
    assert bystander.get(url).status_code == 403
    assert bystander.post(url, {"reason": "x"}).status_code == 403
    envelope.refresh_from_db()
    assert envelope.cancel_asked_at is None


@pytest.mark.parametrize(
    "url", ["nonsense/?ids=1", "void/", "void/?ids=nonsense", "void/?ids=8f2f8f0e-0000-4000-8000-000000000000"]
)
def test_a_button_without_an_envelope_is_not_found(office: Client, url: str) -> None:
    assert office.get(f"/admin/esign/envelope/press/{url}").status_code == 404


@pytest.mark.parametrize(
    ("action", "button"),
    [
        ("remind_chosen", "resend"),
        ("void_chosen", "void"),
        ("try_chosen_again", "try-again"),
        ("release_chosen", "release"),
    ],
)
def test_the_actions_of_the_list_ask_first(office: Client, action: str, button: str) -> None:
    envelopes = [EnvelopeFactory(state=State.SENT) for _ in range(2)]
    response = office.post(LIST, {"action": action, "_selected_action": [str(e.pk) for e in envelopes]})
    assert response.status_code == 302
    assert f"/press/{button}/?ids=" in response["Location"]
    assert all(str(e.pk) in response["Location"] for e in envelopes)


# --- words ------------------------------------------------------------------------------------------------


def test_an_empty_list_says_so_and_asks_no_one_to_create_what_they_cannot(office: Client) -> None:
    page = read(office, LIST)
    assert "No envelopes yet There is one for whatever is sent to be signed or delivered" in page
    assert "Create a new item" not in page
    assert "Nothing fits" in read(office, f"{LIST}?q=no one")


def test_the_timeline_says_in_words_what_was_mailed(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.VOIDED)
    signer = envelope.signers.first()
    OutgoingMail.objects.create(key="w", kind="withdrawn", envelope=envelope, signer=signer, done_at=timezone.now())
    assert "We mailed word that there is nothing to do any more to" in read(office, envelope.get_absolute_url())


def test_the_timeline_keeps_where_a_mail_went_when_the_address_was_corrected_later(office: Client) -> None:
    envelope, now = EnvelopeFactory(state=State.SENT), timezone.now()
    tenant = envelope.signers.get(key="tenant1")
    for hours, place in ((3, "first"), (1, "second")):
        sent_at = now - timedelta(hours=hours)
        OutgoingMail.objects.create(key=place, kind="invitation", envelope=envelope, signer=tenant, done_at=sent_at)
    changes = {"name": ["Grac", tenant.name], "email": ["typo@mail.example", tenant.email]}
    for outcome in ("refused", "done"):
        tenant.corrections.create(changes=changes, asked_at=now - timedelta(hours=2), outcome=outcome)
    tenant.corrections.create(changes={"email": [tenant.email, "x@mail.example"]}, asked_at=now, outcome="refused")
    page = read(office, envelope.get_absolute_url())
    assert "We mailed the invitation to Grac at typo@mail.example." in page
    assert f"We mailed the invitation to {tenant.name} at {tenant.email}." in page


def test_a_button_for_what_cannot_be_done_tells_why_and_nothing_else(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.COMPLETED)
    page = read(office, press_url(EnvelopeAction.VOID, envelope.pk))
    assert "this cannot be done" in page and "that is final" in page
    assert "0 envelopes" not in page and "cannot be undone" not in page


def test_no_one_is_said_to_wait_for_their_turn_once_it_is_over(office: Client) -> None:
    envelope = EnvelopeFactory(state=State.SENT, lease__tenants=2)
    assert "Waiting for their turn" in read(office, envelope.get_absolute_url())
    Envelope.objects.update(state=State.DECLINED)
    page = read(office, envelope.get_absolute_url())
    assert "Waiting for their turn" not in page and "Copy at the end" not in page
    assert "No longer required to sign" in page
