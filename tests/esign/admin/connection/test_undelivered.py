"""Messages that Docusign could not hand to us: seen by an administrator, and sent again at a press."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from esign.admin.connection.undelivered import by_envelope
from esign.docusign.answers import ConnectFailure
from esign.envelopes import dispatch
from esign.envelopes.freeze import freeze
from esign.models import Envelope, State
from esign.sync import webhook_inbox
from esign.sync.undelivered import Undelivered
from tests.emulator_client import EmulatorClient
from tests.esign.admin.words import post, read, words
from tests.esign.factories import EnvelopeFactory
from tests.factories import LeaseFactory

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/admin/esign/webhookmessage/undelivered/"


@pytest.fixture
def unheard(site: str, emulator: EmulatorClient, settings: Settings) -> list[Envelope]:
    """Two envelopes, signed by everyone while our webhook turned every message away."""
    keys, settings.DOCUSIGN_CONNECT_KEYS = settings.DOCUSIGN_CONNECT_KEYS, ["a key that Docusign does not have"]
    envelopes = [freeze(LeaseFactory()) for _ in range(2)]
    for envelope in envelopes:
        dispatch.advance(envelope.pk)
        envelope.refresh_from_db()
        for signer in envelope.signers.who_sign():
            emulator.sign(str(envelope.docusign_id), str(signer.recipient_id))
    emulator.flush_deliveries()
    settings.DOCUSIGN_CONNECT_KEYS = keys
    return envelopes


def hear(emulator: EmulatorClient) -> None:
    emulator.flush_deliveries()
    for pk in webhook_inbox.waiting():
        webhook_inbox.apply_message(pk)


def test_an_administrator_sees_what_was_missed_and_has_it_sent_again(
    administrator: Client, unheard: list[Envelope], emulator: EmulatorClient
) -> None:
    assert "Ask for it with the button" in read(administrator, PAGE)
    assert not emulator.journal("listEventFailureLogs")
    said = post(administrator, PAGE, look="yes")
    assert all(f"Lease {envelope.lease.number}" in said for envelope in unheard)
    assert "Send all of them again" in said

    assert "the messages about 2 envelopes again" in post(administrator, PAGE)
    hear(emulator)

    assert {envelope.state for envelope in Envelope.objects.all()} == {State.COMPLETED}
    said = post(administrator, PAGE, look="yes")
    assert "Every message about our envelopes arrived." in said
    assert "Send" not in said


def test_an_administrator_reads_one_line_for_each_envelope_however_many_messages_are_missing(
    administrator: Client, unheard: list[Envelope]
) -> None:
    page = administrator.post(PAGE, {"look": "yes"})
    rows = {missed.envelope.pk: missed for missed in page.context["found"]}
    assert set(rows) == {envelope.pk for envelope in unheard}
    assert all(missed.count > 1 for missed in rows.values())
    said = words(page.content)
    for envelope in unheard:
        assert said.count(str(envelope)) == 1
        assert f"{envelope} {rows[envelope.pk].count} messages, last tried" in said
    assert f"{sum(missed.count for missed in rows.values())} messages about 2 envelopes" in said


def test_an_administrator_has_the_messages_about_one_envelope_sent_again(
    administrator: Client, unheard: list[Envelope], emulator: EmulatorClient
) -> None:
    first, _ = unheard
    emulator.hold_connect()  # what is sent again waits, to be counted
    assert f"the messages about {first} again" in post(administrator, PAGE, envelope=first.pk)
    soon = (emulator.now() + timedelta(minutes=1)).isoformat()
    again = {one["envelope_id"] for one in emulator.deliveries() if one["next_at"] and one["next_at"] < soon}
    assert again == {str(first.docusign_id)}


@pytest.mark.parametrize("key", ["nonsense", "8f2f8f0e-0000-4000-8000-000000000000"])
def test_a_button_for_no_envelope_of_ours_sends_nothing(
    administrator: Client, unheard: list[Envelope], emulator: EmulatorClient, key: str
) -> None:
    assert administrator.post(PAGE, {"envelope": key}).status_code == 404
    assert not emulator.journal("retryEventForEnvelopes")


def test_staff_read_why_the_latest_message_did_not_arrive() -> None:
    envelope = EnvelopeFactory(state=State.SENT)

    def failed(hour: int | None, why: str) -> Undelivered:
        at = None if hour is None else datetime(2026, 11, 2, hour, tzinfo=UTC)
        return Undelivered(envelope, ConnectFailure(envelope.docusign_id, why, at))

    [missed] = by_envelope(
        [failed(7, "401"), failed(9, "certificate expired"), failed(None, "no reason"), failed(8, "")]
    )
    assert (missed.count, missed.cause) == (4, "certificate expired")


def test_when_docusign_does_not_tell_it_is_said_why_nothing_is_lost(
    administrator: Client, unheard: list[Envelope], emulator: EmulatorClient
) -> None:
    emulator.fault("listEventFailureLogs", "before_effect", status=401, errorCode="USER_LACKS_PERMISSIONS", times=9)
    assert "we look for changes ourselves" in post(administrator, PAGE, look="yes")


def test_the_office_may_not(office: Client) -> None:
    assert office.get(reverse("admin:esign_webhookmessage_undelivered")).status_code == 403
