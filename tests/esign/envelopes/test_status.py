"""Whatever an envelope waits for, its page says so, and the list of stuck ones agrees."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from esign.envelopes.action_rules import EnvelopeAction
from esign.envelopes.status import HOW, Tone, expiring, explain, stuck
from esign.models import BulkState, Channel, DocusignConnection, Envelope, Purpose, Reminder, State
from esign.models.envelope import IN_A_LIST, PURPOSES_OF_THE_LEASE_ITSELF
from esign.models.signer import SignerStatus
from leases.models import Lease
from tests.esign.factories import BulkSendFactory, DocumentFetchFactory, EnvelopeFactory
from tests.factories import LeaseFactory, UserFactory, execute, sign

pytestmark = pytest.mark.django_db

MINUTES, DAYS = timedelta(minutes=1), timedelta(days=1)


def envelope_in(state: str, **facts: Any) -> Envelope:
    envelope: Envelope = EnvelopeFactory(state=state, **facts)
    return envelope


def executed() -> Lease:
    lease: Lease = LeaseFactory(stage="out_for_signature")
    sign(lease)
    execute(lease)
    return lease


def pause(connection: DocusignConnection) -> None:
    connection.pause("The private key does not match.", wait=10 * MINUTES)


# --- on the way to the signers ----------------------------------------------------------------------------


def test_a_fresh_envelope_is_in_the_queue_and_can_still_be_cancelled() -> None:
    said = explain(envelope_in(State.READY))
    assert said.headline == "It is in the queue"
    assert said.at is not None
    assert said.buttons == (EnvelopeAction.VOID,)
    assert not said.stuck


def test_a_claimed_envelope_names_the_worker_and_when_another_takes_over() -> None:
    until = timezone.now() + 2 * MINUTES
    said = explain(envelope_in(State.CREATING, claim_until=until))
    assert said.headline == "A worker is at it now"
    assert said.at == until
    assert not said.stuck


def test_an_answer_that_never_came_is_called_unknown_until_the_claim_runs_out() -> None:
    until = timezone.now() + 2 * MINUTES
    said = explain(envelope_in(State.SENDING, claim_until=until, problem="The connection broke."))
    assert said.headline == "Docusign has not answered"
    assert "It cannot go out twice" in said.by_itself
    assert said.at == until


def test_a_claim_that_has_just_run_out_is_taken_up_again() -> None:
    said = explain(envelope_in(State.CREATING, claim_until=timezone.now() - MINUTES / 2))
    assert said.headline == "It is being sent"
    assert "asks Docusign what is there" in said.by_itself
    assert not said.stuck


def test_a_row_that_no_one_takes_says_that_no_worker_runs() -> None:
    long_ago = timezone.now() - 20 * MINUTES
    for facts in ({"state": State.READY, "due_at": long_ago}, {"state": State.CREATING, "claim_until": long_ago}):
        said = explain(EnvelopeFactory(**{"due_at": long_ago, **facts}))
        assert said.headline == "No worker is taking it"
        assert "20 minutes" in said.cause
        assert "/readyz" in said.advice
        assert said.stuck


def test_a_paused_connection_is_the_cause_and_names_the_time() -> None:
    envelope = envelope_in(State.READY)
    pause(envelope.connection)
    said = explain(envelope)
    assert said.cause == "The private key does not match."
    assert said.at == envelope.connection.paused_until
    assert said.stuck


def test_an_envelope_that_waits_for_the_budget_goes_on_by_itself() -> None:
    later = timezone.now() + 30 * MINUTES
    said = explain(envelope_in(State.READY, due_at=later, problem="Docusign's limit of calls is used up for now."))
    assert said.headline == "It waits for a better moment"
    assert said.at == later
    assert said.tone == Tone.WAITING
    assert not said.stuck


def test_a_draft_that_is_held_back_offers_release() -> None:
    said = explain(envelope_in(State.DRAFTED, hold_draft=True))
    assert EnvelopeAction.RELEASE in said.buttons
    assert not said.stuck


def test_what_needs_attention_tells_the_problem_and_offers_another_try() -> None:
    said = explain(envelope_in(State.NEEDS_ATTENTION, problem="The address is refused.", next_step="Correct it."))
    assert (said.cause, said.advice) == ("The address is refused.", "Correct it.")
    assert said.buttons == (EnvelopeAction.TRY_AGAIN, EnvelopeAction.VOID)
    assert said.stuck


def test_a_cancelled_draft_that_went_out_after_all_is_not_said_to_be_voided_yet() -> None:
    envelope = _cancelling(state=State.VOIDED, docusign_status="sent")

    assert explain(envelope).headline == "It is being voided"
    envelope.docusign_status = "voided"
    assert explain(envelope).headline == "Voided"


def test_an_envelope_being_cancelled_tells_who_asked_and_offers_nothing_more() -> None:
    staff = UserFactory(username="rosa")
    envelope = envelope_in(State.SENT)
    envelope.ask_to_cancel(reason="The applicant withdrew.", by=staff)
    said = explain(envelope)
    assert said.headline == "It is being voided"
    assert said.cause == "rosa asked to cancel it: The applicant withdrew."
    assert said.buttons == ()


# --- out for signature ------------------------------------------------------------------------------------


def test_it_names_whom_it_waits_for_and_since_when() -> None:
    envelope = envelope_in(State.SENT, lease__tenants=2, sent_at=timezone.now() - 4 * DAYS)
    first, second = envelope.signers.filter(role="tenant")
    first.status, first.signed_at = SignerStatus.COMPLETED, timezone.now() - 3 * DAYS
    first.save()
    second.sent_at = envelope.sent_at
    second.status = SignerStatus.DELIVERED
    second.save()
    said = explain(envelope)
    assert said.headline == f"Waiting for {second.name}"
    assert "4 days ago and has opened the documents, but not signed" in said.cause
    assert said.advice == "Remind them, or call them."
    assert said.at == envelope.expires_at
    assert said.buttons == (EnvelopeAction.RESEND, EnvelopeAction.VOID)


def test_the_landlords_turn_begins_when_the_last_tenant_has_signed() -> None:
    envelope = envelope_in(State.SENT, sent_at=timezone.now() - 9 * DAYS)
    envelope.signers.filter(role="tenant").update(status="completed", signed_at=timezone.now() - DAYS)
    said = explain(envelope)
    assert said.headline == "Waiting for Margaret Hale"
    assert "1 day ago" in said.cause
    assert said.advice == ""


@pytest.mark.parametrize("channel", Channel)
def test_however_somebody_is_asked_it_can_be_said(channel: Channel) -> None:
    envelope = envelope_in(State.SENT)
    envelope.signers.update(channel=channel)
    assert HOW[channel] in explain(envelope).cause


def test_a_second_reminder_on_one_day_is_not_offered() -> None:
    envelope = envelope_in(State.SENT)
    Reminder.objects.create(envelope=envelope, day=timezone.localdate())
    assert explain(envelope).buttons == (EnvelopeAction.VOID,)


@pytest.mark.parametrize("purpose", Purpose)
def test_staff_are_told_to_send_again_what_did_not_arrive_be_it_a_lease_or_a_notice(purpose: Purpose) -> None:
    bounced = envelope_in(State.SENT, purpose=purpose)
    bounced.signers.filter(role="tenant").update(status="autoresponded", email="gone@mail.example")
    over = envelope_in(State.SENT, purpose=purpose, sent_at=timezone.now() - 121 * DAYS)
    refused = envelope_in(State.NEEDS_ATTENTION, purpose=purpose)
    said = " ".join(explain(envelope).advice for envelope in (bounced, over, refused))
    assert "Press “Correct” beside the name" in said
    assert f"void this envelope and send the {purpose} again by another way" in said
    assert f"void it and send the {purpose} again" in said
    assert ("the lease" in said) == (purpose in PURPOSES_OF_THE_LEASE_ITSELF)


def test_a_notice_is_said_to_be_opened_and_delivered_where_a_lease_is_signed() -> None:
    out = envelope_in(State.SENT, purpose=Purpose.NOTICE)
    out.signers.filter(role="landlord").update(status="completed", signed_at=timezone.now(), routing_order=1)
    out.signers.filter(role="tenant").update(role="certified_delivery", routing_order=2)
    assert "Unopened, the envelope expires." in explain(out).by_itself
    here_soon = DocumentFetchFactory(envelope=envelope_in(State.COMPLETED, purpose=Purpose.NOTICE)).envelope
    said = explain(here_soon)
    assert said.headline == "Delivered to everyone; the documents are on their way"
    assert "executed" not in said.by_itself


def test_an_unreachable_signer_is_named_with_the_address() -> None:
    envelope = envelope_in(State.SENT)
    envelope.signers.filter(role="tenant").update(status="autoresponded", email="gone@mail.example")
    said = explain(envelope)
    assert "could not be reached" in said.headline
    assert "gone@mail.example" in said.cause
    assert said.stuck


def test_an_envelope_that_soon_expires_says_so() -> None:
    envelope = envelope_in(State.SENT, sent_at=timezone.now() - 117 * DAYS, expires_after_days=120)
    said = explain(envelope)
    assert "it expires in 3 days" in said.headline
    assert said.tone == Tone.WARNING
    assert list(expiring(Envelope.objects.all())) == [envelope]


def test_an_envelope_past_its_end_waits_for_docusign_to_void_it() -> None:
    envelope = envelope_in(State.SENT, sent_at=timezone.now() - 121 * DAYS, expires_after_days=120)
    assert explain(envelope).headline == "Its time is over"


def test_an_envelope_with_weeks_to_go_is_not_listed_as_expiring() -> None:
    envelope_in(State.SENT)
    envelope_in(State.COMPLETED, sent_at=timezone.now() - 119 * DAYS)
    assert not expiring(Envelope.objects.all()).exists()


# --- over -------------------------------------------------------------------------------------------------


def test_documents_that_are_being_fetched_are_on_their_way() -> None:
    said = explain(DocumentFetchFactory().envelope)
    assert said.headline == "Signed by everyone; the documents are on their way"
    assert not said.stuck


def test_a_fetch_that_fails_tells_why_and_when_it_is_tried_again() -> None:
    later = timezone.now() + 8 * MINUTES
    kind = DocumentFetchFactory(attempt=1, last_error="HTTP 500.", due_at=later)
    said = explain(kind.envelope)
    assert said.cause == "Fetching them failed 1 time. HTTP 500."
    assert said.at == later
    assert not said.stuck
    kind.attempt = 3
    kind.save()
    assert explain(kind.envelope).stuck


def test_a_completed_envelope_tells_the_lease_and_its_first_day() -> None:
    lease = executed()
    kind = DocumentFetchFactory(done_at=timezone.now(), envelope__lease=lease)
    said = explain(kind.envelope)
    assert said.headline == "Signed by everyone"
    assert "is executed" in said.cause
    assert "becomes active on its first day" in said.by_itself
    assert said.buttons == ()


def test_a_completed_envelope_whose_lease_is_not_executed_is_stuck() -> None:
    kind = DocumentFetchFactory(done_at=timezone.now())
    said = explain(kind.envelope)
    assert said.headline == "Everyone signed, but the lease is not executed"
    assert said.stuck


def test_a_declined_envelope_tells_who_and_why() -> None:
    envelope = envelope_in(State.DECLINED)
    envelope.signers.filter(role="tenant").update(status="declined", declined_reason="The rent is wrong.")
    said = explain(envelope)
    assert "declined to sign" in said.headline
    assert said.cause == "The reason: The rent is wrong."
    assert said.buttons == ()


def test_a_voided_envelope_tells_its_reason() -> None:
    said = explain(envelope_in(State.VOIDED, void_reason="Envelope has expired."))
    assert said.cause == "The reason: Envelope has expired."
    assert said.buttons == ()


# --- the list of stuck ones and the page judge alike --------------------------------------------------------

Setup = Callable[[], Envelope]


def _paused(**facts: Any) -> Envelope:
    envelope = EnvelopeFactory(**facts)
    pause(envelope.connection)
    return Envelope.objects.get(pk=envelope.pk)


def _bounced(role: str, **facts: Any) -> Envelope:
    envelope = EnvelopeFactory(state=State.SENT, lease__guarantors=1, **facts)
    envelope.signers.filter(role=role).update(status="autoresponded")
    return Envelope.objects.get(pk=envelope.pk)


def _cancelling(**facts: Any) -> Envelope:
    return EnvelopeFactory(cancel_asked_at=timezone.now(), void_reason="Withdrawn", **facts)


LONG_AGO = {"due_at": timezone.now() - 30 * MINUTES}
SITUATIONS: dict[str, Setup] = {
    "ready": lambda: envelope_in(State.READY),
    "ready, no worker": lambda: envelope_in(State.READY, **LONG_AGO),
    "ready, paused": _paused,
    "ready, paused, later": lambda: _paused(due_at=timezone.now() + 5 * MINUTES),
    "ready, later": lambda: envelope_in(State.READY, due_at=timezone.now() + 5 * MINUTES, problem="Busy."),
    "held back": lambda: envelope_in(State.DRAFTED, hold_draft=True, **LONG_AGO),
    "held back, cancelled, no worker": lambda: _cancelling(state=State.DRAFTED, hold_draft=True, **LONG_AGO),
    "creating, claimed": lambda: envelope_in(State.CREATING, claim_until=timezone.now() + MINUTES, **LONG_AGO),
    "creating, claim ran out": lambda: envelope_in(State.CREATING, claim_until=timezone.now() - MINUTES, **LONG_AGO),
    "creating, forgotten": lambda: envelope_in(State.CREATING, claim_until=timezone.now() - 9 * MINUTES, **LONG_AGO),
    "sending, paused but claimed": lambda: _paused(state=State.SENDING, claim_until=timezone.now() + MINUTES),
    "sent": lambda: envelope_in(State.SENT, **LONG_AGO),
    "sent, paused": lambda: _paused(state=State.SENT, **LONG_AGO),
    "sent, bounced": lambda: _bounced("tenant"),
    "sent, bounced, cancelled": lambda: _bounced("tenant", cancel_asked_at=timezone.now()),
    "sent, cancelled": lambda: _cancelling(state=State.SENT),
    "sent, cancelled, no worker": lambda: _cancelling(state=State.SENT, **LONG_AGO),
    "needs attention": lambda: envelope_in(State.NEEDS_ATTENTION),
    "needs attention, cancelled": lambda: _cancelling(state=State.NEEDS_ATTENTION),
    "completed, fetching": lambda: DocumentFetchFactory().envelope,
    "completed, fetch failing": lambda: DocumentFetchFactory(attempt=5).envelope,
    "completed, not executed": lambda: DocumentFetchFactory(done_at=timezone.now()).envelope,
    "completed, executed": lambda: DocumentFetchFactory(done_at=timezone.now(), envelope__lease=executed()).envelope,
    "completed, addendum": lambda: DocumentFetchFactory(done_at=timezone.now(), envelope__purpose="addendum").envelope,
    "completed, problem": lambda: DocumentFetchFactory(done_at=timezone.now(), envelope__problem="Terms.").envelope,
    "declined": lambda: envelope_in(State.DECLINED),
    "voided": lambda: envelope_in(State.VOIDED),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_list_of_stuck_envelopes_agrees_with_the_page(situation: str) -> None:
    envelope = SITUATIONS[situation]()
    now = timezone.now()
    assert stuck(Envelope.objects.all(), now=now).filter(pk=envelope.pk).exists() == explain(envelope, now=now).stuck


def test_the_situations_are_of_both_kinds() -> None:
    assert {explain(setup()).stuck for setup in SITUATIONS.values()} == {True, False}


@pytest.mark.parametrize("state", State)
def test_every_state_has_words(state: State) -> None:
    said = explain(envelope_in(state))
    assert said.headline and said.cause


# --- in a list of Bulk Send -------------------------------------------------------------------------------


@pytest.mark.parametrize("bulk_state", [BulkState.MAKING, BulkState.SENDING, BulkState.NEEDS_ATTENTION])
@pytest.mark.parametrize("state", [State.READY, State.SENDING])
def test_what_waits_for_its_list_is_stuck_only_with_the_list(state: State, bulk_state: BulkState) -> None:
    long_ago = timezone.now() - 20 * MINUTES
    bulk = BulkSendFactory(state=bulk_state, last_error="Look for it.")
    envelope = EnvelopeFactory(state=state, docusign_id=None, bulk_send=bulk, due_at=long_ago)
    said = explain(envelope)
    assert said.stuck == (bulk_state == BulkState.NEEDS_ATTENTION) == stuck(Envelope.objects.all()).exists()
    assert ("Try again" in said.advice) == said.stuck


@pytest.mark.parametrize("state", State)
def test_a_row_and_the_query_agree_on_what_is_in_a_list(state: State) -> None:
    for done_at in (None, timezone.now()):
        for asked in (None, timezone.now()):
            bulk = BulkSendFactory(done_at=done_at)
            EnvelopeFactory(state=state, bulk_send=bulk, cancel_asked_at=asked)
    EnvelopeFactory(state=state)
    told = set(Envelope.objects.filter(IN_A_LIST))
    assert told == {envelope for envelope in Envelope.objects.all() if envelope.is_in_a_list}
    assert not told & set(Envelope.objects.due())
    assert len(told) == {State.READY: 1, State.SENDING: 2}.get(state, 0)
