"""Connect messages as no one would write them: what is signed is stored and answered, whatever stands in it."""

import hmac
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from esign.envelopes.freeze import freeze
from esign.models import Envelope, OrphanDraft, State, WebhookMessage
from esign.sync import reconcile, webhook_inbox
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.fleet import check_nothing_twice_nothing_lost, sign_everything
from tests.faults.patience import carry

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

Post = Callable[[str | bytes], int]
HALF_AN_EMOJI = '"\\ud83d"'


@pytest.fixture
def envelope(site: str, emulator: EmulatorClient) -> Envelope:
    emulator.fault("connect", "drop", times=0)  # only what a test posts arrives
    envelope = freeze(LeaseFactory(tenants=2))
    carry([envelope])
    envelope.refresh_from_db()
    return envelope


@pytest.fixture
def post(client: Client, settings: Settings) -> Post:
    """The message, signed as Docusign signs it, through the real door; answers the status."""
    client.raise_request_exception = False

    def post(message: str | bytes) -> int:
        body = message.encode() if isinstance(message, str) else message
        key = (settings.DOCUSIGN_CONNECT_KEYS or ["a-key"])[0]
        settings.DOCUSIGN_CONNECT_KEYS = [key]
        signature = b64encode(hmac.digest(key.encode(), body, "sha256")).decode()
        headers = {"X-DocuSign-Signature-1": signature}
        return client.post("/esign/connect/", body, content_type="application/json", headers=headers).status_code

    return post


def message(envelope: Envelope, **changes: Any) -> dict[str, Any]:
    summary = {"status": "delivered", "recipients": {"signers": []}} | changes.pop("summary", {})
    data = {
        "accountId": str(envelope.connection.account_id),
        "envelopeId": str(envelope.docusign_id),
        "envelopeSummary": summary,
    } | changes.pop("data", {})
    return {"event": "envelope-delivered", "generatedDateTime": "2030-01-01T00:00:00Z", "data": data} | changes


ODD: dict[str, dict[str, Any]] = {
    "half an emoji in the subject": {"summary": {"emailSubject": "HALF"}},
    "half an emoji as a status": {"summary": {"status": "HALF"}},
    "half an emoji as the event": {"event": "HALF"},
    "a NUL in the subject": {"summary": {"emailSubject": "a\x00b"}},
    "the first second of all, far east": {"generatedDateTime": "0001-01-01T00:00:00+14:00"},
    "the last second of all, far west": {"generatedDateTime": "9999-12-31T23:59:59-12:00"},
    "never, as .NET writes it": {"summary": {"sentDateTime": "0001-01-01T00:00:00.0000000Z"}},
    "a day that is not": {"generatedDateTime": "2026-02-30T00:00:00Z"},
    "sent before time began": {"summary": {"sentDateTime": "0001-01-01T00:00:00+14:00"}},
    "a number of 400 digits": {"summary": {"weight": 10**400}},
    "a number beyond numbers": {"summary": {"weight": float("inf")}},
    "recipients that are a word": {"summary": {"recipients": "everyone"}},
    "signers that are numbers": {"summary": {"recipients": {"signers": [1, None, "x"]}}},
    "a recipient of half a number": {"summary": {"recipients": {"signers": [{"recipientId": "½", "status": "sent"}]}}},
    "a status of an essay": {"summary": {"status": "delivered" * 5_000}},
    "a status no one knows": {"summary": {"status": "teleported"}},
    "no summary that is one": {"data": {"envelopeSummary": [1, 2]}},
    "an account that is a list": {"data": {"accountId": []}},
    "an id in braces": {"data": {"envelopeId": "{BRACES}"}},
}


def test_odd_messages_are_answered_and_spoil_nothing(envelope: Envelope, post: Post, emulator: EmulatorClient) -> None:
    """Docusign repeats for days what is answered 500, and switches a webhook off that goes on failing."""
    for odd, changes in ODD.items():
        body = json.dumps(message(envelope, **changes)).replace('"HALF"', HALF_AN_EMOJI)
        assert post(body.replace("BRACES", str(envelope.docusign_id))) == 200, odd
        for pk in webhook_inbox.waiting():
            webhook_inbox.apply_message(pk)
        failed = WebhookMessage.objects.filter(outcome__in=("failed", "waiting"))
        assert not failed, (odd, failed[0].error)

    sign_everything(emulator)
    reconcile.read_changes(envelope.connection)

    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED
    assert envelope.sent_at is not None and timezone.localtime(envelope.sent_at).year > 2000
    check_nothing_twice_nothing_lost(emulator)


def test_half_an_emoji_in_the_last_update_does_not_keep_it(envelope: Envelope, post: Post) -> None:
    odd = message(envelope, summary={"voidedReason": "HALF", "status": "voided"})
    assert post(json.dumps(odd).replace('"HALF"', HALF_AN_EMOJI)) == 200
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)

    envelope.refresh_from_db()
    assert envelope.state == State.VOIDED


@pytest.mark.parametrize("depth", [20, 300, 900])
def test_a_message_that_is_too_deep_is_turned_away_and_no_error(depth: int, post: Post) -> None:
    assert post('{"event": "x", "data": ' + '{"a": [' * depth + "1" + "]}" * depth + "}") in (200, 400)
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)
    assert not WebhookMessage.objects.filter(outcome="failed").exists()


def test_a_message_of_nine_megabytes_is_taken(envelope: Envelope, post: Post) -> None:
    people = [{"recipientId": str(number), "status": "sent", "name": "x" * 60} for number in range(80_000)]
    assert post(json.dumps(message(envelope, summary={"recipients": {"signers": people}}))) == 200
    with CaptureQueriesContext(connection) as queries:
        for pk in webhook_inbox.waiting():
            webhook_inbox.apply_message(pk)

    assert len(queries) < 100, "no statement for each of 80,000 people"
    envelope.refresh_from_db()
    assert envelope.state == State.DELIVERED


def test_a_message_whose_summary_is_of_another_envelope_changes_neither(envelope: Envelope, post: Post) -> None:
    other = freeze(LeaseFactory())
    carry([other])
    other.refresh_from_db()
    for named, told in ((envelope, str(other.docusign_id)), (envelope, str(uuid4()))):
        assert post(json.dumps(message(named, summary={"envelopeId": told, "status": "completed"}))) == 200
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)

    envelope.refresh_from_db()
    other.refresh_from_db()
    assert (envelope.state, other.state) == (State.SENT, State.SENT)
    assert not OrphanDraft.objects.exists()


def test_one_message_with_altered_times_does_what_follows_once(
    envelope: Envelope, post: Post, emulator: EmulatorClient
) -> None:
    """Each differs from the other, so each is stored; what follows from them follows once."""
    for minute in (5, 3, 9, 7):
        assert post(json.dumps(message(envelope, generatedDateTime=f"2030-01-01T00:0{minute}:00.0000000Z"))) == 200
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)

    assert WebhookMessage.objects.count() == 4
    assert envelope.audit_events.filter(kind="envelope.sent").count() == 1
    sign_everything(emulator)
    reconcile.read_changes(envelope.connection)
    envelope.refresh_from_db()
    assert envelope.state == State.COMPLETED, "a message from the future does not shut out the sweep"
