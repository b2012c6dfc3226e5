"""E18 to E22: what Connect says twice, late, out of order, falsely or not at all."""

import hmac
import json
from base64 import b64encode
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from esign.envelopes import dispatch, downloads
from esign.envelopes.freeze import freeze
from esign.mail import outbox
from esign.models import AuditEvent, DocusignCall, DocusignConnection, Envelope, OutgoingMail, State, WebhookMessage
from esign.sync import reconcile, undelivered, webhook_inbox
from leases.status import LeaseStatus
from tests.emulator_client import EmulatorClient
from tests.factories import LeaseFactory
from tests.faults.fleet import check_nothing_twice_nothing_lost, sign_everything
from tests.faults.patience import carry

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def out(site: str, emulator: EmulatorClient) -> list[Envelope]:
    envelopes = [freeze(LeaseFactory(tenants=2)) for _ in range(2)]
    carry(envelopes)
    return envelopes


def hear(emulator: EmulatorClient) -> None:
    emulator.flush_deliveries()
    webhook_inbox.unpark()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)


def finish() -> None:
    for envelope in Envelope.objects.all():
        downloads.download_documents(envelope.pk)
        outbox.send_due(envelope_id=envelope.pk)


def everything_is_executed() -> bool:
    return not Envelope.objects.exclude(state=State.COMPLETED, lease__status=LeaseStatus.EXECUTED).exists()


@pytest.mark.parametrize("how", [("duplicate", {"copies": 3}), ("shuffle", {"delay": 600})], ids=lambda how: how[0])
def test_messages_three_times_or_shuffled_do_everything_once(
    out: list[Envelope], emulator: EmulatorClient, how: tuple[str, dict[str, int]]
) -> None:
    """E18."""
    action, options = how
    fault = emulator.fault("connect", action, times=0, **options)
    sign_everything(emulator)
    emulator.advance(minutes=15)
    hear(emulator)
    finish()

    assert emulator.fault_hits(fault) > 0
    assert everything_is_executed()
    for envelope in out:
        assert AuditEvent.objects.filter(envelope=envelope, kind="envelope.completed").count() == 1
        assert OutgoingMail.objects.filter(envelope=envelope, kind="completed").count() == 3
    check_nothing_twice_nothing_lost(emulator)


def test_when_no_message_ever_comes_one_sweep_puts_it_right(out: list[Envelope], emulator: EmulatorClient) -> None:
    """E19."""
    dropped = emulator.fault("connect", "drop", times=0)
    sign_everything(emulator)
    emulator.flush_deliveries()
    before = DocusignCall.objects.filter(operation="listStatusChanges").count()

    changed = reconcile.read_changes(out[0].connection)
    calls = DocusignCall.objects.filter(operation="listStatusChanges").count() - before
    finish()

    assert emulator.fault_hits(dropped) > 0 and not WebhookMessage.objects.filter(event__contains="completed").exists()
    assert changed == {envelope.pk for envelope in out}
    assert calls == 2, "one pass for what is out, one for drafts"
    assert everything_is_executed()


def test_the_last_update_before_the_first_is_believed(out: list[Envelope], emulator: EmulatorClient) -> None:
    """E20."""
    early = emulator.fault("connect", "completed_before_sent", times=0)
    sign_everything(emulator)
    hear(emulator)
    finish()

    assert emulator.fault_hits(early) > 0
    assert everything_is_executed()


