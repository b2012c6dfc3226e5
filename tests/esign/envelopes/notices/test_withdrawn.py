"""Who was asked to sign in our portal is told when there is nothing to sign any more: once, and no one else."""

import pytest

from esign.envelopes import actions, dispatch
from esign.mail import outbox
from esign.models import Envelope, State
from tests.emulator_client import EmulatorClient
from tests.esign.conftest import Send, hear, send, sign

__all__ = ["send"]  # the fixture

pytestmark = pytest.mark.django_db(transaction=True)


def told(envelope: Envelope) -> list[str]:
    withdrawn = envelope.mails.filter(kind="withdrawn").select_related("signer")
    return sorted(mail.signer.key for mail in withdrawn if mail.signer)


def void(envelope: Envelope, emulator: EmulatorClient) -> None:
    actions.void(envelope, "The rent was wrong.")
    dispatch.advance(envelope.pk)
    hear(emulator)
    envelope.refresh_from_db()
    assert envelope.state == State.VOIDED


def test_those_who_were_mailed_are_told_of_a_void_once(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=2, guarantors=1)
    outbox.send_due(envelope_id=envelope.pk)
    void(envelope, emulator)
    assert told(envelope) == ["tenant1", "tenant2"], "the guarantor's turn had not come"
    dispatch.advance(envelope.pk)
    hear(emulator)
    assert told(envelope) == ["tenant1", "tenant2"]
    assert outbox.send_due(envelope_id=envelope.pk) == 2


def test_who_had_signed_already_is_told_too(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=2)
    outbox.send_due(envelope_id=envelope.pk)
    sign(emulator, envelope, "tenant1")
    hear(emulator)
    void(envelope, emulator)
    assert told(envelope) == ["tenant1", "tenant2"]


def test_the_others_are_told_when_one_declines(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=2)
    outbox.send_due(envelope_id=envelope.pk)
    who = envelope.signers.get(key="tenant2")
    emulator.decline(str(envelope.docusign_id), str(who.recipient_id), "We found another home.")
    hear(emulator)
    assert told(envelope) == ["tenant1"]


def test_who_was_never_mailed_is_not_told(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=1)
    void(envelope, emulator)
    assert told(envelope) == []


def test_an_envelope_that_expires_tells_those_who_did_not_sign_in_time(send: Send, emulator: EmulatorClient) -> None:
    envelope = send(tenants=1)
    outbox.send_due(envelope_id=envelope.pk)
    emulator.advance(days=envelope.expires_after_days + 1)
    hear(emulator)
    envelope.refresh_from_db()
    assert envelope.has_expired
    mail = envelope.mails.get(kind="withdrawn")
    assert "time to sign" in outbox.compose(mail).subject
