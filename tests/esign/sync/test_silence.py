"""Docusign's messages are missed when they do not come: said when a worker starts, and when all has been quiet."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from esign import tasks
from esign.admin.connection.health import health
from esign.models import DocusignConnection, Envelope
from tests.emulator_client import EmulatorClient
from tests.esign.conftest import Send, hear

pytestmark = pytest.mark.django_db


def said(caplog: pytest.LogCaptureFixture, level: int) -> str:
    return "\n".join(record.getMessage() for record in caplog.records if record.levelno == level)


@pytest.fixture
def connection(emulator: EmulatorClient) -> DocusignConnection:
    return DocusignConnection.objects.default()


@pytest.fixture
def sent_yesterday(send: Send, emulator: EmulatorClient) -> Envelope:
    """By our rows; the sweep, which would find out when it was really sent, fails."""
    envelope = send()
    Envelope.objects.filter(pk=envelope.pk).update(sent_at=timezone.now() - timedelta(hours=25))
    emulator.fault("listStatusChanges", "before_effect", status=503, times=0)
    return envelope


def test_envelopes_that_are_out_for_a_day_without_a_message_raise_an_alarm(
    sent_yesterday: Envelope, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    tasks.reconcile_envelopes()

    assert "no Connect message came for 24 hours" in said(caplog, logging.ERROR)
    assert settings.DOCUSIGN_CONNECT_URL in said(caplog, logging.ERROR)
    assert health(sent_yesterday.connection).headline == "No messages from Docusign for 24 hours"


def test_one_message_in_that_day_is_enough(
    sent_yesterday: Envelope, emulator: EmulatorClient, caplog: pytest.LogCaptureFixture
) -> None:
    hear(emulator)
    assert sent_yesterday.webhook_messages.update(received_at=timezone.now() - timedelta(hours=23))

    tasks.reconcile_envelopes()

    assert not said(caplog, logging.ERROR)


def test_how_long_is_too_long_is_for_the_office_to_say(
    sent_yesterday: Envelope, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    settings.CONNECT_SILENT_HOURS = 72

    tasks.reconcile_envelopes()

    assert not said(caplog, logging.ERROR)


def test_when_nothing_is_out_silence_is_no_alarm(
    connection: DocusignConnection, caplog: pytest.LogCaptureFixture
) -> None:
    tasks.reconcile_envelopes()

    assert not said(caplog, logging.ERROR)


def test_a_worker_that_starts_says_that_docusigns_messages_reach_no_one(
    connection: DocusignConnection, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    settings.DOCUSIGN_CONNECT_URL = "http://127.0.0.1:9/esign/connect/"
    settings.DOCUSIGN_CONNECT_KEYS = []

    tasks.check_connect()

    assert "Nothing answers at http://127.0.0.1:9/esign/connect/" in said(caplog, logging.WARNING)
    assert "every message from Docusign is turned away" in said(caplog, logging.WARNING)


def test_a_worker_that_starts_has_nothing_to_say_when_all_is_well(
    site: str, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    settings.DOCUSIGN_CONNECT_KEYS = ["a-key"]
    DocusignConnection.objects.default()

    tasks.check_connect()

    assert not said(caplog, logging.WARNING)