def test_a_message_that_is_faster_than_our_own_commit_is_the_answer_we_lost(
    site: str, emulator: EmulatorClient
) -> None:
    """E20: our row does not know Docusign's id yet when the webhook names our own."""
    emulator.fault("updateEnvelope", "after_effect", reset=True, times=1)
    lost = emulator.fault("createEnvelope", "after_effect", reset=True, times=1)
    envelope = freeze(LeaseFactory())
    dispatch.advance(envelope.pk)
    docusign_id = emulator.envelopes()[0]["envelopeId"]
    body = {
        "event": "envelope-sent",
        "generatedDateTime": "2030-01-01T00:00:00Z",
        "data": {
            "accountId": DocusignConnection.objects.default().account_id,
            "envelopeId": docusign_id,
            "envelopeSummary": {
                "status": "sent",
                "customFields": {"textCustomFields": [{"name": "propertyapp_envelope", "value": str(envelope.pk)}]},
            },
        },
    }
    delivery = WebhookMessage.objects.create(digest="0" * 64, body=body, event="envelope-sent", docusign_id=docusign_id)

    webhook_inbox.apply_message(delivery.pk)

    envelope.refresh_from_db()
    assert emulator.fault_hits(lost) == 1
    assert (str(envelope.docusign_id), envelope.state) == (docusign_id, State.SENT)


def test_while_we_are_down_for_two_days_nothing_is_lost(
    out: list[Envelope], emulator: EmulatorClient, settings: Settings
) -> None:
    """E22: Connect gives up or comes back, the sweep finds the rest."""
    down = emulator.fault("connect", "drop", times=0)
    sign_everything(emulator)
    emulator.advance(days=2)
    assert emulator.fault_hits(down) > 0
    emulator.clear_faults()

    reconcile.read_changes(out[0].connection)
    hear(emulator)
    finish()

    assert everything_is_executed()
    check_nothing_twice_nothing_lost(emulator)


# --- E21: what Docusign never said -----------------------------------------------------------------------


def signed(body: bytes, key: str) -> dict[str, str]:
    return {"X-DocuSign-Signature-1": b64encode(hmac.digest(key.encode(), body, "sha256")).decode()}


