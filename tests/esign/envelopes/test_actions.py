"""What the buttons do, what they refuse, and that a refusal changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from esign.docusign.login import access
from esign.envelopes import dispatch
from esign.envelopes.action_rules import ActionRefused, DocusignAway, EnvelopeAction, objection
from esign.envelopes.actions import release, resend, told_of_a_void, try_again, void
from esign.envelopes.freeze import freeze
from esign.models import AuditEvent, Channel, DocusignCall, DocusignConnection, Envelope, OutgoingMail, Reminder, State
from esign.models.envelope import FINAL, LIVE, WITH_SIGNERS
from tests.emulator_client import EmulatorClient
from tests.esign.factories import EnvelopeFactory
from tests.factories import LeaseFactory, LeasePartyFactory, UserFactory

pytestmark = pytest.mark.django_db


def envelope_in(state: str, **facts: Any) -> Envelope:
    envelope: Envelope = EnvelopeFactory(state=state, **facts)
    return envelope


def frozen(envelope: Envelope) -> dict[str, Any]:
    """Everything of the row, to see that nothing of it changed."""
    return dict(Envelope.objects.filter(pk=envelope.pk).values()[0])


# --- remind -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state for state in State if state not in WITH_SIGNERS])
def test_a_reminder_is_refused_where_no_one_is_asked_to_sign(state: State) -> None:
    envelope = envelope_in(state)
    before = frozen(envelope)
    with pytest.raises(ActionRefused, match="no signer can be reminded"):
        resend(envelope, UserFactory())
    assert frozen(envelope) == before
    assert not Reminder.objects.exists()


def test_people_in_the_portal_are_reminded_by_our_own_mail_and_docusign_is_not_called() -> None:
    envelope = envelope_in(State.SENT, lease__tenants=2)
    outcome = resend(envelope, UserFactory())
    assert outcome.sure
    mails = OutgoingMail.objects.filter(kind="reminder")
    assert {mail.signer.name for mail in mails if mail.signer} == {
        s.name for s in envelope.signers.filter(role="tenant")
    }
    assert not DocusignCall.objects.exists()


def test_who_signs_at_the_office_cannot_be_reminded_by_mail() -> None:
    envelope = envelope_in(State.SENT)
    envelope.signers.update(channel=Channel.OFFICE)
    with pytest.raises(ActionRefused, match="will sign at the office"):
        resend(envelope)
    assert not Reminder.objects.exists()


def test_a_second_reminder_on_the_same_day_is_refused_and_mails_no_one() -> None:
    envelope = envelope_in(State.SENT)
    resend(envelope)
    with pytest.raises(ActionRefused, match="today already"):
        resend(envelope)
    assert OutgoingMail.objects.filter(kind="reminder").count() == 1
    assert Reminder.objects.count() == 1


def test_yesterdays_reminder_is_no_objection() -> None:
    envelope = envelope_in(State.SENT)
    Reminder.objects.create(envelope=envelope, day=timezone.localdate() - timedelta(days=1))
    resend(envelope)
    assert Reminder.objects.count() == 2


def test_what_is_being_cancelled_is_not_reminded() -> None:
    envelope = envelope_in(State.SENT, cancel_asked_at=timezone.now())
    with pytest.raises(ActionRefused, match="being cancelled already"):
        resend(envelope)


def test_a_day_is_given_back_when_docusign_cannot_be_reached() -> None:
    envelope = envelope_in(State.SENT)
    envelope.signers.update(channel=Channel.EMAIL)
    with pytest.raises(DocusignAway, match="no one was reminded"):
        resend(envelope)
    assert not Reminder.objects.exists()


@pytest.fixture
def by_mail(emulator: EmulatorClient) -> Envelope:
    """An envelope that Docusign itself has asked its tenant to sign."""
    access.forget(DocusignConnection.objects.default())  # the emulator has forgotten it, too
    lease = LeaseFactory(tenants=0)
    LeasePartyFactory(lease=lease, is_primary=True, tenant__preferred_channel="email")
    envelope = freeze(lease)
    dispatch.advance(envelope.pk)
    envelope.refresh_from_db()
    assert envelope.state == State.SENT
    return envelope


def test_docusign_reminds_its_own_people_by_one_call(by_mail: Envelope, emulator: EmulatorClient) -> None:
    signer = by_mail.signers.get(role="tenant")
    before = len(emulator.mail(signer.email))
    emulator.clear_journal()
    outcome = resend(by_mail, UserFactory(username="rosa"))
    assert outcome.sure
    assert [call.operation for call in emulator.journal()] == ["updateEnvelope"]
    assert len(emulator.mail(signer.email)) == before + 1
    assert AuditEvent.objects.get(kind="envelope.reminded").actor == "rosa"


def test_an_answer_that_is_lost_keeps_the_day_and_is_told_as_unsure(
    by_mail: Envelope, emulator: EmulatorClient
) -> None:
    fault = emulator.fault("updateEnvelope", "after_effect", status=500)
    outcome = resend(by_mail)
    assert emulator.fault_hits(fault) == 1
    assert not outcome.sure
    with pytest.raises(ActionRefused, match="today already"):
        resend(by_mail)
    assert len(emulator.journal("updateEnvelope")) == 2  # the send, and one reminder


# --- void -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", FINAL)
def test_what_is_final_cannot_be_voided(state: State) -> None:
    envelope = envelope_in(state)
    before = frozen(envelope)
    with pytest.raises(ActionRefused, match="that is final and cannot be voided"):
        void(envelope, "A mistake.", UserFactory())
    assert frozen(envelope) == before


@pytest.mark.parametrize("state", LIVE)
def test_what_is_not_final_can_be_voided(state: State) -> None:
    envelope = envelope_in(state)
    void(envelope, "  The applicant\n withdrew. ", UserFactory(username="rosa"))
    envelope.refresh_from_db()
    assert envelope.cancel_asked_at is not None
    assert envelope.void_reason == "The applicant withdrew."
    assert AuditEvent.objects.get(kind="envelope.void_asked").actor == "rosa"


@pytest.mark.parametrize(
    ("reason", "why"), [("", "Say why"), ("   ", "Say why"), ("x" * 201, "at most 200 characters")]
)
def test_a_void_needs_a_reason_that_docusign_takes(reason: str, why: str) -> None:
    envelope = envelope_in(State.SENT)
    with pytest.raises(ActionRefused, match=why):
        void(envelope, reason)
    envelope.refresh_from_db()
    assert envelope.cancel_asked_at is None


def test_a_second_void_keeps_the_first_reason() -> None:
    envelope = envelope_in(State.SENT)
    void(envelope, "First.")
    with pytest.raises(ActionRefused, match="being cancelled already"):
        void(envelope, "Second.")
    envelope.refresh_from_db()
    assert envelope.void_reason == "First."


def test_of_a_void_docusign_tells_those_it_asked_and_no_one_else() -> None:
    envelope = envelope_in(State.SENT, lease__tenants=2)
    first, second = envelope.signers.filter(role="tenant")
    envelope.signers.filter(pk=first.pk).update(channel=Channel.EMAIL, status="completed")
    envelope.signers.filter(pk=second.pk).update(status="sent")
    assert told_of_a_void(envelope) == ([first], [second])
    assert told_of_a_void(envelope_in(State.DRAFTED)) == ([], [])


# --- try again, release -------------------------------------------------------------------------------------


def test_what_needs_attention_goes_back_to_the_workers() -> None:
    envelope = envelope_in(State.NEEDS_ATTENTION, docusign_id=None, problem="Refused.", attempt=3)
    try_again(envelope, UserFactory())
    envelope.refresh_from_db()
    assert (envelope.state, envelope.problem, envelope.attempt) == (State.READY, "", 0)
    assert AuditEvent.objects.get(kind="envelope.tried_again").detail == {"after": "Refused."}


def test_what_docusign_knows_is_looked_at_before_it_is_tried_again() -> None:
    envelope = envelope_in(State.NEEDS_ATTENTION)
    try_again(envelope)
    envelope.refresh_from_db()
    assert envelope.state == State.SENDING


@pytest.mark.parametrize("state", [state for state in State if state != State.NEEDS_ATTENTION])
def test_only_what_needs_attention_is_tried_again(state: State) -> None:
    envelope = envelope_in(state)
    before = frozen(envelope)
    with pytest.raises(ActionRefused):
        try_again(envelope)
    assert frozen(envelope) == before


def test_a_draft_that_was_held_back_goes_out_when_it_is_released() -> None:
    envelope = envelope_in(State.DRAFTED, hold_draft=True)
    release(envelope, UserFactory())
    envelope.refresh_from_db()
    assert not envelope.hold_draft
    assert dispatch.next_step(envelope) is not None


def test_a_draft_that_is_not_held_back_cannot_be_released() -> None:
    with pytest.raises(ActionRefused, match="held back"):
        release(envelope_in(State.DRAFTED))


@pytest.mark.parametrize("button", EnvelopeAction)
@pytest.mark.parametrize("state", State)
def test_every_objection_names_the_envelope(state: State, button: EnvelopeAction) -> None:
    envelope = envelope_in(state)
    why = objection(envelope, button)
    assert not why or str(envelope) in why