def post(client: Client, body: bytes, headers: dict[str, str]) -> int:
    return client.post("/esign/connect/", body, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize("headers", [{}, {"X-DocuSign-Signature-1": "bm90IG91cnM="}], ids=["unsigned", "bad HMAC"])
def test_a_stranger_leaves_no_trace(headers: dict[str, str], client: Client, settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]

    assert post(client, b'{"event": "envelope-completed"}', headers) == 401
    assert not WebhookMessage.objects.exists()


def test_a_key_that_was_removed_opens_nothing(client: Client, settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["new-key"]
    body = b'{"event": "envelope-completed"}'

    assert post(client, body, signed(body, "old-key")) == 401
    assert post(client, body, signed(body, "new-key")) == 200


def test_a_message_that_is_replayed_has_no_effect(client: Client, settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]
    body = b'{"event": "envelope-completed", "retryCount": 0}'
    again = b'{"event": "envelope-completed", "retryCount": 1}'

    assert [post(client, b, signed(b, "a-key")) for b in (body, body, again)] == [200, 200, 200]
    assert WebhookMessage.objects.get().times_received == 3


def test_a_body_over_ten_megabytes_is_turned_away(client: Client, settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]
    body = b'{"event": "' + b"x" * (10 * 1024 * 1024) + b'"}'

    assert post(client, body, signed(body, "a-key")) == 413
    assert not WebhookMessage.objects.exists()


def test_what_is_signed_but_no_message_is_an_error_and_not_kept(client: Client, settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]

    assert post(client, b"[1, 2", signed(b"[1, 2", "a-key")) == 400
    assert not WebhookMessage.objects.exists()


def test_an_event_no_one_knows_is_kept_and_changes_nothing(
    out: list[Envelope], client: Client, settings: Settings
) -> None:
    body = json.dumps({"event": "envelope-teleported", "data": {"envelopeId": str(out[0].docusign_id)}}).encode()

    assert post(client, body, signed(body, settings.DOCUSIGN_CONNECT_KEYS[0])) == 200
    delivery = WebhookMessage.objects.get(event="envelope-teleported")
    webhook_inbox.apply_message(delivery.pk)

    delivery.refresh_from_db()
    assert delivery.outcome == WebhookMessage.Outcome.IGNORED
    out[0].refresh_from_db()
    assert out[0].state == State.SENT


def test_a_message_of_another_account_changes_nothing(out: list[Envelope], client: Client, settings: Settings) -> None:
    summary = {"status": "completed"}
    data = {"accountId": str(uuid4()), "envelopeId": str(out[0].docusign_id), "envelopeSummary": summary}
    body = json.dumps(
        {"event": "envelope-completed", "generatedDateTime": "2030-01-01T00:00:00Z", "data": data}
    ).encode()

    assert post(client, body, signed(body, settings.DOCUSIGN_CONNECT_KEYS[0])) == 401
    assert not WebhookMessage.objects.filter(event="envelope-completed").exists()
    out[0].refresh_from_db()
    assert out[0].state == State.SENT


@pytest.mark.parametrize("account", [None, "0b1c2d3e-0000-4000-8000-000000000000"], ids=["no account", "another's"])
def test_a_key_signs_only_for_its_own_account(
    account: str | None, out: list[Envelope], client: Client, settings: Settings
) -> None:
    """The key of a colleague's account, with which somebody tries to complete an envelope of the company's."""
    harbor = "0b1c2d3e-0000-4000-8000-000000000000"
    settings.DOCUSIGN_CONNECT_KEYS = [*settings.DOCUSIGN_CONNECT_KEYS, f"{harbor}:their-key"]
    data = {"envelopeId": str(out[0].docusign_id), "envelopeSummary": {"status": "completed"}}
    for named in (account, str(out[0].connection.account_id)):
        body = json.dumps({"event": "envelope-completed", "data": data | ({"accountId": named} if named else {})})
        post(client, body.encode(), signed(body.encode(), "their-key"))
    for delivery in WebhookMessage.objects.filter(event="envelope-completed"):
        webhook_inbox.apply_message(delivery.pk)
        delivery.refresh_from_db()
        assert delivery.outcome == WebhookMessage.Outcome.IGNORED
    out[0].refresh_from_db()
    assert out[0].state == State.SENT


def test_a_message_from_the_future_makes_no_later_one_late(
    out: list[Envelope], client: Client, settings: Settings, emulator: EmulatorClient
) -> None:
    data = {
        "accountId": str(out[0].connection.account_id),
        "envelopeId": str(out[0].docusign_id),
        "envelopeSummary": {"status": "delivered"},
    }
    body = json.dumps(
        {"event": "envelope-delivered", "generatedDateTime": "2099-01-01T00:00:00Z", "data": data}
    ).encode()
    assert post(client, body, signed(body, settings.DOCUSIGN_CONNECT_KEYS[0])) == 200
    delivery = WebhookMessage.objects.get(event="envelope-delivered", body__generatedDateTime="2099-01-01T00:00:00Z")
    assert delivery.generated_at is not None
    assert delivery.generated_at <= timezone.now()
    webhook_inbox.apply_message(delivery.pk)

    sign_everything(emulator)
    emulator.flush_deliveries()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)
    out[0].refresh_from_db()
    assert out[0].state == State.COMPLETED


def test_a_message_about_an_envelope_that_is_not_ours_is_parked(client: Client, settings: Settings) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]
    body = json.dumps({"event": "envelope-completed", "data": {"envelopeId": str(uuid4())}}).encode()

    assert post(client, body, signed(body, "a-key")) == 200
    webhook_inbox.apply_message(WebhookMessage.objects.get().pk)

    assert WebhookMessage.objects.get().outcome == WebhookMessage.Outcome.PARKED


def test_messages_that_docusign_could_not_deliver_are_asked_for_again(
    out: list[Envelope], emulator: EmulatorClient, settings: Settings
) -> None:
    keys, settings.DOCUSIGN_CONNECT_KEYS = settings.DOCUSIGN_CONNECT_KEYS, ["a key that Docusign does not have"]
    sign_everything(emulator)
    emulator.flush_deliveries()
    settings.DOCUSIGN_CONNECT_KEYS = keys

    again = undelivered.republish_failures(out[0].connection, since=timezone.now() - timedelta(days=1))
    hear(emulator)
    finish()

    assert again == 2
    assert everything_is_executed()
